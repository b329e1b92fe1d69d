#include "simulated_call.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "g711.hpp"

namespace jackfield::simulate {
namespace {

constexpr Samples kLargestChunk = 1000 * kSamplesPerMs;
constexpr Samples kLargestOddChunk = 400;

std::string seconds_text(Samples samples) {
  const long long tenths = std::llround(samples_to_ms(samples) / 100);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}
std::string ms_text(Samples samples) {
  return std::to_string(std::llround(samples_to_ms(samples))) + " ms";
}

}  // namespace

std::optional<Chunking> parse_chunking(std::string_view text) {
  Chunking out;
  if (text == "odd") {
    out.odd = true;
    return out;
  }
  Samples number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (error != std::errc{} || number < 1 || number > kLargestChunk) return std::nullopt;
  if (unit == "B")
    out.size = number;
  else if (unit.empty() || unit == "ms")
    out.size = number * kSamplesPerMs;
  else
    return std::nullopt;
  if (out.size > kLargestChunk) return std::nullopt;
  return out;
}

SimulatedCall::SimulatedCall(CallConfig config, Listener& listener)
    : config_(std::move(config)),
      listener_(listener),
      peer_(config_.identity, *this),
      caller_(std::move(config_.steps), config_.line_noise, config_.seed),
      random_(config_.seed) {
  result_.number = config_.number;
  result_.call_sid = config_.identity.call_sid;
  result_.stream_sid = config_.identity.stream_sid;
  chunk_size_ = config_.chunking.odd ? kLargestOddChunk / 2 : config_.chunking.size;
}

void SimulatedCall::connect() {
  result_.reached = true;
  peer_.connect();
}

void SimulatedCall::start() {
  started_ = true;
  peer_.start();
  tell(0, "call", "stream " + config_.identity.stream_sid + " started");
}

void SimulatedCall::move_to(Samples now) {
  peer_.advance(now);
  caller_.advance(now, agent_);
  for (const char digit : caller_.take_digits()) {
    tell(now, "dtmf", std::string{"the caller presses "} + digit);
    peer_.send_dtmf(digit);
  }
  tell_progress(now);
}

void SimulatedCall::send_chunk(bool congested) {
  chunk_.resize(static_cast<std::size_t>(chunk_size_));
  caller_.fill(chunk_at_, chunk_);
  if (congested) {
    ++result_.dropped_chunks;
  } else {
    peer_.send_media(chunk_at_, chunk_);
  }
  for (const std::uint8_t code : chunk_) left_.push_back(mulaw_to_linear(code));
  chunk_at_ += chunk_size_;
  if (config_.chunking.odd) chunk_size_ = 1 + static_cast<Samples>(random_() % kLargestOddChunk);
}

void SimulatedCall::advance(Samples now, bool congested) {
  if (!started_ || over_) return;
  // Late or not, everything happens in the order of the time line.
  while (next_deadline() <= now && caller_.ending() == Caller::Ending::kNone) {
    const Samples deadline = next_deadline();
    result_.worst_lateness_ms = std::max(result_.worst_lateness_ms, samples_to_ms(now - deadline));
    move_to(deadline);
    send_chunk(congested);
  }
  move_to(now);
  if (now >= config_.timeout && caller_.ending() == Caller::Ending::kNone)
    abandon(now, "the call is not over after " + seconds_text(config_.timeout), "timeout");
  record();
}

void SimulatedCall::receive_text(Samples now, std::string_view text) {
  const std::uint64_t before = peer_.stats().media_messages;
  peer_.receive_text(now, text);
  if (peer_.stats().media_messages > before) caller_.on_media(now);
}
void SimulatedCall::receive_binary(Samples now, std::size_t size) {
  peer_.receive_binary(now, size);
}
void SimulatedCall::receive_broken(Samples now, std::string reason) {
  peer_.receive_broken(now, std::move(reason));
}

void SimulatedCall::server_closed(Samples now, std::string_view how) {
  advance(now);
  if (over_ || caller_.ending() != Caller::Ending::kNone) return;
  result_.hung_up_by = "agent";
  result_.unplayed = peer_.unplayed();
  result_.marks_outstanding = peer_.marks_outstanding();
  tell(now, "call", "the server closed the stream (" + std::string{how} + ")");
  caller_.on_server_closed(now, peer_.unplayed(), peer_.marks_outstanding());
}

void SimulatedCall::abandon(Samples now, std::string reason, std::string_view by) {
  if (over_) return;
  if (result_.hung_up_by.empty()) result_.hung_up_by = by;
  if (caller_.finished())
    result_.failures.push_back(reason);
  else
    caller_.abandon(now, std::move(reason));
}

void SimulatedCall::send_stop(Samples now) {
  tell(now, "call", "the caller hangs up");
  peer_.stop();
}

CallResult SimulatedCall::finish(Samples now) {
  if (!over_) {
    if (started_) move_to(now);
    over_ = true;
    if (result_.hung_up_by.empty() && started_) result_.hung_up_by = "caller";
    if (result_.hung_up_by != "agent") {
      result_.unplayed = peer_.unplayed();
      result_.marks_outstanding = peer_.marks_outstanding();
    }
    result_.duration = started_ ? now : 0;
    // The last chunk was never sent; both channels end together.
    const std::size_t length = std::max(left_.size(), right_.size());
    left_.resize(length);
    right_.resize(length);
    record();
    result_.stats = peer_.stats();
    result_.violations = peer_.violations();
    result_.steps = caller_.results();
    for (const StepResult& step : result_.steps) {
      if (step.state != StepResult::State::kFailed) continue;
      std::string text = step.name;
      if (!step.text.empty()) text += " \"" + step.text + "\"";
      if (step.line > 0) text += " (line " + std::to_string(step.line) + ")";
      result_.failures.push_back(text + ": " + step.reason);
    }
    if (config_.strict && !result_.violations.empty()) {
      const Violation& first = result_.violations.front();
      std::string text = std::to_string(result_.stats.violations) +
                         " protocol violations, the first at " + seconds_text(first.at) + ": " +
                         std::to_string(first.code) + ", " + first.text;
      result_.failures.push_back(std::move(text));
    }
    if (config_.strict && result_.dropped_chunks > 0)
      result_.failures.push_back(
          "the server did not read in time: " + std::to_string(result_.dropped_chunks) +
          " media messages were dropped (31930)");
    tell(now, "call",
         result_.ok() ? "over after " + seconds_text(result_.duration) + ", all steps passed"
                      : "over after " + seconds_text(result_.duration) + ", failed");
  }
  return result_;
}

void SimulatedCall::on_send(std::string_view message) { listener_.on_message(message); }

void SimulatedCall::on_agent_audio(Samples, std::span<const std::uint8_t> mulaw) {
  agent_.feed(mulaw);
  for (const std::uint8_t code : mulaw) right_.push_back(mulaw_to_linear(code));
}

void SimulatedCall::on_agent_idle(Samples, Samples count) {
  agent_.feed_silence(count);
  right_.resize(right_.size() + static_cast<std::size_t>(count));
}

void SimulatedCall::on_clear(Samples at, Samples dropped) {
  caller_.on_clear(at);
  tell(at, "clear", "the agent drops " + ms_text(dropped) + " of its audio");
}

void SimulatedCall::on_mark_echo(Samples at, const std::string& name, bool cleared) {
  tell(at, "mark", "\"" + name.substr(0, 80) + (cleared ? "\" cleared" : "\" played"));
}

void SimulatedCall::on_violation(const Violation& violation) {
  tell(violation.at, "violation", std::to_string(violation.code) + ", " + violation.text);
  if (config_.hang_up_on_violation)
    abandon(violation.at, "the server broke the protocol: " + violation.text, "caller");
}

void SimulatedCall::tell(Samples at, const char* kind, std::string text) {
  CallEvent event{at, kind, std::move(text)};
  listener_.on_event(event);
  // Marks come ten a second; they must not crowd out the rest.
  const bool mark = event.kind == "mark";
  if (result_.events.size() - kept_marks_ >= kMaxEvents || (mark && kept_marks_ >= kMaxMarks)) {
    ++result_.events_left_out;
    return;
  }
  if (mark) ++kept_marks_;
  result_.events.push_back(std::move(event));
}

void SimulatedCall::tell_progress(Samples now) {
  if (agent_.bursts() > told_bursts_) {
    told_bursts_ = agent_.bursts();
    told_speaking_ = true;
    tell(agent_.burst_begin(), "agent", "begins to speak");
  }
  if (told_speaking_ && !agent_.speaking()) {
    told_speaking_ = false;
    tell(agent_.speech_end(), "agent",
         "is silent after " + seconds_text(agent_.speech_end() - agent_.burst_begin()));
  }
  const auto& results = caller_.results();
  while (told_step_ < results.size() && results[told_step_].state != StepResult::State::kWaiting) {
    const StepResult& step = results[told_step_];
    if (!told_begin_) {
      told_begin_ = true;
      tell(step.begin, "caller",
           step.name + (step.text.empty() ? std::string{} : " \"" + step.text + "\""));
    }
    if (step.state == StepResult::State::kRunning) break;
    if (step.state == StepResult::State::kFailed)
      tell(now, "caller", step.name + " failed: " + step.reason);
    ++told_step_;
    told_begin_ = false;
  }
}

void SimulatedCall::record() {
  const std::size_t count = std::min(left_.size(), right_.size());
  if (count == 0) return;
  stereo_.resize(count * 2);
  for (std::size_t i = 0; i < count; ++i) {
    stereo_[2 * i] = left_[i];
    stereo_[2 * i + 1] = right_[i];
  }
  listener_.on_recorded(stereo_);
  left_.erase(left_.begin(), left_.begin() + static_cast<std::ptrdiff_t>(count));
  right_.erase(right_.begin(), right_.begin() + static_cast<std::ptrdiff_t>(count));
}

}  // namespace jackfield::simulate
