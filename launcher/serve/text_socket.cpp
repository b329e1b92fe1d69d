#include "serve/text_socket.hpp"

#include <algorithm>
#include <utility>

#include "utf8.hpp"

namespace jackfield {
namespace {

constexpr std::size_t kReadSize = 16 * 1024;
// Of one round; others have their turn before the rest.
constexpr int kMaxReads = 4;
constexpr std::size_t kWriteSize = 16 * 1024;

void destroy(GSource*& source) {
  if (!source) return;
  g_source_destroy(source);
  g_source_unref(std::exchange(source, nullptr));
}

bool would_block(const GError* error) {
  return g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
}

}  // namespace

TextSocket::TextSocket(gstpp::GObjectPtr<GIOStream> stream, Owner& owner, WriteQueue::Config limits)
    : stream_(std::move(stream)),
      owner_(&owner),
      framing_(static_cast<WebSocketFraming::Listener&>(*this)),
      out_(limits) {}

std::shared_ptr<TextSocket> TextSocket::open(gstpp::GObjectPtr<GIOStream> stream, Owner& owner,
                                             WriteQueue::Config limits) {
  std::shared_ptr<TextSocket> self{new TextSocket{std::move(stream), owner, limits}};
  GInputStream* input = g_io_stream_get_input_stream(self->stream_.get());
  GOutputStream* output = g_io_stream_get_output_stream(self->stream_.get());
  if (!G_IS_POLLABLE_INPUT_STREAM(input) || !G_IS_POLLABLE_OUTPUT_STREAM(output) ||
      !g_pollable_input_stream_can_poll(G_POLLABLE_INPUT_STREAM(input)) ||
      !g_pollable_output_stream_can_poll(G_POLLABLE_OUTPUT_STREAM(output))) {
    self->broken_ = true;  // check() tells
    return self;
  }
  self->input_ = g_pollable_input_stream_create_source(G_POLLABLE_INPUT_STREAM(input), nullptr);
  g_source_set_callback(self->input_, G_SOURCE_FUNC(on_readable), self.get(), nullptr);
  g_source_attach(self->input_, g_main_context_get_thread_default());
  return self;
}

TextSocket::~TextSocket() { drop(); }

void TextSocket::drop() {
  owner_ = nullptr;
  destroy(input_);
  destroy(output_);
  if (!stream_) return;
  // Closing may take a while (TLS says goodbye); nobody waits for it.
  g_io_stream_close_async(stream_.get(), G_PRIORITY_DEFAULT, nullptr, nullptr, nullptr);
  stream_.reset();
}

void TextSocket::gone() {
  Owner* owner = owner_;
  drop();
  if (owner) owner->on_gone();
}

gboolean TextSocket::on_readable(GObject*, gpointer user) {
  const auto self = static_cast<TextSocket*>(user)->shared_from_this();
  self->read();
  return self->input_ ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

void TextSocket::read() {
  std::uint8_t buffer[kReadSize];
  for (int i = 0; i < kMaxReads && stream_; ++i) {
    gstpp::ErrorPtr error;
    const gssize size = g_pollable_input_stream_read_nonblocking(
        G_POLLABLE_INPUT_STREAM(g_io_stream_get_input_stream(stream_.get())), buffer, sizeof buffer,
        nullptr, gstpp::OutPtr{error});
    if (size < 0 && would_block(error.get())) return;
    if (size <= 0) return gone();
    // Behind our own close nothing matters but the peer's.
    const bool legal = framing_.feed({buffer, static_cast<std::size_t>(size)});
    if (!legal && closing_) return gone();
    if (!legal) return close(kCloseProtocolError);
    if (peer_closed_ && out_.empty()) return gone();
  }
}

void TextSocket::on_text(std::string_view text) {
  if (closing_ || !owner_) return;
  if (!is_utf8(text)) return close(kCloseNotUtf8);  // RFC 6455, section 8.1
  owner_->on_text(text);
}

void TextSocket::on_binary() {
  if (!closing_) close(kCloseUnsupportedData);
}

void TextSocket::on_too_long() {
  if (!closing_ && owner_) owner_->on_too_large();
}

void TextSocket::on_ping(std::span<const std::uint8_t> payload) {
  if (closing_) return;
  std::vector<std::uint8_t> frame;
  WebSocketFraming::write_pong(frame, payload);
  queue(frame);
  if (owner_) owner_->on_sign_of_life();
}

void TextSocket::on_pong() {
  if (!closing_ && owner_) owner_->on_sign_of_life();
}

void TextSocket::on_close(std::uint16_t code) {
  peer_closed_ = true;
  if (!closing_) close(code == 0 ? kCloseNormal : code);
}

void TextSocket::send(std::string_view text) {
  if (closing_) return;
  std::vector<std::uint8_t> frame;
  WebSocketFraming::write_text(frame, text);
  queue(frame);
}

void TextSocket::send_frames(std::span<const std::uint8_t> frames) {
  if (!closing_) queue(frames);
}

void TextSocket::ping() {
  if (closing_) return;
  std::vector<std::uint8_t> frame;
  WebSocketFraming::write_ping(frame);
  queue(frame);
}

void TextSocket::close(std::uint16_t code) {
  if (std::exchange(closing_, true)) return;
  close_deadline_ = monotonic_ns() + kClosingTime;
  std::vector<std::uint8_t> frame;
  WebSocketFraming::write_close(frame, code);
  queue(frame);
}

void TextSocket::queue(std::span<const std::uint8_t> frames) {
  if (!stream_ || broken_) return;
  out_.append(frames, monotonic_ns());
  if (!output_) flush();
}

void TextSocket::flush() {
  GOutputStream* output = g_io_stream_get_output_stream(stream_.get());
  while (!out_.empty()) {
    const std::size_t size = retry_ > 0 ? retry_ : std::min(out_.size(), kWriteSize);
    gstpp::ErrorPtr error;
    const gssize sent = g_pollable_output_stream_write_nonblocking(
        G_POLLABLE_OUTPUT_STREAM(output), out_.front().data(), size, nullptr, gstpp::OutPtr{error});
    if (sent < 0 && would_block(error.get())) {
      retry_ = size;
      if (output_) return;
      output_ = g_pollable_output_stream_create_source(G_POLLABLE_OUTPUT_STREAM(output), nullptr);
      g_source_set_callback(output_, G_SOURCE_FUNC(on_writable), this, nullptr);
      g_source_attach(output_, g_main_context_get_thread_default());
      return;
    }
    if (sent <= 0) {
      // Told from the main loop, not to whoever just sends something.
      broken_ = true;
      out_.consume(out_.size());
      break;
    }
    retry_ = 0;
    out_.consume(static_cast<std::size_t>(sent));
  }
  destroy(output_);
}

gboolean TextSocket::on_writable(GObject*, gpointer user) {
  const auto self = static_cast<TextSocket*>(user)->shared_from_this();
  self->flush();
  if (self->peer_closed_ && self->out_.empty()) {
    self->gone();
  } else if (self->out_.empty() && !self->closing_ && self->owner_) {
    self->owner_->on_drained();
  }
  return self->output_ ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

void TextSocket::check(std::uint64_t now) {
  const auto self = shared_from_this();
  if (!stream_) return;
  if (broken_ || out_.over_limit(now) || (closing_ && now >= close_deadline_)) gone();
}

}  // namespace jackfield
