#include "core_link.hpp"

#include <glib.h>

#include <utility>

#include "io_pool.hpp"

namespace agentcore {

CoreLink::CoreLink(const ChannelSettings& channel, const CoreSession::Config& config,
                   std::function<void()> noticed)
    : channel_settings_(channel),
      noticed_(std::move(noticed)),
      session_(config, [] { return g_random_double(); }),
      channel_(get_channel(channel)) {}

Time CoreLink::now() { return jackfield::io_now_ns(); }

void CoreLink::begin(v1::Open open, std::vector<v1::Tool> tools) {
  const std::lock_guard lock(mutex_);
  timer_ = std::make_unique<jackfield::IoTimer>([weak = weak_from_this()] {
    if (const auto self = weak.lock())
      self->with([](CoreSession& session, Time time) { session.tick(time); });
  });
  session_.offer(std::move(tools), now());
  session_.begin(std::move(open), now());
  pump();
}

void CoreLink::end() {
  const std::lock_guard lock(mutex_);
  session_.end(now());
  pump();
}

std::optional<ReplyEvent> CoreLink::wait_event() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [&] { return awake_ || session_.has_event(); });
  if (awake_) return std::nullopt;
  return session_.next_event();
}

void CoreLink::wake() {
  const std::lock_guard lock(mutex_);
  awake_ = true;
  wake_.notify_all();
}

void CoreLink::go_on() {
  const std::lock_guard lock(mutex_);
  awake_ = false;
}

void CoreLink::received(CoreStream* stream, const std::string& bytes) {
  const std::lock_guard lock(mutex_);
  if (stream != stream_.get()) return;
  session_.received(bytes, now());
  pump();
}

void CoreLink::written(CoreStream* stream) {
  const std::lock_guard lock(mutex_);
  if (stream != stream_.get()) return;
  writing_ = false;
  pump();
}

void CoreLink::closed(CoreStream* stream, const StreamEnd& end) {
  const std::lock_guard lock(mutex_);
  if (stream != stream_.get()) return;
  stream_.reset();
  session_.closed(end, now());
  pump();
}

void CoreLink::pump() {
  if (!timer_) return;  // it has not begun
  while (const auto action = session_.next_action()) {
    if (*action == CoreSession::Action::kOpen) {
      writing_ = writes_done_ = false;
      stream_ = CoreStream::open(channel_, channel_settings_.token, shared_from_this());
      continue;
    }
    if (stream_) stream_->cancel();
    if (*action == CoreSession::Action::kCutDead) {
      discard_channel(channel_);
      channel_ = get_channel(channel_settings_);
    }
  }
  if (stream_ && !writing_) {
    if (const auto message = session_.next_message()) {
      writing_ = true;
      stream_->write(*message);
    } else if (session_.finished_writing() && !std::exchange(writes_done_, true)) {
      stream_->finish_writing();
    }
  }
  if (const Time at = session_.deadline(); at == kNever) {
    timer_->disarm();
  } else {
    timer_->arm(at);
  }
  if (session_.has_event()) wake_.notify_all();
  if (session_.has_notice()) noticed_();
}

}  // namespace agentcore
