// The one HTTP port: routes by path, and bounds on everything a stranger can do. Runs on the
// main context of the thread that made it.
#pragma once

#include <libsoup/soup.h>

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "plugins/common/gstpp.hpp"
#include "serve/core/pending_limits.hpp"
#include "serve/core/refusals.hpp"
#include "serve/core/request_head.hpp"
#include "serve/network_address.hpp"

namespace jackfield {

struct HttpLimits {
  goffset body = 64 * 1024;                // bytes; a webhook has about 1 KiB
  std::size_t head = 16 * 1024;            // bytes of request line and fields
  std::size_t connections = 1024;          // that have not become calls
  std::size_t per_address = 32;            // the same from one address; loopback is not counted
  gint64 head_time = 10 * G_USEC_PER_SEC;  // µs from the begin to the end of the fields, with TLS
  // From a connection's begin to the end of its request. Each connection has one.
  gint64 request_time = 15 * G_USEC_PER_SEC;  // µs
  // Then it has to be answered within this, and the client to read some more within this each time.
  gint64 answer_time = 30 * G_USEC_PER_SEC;                  // µs
  gint64 whole_answer_time = gint64{3600} * G_USEC_PER_SEC;  // µs
};

// A request as handlers see it, during the call.
struct ServerRequest {
  SoupServerMessage* message = nullptr;
  std::string path;    // without escapes
  std::string query;   // as the client wrote it
  std::string client;  // numeric address, behind proxies that are trusted
  std::string peer;    // numeric address of the socket's other end
  // Somebody in between says that he passes it on, trusted or not.
  bool forwarded = false;
  bool tls = false;  // this server's own
};

// A connection that is a WebSocket now, and the place it still takes among those that are no calls
// yet: let go of it when the call begins.
struct UpgradedConnection {
  gstpp::GObjectPtr<GIOStream> stream;
  std::shared_ptr<PendingLimits::Place> place;
};

class HttpServer {
 public:
  using Handler = std::function<void(const ServerRequest&)>;
  // `detail` is for people, one line.
  using OnRefused = std::function<void(Refusal, const std::string& detail)>;

  explicit HttpServer(HttpLimits limits = {});
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Connections from now on speak TLS with this certificate; nullptr: none.
  void set_certificate(GTlsCertificate* certificate);
  // Whose X-Forwarded-For is believed.
  void set_trusted_proxies(TrustedNetworks proxies) { trusted_ = std::move(proxies); }
  void set_on_refused(OnRefused on_refused) { on_refused_ = std::move(on_refused); }

  // Called with the whole request, whatever its method. A path that ends in "/*" stands for
  // everything one level below it that has no handler of its own, one that ends in "/**" for
  // everything at any depth below it. Paths without a handler answer 404. A handler may pause the
  // message and answer later; see ApiAnswer.
  void handle(const std::string& path, Handler handler);
  // Called with the headers only, for upgrades. No handler: as if there had never been one.
  void handle_upgrade(const std::string& path, Handler handler);
  // From an upgrade handler: answers the WebSocket's handshake, and calls `upgraded` when that is
  // on the wire. False and a reason when the request is no handshake; 400 is set.
  // `protocol`: the sub-protocol that it has to offer; nullptr: none.
  bool upgrade(const ServerRequest& request, std::function<void(UpgradedConnection)> upgraded,
               std::string& error, const char* protocol = nullptr);

  // Starts to listen; puts the real port into `address`. False and a reason when impossible.
  bool listen(ListenAddress& address, std::string& error);
  // Takes no new connections; those there are stay.
  void stop_listening();

  // Closes the connection of a message that cannot be answered to its end.
  void drop(SoupServerMessage* message);
  // Whether the client has closed its side while its answer is waited for, which libsoup does not
  // notice. Over TLS false as long as what came last was not read.
  bool is_gone(SoupServerMessage* message);

  // Answers with a short text.
  static void answer(SoupServerMessage* message, guint status, const char* type,
                     const std::string& body);

 private:
  // A connection with a request; watched by a weak reference.
  struct Open {
    gint64 since = 0;
    // Of the answer; 0: the request is not complete.
    gint64 answering = 0;
    gint64 progress = 0;               // when the client last took some of it
    GSocketAddress* remote = nullptr;  // the key libsoup gives back with a message; its own object
    std::string peer;
    std::shared_ptr<RequestHead> head;
    std::shared_ptr<PendingLimits::Place> place;
  };
  using Handlers = std::map<std::string, Handler, std::less<>>;
  using OpenMap = std::map<GSocketConnection*, Open>;

  static gboolean on_incoming(GSocketService*, GSocketConnection* connection, GObject*,
                              gpointer self);
  static void on_headers(SoupServer*, SoupServerMessage* message, const char* path, GHashTable*,
                         gpointer self);
  static void on_request(SoupServer*, SoupServerMessage* message, const char* path, GHashTable*,
                         gpointer self);
  static void on_written(SoupServerMessage* message, guint bytes, gpointer self);
  static gboolean on_tick(gpointer self);
  bool is_late(const Open& open, gint64 now) const;
  static void on_gone(gpointer self, GObject* connection);

  bool admit(GSocketConnection* connection, GSocketAddress* remote);
  gstpp::GObjectPtr<GIOStream> secured(GSocketConnection* connection);
  static const Handler* handler_of(const Handlers& handlers, const std::string& path);
  OpenMap::iterator find(SoupServerMessage* message);
  ServerRequest request_of(SoupServerMessage* message, const Open* open) const;
  bool acceptable(const ServerRequest& request, Open* open);
  void forget(GSocketConnection* connection);
  void refused(Refusal refusal, const std::string& detail);

  const HttpLimits limits_;
  gstpp::GObjectPtr<SoupServer> server_;
  // Accepts in place of libsoup's listener: that of 3.2 leaks every socket, and gives up at the
  // first error of accept().
  gstpp::GObjectPtr<GSocketService> service_;
  gstpp::GObjectPtr<GTlsCertificate> certificate_;
  TrustedNetworks trusted_;
  OnRefused on_refused_;
  Handlers handlers_;
  Handlers upgrades_;
  PendingLimits pending_;
  OpenMap open_;
  guint tick_ = 0;
};

}  // namespace jackfield
