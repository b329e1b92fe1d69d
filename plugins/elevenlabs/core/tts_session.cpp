#include "tts_session.hpp"

#include <algorithm>
#include <utility>

namespace elevenlabs {

TtsSession::TtsSession(const Config& config)
    : config_(config),
      backoff_(config.backoff),
      http_(config.transport == Transport::kHttp ||
            (config.transport == Transport::kAuto && !config.try_websocket)),
      reply_(config.http) {}

void TtsSession::send(uint64_t now, std::string text, Actions& out) {
  last_sent_ = now;
  add(out, Send{std::move(text)});
}

void TtsSession::open_context(uint64_t now, Actions& out) {
  context_ = config_.multi_context ? "r" + std::to_string(++counter_) : "";
  context_open_ = true;
  send(now, open_message(context_, config_.voice), out);
}

void TtsSession::say(uint64_t now, const std::string& text, Actions& out) {
  if (!context_open_) open_context(now, out);
  stats_.characters += text.size();
  last_heard_ = now;
  send(now, text_message(context_, text, !config_.auto_mode), out);
}

void TtsSession::finish_context(uint64_t now, Actions& out) {
  send(now, config_.multi_context ? close_context_message(context_) : end_message(), out);
  last_heard_ = now;
}

void TtsSession::next_connection(Actions& out) {
  if (http_) return;
  connected_ = false;
  context_open_ = false;
  connecting_ = true;
  retry_at_ = UINT64_MAX;
  add(out, Connect{});
}

// The reply is complete, or given up: ready for the next.
void TtsSession::reply_over(uint64_t now, Actions& out) {
  const bool told = std::exchange(ending_, false);
  speaking_ = audio_came_ = false;
  words_.reset();
  context_open_ = false;
  if (http_) {
    if (reply_.running()) {
      add(out, CancelRequest{});
      add(out, Prepare{});  // that connection is closed
    }
    reply_.reset();
    retry_at_ = UINT64_MAX;
  }
  if (told) add(out, ReplyDone{});
  if (!connected_) return;
  if (config_.multi_context) {
    open_context(now, out);
  } else {
    next_connection(out);
  }
}

std::vector<TtsSession::Action> TtsSession::start(uint64_t) {
  Actions out;
  if (http_) {
    add(out, Prepare{});
  } else {
    connecting_ = true;
    add(out, Connect{});
  }
  return out;
}

std::vector<TtsSession::Action> TtsSession::text(uint64_t now, std::string_view text) {
  Actions out;
  if (!std::exchange(speaking_, true)) {
    ++stats_.replies;
    began_ = now;
    if (http_) {
      backoff_.reset();
    } else if (!connected_ && !connecting_) {
      // Somebody is to be answered: worth an attempt, whatever came before.
      backoff_.reset();
      next_connection(out);
    }
  }
  if (http_) {
    reply_.add(text);
    if (retry_at_ == UINT64_MAX) next_request(now, out);
    return out;
  }
  words_.add_text(text);
  if (connected_) {
    say(now, std::string(text), out);
  } else {
    last_heard_ = now;
  }
  return out;
}

std::vector<TtsSession::Action> TtsSession::end_reply(uint64_t now, bool& known) {
  Actions out;
  known = speaking_ && !ending_;
  if (!known) return out;
  ending_ = true;
  if (http_) {
    if (reply_.idle()) reply_over(now, out);
  } else if (connected_) {
    finish_context(now, out);
  } else if (!connecting_ && retry_at_ == UINT64_MAX) {
    reply_over(now, out);  // there is no hope
  }
  return out;
}

std::vector<TtsSession::Action> TtsSession::flush(uint64_t now) {
  Actions out;
  if (!speaking_) return out;
  // There is no "stop": the context is closed, and what still comes of it is dropped by its name.
  if (connected_ && config_.multi_context && !ending_) finish_context(now, out);
  ending_ = false;
  reply_over(now, out);
  return out;
}

std::vector<TtsSession::Action> TtsSession::connected(uint64_t now) {
  Actions out;
  connected_ = true;
  connecting_ = false;
  websocket_worked_ = true;
  refusals_ = 0;
  ++stats_.connects;
  last_heard_ = now;
  open_context(now, out);
  if (!speaking_) return out;
  const std::string rest = words_.remaining();
  words_.reset();
  if (!rest.empty()) {
    words_.add_text(rest);
    say(now, rest, out);
  }
  if (ending_) finish_context(now, out);
  return out;
}

void TtsSession::fail(uint64_t now, const Failure& failure, double random, Actions& out) {
  if (failure.no_websocket) {
    ++refusals_;
    // A model that WebSockets do not have may be told of behind the handshake.
    if (stats_.audio_bytes == 0) websocket_worked_ = false;
  }
  if (can_fall_over(failure)) {
    ++stats_.failures;
    fall_over(now, out);
    return;
  }
  connected_ = connecting_ = context_open_ = false;
  ++stats_.failures;
  const bool waited_for = speaking_;
  // Of a reply whose audio cannot be told by its text nothing is said twice.
  const bool lost = speaking_ && audio_came_ && words_.remaining().empty();
  const auto wait = failure.retryable ? backoff_.next(random) : std::nullopt;
  retry_at_ = wait ? now + *wait : UINT64_MAX;
  // An idle connection that the service closed is no failure that anybody notices. It is told
  // before the reply ends: whoever has another voice speaks the reply with that.
  if (waited_for || !wait || backoff_.failures() > 1) add(out, failure);
  if (!wait || lost) reply_over(now, out);
}

std::vector<TtsSession::Action> TtsSession::disconnected(uint64_t now, const Failure& failure,
                                                         double random) {
  Actions out;
  if (connected_ || connecting_) fail(now, failure, random, out);
  return out;
}

std::vector<TtsSession::Action> TtsSession::message(uint64_t now, std::string_view text,
                                                    double random) {
  Actions out;
  if (!connected_) return out;
  auto message = read_tts_message(text);
  if (!message) {
    ++websocket_malformed_;
    stats_.malformed = websocket_malformed_ + reply_.malformed();
    return out;
  }
  if (message->error) {
    fail(now,
         {.cause = message->error->code,
          .text = message->error->text,
          .retryable = message->error->retryable,
          .no_websocket = message->error->code.find("model") != std::string::npos},
         random, out);
    return out;
  }
  if (message->context != context_ || !speaking_) {
    stats_.late_bytes += message->audio.size();
    // The service gave up a context that nobody used.
    if (message->is_final && message->context == context_) context_open_ = false;
    return out;
  }
  if (!message->audio.empty()) {
    auto words = words_.add(message->alignment);
    take_audio(now,
               {.bytes = std::move(message->audio),
                .words = std::move(words),
                .aligned = !message->alignment.empty(),
                .sentence = {}},
               out);
  }
  if (!message->is_final) return out;
  if (ending_) {
    reply_over(now, out);
  } else {
    // Given up in mid-reply: the next text opens another.
    context_open_ = false;
  }
  return out;
}

void TtsSession::take_audio(uint64_t now, Audio audio, Actions& out) {
  backoff_.reset();
  last_heard_ = now;
  stats_.audio_bytes += audio.bytes.size();
  if (!std::exchange(audio_came_, true)) stats_.first_audio_ns = now - began_;
  add(out, std::move(audio));
}

bool TtsSession::audio_is_due() const {
  if (http_) return reply_.running();
  return speaking_ && (ending_ || !words_.remaining().empty());
}

uint64_t TtsSession::deadline() const {
  uint64_t at = connected_ || connecting_ ? UINT64_MAX : retry_at_;
  if (connected_) at = std::min(at, last_sent_ + config_.keep_alive_ns);
  if (audio_is_due()) at = std::min(at, last_heard_ + config_.audio_timeout_ns);
  return at;
}

std::vector<TtsSession::Action> TtsSession::tick(uint64_t now) {
  Actions out;
  if (audio_is_due() && now >= last_heard_ + config_.audio_timeout_ns) {
    ++stats_.timeouts;
    connected_ = false;  // what comes later is not wanted
    add(out, Failure{.cause = "timeout", .text = "ElevenLabs sent no audio in time"});
    const bool http = http_;
    reply_over(now, out);
    if (http) {
      give_up_http();
    } else {
      next_connection(out);
    }
    return out;
  }
  if (!connected_ && !connecting_ && now >= retry_at_) {
    if (http_) {
      next_request(now, out);
    } else {
      next_connection(out);
    }
  }
  if (connected_ && now >= last_sent_ + config_.keep_alive_ns) {
    if (context_open_) {
      send(now, keep_alive_message(context_), out);
    } else {
      open_context(now, out);
    }
  }
  return out;
}

}  // namespace elevenlabs
