// A WebSocket server for tests of clients: one thread a connection, everything blocking and by
// hand, so that a test can also break every rule.
#pragma once

#include <gio/gio.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace test_support {

// One connection, in the thread of its handler.
class ServerSocket {
 public:
  explicit ServerSocket(GIOStream* stream) : stream_(stream) {}

  struct Frame {
    int opcode = 0;
    std::string payload;
    bool masked = false;
  };

  // The request's head, up to and with the empty line; "" when the peer has gone.
  std::string read_head();
  void write(std::string_view bytes);
  // Reads the request and accepts it.
  bool accept();
  std::optional<Frame> read_frame();
  // The next message; pings are answered, std::nullopt behind the end or a close frame.
  std::optional<Frame> read_message();
  void send(int opcode, std::string_view payload);
  void send_text(std::string_view text) { send(1, text); }
  void send_close(int code, std::string_view reason);
  const std::string& head() const { return head_; }

 private:
  bool read_exactly(void* to, std::size_t size);

  GIOStream* stream_;
  std::string head_;
};

class WebSocketServer {
 public:
  using Handler = std::function<void(ServerSocket&)>;

  // Listens on 127.0.0.1; with a certificate (PEM with its key) behind TLS. `handler` is called for
  // each connection in a thread of its own; when it returns, the connection is cut.
  explicit WebSocketServer(Handler handler, const std::string& certificate_file = "");
  ~WebSocketServer();
  WebSocketServer(const WebSocketServer&) = delete;
  WebSocketServer& operator=(const WebSocketServer&) = delete;

  unsigned port() const { return port_; }
  std::string url(const std::string& path = "/") const;
  int connections() const { return connections_; }
  // Set when the server is about to go; handlers that wait look at it.
  bool stopping() const { return stopping_; }

 private:
  void listen();
  void serve(GSocketConnection* connection);

  Handler handler_;
  GTlsCertificate* certificate_ = nullptr;
  GSocketListener* listener_;
  GCancellable* cancellable_;
  unsigned port_ = 0;
  std::atomic<int> connections_{0};
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::list<std::thread> threads_;
  std::list<GSocket*> sockets_;
  std::thread listening_;
};

}  // namespace test_support
