// The one HTTP port: routes by exact path, and bounds on everything a stranger can do. Runs on the
// main context of the thread that made it.
#pragma once

#include <libsoup/soup.h>

#include <functional>
#include <map>
#include <string>

#include "plugins/common/gstpp.hpp"

namespace jackfield {

struct ListenAddress {
  std::string host = "127.0.0.1";  // a numeric address
  guint16 port = 8080;             // 0: any free one

  bool is_loopback() const;
  bool is_any() const;
  std::string text() const;  // "127.0.0.1:8080", "[::1]:8080"
};
// "ADDRESS:PORT", "ADDRESS" or "PORT"; "localhost" is 127.0.0.1. False when it is none of these.
bool parse_listen_address(const std::string& text, ListenAddress& address);

struct HttpLimits {
  goffset body = 64 * 1024;        // bytes; a webhook has about 1 KiB
  std::size_t connections = 1024;  // that have not become calls
  // From a connection's begin to the end of its request. Each connection has one.
  gint64 request_time = 15 * G_USEC_PER_SEC;  // µs
};

class HttpServer {
 public:
  using Handler = std::function<void(SoupServerMessage*)>;

  explicit HttpServer(HttpLimits limits = {});
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Called with the whole request. Paths without a handler answer 404.
  void handle(const std::string& path, Handler handler);
  // Called with the headers only, for upgrades.
  void handle_upgrade(const std::string& path, Handler handler);

  // Starts to listen; puts the real port into `address`. False and a reason when impossible.
  bool listen(ListenAddress& address, std::string& error);
  // Takes no new connections; those there are stay.
  void stop_listening();

  // Answers with a short text.
  static void answer(SoupServerMessage* message, guint status, const char* type,
                     const std::string& body);
  // The connection no longer has a request: an upgrade took it.
  void forget(GSocketConnection* connection);

 private:
  static gboolean on_incoming(GSocketService*, GSocketConnection* connection, GObject*,
                              gpointer self);
  static void on_headers(SoupServer*, SoupServerMessage* message, const char* path, GHashTable*,
                         gpointer self);
  static void on_request(SoupServer*, SoupServerMessage* message, const char* path, GHashTable*,
                         gpointer self);
  static gboolean on_tick(gpointer self);
  static void on_gone(gpointer self, GObject* connection);

  const HttpLimits limits_;
  gstpp::GObjectPtr<SoupServer> server_;
  // Accepts in place of libsoup's listener: that of 3.2 leaks every socket, and gives up at the
  // first error of accept().
  gstpp::GObjectPtr<GSocketService> service_;
  std::map<std::string, Handler, std::less<>> handlers_;
  std::map<std::string, Handler, std::less<>> upgrades_;
  // Connections with a request, since when; watched by weak references.
  std::map<GSocketConnection*, gint64> open_;
  guint tick_ = 0;
};

}  // namespace jackfield
