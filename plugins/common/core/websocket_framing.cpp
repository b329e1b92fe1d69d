#include "websocket_framing.hpp"

#include <algorithm>
#include <cstring>

namespace jackfield {
namespace {

enum Opcode : uint8_t {
  kContinuation = 0x0,
  kText = 0x1,
  kBinary = 0x2,
  kClose = 0x8,
  kPing = 0x9,
  kPong = 0xa,
};
constexpr uint8_t kFin = 0x80;
constexpr uint8_t kReserved = 0x70;
constexpr uint8_t kMasked = 0x80;
constexpr size_t kMaxControl = 125;

bool is_control(uint8_t opcode) { return (opcode & 0x8) != 0; }

std::string_view as_text(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Eight bytes at a time, and afterwards turns the mask so that it begins with the next byte's.
void unmask(std::span<uint8_t> data, std::array<uint8_t, 4>& mask) {
  uint8_t twice[8];
  std::memcpy(twice, mask.data(), 4);
  std::memcpy(twice + 4, mask.data(), 4);
  uint64_t key = 0;
  std::memcpy(&key, twice, sizeof key);
  size_t at = 0;
  for (; at + sizeof key <= data.size(); at += sizeof key) {
    uint64_t word = 0;
    std::memcpy(&word, data.data() + at, sizeof word);
    word ^= key;
    std::memcpy(data.data() + at, &word, sizeof word);
  }
  for (; at < data.size(); ++at) data[at] ^= mask[at & 3];
  std::rotate(mask.begin(), mask.begin() + static_cast<std::ptrdiff_t>(data.size() & 3),
              mask.end());
}

void write_frame(std::vector<uint8_t>& out, uint8_t opcode, std::span<const uint8_t> payload) {
  const size_t size = payload.size();
  uint8_t head[10] = {static_cast<uint8_t>(kFin | opcode)};
  size_t head_size = 2;
  if (size <= kMaxControl) {
    head[1] = static_cast<uint8_t>(size);
  } else if (size <= 0xffff) {
    head[1] = 126;
    head[2] = static_cast<uint8_t>(size >> 8);
    head[3] = static_cast<uint8_t>(size);
    head_size = 4;
  } else {
    head[1] = 127;
    for (size_t i = 0; i < 8; ++i)
      head[2 + i] = static_cast<uint8_t>(uint64_t{size} >> (56 - 8 * i));
    head_size = 10;
  }
  out.insert(out.end(), head, head + head_size);
  out.insert(out.end(), payload.begin(), payload.end());
}

}  // namespace

bool WebSocketFraming::feed(std::span<uint8_t> bytes) {
  while (!closed_) {
    if (!in_frame_) {
      if (bytes.empty()) return true;
      if (!take_head(bytes)) return false;
      if (!in_frame_) return true;  // the rest of the head is still to come
    } else if (bytes.empty()) {
      return true;
    }
    const auto size = static_cast<size_t>(std::min<uint64_t>(bytes.size(), frame_left_));
    frame_left_ -= size;
    if (!on_payload(bytes.first(size))) return false;
    bytes = bytes.subspan(size);
  }
  return true;
}

// Moves bytes into the head until it is complete; then the frame has begun. False: not legal.
bool WebSocketFraming::take_head(std::span<uint8_t>& bytes) {
  const auto length_size = [this]() -> size_t {
    const uint8_t length = head_[1] & ~kMasked;
    return length == 126 ? 2 : length == 127 ? 8 : 0;
  };
  for (;;) {
    const size_t wanted = head_size_ < 2 ? 2 : 2 + length_size() + mask_.size();
    if (head_size_ == wanted) break;
    if (bytes.empty()) return true;
    const size_t size = std::min(bytes.size(), wanted - head_size_);
    std::memcpy(head_.data() + head_size_, bytes.data(), size);
    head_size_ += size;
    bytes = bytes.subspan(size);
    // Section 5.1: a client must mask. Without a mask there is no more of a head to wait for.
    if (head_size_ >= 2 && !(head_[1] & kMasked)) return false;
  }
  frame_left_ = head_[1] & ~kMasked;
  if (const size_t count = length_size(); count > 0) {
    frame_left_ = 0;
    for (size_t i = 0; i < count; ++i) frame_left_ = frame_left_ << 8 | head_[2 + i];
    // Section 5.2: the shortest form, and never the highest bit.
    if (frame_left_ <= (count == 2 ? 125U : 0xffffU) || frame_left_ >> 63) return false;
  }
  std::memcpy(mask_.data(), head_.data() + head_size_ - mask_.size(), mask_.size());
  head_size_ = 0;
  in_frame_ = true;
  return begin_frame();
}

bool WebSocketFraming::begin_frame() {
  // Reserved bits are zero without extensions.
  if (head_[0] & kReserved) return false;
  fin_ = (head_[0] & kFin) != 0;
  opcode_ = head_[0] & 0x0f;
  if (is_control(opcode_)) {
    control_.clear();
    return fin_ && frame_left_ <= kMaxControl &&
           (opcode_ == kClose || opcode_ == kPing || opcode_ == kPong);
  }
  if (opcode_ == kContinuation) return in_message_;
  if (in_message_ || (opcode_ != kText && opcode_ != kBinary)) return false;
  in_message_ = true;
  text_ = opcode_ == kText;
  too_long_ = false;
  message_.clear();
  return true;
}

// What there is of the frame's payload; frame_left_ is without it.
bool WebSocketFraming::on_payload(std::span<uint8_t> data) {
  if (is_control(opcode_)) {
    unmask(data, mask_);
    control_.insert(control_.end(), data.begin(), data.end());
  } else if (text_ && !too_long_) {
    // Judged by the announced length, so that a long message is never gathered at all.
    if (message_.size() + data.size() + frame_left_ > kMaxMessage) {
      too_long_ = true;
      listener_.on_too_long();
    } else {
      unmask(data, mask_);
      if (frame_left_ == 0 && fin_ && message_.empty()) {
        // The usual case, a message in one piece, needs no copy.
        in_frame_ = in_message_ = false;
        listener_.on_text(as_text(data));
        return true;
      }
      message_.insert(message_.end(), data.begin(), data.end());
    }
  }
  return frame_left_ > 0 || end_frame();
}

bool WebSocketFraming::end_frame() {
  in_frame_ = false;
  switch (opcode_) {
    case kPing:
      listener_.on_ping(control_);
      return true;
    case kPong:
      listener_.on_pong();
      return true;
    case kClose:
      return end_close();
    default:
      break;
  }
  if (!fin_) return true;
  in_message_ = false;
  if (!text_) {
    listener_.on_binary();
  } else if (!too_long_) {
    listener_.on_text(as_text(message_));
  }
  return true;
}

bool WebSocketFraming::end_close() {
  uint16_t code = 0;
  if (!control_.empty()) {
    if (control_.size() < 2) return false;
    code = static_cast<uint16_t>(control_[0] << 8 | control_[1]);
    // Those that may stand in a frame: RFC 6455 7.4.1 with IANA's registry, 3000 on for anyone.
    const bool known = (code >= 1000 && code <= 1014 && (code < 1004 || code > 1006)) ||
                       (code >= 3000 && code <= 4999);
    if (!known) return false;
  }
  closed_ = true;
  listener_.on_close(code);
  return true;
}

void WebSocketFraming::write_text(std::vector<uint8_t>& out, std::string_view text) {
  write_frame(out, kText, {reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

void WebSocketFraming::write_ping(std::vector<uint8_t>& out) { write_frame(out, kPing, {}); }

void WebSocketFraming::write_pong(std::vector<uint8_t>& out, std::span<const uint8_t> payload) {
  write_frame(out, kPong, payload);
}

void WebSocketFraming::write_close(std::vector<uint8_t>& out, uint16_t code) {
  const uint8_t payload[2] = {static_cast<uint8_t>(code >> 8), static_cast<uint8_t>(code)};
  write_frame(out, kClose, payload);
}

}  // namespace jackfield
