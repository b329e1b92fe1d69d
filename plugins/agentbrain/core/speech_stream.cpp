#include "speech_stream.hpp"

#include <algorithm>
#include <utility>

namespace agentbrain {
namespace {

constexpr Nanoseconds kSecond = 1000 * kMillisecond;
// Timestamps may wobble by this before they count as a gap or a jump back.
constexpr Nanoseconds kTolerance = 20 * kMillisecond;
// A gap up to this length is fed to the network as silence; after a longer one it starts afresh.
constexpr Nanoseconds kLongestFedGap = 500 * kMillisecond;
// After so long without any sign of speech the network starts afresh as well (see rest()).
constexpr Nanoseconds kRestAfter = 2 * kSecond;
constexpr float kPossibleSpeech = 0.1F;

}  // namespace

SpeechStream::SpeechStream(std::shared_ptr<const SileroModel> model, int rate,
                           std::shared_ptr<TurnIds> ids)
    : model_(std::move(model)), rate_(rate), vad_(model_, rate), detector_({}, std::move(ids)) {
  decisions_.reserve(32);
}

Nanoseconds SpeechStream::duration_of(std::size_t samples) const {
  return samples * kSecond / static_cast<Nanoseconds>(rate_);
}

SpeechStream::Decisions SpeechStream::push(std::optional<Nanoseconds> start,
                                           std::span<const std::int16_t> samples) {
  decisions_.clear();
  move_to(start.value_or(position_.value_or(0)));
  feed(samples.data(), samples.size());
  return decisions_;
}

SpeechStream::Decisions SpeechStream::gap(Nanoseconds start, Nanoseconds duration) {
  decisions_.clear();
  move_to(start);
  feed_gap(start + duration);
  return decisions_;
}

SpeechStream::Decisions SpeechStream::finish() {
  decisions_.clear();
  finish_here();
  return decisions_;
}

void SpeechStream::change_rate(int rate) {
  if (rate == rate_) return;
  vad_ = SileroVad(model_, rate);
  rate_ = rate;
  filled_ = 0;
}

void SpeechStream::reset() {
  detector_.reset();
  vad_.reset();
  filled_ = 0;
  position_.reset();
}

void SpeechStream::move_to(Nanoseconds start) {
  if (position_ && start > *position_ + kTolerance) {
    feed_gap(start);
  } else if (position_ && start + kTolerance < *position_) {
    finish_here();
    detector_.reset();
  }
  position_ = start;
}

void SpeechStream::feed(const std::int16_t* samples, std::size_t count) {
  const Nanoseconds start = *position_;
  for (std::size_t done = 0; done < count;) {
    const std::size_t n = std::min(count - done, vad_.window() - filled_);
    if (samples) {
      std::copy_n(samples + done, n, window_.data() + filled_);
    } else {
      std::fill_n(window_.data() + filled_, n, std::int16_t{0});
    }
    filled_ += n;
    done += n;
    position_ = start + duration_of(done);
    if (filled_ == vad_.window()) end_window();
  }
}

void SpeechStream::feed_gap(Nanoseconds until) {
  const Nanoseconds gap = until - std::min(until, *position_);
  if (gap <= kLongestFedGap) {
    feed(nullptr, static_cast<std::size_t>(gap * static_cast<Nanoseconds>(rate_) / kSecond));
  } else {
    vad_.reset();
    filled_ = 0;
    keep(detector_.on_silence(until));
  }
  position_ = until;
}

void SpeechStream::end_window() {
  filled_ = 0;
  probability_ = vad_.process(std::span(window_).first(vad_.window()));
  const Nanoseconds end = *position_;
  const TurnDecision decision =
      detector_.on_window(end - std::min(end, duration_of(vad_.window())), end, probability_);
  ++windows_;
  if (detector_.in_turn()) ++speech_windows_;
  keep(decision);
  rest(end);
}

// Minutes of near silence leave the model's recurrent state where it no longer hears a short, soft
// word. A fresh state every few seconds in which nobody speaks keeps it as it was on the first
// word.
void SpeechStream::rest(Nanoseconds now) {
  if (detector_.in_turn() || probability_ >= kPossibleSpeech || !rested_at_ || now < *rested_at_) {
    rested_at_ = now;
  } else if (now - *rested_at_ >= kRestAfter) {
    vad_.reset();
    rested_at_ = now;
  }
}

void SpeechStream::finish_here() {
  vad_.reset();
  filled_ = 0;
  keep(detector_.finish(position_.value_or(0)));
}

void SpeechStream::keep(const TurnDecision& decision) {
  if (decision.onset || decision.start || decision.end) decisions_.push_back(decision);
}

}  // namespace agentbrain
