// What the service says, in SttSession.
#include <algorithm>
#include <utility>

#include "stt_session.hpp"
#include "transcript_words.hpp"

namespace jackfield {

bool SttSession::front_is_over(const SttReading& reading) const {
  const Turn& turn = turns_.front();
  if (!turn.ended || !turn.finished) return false;
  if (service_->continuous()) return reading.speech_end || reading.speech_probably_over;
  if (reading.answered) return true;
  if (!reading.settled_until_s) return false;
  // Settled to the last sample, within 20 ms.
  const double all =
      static_cast<double>(turn.sent_at_finish) / static_cast<double>(format_.bytes_per_second());
  return *reading.settled_until_s >= all - 0.02;
}

void SttSession::take_text(uint64_t now, const SttReading& reading, Actions& out) {
  Turn& turn = turns_.front();
  const std::string before = join_texts(turn.settled, turn.tail);
  if (reading.settled) {
    append_text(turn.settled, skip_words(*reading.settled, answered_words_));
    turn.tail.clear();
  }
  if (reading.tail) turn.tail = skip_words(*reading.tail, answered_words_);
  const std::string after = join_texts(turn.settled, turn.tail);
  if (front_is_over(reading)) {
    resolve_front(now, out);
    // Nothing was asked for turns without audio.
    while (!service_->continuous() && !turns_.empty() && turns_.front().ended &&
           turns_.front().audio.bytes.empty()) {
      resolve_front(now, out);
    }
  } else if (after != before && !after.empty()) {
    add(out, Interim{turn.id, after, false});
  }
}

// Turns as the service finds them.
void SttSession::take_service_turn(uint64_t, const SttReading& reading, Actions& out) {
  if (reading.settled) {
    append_text(stream_settled_, *reading.settled);
    stream_tail_.clear();
  }
  if (reading.tail) stream_tail_ = skip_words(*reading.tail, 0);
  if (reading.speech_start && !std::exchange(service_speaks_, true)) {
    add(out, ServiceTurn{false, {}});
  }
  const bool finished = finishing_since_ != 0 && (reading.answered || reading.speech_end);
  if (!reading.speech_end && !finished) return;
  const std::string text = join_texts(stream_settled_, stream_tail_);
  stream_settled_.clear();
  stream_tail_.clear();
  // What was transcribed is not needed on another connection.
  stream_.bytes.erase(stream_.bytes.begin(),
                      stream_.bytes.begin() + static_cast<std::ptrdiff_t>(stream_.sent));
  stream_.sent = stream_.ever_sent = 0;
  if (finished) finishing_since_ = 0;
  if (!text.empty() || service_speaks_) add(out, ServiceTurn{true, text});
  service_speaks_ = false;
}

std::vector<SttSession::Action> SttSession::message(uint64_t now, std::string_view text,
                                                    double random) {
  Actions out;
  if (!connected_) return out;
  std::optional<SttReading> reading = service_->read(text);
  if (reading->malformed) ++stats_.malformed;
  while (reading && !reading->malformed && take_reading(now, *reading, random, out)) {
    reading = service_->next();
  }
  return out;
}

bool SttSession::take_reading(uint64_t now, const SttReading& reading, double random,
                              Actions& out) {
  if (reading.error) {
    const Failure failure{.cause = reading.error->code,
                          .text = reading.error->text,
                          .retryable = reading.error->retryable};
    if (!reading.passing) {
      add(out, Disconnect{});
      fail(now, failure, random, out);
      return false;
    }
    add(out, failure);
  }
  // Only what answers something shows that the service is in order.
  if (reading.settled || reading.tail || reading.answered) backoff_.reset();
  const bool events = !turns_.empty() || (announced_ && !by_service());
  if (!events || config_.segmentation == Segmentation::kService) {
    take_service_turn(now, reading, out);
  } else {
    if (reading.speech_start) service_speaks_ = true;
    if (!turns_.empty()) {
      take_text(now, reading, out);
    } else if (service_->continuous() && reading.tail) {
      stream_tail_ = skip_words(*reading.tail, answered_words_);  // a turn may be announced late
    }
    if (reading.speech_end) {
      service_speaks_ = false;
      answered_words_ = 0;
      stream_tail_.clear();
      stream_.bytes.erase(stream_.bytes.begin(),
                          stream_.bytes.begin() + static_cast<std::ptrdiff_t>(stream_.sent));
      stream_.sent = stream_.ever_sent = 0;
    }
  }
  if (!reading.note.empty()) {
    add(out, Note{reading.note, reading.tail.value_or(reading.settled.value_or("")),
                  reading.confidence, reading.words, reading.language});
  }
  return true;
}

}  // namespace jackfield
