// The person on the line: plays the steps of a script against what is heard of the agent.
// Time is an argument, and the agent is known only by its sound and by what the stream tells.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "caller_script.hpp"
#include "line_time.hpp"
#include "speech_activity.hpp"

namespace jackfield::simulate {

struct StepResult {
  enum class State { kWaiting, kRunning, kPassed, kFailed };

  std::string name;
  std::string text;      // the words of the utterance, the digits
  std::size_t line = 0;  // of the script
  State state = State::kWaiting;
  std::string reason;  // why it failed
  Samples begin = 0;
  Samples end = 0;
  // say, barge-in: last speech of the caller -> first speech of the agent that is heard after it
  std::optional<Samples> reply_latency;
  // say, barge-in: last speech of the caller -> the first media message that arrives after it
  std::optional<Samples> first_media;
  // say, barge-in: where the caller's speech stood on the time line
  std::optional<Samples> speech_begin;
  std::optional<Samples> speech_end;
  // barge-in: onset of the caller's speech -> clear received, -> agent silent
  std::optional<Samples> clear_after;
  std::optional<Samples> silent_after;
};

class Caller {
 public:
  enum class Ending { kNone, kHangUp, kAbrupt };

  Caller(std::vector<Step> steps, std::optional<double> line_noise, std::uint64_t seed);

  // Moves the script on. `agent` has heard everything before `now`.
  void advance(Samples now, const SpeechActivity& agent);
  // What the caller's microphone picks up; calls follow each other without holes, and each comes
  // when its time is over.
  void fill(Samples at, std::span<std::uint8_t> out);

  // A media message has arrived; when it will be heard is another matter.
  void on_media(Samples now);
  void on_clear(Samples now);
  void on_server_closed(Samples now, Samples unplayed, std::size_t marks_outstanding);
  // Fails the running step: the call cannot go on.
  void abandon(Samples now, std::string reason);

  // The digits to send now.
  std::string take_digits();
  Ending ending() const { return ending_; }
  bool finished() const { return current_ >= steps_.size() || failed_; }
  bool failed() const { return failed_; }
  const std::vector<StepResult>& results() const { return results_; }
  std::size_t current() const { return current_; }

 private:
  enum class Progress { kRunning, kDone };

  void begin_step(Samples now, const SpeechActivity& agent);
  Progress run_step(Samples now, const SpeechActivity& agent);
  Progress run(const SayStep& step, Samples now, const SpeechActivity& agent);
  Progress run(const WaitReplyStep& step, Samples now, const SpeechActivity& agent);
  Progress run(const WaitAgentSpeakingStep& step, Samples now, const SpeechActivity& agent);
  Progress run(const PauseStep& step, Samples now, const SpeechActivity& agent);
  Progress run(const ListenStep& step, Samples now, const SpeechActivity& agent);
  Progress run(const ExpectSilenceStep& step, Samples now, const SpeechActivity& agent);
  Progress run(const BargeInStep& step, Samples now, const SpeechActivity& agent);
  Progress run(const DtmfStep& step, Samples now, const SpeechActivity& agent);
  Progress run(const HangUpStep& step, Samples now, const SpeechActivity& agent);
  Progress run(const ExpectHangUpStep& step, Samples now, const SpeechActivity& agent);

  void speak(const Utterance& what, Samples now);
  bool voice_over(Samples now) const;
  void measure_reply(Samples now, const SpeechActivity& agent);
  Progress fail(Samples now, std::string reason);
  StepResult& result() { return results_[current_]; }
  std::uint8_t line_sample();

  std::vector<Step> steps_;
  std::vector<StepResult> results_;
  std::size_t current_ = 0;
  bool begun_ = false;
  bool failed_ = false;
  Ending ending_ = Ending::kNone;
  std::string digits_;

  // The voice.
  std::shared_ptr<const Clip> clip_;
  Samples clip_at_ = 0;
  double noise_amplitude_ = 0;
  std::uint64_t noise_state_;

  // A reply is looked for from the end of the last utterance (or the begin of the call) on.
  std::optional<Samples> utterance_end_;
  std::size_t utterance_step_ = 0;
  bool utterance_over_ = true;
  bool reply_measured_ = true;
  Samples active_before_reply_ = 0;

  // Of the running step.
  Samples active_at_begin_ = 0;
  std::size_t digit_ = 0;
  std::optional<Samples> reply_begin_;  // barge-in: the reply that is to be interrupted
  bool speaking_over_ = false;          // barge-in: the caller has begun
};

}  // namespace jackfield::simulate
