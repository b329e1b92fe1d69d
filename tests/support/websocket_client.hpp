// A WebSocket client for tests, strict about what the server sends: libwslay's event API in client
// mode over a GSocket. One thread at a time; nothing happens in the background, so that a test can
// also play a peer that does not read.
#pragma once

#include <gio/gio.h>
#include <wslay/wslay.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace test_support {

// Both ends of a TCP connection on 127.0.0.1.
struct ConnectedPair {
  GSocket* client = nullptr;            // transfer full
  GSocketConnection* server = nullptr;  // transfer full
};
ConnectedPair connect_pair();

class WebSocketClient {
 public:
  using Milliseconds = std::chrono::milliseconds;

  // Takes over a connected socket on which the handshake has happened (or is not wanted).
  explicit WebSocketClient(GSocket* socket);
  // Connects to 127.0.0.1 and performs the handshake as Twilio does; nullptr when it is refused.
  static std::unique_ptr<WebSocketClient> open(unsigned port, const std::string& path);
  ~WebSocketClient();
  WebSocketClient(const WebSocketClient&) = delete;
  WebSocketClient& operator=(const WebSocketClient&) = delete;

  void send_text(std::string_view text) { send(WSLAY_TEXT_FRAME, text); }
  void send(uint8_t opcode, std::string_view payload);
  void send_fragmented(std::string_view first, std::string_view rest);
  // Bytes that are no frames, or bad ones.
  void send_raw(std::string_view bytes);
  void send_close(uint16_t code);

  // The next text message, waited for at most so long.
  std::optional<std::string> receive(Milliseconds timeout);
  // Reads until the server has closed the connection. False when it has not in time.
  bool wait_closed(Milliseconds timeout);

  bool eof() const { return eof_; }
  // Of the server's close frame; 0: none came, or one without a code.
  uint16_t close_code() const { return close_code_; }
  int pongs() const { return pongs_; }
  int binary_messages() const { return binary_messages_; }
  // Not empty: the server broke RFC 6455.
  const std::string& violation() const { return violation_; }

  // Cuts the connection without a close frame.
  void cut();
  GSocket* socket() const { return socket_; }

 private:
  void flush();
  bool read_some(Milliseconds timeout);

  GSocket* socket_;
  wslay_event_context_ptr context_ = nullptr;
  std::string pending_;  // bytes from the socket that wslay has not taken
  std::deque<std::string> texts_;
  bool eof_ = false;
  uint16_t close_code_ = 0;
  int pongs_ = 0;
  int binary_messages_ = 0;
  std::string violation_;
};

}  // namespace test_support
