// Decides from the probability of speech, window by window, when a caller's turn starts and ends.
// It has no clock: every time is a running time in nanoseconds that comes in with the windows.
// Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "end_of_turn.hpp"
#include "turn_ids.hpp"

namespace agentbrain {

using Nanoseconds = std::uint64_t;
constexpr Nanoseconds kMillisecond = 1'000'000;

enum class ConversationState : std::uint8_t { kListening, kThinking, kSpeaking };

struct TurnDetectorConfig {
  // A window is speech from this probability on, by what the agent is doing.
  float threshold = 0.5f;
  float threshold_thinking = 0.5f;
  float threshold_speaking = 0.7f;
  // Speech that runs goes on down to the threshold less this.
  float hysteresis = 0.15f;
  // So much speech makes a turn.
  Nanoseconds start = 96 * kMillisecond;
  // So much silence ends it.
  Nanoseconds hang_over = 500 * kMillisecond;
  // The hang-over when the text so far sounds complete, or unfinished. 0, or on the wrong side of
  // hang_over: it does not change.
  Nanoseconds hang_over_min = 0;
  Nanoseconds hang_over_max = 0;
  // The reported start lies so much before the first sound of speech.
  Nanoseconds pre_roll = 32 * kMillisecond;
  // For so long after the agent began to speak, the threshold is halfway between threshold_speaking
  // and 1: an echo canceller (the agent's own or the caller's phone) has not converged yet.
  Nanoseconds echo_guard = 300 * kMillisecond;
};

// The first window of what may become a turn.
struct SpeechOnset {
  Nanoseconds speech_start = 0;
  Nanoseconds decided_at = 0;
};
struct SpeechStart {
  unsigned turn_id = 0;  // counts from 1
  Nanoseconds speech_start = 0;
  Nanoseconds decided_at = 0;
};
struct SpeechEnd {
  unsigned turn_id = 0;
  Nanoseconds speech_end = 0;
  Nanoseconds decided_at = 0;
};
// In the order of the members; an end never comes together with one of the others.
struct TurnDecision {
  std::optional<SpeechOnset> onset;
  std::optional<SpeechStart> start;
  std::optional<SpeechEnd> end;
};

class TurnDetector {
 public:
  explicit TurnDetector(const TurnDetectorConfig& config = {},
                        std::shared_ptr<TurnIds> ids = std::make_shared<TurnIds>())
      : config_(config), ids_(std::move(ids)) {}

  // May be called at any time; a running turn goes by the new values at once.
  void set_config(const TurnDetectorConfig& config) { config_ = config; }
  // What the agent does from the next window on.
  void set_state(ConversationState state);

  // The next window; begin is where the last one ended, or later.
  TurnDecision on_window(Nanoseconds begin, Nanoseconds end, float probability);
  // There is nothing to hear until `until`.
  TurnDecision on_silence(Nanoseconds until);
  // No more audio will come, or none has come for too long: ends a running turn now.
  TurnDecision finish(Nanoseconds now);
  // What was understood of the running turn so far, judged. 0 as turn id: of whichever runs.
  void on_text(unsigned turn_id, Completeness completeness);
  // Forgets the running turn. Turn ids go on.
  void reset();

  bool in_turn() const { return phase_ == Phase::kTurn; }
  unsigned turns() const { return turns_; }
  // Onsets that came to nothing.
  std::uint64_t false_onsets() const { return false_onsets_; }
  // Turns that ended with another than the plain hang-over.
  std::uint64_t shortened() const { return shortened_; }
  std::uint64_t lengthened() const { return lengthened_; }

 private:
  enum class Phase : std::uint8_t { kSilence, kOnset, kTurn };

  float state_threshold() const;
  Nanoseconds adapted_hang_over() const;
  void on_speech(Nanoseconds begin, Nanoseconds end, TurnDecision& decision);
  void drop_old_onset(Nanoseconds now);
  std::optional<SpeechEnd> end_turn(Nanoseconds decided_at);

  TurnDetectorConfig config_;
  std::shared_ptr<TurnIds> ids_;
  ConversationState state_ = ConversationState::kListening;
  bool guard_pending_ = false;
  Nanoseconds guard_until_ = 0;

  Phase phase_ = Phase::kSilence;
  unsigned turns_ = 0;
  unsigned turn_id_ = 0;  // of the running turn, or the last one
  std::uint64_t false_onsets_ = 0;
  std::optional<Nanoseconds> position_;  // end of the last window
  std::optional<Nanoseconds> rise_;      // since when the probability is above the rest level
  Nanoseconds earliest_start_ = 0;       // no speech starts before: the end of the last turn
  Nanoseconds speech_start_ = 0;
  Nanoseconds last_speech_ = 0;  // end of the last window of speech
  Nanoseconds speech_ = 0;       // speech heard since the onset
  Completeness completeness_ = Completeness::kUnclear;
  Nanoseconds text_at_ = 0;  // how far the audio was when completeness_ came
  std::uint64_t shortened_ = 0;
  std::uint64_t lengthened_ = 0;
};

}  // namespace agentbrain
