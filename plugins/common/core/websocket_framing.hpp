// The server's side of RFC 6455 without a socket: bytes in, messages out, and the other way round.
// One thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace jackfield {

// RFC 6455, section 7.4.1.
constexpr uint16_t kCloseNormal = 1000;
constexpr uint16_t kCloseGoingAway = 1001;
constexpr uint16_t kCloseProtocolError = 1002;
constexpr uint16_t kCloseUnsupportedData = 1003;
constexpr uint16_t kCloseNotUtf8 = 1007;
constexpr uint16_t kClosePolicyViolation = 1008;
constexpr uint16_t kCloseTooLong = 1009;

class WebSocketFraming {
 public:
  static constexpr size_t kMaxMessage = 64 * 1024;

  // Called from feed(). A view is valid during the call.
  class Listener {
   public:
    virtual void on_text(std::string_view text) = 0;
    virtual void on_binary() = 0;  // a binary message; its bytes are dropped
    // A message grows beyond kMaxMessage, said as soon as that is known; its bytes are dropped.
    virtual void on_too_long() = 0;
    virtual void on_ping(std::span<const uint8_t> payload) = 0;
    virtual void on_pong() {}
    virtual void on_close(uint16_t code) = 0;  // 0: none given

   protected:
    ~Listener() = default;
  };

  explicit WebSocketFraming(Listener& listener) : listener_(listener) {}
  WebSocketFraming(const WebSocketFraming&) = delete;
  WebSocketFraming& operator=(const WebSocketFraming&) = delete;

  // Takes what came from the peer, whole frames or pieces, and unmasks it where it stands. False
  // when the peer broke the framing: nothing more can be understood. Nothing is read behind a
  // close.
  bool feed(std::span<uint8_t> bytes);

  // Each appends one frame to `out`.
  static void write_text(std::vector<uint8_t>& out, std::string_view text);
  static void write_ping(std::vector<uint8_t>& out);
  static void write_pong(std::vector<uint8_t>& out, std::span<const uint8_t> payload);
  static void write_close(std::vector<uint8_t>& out, uint16_t code);

 private:
  // Two bytes, up to eight of length, four of mask.
  static constexpr size_t kMaxHead = 14;

  bool take_head(std::span<uint8_t>& bytes);
  bool begin_frame();
  bool on_payload(std::span<uint8_t> data);
  bool end_frame();
  bool end_close();

  Listener& listener_;

  // The frame that is coming in.
  bool in_frame_ = false;
  std::array<uint8_t, kMaxHead> head_{};
  size_t head_size_ = 0;  // bytes of it that are there
  bool fin_ = false;
  uint8_t opcode_ = 0;
  uint64_t frame_left_ = 0;
  std::array<uint8_t, 4> mask_{};  // the first is for the next byte

  bool in_message_ = false;  // between the first and the last fragment of a data message
  bool text_ = false;
  bool too_long_ = false;
  bool closed_ = false;
  std::vector<uint8_t> message_;
  std::vector<uint8_t> control_;
};

}  // namespace jackfield
