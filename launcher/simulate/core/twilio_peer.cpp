#include "twilio_peer.hpp"

#include <utility>

namespace jackfield::simulate {

TwilioPeer::TwilioPeer(StreamIdentity identity, Listener& listener)
    : identity_(std::move(identity)),
      listener_(listener),
      queue_listener_(*this),
      queue_(queue_listener_) {}

void TwilioPeer::QueueListener::on_played(Samples at, std::span<const std::uint8_t> mulaw) {
  peer_.stats_.agent_played += static_cast<Samples>(mulaw.size());
  peer_.listener_.on_agent_audio(at, mulaw);
}

void TwilioPeer::QueueListener::on_idle(Samples at, Samples count) {
  peer_.listener_.on_agent_idle(at, count);
}

void TwilioPeer::QueueListener::on_mark(Samples at, const std::string& name, bool cleared) {
  ++(cleared ? peer_.stats_.marks_cleared : peer_.stats_.marks_played);
  if (peer_.state_ == State::kStarted)
    peer_.listener_.on_send(mark_message(peer_.identity_.stream_sid, ++peer_.sequence_, name));
  peer_.listener_.on_mark_echo(at, name, cleared);
}

void TwilioPeer::violate(Samples at, int code, std::string text) {
  ++stats_.violations;
  // A flood of bad messages must not become a flood of memory.
  if (violations_.size() >= kKeptViolations) return;
  violations_.push_back({at, code, std::move(text)});
  listener_.on_violation(violations_.back());
}

void TwilioPeer::connect() {
  if (state_ != State::kIdle) return;
  state_ = State::kConnected;
  listener_.on_send(connected_message());
}

void TwilioPeer::start() {
  if (state_ != State::kConnected) return;
  state_ = State::kStarted;
  listener_.on_send(start_message(identity_, ++sequence_));
}

void TwilioPeer::advance(Samples now) {
  if (state_ == State::kStarted) queue_.advance(now);
}

void TwilioPeer::send_media(Samples at, std::span<const std::uint8_t> mulaw) {
  if (state_ != State::kStarted) return;
  scratch_.clear();
  write_media_message(scratch_, identity_.stream_sid, ++sequence_, ++stats_.chunks, at, mulaw);
  listener_.on_send(scratch_);
}

void TwilioPeer::send_dtmf(char digit) {
  if (state_ != State::kStarted) return;
  listener_.on_send(dtmf_message(identity_.stream_sid, ++sequence_, digit));
}

void TwilioPeer::stop() {
  if (state_ != State::kStarted) return;
  state_ = State::kStopped;
  listener_.on_send(stop_message(identity_, ++sequence_));
}

void TwilioPeer::receive_text(Samples now, std::string_view text) {
  ++stats_.messages;
  // What the server had under way when the caller hung up is nobody's fault.
  if (state_ == State::kStopped) return;
  if (state_ != State::kStarted) {
    violate(0, kErrorNotCompliant, "a message before \"start\" (there is no streamSid yet)");
    return;
  }
  ServerMessage message = parse_server_message(text, identity_.stream_sid);
  if (auto* media = std::get_if<MediaMessage>(&message)) {
    ++stats_.media_messages;
    stats_.agent_audio += static_cast<Samples>(media->mulaw.size());
    const Samples lost = queue_.push(now, std::move(media->mulaw));
    if (lost > 0 && !std::exchange(queue_full_reported_, true))
      violate(now, kErrorQueueFull, "more than 10 minutes of audio are queued; the rest is lost");
  } else if (auto* mark = std::get_if<MarkMessage>(&message)) {
    ++stats_.marks;
    if (!queue_.mark(now, std::move(mark->name)))
      violate(now, kErrorNotCompliant,
              "more than " + std::to_string(PlayQueue::kMaxMarks) + " marks wait to be played");
  } else if (std::holds_alternative<ClearMessage>(message)) {
    ++stats_.clears;
    // The audio that was heard up to here is told before the clear, the marks after it.
    queue_.advance(now);
    const Samples dropped = queue_.queued();
    stats_.agent_cleared += dropped;
    listener_.on_clear(now, dropped);
    queue_.clear(now);
  } else {
    auto& bad = std::get<BadMessage>(message);
    violate(now, bad.code, std::move(bad.reason));
  }
}

void TwilioPeer::receive_binary(Samples now, std::size_t size) {
  ++stats_.messages;
  if (state_ == State::kStopped) return;
  violate(now, kErrorUndecodable,
          "a binary WebSocket message (" + std::to_string(size) + " bytes); only text is decoded");
}

void TwilioPeer::receive_broken(Samples now, std::string reason) {
  if (state_ == State::kStopped) return;
  violate(now, kErrorProtocol, "WebSocket protocol error: " + std::move(reason));
}

}  // namespace jackfield::simulate
