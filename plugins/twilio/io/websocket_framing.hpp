// The server's side of RFC 6455 without a socket: bytes in, messages out, and the other way round.
// Framing is libwslay's. One thread at a time.
#pragma once

#include <wslay/wslay.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace twilio {

class WebSocketFraming {
 public:
  static constexpr size_t kMaxMessage = 64 * 1024;

  // Called from feed(). A view is valid during the call.
  class Listener {
   public:
    virtual void on_text(std::string_view text) = 0;
    virtual void on_binary() = 0;    // a binary message; its bytes are dropped
    virtual void on_too_long() = 0;  // a message beyond kMaxMessage; its bytes are dropped
    virtual void on_ping(std::span<const uint8_t> payload) = 0;
    virtual void on_close(uint16_t code) = 0;  // 0: none given

   protected:
    ~Listener() = default;
  };

  explicit WebSocketFraming(Listener& listener);
  ~WebSocketFraming();
  WebSocketFraming(const WebSocketFraming&) = delete;
  WebSocketFraming& operator=(const WebSocketFraming&) = delete;

  // Takes what came from the peer, whole frames or pieces. False when the peer broke the framing:
  // nothing more can be understood. Nothing is read behind a close.
  bool feed(std::span<const uint8_t> bytes);

  // Each appends one frame to `out`.
  void write_text(std::vector<uint8_t>& out, std::string_view text);
  void write_pong(std::vector<uint8_t>& out, std::span<const uint8_t> payload);
  void write_close(std::vector<uint8_t>& out, uint16_t code);

 private:
  bool on_frame_data(const wslay_frame_iocb& frame);
  bool begin_frame(const wslay_frame_iocb& frame);
  bool end_frame(bool fin);
  bool end_close();
  void write_frame(std::vector<uint8_t>& out, uint8_t opcode, std::span<const uint8_t> payload);

  Listener& listener_;
  wslay_frame_context_ptr context_ = nullptr;
  std::span<const uint8_t> input_;
  std::vector<uint8_t>* output_ = nullptr;

  bool in_frame_ = false;
  uint8_t opcode_ = 0;
  uint64_t frame_left_ = 0;
  bool in_message_ = false;  // between the first and the last fragment of a data message
  bool text_ = false;
  bool too_long_ = false;
  bool closed_ = false;
  std::vector<uint8_t> message_;
  std::vector<uint8_t> control_;
};

}  // namespace twilio
