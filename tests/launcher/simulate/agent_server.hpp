// A small server of phone calls on an ephemeral port of 127.0.0.1, in a thread of its own. It
// checks what Twilio's side sends to the letter, and a test says what it answers.
#pragma once

#include <libsoup/soup.h>

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "json_reader.hpp"

namespace jackfield::simulate {

// One media stream, on the server's thread.
class AgentStream {
 public:
  explicit AgentStream(SoupWebsocketConnection* socket) : socket_(socket) {}

  void send(const std::string& text);
  void send_binary(std::size_t size);
  void send_raw(const std::string& bytes);  // past the WebSocket's framing
  void media(const std::string& payload);
  void media(std::size_t bytes, std::uint8_t code);
  void mark(const std::string& name);
  void clear();
  void close();
  void stop_reading();

  std::string sid;
  std::string call_sid;
  std::int64_t messages = 0;  // received
  std::int64_t chunks = 0;
  std::vector<std::string> events;  // all but media, "event:detail"
  std::string audio;                // the caller's, decoded
  std::vector<std::string> faults;  // what Twilio would not have sent
  bool stopped = false;
  bool closed = false;

 private:
  friend class AgentServer;
  void receive(const std::string& text);
  void check(bool good, const std::string& what);

  SoupWebsocketConnection* socket_;
};

struct ReceivedForm {
  std::map<std::string, std::string> headers;  // lower-case names
  std::map<std::string, std::string> form;
  std::string method;
};

class AgentServer {
 public:
  struct Answers {
    int status = 200;
    std::string type = "text/xml";
    std::string twiml;  // empty: a <Connect><Stream> to this server
    std::string stream_attributes;
    std::string parameters;
    std::string stream_path = "/media";
    bool silent = false;  // the webhook never answers
  };
  using Handler = std::function<void(AgentStream&, const JsonValue& message)>;

  AgentServer(Answers answers, Handler handler, int port = 0);
  ~AgentServer();
  AgentServer(const AgentServer&) = delete;
  AgentServer& operator=(const AgentServer&) = delete;

  std::string url() const;
  std::string stream_url() const;
  int port() const { return port_; }

  // Below: copies, callable from any thread.
  std::vector<ReceivedForm> webhooks();
  std::vector<ReceivedForm> callbacks();
  std::vector<ReceivedForm> handshakes();
  std::vector<AgentStream> streams();

 private:
  static void on_webhook(SoupServer*, SoupServerMessage*, const char*, GHashTable*, gpointer);
  static void on_callback(SoupServer*, SoupServerMessage*, const char*, GHashTable*, gpointer);
  static void on_stream(SoupServer*, SoupServerMessage*, const char*, SoupWebsocketConnection*,
                        gpointer);
  static void on_message(SoupWebsocketConnection*, int, GBytes*, gpointer);
  static void on_closed(SoupWebsocketConnection*, gpointer);

  Answers answers_;
  Handler handler_;
  GMainContext* context_;
  GMainLoop* loop_;
  SoupServer* server_ = nullptr;
  int port_ = 0;
  std::mutex lock_;  // of what follows
  std::vector<ReceivedForm> webhooks_, callbacks_, handshakes_;
  std::map<SoupWebsocketConnection*, AgentStream> streams_;
  std::thread thread_;
};

}  // namespace jackfield::simulate
