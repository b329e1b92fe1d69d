#include "caller.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "g711.hpp"

namespace jackfield::simulate {
namespace {

constexpr Samples kDigitSpacing = 200 * kSamplesPerMs;
constexpr Samples kSentencePause = 700 * kSamplesPerMs;

std::string ms_text(Samples samples) {
  return std::to_string(std::llround(samples_to_ms(samples))) + " ms";
}

}  // namespace

Caller::Caller(std::vector<Step> steps, std::optional<double> line_noise, std::uint64_t seed)
    : steps_(std::move(steps)), noise_state_(seed * 2 + 1) {
  // Uniform noise of amplitude a has an RMS of a / sqrt(3).
  if (line_noise) noise_amplitude_ = 32768 * std::pow(10.0, *line_noise / 20) * std::numbers::sqrt3;
  for (const Step& step : steps_) {
    StepResult result;
    result.name = step_name(step);
    result.line = step.line;
    if (const Utterance* utterance = utterance_of(step)) {
      result.text = utterance->text;
      if (result.text.empty())
        for (const std::string& file : utterance->files)
          result.text += (result.text.empty() ? "" : " + ") + file;
    } else if (const auto* dtmf = std::get_if<DtmfStep>(&step.action)) {
      result.text = dtmf->digits;
    }
    results_.push_back(std::move(result));
  }
}

std::uint8_t Caller::line_sample() {
  if (noise_amplitude_ == 0) return kMulawSilence;
  // xorshift64 (Marsaglia 2003): comfort noise needs no better.
  noise_state_ ^= noise_state_ << 13;
  noise_state_ ^= noise_state_ >> 7;
  noise_state_ ^= noise_state_ << 17;
  const double uniform = static_cast<double>(noise_state_ >> 11) * 0x1p-52 - 1.0;
  return linear_to_mulaw(static_cast<std::int16_t>(uniform * noise_amplitude_));
}

void Caller::fill(Samples at, std::span<std::uint8_t> out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    const Samples in_clip = at + static_cast<Samples>(i) - clip_at_;
    const bool speech =
        clip_ && in_clip >= 0 && in_clip < static_cast<Samples>(clip_->mulaw.size());
    out[i] = speech ? clip_->mulaw[static_cast<std::size_t>(in_clip)] : line_sample();
  }
}

void Caller::speak(const Utterance& what, Samples now) {
  clip_ = what.clip;
  clip_at_ = now;
  utterance_step_ = current_;
  utterance_over_ = false;
  reply_measured_ = false;
  utterance_end_ = now + (clip_ ? clip_->speech_end : 0);
  result().speech_begin = now + (clip_ ? clip_->speech_begin : 0);
  result().speech_end = utterance_end_;
}

bool Caller::voice_over(Samples now) const {
  return !clip_ || now >= clip_at_ + static_cast<Samples>(clip_->mulaw.size());
}

void Caller::measure_reply(Samples now, const SpeechActivity& agent) {
  if (!utterance_end_ || now < *utterance_end_) return;
  if (!utterance_over_) {
    utterance_over_ = true;
    active_before_reply_ = agent.active();
  }
  if (reply_measured_ || agent.bursts() == 0 || agent.burst_begin() < *utterance_end_) return;
  reply_measured_ = true;
  results_[utterance_step_].reply_latency = agent.burst_begin() - *utterance_end_;
}

Caller::Progress Caller::fail(Samples now, std::string reason) {
  result().state = StepResult::State::kFailed;
  result().reason = std::move(reason);
  result().end = now;
  failed_ = true;
  ending_ = Ending::kHangUp;
  return Progress::kRunning;
}

void Caller::abandon(Samples now, std::string reason) {
  if (finished()) return;
  if (!begun_) result().begin = now;
  fail(now, std::move(reason));
}

void Caller::begin_step(Samples now, const SpeechActivity& agent) {
  begun_ = true;
  result().state = StepResult::State::kRunning;
  result().begin = now;
  active_at_begin_ = agent.active();
  digit_ = 0;
  reply_begin_.reset();
  speaking_over_ = false;
  if (const auto* say = std::get_if<SayStep>(&steps_[current_].action)) speak(say->what, now);
}

void Caller::advance(Samples now, const SpeechActivity& agent) {
  measure_reply(now, agent);
  while (!failed_ && ending_ == Ending::kNone && current_ < steps_.size()) {
    if (!begun_) begin_step(now, agent);
    if (run_step(now, agent) != Progress::kDone) return;
    result().state = StepResult::State::kPassed;
    result().end = now;
    begun_ = false;
    ++current_;
  }
  if (ending_ == Ending::kNone && current_ >= steps_.size()) ending_ = Ending::kHangUp;
}

Caller::Progress Caller::run_step(Samples now, const SpeechActivity& agent) {
  return std::visit([&](const auto& step) { return run(step, now, agent); },
                    steps_[current_].action);
}

Caller::Progress Caller::run(const SayStep&, Samples now, const SpeechActivity&) {
  return voice_over(now) ? Progress::kDone : Progress::kRunning;
}

Caller::Progress Caller::run(const WaitReplyStep& step, Samples now, const SpeechActivity& agent) {
  const Samples elapsed = now - result().begin;
  if (agent.active() - active_before_reply_ >= step.min) {
    if (now - agent.speech_end() >= step.silence) {
      active_before_reply_ = agent.active();  // the next one is another reply
      return Progress::kDone;
    }
    if (elapsed >= step.max) return fail(now, "the agent still speaks after " + ms_text(step.max));
    return Progress::kRunning;
  }
  if (elapsed >= step.timeout) {
    const Samples heard = agent.active() - active_before_reply_;
    return fail(now, heard == 0 ? "the agent did not speak within " + ms_text(step.timeout)
                                : "the agent spoke for only " + ms_text(heard) + " within " +
                                      ms_text(step.timeout));
  }
  return Progress::kRunning;
}

Caller::Progress Caller::run(const WaitAgentSpeakingStep& step, Samples now,
                             const SpeechActivity& agent) {
  if (agent.speaking() && now - agent.burst_begin() >= step.length) return Progress::kDone;
  if (now - result().begin >= step.timeout)
    return fail(now, "the agent did not speak within " + ms_text(step.timeout));
  return Progress::kRunning;
}

Caller::Progress Caller::run(const PauseStep& step, Samples now, const SpeechActivity&) {
  return now - result().begin >= step.length ? Progress::kDone : Progress::kRunning;
}

Caller::Progress Caller::run(const ListenStep& step, Samples now, const SpeechActivity& agent) {
  const Samples quiet_since = std::max(result().begin, agent.speech_end());
  if (now - quiet_since >= step.silence || now - result().begin >= step.max) return Progress::kDone;
  return Progress::kRunning;
}

Caller::Progress Caller::run(const ExpectSilenceStep& step, Samples now,
                             const SpeechActivity& agent) {
  // Two frames: one alone may be the end of what was said before.
  if (agent.active() - active_at_begin_ >= 160)
    return fail(now, "the agent was heard after " + ms_text(now - result().begin));
  return now - result().begin >= step.length ? Progress::kDone : Progress::kRunning;
}

Caller::Progress Caller::run(const BargeInStep& step, Samples now, const SpeechActivity& agent) {
  StepResult& r = result();
  if (!speaking_over_) {
    if (agent.speaking() && !reply_begin_) reply_begin_ = agent.burst_begin();
    if (!reply_begin_) {
      if (now - r.begin >= step.timeout)
        return fail(now, "the agent did not speak within " + ms_text(step.timeout));
      return Progress::kRunning;
    }
    if (!agent.speaking()) {
      // A pause between two sentences is not yet the end.
      if (now - agent.speech_end() >= kSentencePause)
        return fail(now, "the agent fell silent before the caller could interrupt (after " +
                             ms_text(agent.speech_end() - *reply_begin_) + ")");
      return Progress::kRunning;
    }
    if (now - *reply_begin_ < step.after) return Progress::kRunning;
    speaking_over_ = true;
    speak(step.what, now);
  }
  const Samples onset = *r.speech_begin;
  if (now < onset) return Progress::kRunning;
  if (!agent.speaking() && !r.silent_after)
    r.silent_after = std::max<Samples>(0, agent.speech_end() - onset);
  if (step.expect_clear && !r.clear_after && now - onset >= step.clear_within)
    return fail(now, "no \"clear\" came within " + ms_text(step.clear_within) +
                         " of the caller's first word");
  if (step.expect_clear && r.clear_after && !r.silent_after &&
      now - onset >= step.clear_within + 1000 * kSamplesPerMs)
    return fail(now, "the agent was still heard " + ms_text(now - onset) +
                         " after the caller's first word");
  const bool stopped = !step.expect_clear || (r.clear_after && r.silent_after);
  return stopped && voice_over(now) ? Progress::kDone : Progress::kRunning;
}

Caller::Progress Caller::run(const DtmfStep& step, Samples now, const SpeechActivity&) {
  while (digit_ < step.digits.size() &&
         now - result().begin >= static_cast<Samples>(digit_) * kDigitSpacing)
    digits_ += step.digits[digit_++];
  // Done with the last key: what the agent does about it, hang up for instance, is for the next
  // step.
  return digit_ == step.digits.size() ? Progress::kDone : Progress::kRunning;
}

Caller::Progress Caller::run(const HangUpStep& step, Samples, const SpeechActivity&) {
  ending_ = step.abrupt ? Ending::kAbrupt : Ending::kHangUp;
  return Progress::kDone;
}

Caller::Progress Caller::run(const ExpectHangUpStep& step, Samples now, const SpeechActivity&) {
  if (now - result().begin >= step.timeout)
    return fail(now, "the agent did not hang up within " + ms_text(step.timeout));
  return Progress::kRunning;
}

void Caller::on_media(Samples now) {
  if (!utterance_end_ || now < *utterance_end_) return;
  std::optional<Samples>& first = results_[utterance_step_].first_media;
  if (!first) first = now - *utterance_end_;
}

void Caller::on_clear(Samples now) {
  if (finished() || !begun_ || !speaking_over_) return;
  StepResult& r = result();
  if (!r.clear_after && now >= *r.speech_begin) r.clear_after = now - *r.speech_begin;
}

void Caller::on_server_closed(Samples now, Samples unplayed, std::size_t marks_outstanding) {
  if (finished() || ending_ != Ending::kNone) return;
  const auto* expected = std::get_if<ExpectHangUpStep>(&steps_[current_].action);
  if (!expected || !begun_) {
    abandon(now, "the server closed the stream");
    return;
  }
  if (expected->complete && (unplayed > 0 || marks_outstanding > 0)) {
    fail(now, "the agent hung up with " + ms_text(unplayed) + " of its audio and " +
                  std::to_string(marks_outstanding) + " marks still to be played");
    return;
  }
  result().state = StepResult::State::kPassed;
  result().end = now;
  begun_ = false;
  ++current_;
  if (current_ < steps_.size()) abandon(now, "the server closed the stream before this step");
}

std::string Caller::take_digits() { return std::exchange(digits_, {}); }

}  // namespace jackfield::simulate
