// One stream of audio on its way to turns: cuts buffers of any size into the windows of the
// network, keeps the time of every sample, bridges gaps, and asks the TurnDetector. All times are
// running times in nanoseconds. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "silero_vad.hpp"
#include "turn_detector.hpp"

namespace agentbrain {

class SpeechStream {
 public:
  // `model` must have a network for `rate` (Hz).
  SpeechStream(std::shared_ptr<const SileroModel> model, int rate,
               std::shared_ptr<TurnIds> ids = std::make_shared<TurnIds>());

  int rate() const { return rate_; }
  // The detector may be configured between calls.
  TurnDetector& detector() { return detector_; }

  // What the next functions return, in order; decisions that decide nothing are left out. Valid
  // until the next call.
  using Decisions = std::span<const TurnDecision>;

  // Samples whose first is at `start`; without one they follow those before. A start that is later
  // than that is a gap, an earlier one ends a running turn and begins anew.
  Decisions push(std::optional<Nanoseconds> start, std::span<const std::int16_t> samples);
  // Silence.
  Decisions gap(Nanoseconds start, Nanoseconds duration);
  // There will be no more audio, or there was none for too long: ends a running turn.
  Decisions finish();
  // Continues at another sample rate with the same turns.
  void change_rate(int rate);
  // Forgets all audio and the running turn. Turn ids go on.
  void reset();

  std::uint64_t windows() const { return windows_; }
  std::uint64_t speech_windows() const { return speech_windows_; }
  float probability() const { return probability_; }  // of the last window

 private:
  Nanoseconds duration_of(std::size_t samples) const;
  void move_to(Nanoseconds start);
  void feed(const std::int16_t* samples, std::size_t count);
  void feed_gap(Nanoseconds until);
  void end_window();
  void rest(Nanoseconds now);
  void finish_here();
  void keep(const TurnDecision& decision);

  std::shared_ptr<const SileroModel> model_;
  int rate_;
  std::optional<Nanoseconds> rested_at_;  // when the model's state was last fresh or in use
  SileroVad vad_;
  TurnDetector detector_;
  std::array<std::int16_t, 512> window_{};
  std::size_t filled_ = 0;               // samples in window_
  std::optional<Nanoseconds> position_;  // of the next sample
  std::vector<TurnDecision> decisions_;
  std::uint64_t windows_ = 0;
  std::uint64_t speech_windows_ = 0;
  float probability_ = 0;
};

}  // namespace agentbrain
