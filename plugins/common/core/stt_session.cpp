#include "stt_session.hpp"

#include <algorithm>
#include <utility>

#include "transcript_words.hpp"

namespace jackfield {

namespace {

constexpr uint64_t kSecond = 1'000'000'000;
constexpr uint64_t kRecent = 3 * kSecond;  // a turn may be announced this late
constexpr uint64_t kJump = kSecond / 10;
constexpr std::size_t kMostTurns = 16;  // waiting for their texts
constexpr int kIdleAttempts = 5;        // in a row, while nobody speaks

}  // namespace

SttSession::SttSession(const Config& config, std::unique_ptr<SttService> service,
                       const SttFormat& format)
    : config_(config), service_(std::move(service)), format_(format), backoff_(config.backoff) {}

std::size_t SttSession::bytes_of(uint64_t ns) const {
  const uint64_t frames = ns / 1000 * static_cast<uint64_t>(format_.rate) / 1'000'000;
  return static_cast<std::size_t>(frames) * format_.frame_bytes();
}

bool SttSession::by_service() const {
  return config_.segmentation == Segmentation::kService ||
         (config_.segmentation == Segmentation::kAuto && !announced_);
}

void SttSession::keep(Kept& kept, std::span<const uint8_t> bytes) {
  kept.bytes.insert(kept.bytes.end(), bytes.begin(), bytes.end());
  const std::size_t most = bytes_of(config_.kept_ns);
  // What nobody could take so far is lost only when there is too much of it; what was sent is kept
  // for a new connection, the oldest goes.
  if (kept.bytes.size() <= most + bytes_of(kSecond)) return;
  const std::size_t excess = kept.bytes.size() - most;
  if (excess > kept.sent) stats_.dropped_bytes += excess - kept.sent;
  kept.bytes.erase(kept.bytes.begin(), kept.bytes.begin() + static_cast<std::ptrdiff_t>(excess));
  kept.sent -= std::min(kept.sent, excess);
  kept.ever_sent -= std::min(kept.ever_sent, excess);
}

void SttSession::send(uint64_t now, SttMessage message, Actions& out) {
  last_sent_ = now;
  add(out, Send{std::move(message)});
}

void SttSession::send_audio(uint64_t now, Kept& kept, bool all, Actions& out) {
  if (!connected_) return;
  const std::size_t waiting = kept.bytes.size() - kept.sent;
  if (waiting == 0 || (!all && waiting < bytes_of(config_.chunk_ns))) return;
  // Long stretches, as behind a reconnection, go in pieces of a second.
  while (kept.sent < kept.bytes.size()) {
    const std::size_t count = std::min(kept.bytes.size() - kept.sent, format_.bytes_per_second());
    send(now, service_->audio(std::span{kept.bytes}.subspan(kept.sent, count)), out);
    if (kept.sent < kept.ever_sent) {
      stats_.resent_bytes += std::min(kept.ever_sent - kept.sent, count);
    }
    kept.sent += count;
    kept.ever_sent = std::max(kept.ever_sent, kept.sent);
    connection_bytes_ += count;
    stats_.sent_bytes += count;
  }
}

void SttSession::finish_turn(uint64_t now, Turn& turn, Actions& out) {
  if (!connected_ || turn.finished) return;
  if (!service_->continuous() && turn.audio.bytes.empty()) return;
  send_audio(now, service_->continuous() ? stream_ : turn.audio, true, out);
  if (auto message = service_->finish()) send(now, std::move(*message), out);
  turn.finished = true;
  turn.waits_since = now;
  turn.sent_at_finish = connection_bytes_;
}

// Everything that is due on the connection, in order.
void SttSession::send_all(uint64_t now, Actions& out) {
  if ((service_->continuous() || by_service()) && !waits_for_end()) {
    send_audio(now, stream_, false, out);
  }
  for (Turn& turn : turns_) {
    if (!service_->continuous()) send_audio(now, turn.audio, turn.ended, out);
    if (turn.ended) finish_turn(now, turn, out);
  }
}

std::vector<SttSession::Action> SttSession::start(uint64_t) {
  connecting_ = true;
  Actions out;
  add(out, Connect{});
  return out;
}

std::vector<SttSession::Action> SttSession::audio(uint64_t now, uint64_t media_time,
                                                  std::span<const uint8_t> bytes) {
  Actions out;
  const uint64_t duration = bytes.size() * kSecond / format_.bytes_per_second();
  if (service_->continuous() || by_service()) {
    keep(stream_, bytes);
    if (waits_for_end()) {
      remember(media_time, bytes);
    } else {
      send_audio(now, stream_, false, out);
    }
    return out;
  }
  if (turn_running()) {
    keep(turns_.back().audio, bytes);
    send_audio(now, turns_.back().audio, false, out);
    recent_end_ = media_time + duration;
    return out;
  }
  remember(media_time, bytes);
  return out;
}

void SttSession::remember(uint64_t media_time, std::span<const uint8_t> bytes) {
  const uint64_t duration = bytes.size() * kSecond / format_.bytes_per_second();
  const uint64_t gap =
      media_time > recent_end_ ? media_time - recent_end_ : recent_end_ - media_time;
  if (gap > kJump) recent_.clear();
  recent_.insert(recent_.end(), bytes.begin(), bytes.end());
  recent_end_ = media_time + duration;
  const std::size_t most = bytes_of(kRecent);
  if (recent_.size() > most) {
    recent_.erase(recent_.begin(), recent_.end() - static_cast<std::ptrdiff_t>(most));
  }
}

std::vector<SttSession::Action> SttSession::begin_turn(uint64_t now, unsigned id,
                                                       uint64_t speech_start) {
  Actions out;
  if (config_.segmentation == Segmentation::kService) return out;
  if (turn_running()) {
    bool known = false;
    out = end_turn(now, known);
  }
  if (turns_.size() >= kMostTurns) {
    resolve_front(now, out);
    // What comes for it later would be taken for the next turn's.
    if (!service_->continuous() && (connected_ || connecting_)) {
      lose_connection();
      reconnect_now(out);
    }
  }
  Turn turn{.id = id};
  if (!service_->continuous()) {
    const bool first = !std::exchange(announced_, true);
    if (first && waits_for_end()) stream_ = {};
    if (first && config_.segmentation == Segmentation::kAuto && !waits_for_end()) {
      // Its beginning went out already.
      turn.audio = std::exchange(stream_, {});
      turn.settled = std::exchange(stream_settled_, {});
      turn.tail = std::exchange(stream_tail_, {});
    } else {
      const uint64_t from = speech_start == UINT64_MAX
                                ? recent_end_
                                : speech_start - std::min(speech_start, config_.pre_roll_ns);
      const std::size_t wanted = from < recent_end_ ? bytes_of(recent_end_ - from) : 0;
      const std::size_t count = std::min(wanted, recent_.size());
      turn.audio.bytes.assign(recent_.end() - static_cast<std::ptrdiff_t>(count), recent_.end());
    }
    recent_.clear();
  } else {
    turn.tail = std::exchange(stream_tail_, {});
    turn.settled = std::exchange(stream_settled_, {});
  }
  announced_ = true;
  ++stats_.turns;
  turns_.push_back(std::move(turn));
  // Somebody speaks: worth an attempt, whatever came before.
  if (!connected_ && !connecting_) {
    backoff_.reset();
    reconnect_now(out);
  }
  send_all(now, out);
  return out;
}

std::vector<SttSession::Action> SttSession::end_turn(uint64_t now, bool& known) {
  Actions out;
  known = turn_running();
  if (!known) return out;
  Turn& turn = turns_.back();
  turn.ended = true;
  turn.ended_at = turn.waits_since = now;
  if (!connected_ && !connecting_ && retry_at_ == UINT64_MAX) {
    resolve_all(now, out);  // there is no hope
    return out;
  }
  finish_turn(now, turn, out);
  const bool complete =
      service_->continuous() ? !service_speaks_ && !turn.settled.empty() : turn.audio.bytes.empty();
  if (complete && turns_.size() == 1) resolve_front(now, out);
  return out;
}

std::vector<SttSession::Action> SttSession::finish(uint64_t now) {
  Actions out;
  if (turn_running()) {
    bool known = false;
    out = end_turn(now, known);
  }
  if (!by_service() || stream_.bytes.empty()) return out;
  finishing_since_ = now;
  if (!connected_) return out;
  send_audio(now, stream_, true, out);
  if (auto message = service_->finish()) send(now, std::move(*message), out);
  return out;
}

bool SttSession::pending() const {
  return finishing_since_ != 0 || (!turns_.empty() && turns_.front().ended);
}

std::size_t SttSession::unsent() const {
  std::size_t bytes = waits_for_end() ? 0 : stream_.bytes.size() - stream_.sent;
  for (const Turn& turn : turns_) bytes += turn.audio.bytes.size() - turn.audio.sent;
  return bytes;
}

void SttSession::resolve_front(uint64_t now, Actions& out) {
  Turn turn = std::move(turns_.front());
  turns_.pop_front();
  std::string text = join_texts(turn.settled, turn.tail);
  // The service goes on with its own turn, and repeats these words in what comes.
  if (service_->continuous() && service_speaks_) answered_words_ += count_words(turn.tail);
  const uint64_t latency = turn.ended ? now - turn.ended_at : 0;
  stats_.latency_ns = latency;
  stats_.latency_sum_ns += latency;
  stats_.latency_max_ns = std::max(stats_.latency_max_ns, latency);
  if (!text.empty()) {
    ++stats_.understood;
    add(out, Interim{turn.id, text, true});
  }
  add(out, Result{turn.id, std::move(text)});
}

void SttSession::resolve_all(uint64_t now, Actions& out) {
  while (!turns_.empty() && turns_.front().ended) resolve_front(now, out);
  if (std::exchange(finishing_since_, 0) != 0) {
    const std::string text = join_texts(stream_settled_, stream_tail_);
    if (!text.empty()) add(out, ServiceTurn{true, text});
    stream_settled_.clear();
    stream_tail_.clear();
    stream_ = {};
  }
}

void SttSession::reconnect_now(Actions& out) {
  connected_ = false;
  connecting_ = true;
  retry_at_ = UINT64_MAX;
  add(out, Connect{});
}

std::vector<SttSession::Action> SttSession::connected(uint64_t now) {
  Actions out;
  connected_ = true;
  connecting_ = false;
  connection_bytes_ = 0;
  last_sent_ = connected_at_ = now;
  ++stats_.connects;
  service_->begin();
  for (SttMessage& message : service_->opening()) send(now, std::move(message), out);
  send_all(now, out);
  if (finishing_since_ != 0) {
    send_audio(now, stream_, true, out);
    if (auto message = service_->finish()) send(now, std::move(*message), out);
  }
  return out;
}

// What the old connection said of turns that go on, the new one says again.
void SttSession::lose_connection() {
  connected_ = connecting_ = false;
  for (Turn& turn : turns_) {
    turn.audio.sent = 0;
    turn.finished = false;
    if (service_->continuous()) continue;
    turn.settled.clear();
    turn.tail.clear();
  }
  stream_.sent = 0;
  if (by_service()) stream_settled_.clear();
  stream_tail_.clear();
  service_speaks_ = false;
  answered_words_ = 0;
}

void SttSession::fail(uint64_t now, const Failure& failure, double random, Actions& out) {
  ++stats_.failures;
  lose_connection();
  const bool needed = !turns_.empty() || finishing_since_ != 0 || by_service();
  const auto wait = failure.retryable ? backoff_.next(random) : std::nullopt;
  if (!wait || (!needed && backoff_.failures() > kIdleAttempts)) {
    retry_at_ = UINT64_MAX;
    add(out, failure);
    resolve_all(now, out);
    return;
  }
  retry_at_ = now + *wait;
  // An idle connection that the service gave up is no failure that anybody notices.
  if (needed || backoff_.failures() > 1) add(out, failure);
}

std::vector<SttSession::Action> SttSession::disconnected(uint64_t now, const Failure& failure,
                                                         double random) {
  Actions out;
  if (!connected_ && !connecting_) return out;
  fail(now, failure, random, out);
  return out;
}

uint64_t SttSession::turn_deadline(const Turn& turn) const {
  return std::min(turn.waits_since + config_.result_timeout_ns,
                  turn.ended_at + 3 * config_.result_timeout_ns);
}

uint64_t SttSession::renewal() const {
  if (!connected_ || !turns_.empty() || finishing_since_ != 0 || stream_.sent > 0)
    return UINT64_MAX;
  return config_.renew_ns == UINT64_MAX ? UINT64_MAX : connected_at_ + config_.renew_ns;
}

uint64_t SttSession::deadline() const {
  uint64_t at = connected_ || connecting_ ? UINT64_MAX : retry_at_;
  if (connected_) at = std::min({at, last_sent_ + config_.keep_alive_ns, renewal()});
  if (!turns_.empty() && turns_.front().ended) at = std::min(at, turn_deadline(turns_.front()));
  if (finishing_since_ != 0) at = std::min(at, finishing_since_ + config_.result_timeout_ns);
  return at;
}

std::vector<SttSession::Action> SttSession::tick(uint64_t now) {
  Actions out;
  if (!connected_ && !connecting_ && now >= retry_at_) reconnect_now(out);
  bool late = false;
  while (!turns_.empty() && turns_.front().ended && now >= turn_deadline(turns_.front())) {
    ++stats_.timeouts;
    // Attempts to connect that failed were told.
    if (!std::exchange(late, true) && (connected_ || connecting_)) {
      add(out, Failure{.cause = "timeout",
                       .text = connected_ ? "the text of a turn did not come in time"
                                          : "there was no connection in time for a turn"});
    }
    resolve_front(now, out);
  }
  if (finishing_since_ != 0 && now >= finishing_since_ + config_.result_timeout_ns) {
    ++stats_.timeouts;
    resolve_all(now, out);
  }
  if (late && connected_ && !service_->continuous()) {
    // What comes later would be taken for the next turn's.
    lose_connection();
    reconnect_now(out);
    return out;
  }
  if (now >= renewal()) {
    lose_connection();
    reconnect_now(out);
  }
  if (connected_ && now >= last_sent_ + config_.keep_alive_ns) {
    last_sent_ = now;
    if (auto message = service_->keep_alive()) send(now, std::move(*message), out);
  }
  return out;
}

std::vector<SttSession::Action> SttSession::flush(uint64_t) {
  Actions out;
  const bool midway = std::any_of(turns_.begin(), turns_.end(),
                                  [](const Turn& turn) { return turn.audio.ever_sent > 0; }) ||
                      stream_.ever_sent > 0;
  turns_.clear();
  stream_ = {};
  stream_settled_.clear();
  stream_tail_.clear();
  recent_.clear();
  finishing_since_ = 0;
  service_speaks_ = false;
  answered_words_ = 0;
  // The service has audio whose text nobody wants.
  if (midway && (connected_ || connecting_)) reconnect_now(out);
  return out;
}

}  // namespace jackfield
