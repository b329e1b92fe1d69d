// TtsSession where a WebSocket is not to be had.
#include <utility>

#include "tts_session.hpp"

namespace elevenlabs {

// The next attempt would end as this one did, or so it seems.
bool TtsSession::can_fall_over(const Failure& failure) const {
  return config_.transport == Transport::kAuto && failure.no_websocket &&
         (!websocket_worked_ || refusals_ >= 2);
}

void TtsSession::fall_over(uint64_t now, Actions& out) {
  add(out, Disconnect{});
  connected_ = connecting_ = context_open_ = false;
  retry_at_ = UINT64_MAX;
  backoff_.reset();
  http_ = true;
  const std::string rest = words_.remaining();
  words_.reset();
  if (!speaking_) {
    add(out, Prepare{});
    return;
  }
  reply_.add(rest);
  if (reply_.idle() && ending_) {
    reply_over(now, out);
  } else {
    next_request(now, out);
  }
}

// HTTP works no better: the next reply begins with a WebSocket again.
void TtsSession::give_up_http() {
  http_ = http_worked_ || config_.transport == Transport::kHttp || !config_.try_websocket;
}

void TtsSession::next_request(uint64_t now, Actions& out) {
  auto speech = reply_.next();
  if (!speech) return;
  retry_at_ = UINT64_MAX;
  last_heard_ = now;
  ++stats_.requests;
  stats_.characters += speech->text.size();
  add(out, Request{std::move(*speech)});
}

void TtsSession::request_over(uint64_t now, Actions& out) {
  stats_.malformed = websocket_malformed_ + reply_.malformed();
  if (reply_.idle()) {
    if (ending_) reply_over(now, out);
  } else {
    next_request(now, out);
  }
}

std::vector<TtsSession::Action> TtsSession::http_data(uint64_t now, std::string_view bytes) {
  Actions out;
  if (!http_ || !reply_.running()) return out;
  for (Audio& audio : reply_.data(bytes)) take_audio(now, std::move(audio), out);
  if (!out.empty() && !std::exchange(http_worked_, true) && !websocket_worked_ && refusals_ > 0) {
    add(out, WebsocketRefused{});
  }
  return out;
}

std::vector<TtsSession::Action> TtsSession::http_end(uint64_t now) {
  Actions out;
  if (!http_ || !reply_.running()) return out;
  for (Audio& audio : reply_.end()) take_audio(now, std::move(audio), out);
  if (reply_.was_cut()) {
    ++stats_.failures;
    add(out, Failure{.cause = "lost", .text = "ElevenLabs' answer ended within the text"});
  }
  request_over(now, out);
  return out;
}

std::vector<TtsSession::Action> TtsSession::http_failed(uint64_t now, const Failure& failure,
                                                        double random) {
  Actions out;
  if (!http_ || !reply_.running()) return out;
  ++stats_.failures;
  const bool rest = reply_.failed();
  const auto wait = failure.retryable && rest ? backoff_.next(random) : std::nullopt;
  add(out, failure);
  if (wait) {
    retry_at_ = now + *wait;
  } else if (failure.retryable && !rest) {
    request_over(now, out);  // what follows may go well
  } else {
    reply_over(now, out);
    give_up_http();
  }
  return out;
}

}  // namespace elevenlabs
