// A WebSocket client that shakes hands as Twilio does. Everything happens on the thread that
// iterates the thread-default GMainContext of connect(); sent messages leave with flush().
#pragma once

#include <gio/gio.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace jackfield::simulate {

class WebSocketClient {
 public:
  // Bytes that wait to be sent before the peer counts as too slow.
  static constexpr std::size_t kCongested = 64 * 1024;
  static constexpr std::uint64_t kMaxMessage = 1024 * 1024;

  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void on_open() = 0;
    // `code`: Twilio's error code (31902, 31920, ...).
    virtual void on_connect_failed(int code, const std::string& reason) = 0;
    virtual void on_text(std::string_view text) = 0;
    virtual void on_binary(std::size_t size) = 0;
    virtual void on_broken(const std::string& reason) = 0;
    // Once, and the last call. `how` is for people.
    virtual void on_closed(const std::string& how) = 0;
  };

  struct Target {
    std::string host;  // to connect to
    std::uint16_t port = 0;
    bool tls = false;
    GTlsDatabase* authorities = nullptr;  // for TLS; null: the system's
    std::string host_header;
    std::string path;
    std::string signature;
  };

  explicit WebSocketClient(Listener& listener);
  ~WebSocketClient();
  WebSocketClient(const WebSocketClient&) = delete;
  WebSocketClient& operator=(const WebSocketClient&) = delete;

  void connect(const Target& target);
  void send_text(std::string_view text);
  void flush();
  bool congested() const;
  // Starts the closing handshake (code 1000).
  void close();
  // Ends the connection at once; no call back comes after it.
  void drop();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace jackfield::simulate
