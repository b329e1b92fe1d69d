#include "websocket_framing.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace twilio {
namespace {

bool is_control(uint8_t opcode) { return (opcode & 0x8) != 0; }

std::string_view as_text(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

WebSocketFraming::WebSocketFraming(Listener& listener) : listener_(listener) {
  wslay_frame_callbacks callbacks{};
  callbacks.recv_callback = [](uint8_t* buffer, size_t size, int, void* user) -> ssize_t {
    auto* self = static_cast<WebSocketFraming*>(user);
    const size_t taken = std::min(size, self->input_.size());
    // wslay knows no "nothing now"; any failure here makes wslay_frame_recv() want more.
    if (taken == 0) return -1;
    std::memcpy(buffer, self->input_.data(), taken);
    self->input_ = self->input_.subspan(taken);
    return static_cast<ssize_t>(taken);
  };
  callbacks.send_callback = [](const uint8_t* data, size_t size, int, void* user) -> ssize_t {
    auto* self = static_cast<WebSocketFraming*>(user);
    self->output_->insert(self->output_->end(), data, data + size);
    return static_cast<ssize_t>(size);
  };
  if (wslay_frame_context_init(&context_, &callbacks, this) != 0) throw std::bad_alloc();
}

WebSocketFraming::~WebSocketFraming() { wslay_frame_context_free(context_); }

bool WebSocketFraming::feed(std::span<const uint8_t> bytes) {
  input_ = bytes;
  while (!closed_) {
    wslay_frame_iocb frame{};
    const ssize_t received = wslay_frame_recv(context_, &frame);
    if (received == WSLAY_ERR_WANT_READ) return true;
    if (received < 0 || !on_frame_data(frame)) return false;
  }
  return true;
}

bool WebSocketFraming::begin_frame(const wslay_frame_iocb& frame) {
  // RFC 6455 5.1: a client must mask. 5.2: reserved bits are zero without extensions.
  if (!frame.mask || frame.rsv != WSLAY_RSV_NONE) return false;
  opcode_ = frame.opcode;
  frame_left_ = frame.payload_length;
  in_frame_ = true;
  if (is_control(opcode_)) {
    control_.clear();
    return frame.fin && frame.payload_length <= 125 &&
           (opcode_ == WSLAY_CONNECTION_CLOSE || opcode_ == WSLAY_PING || opcode_ == WSLAY_PONG);
  }
  if (opcode_ == WSLAY_CONTINUATION_FRAME) return in_message_;
  if (in_message_ || (opcode_ != WSLAY_TEXT_FRAME && opcode_ != WSLAY_BINARY_FRAME)) return false;
  in_message_ = true;
  text_ = opcode_ == WSLAY_TEXT_FRAME;
  too_long_ = false;
  message_.clear();
  return true;
}

bool WebSocketFraming::on_frame_data(const wslay_frame_iocb& frame) {
  if (!in_frame_ && !begin_frame(frame)) return false;
  const std::span<const uint8_t> data{frame.data, frame.data_length};
  if (data.size() > frame_left_) return false;
  frame_left_ -= data.size();
  if (is_control(opcode_)) {
    control_.insert(control_.end(), data.begin(), data.end());
  } else if (text_ && !too_long_) {
    // Judged by the announced length, so that a long message is never gathered at all.
    if (message_.size() + data.size() + frame_left_ > kMaxMessage) {
      too_long_ = true;
    } else if (frame_left_ == 0 && frame.fin && message_.empty()) {
      // The usual case, a message in one piece, needs no copy.
      in_frame_ = in_message_ = false;
      listener_.on_text(as_text(data));
      return true;
    } else {
      message_.insert(message_.end(), data.begin(), data.end());
    }
  }
  return frame_left_ > 0 || end_frame(frame.fin != 0);
}

bool WebSocketFraming::end_frame(bool fin) {
  in_frame_ = false;
  switch (opcode_) {
    case WSLAY_PING:
      listener_.on_ping(control_);
      return true;
    case WSLAY_PONG:
      return true;
    case WSLAY_CONNECTION_CLOSE:
      return end_close();
    default:
      break;
  }
  if (!fin) return true;
  in_message_ = false;
  if (too_long_) {
    listener_.on_too_long();
  } else if (text_) {
    listener_.on_text(as_text(message_));
  } else {
    listener_.on_binary();
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

void WebSocketFraming::write_frame(std::vector<uint8_t>& out, uint8_t opcode,
                                   std::span<const uint8_t> payload) {
  output_ = &out;
  wslay_frame_iocb frame{};
  frame.fin = 1;
  frame.opcode = opcode;
  frame.payload_length = payload.size();
  frame.data = payload.data();
  frame.data_length = payload.size();
  // The callback takes everything, so one call writes the whole frame.
  wslay_frame_send(context_, &frame);
  output_ = nullptr;
}

void WebSocketFraming::write_text(std::vector<uint8_t>& out, std::string_view text) {
  write_frame(out, WSLAY_TEXT_FRAME, {reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

void WebSocketFraming::write_pong(std::vector<uint8_t>& out, std::span<const uint8_t> payload) {
  write_frame(out, WSLAY_PONG, payload);
}

void WebSocketFraming::write_close(std::vector<uint8_t>& out, uint16_t code) {
  const uint8_t payload[2] = {static_cast<uint8_t>(code >> 8), static_cast<uint8_t>(code)};
  write_frame(out, WSLAY_CONNECTION_CLOSE, payload);
}

}  // namespace twilio
