#include "call_result.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "json_writer.hpp"

namespace jackfield::simulate {
namespace {

const char* state_text(StepResult::State state) {
  switch (state) {
    case StepResult::State::kPassed:
      return "passed";
    case StepResult::State::kFailed:
      return "failed";
    case StepResult::State::kRunning:
      return "cut short";
    case StepResult::State::kWaiting:
      break;
  }
  return "not reached";
}

void maybe(JsonWriter& json, const char* name, const std::optional<Samples>& value) {
  if (value) json.member(name, samples_to_ms(*value));
}

void write(JsonWriter& json, const char* name, const Distribution& d) {
  json.key(name).begin_object().member("count", static_cast<std::uint64_t>(d.count));
  if (d.count > 0)
    json.member("p50", d.p50).member("p95", d.p95).member("p99", d.p99).member("max", d.max);
  json.end_object();
}

void write(JsonWriter& json, const StepResult& step) {
  json.begin_object().member("step", step.name);
  if (!step.text.empty()) json.member("text", step.text);
  json.member("line", step.line).member("result", state_text(step.state));
  if (!step.reason.empty()) json.member("reason", step.reason);
  if (step.state != StepResult::State::kWaiting)
    json.member("begin-ms", samples_to_ms(step.begin)).member("end-ms", samples_to_ms(step.end));
  maybe(json, "speech-begin-ms", step.speech_begin);
  maybe(json, "speech-end-ms", step.speech_end);
  maybe(json, "reply-latency-ms", step.reply_latency);
  maybe(json, "first-media-after-ms", step.first_media);
  maybe(json, "clear-after-ms", step.clear_after);
  maybe(json, "silent-after-ms", step.silent_after);
  json.end_object();
}

void write(JsonWriter& json, const CallResult& call) {
  json.begin_object().member("call", call.number).member("call-sid", call.call_sid);
  json.member("stream-sid", call.stream_sid).member("ok", call.ok());
  json.key("failures").begin_array();
  for (const std::string& failure : call.failures) json.value(failure);
  json.end_array();
  json.member("hung-up-by", call.hung_up_by).member("duration-ms", samples_to_ms(call.duration));
  if (call.began_us != 0) json.member("began-us", call.began_us);
  if (!call.recording.empty()) json.member("recording", call.recording);
  const PeerStats& s = call.stats;
  json.key("agent").begin_object();
  json.member("messages", s.messages).member("media-messages", s.media_messages);
  json.member("audio-ms", samples_to_ms(s.agent_audio));
  json.member("played-ms", samples_to_ms(s.agent_played));
  json.member("cleared-ms", samples_to_ms(s.agent_cleared));
  json.member("unplayed-ms", samples_to_ms(call.unplayed));
  json.member("clears", s.clears).member("marks", s.marks);
  json.member("marks-played", s.marks_played).member("marks-cleared", s.marks_cleared);
  json.member("marks-outstanding", static_cast<std::uint64_t>(call.marks_outstanding));
  json.end_object();
  json.key("line").begin_object().member("chunks-sent", s.chunks);
  json.member("chunks-dropped", call.dropped_chunks);
  json.member("worst-lateness-ms", call.worst_lateness_ms).end_object();
  json.member("violation-count", s.violations);
  json.key("violations").begin_array();
  for (const Violation& v : call.violations)
    json.begin_object()
        .member("at-ms", samples_to_ms(v.at))
        .member("code", v.code)
        .member("text", v.text)
        .end_object();
  json.end_array();
  json.key("steps").begin_array();
  for (const StepResult& step : call.steps) write(json, step);
  json.end_array();
  json.key("events").begin_array();
  for (const CallEvent& e : call.events)
    json.begin_object()
        .member("at-ms", samples_to_ms(e.at))
        .member("kind", e.kind)
        .member("text", e.text)
        .end_object();
  json.end_array();
  if (call.events_left_out > 0) json.member("events-left-out", call.events_left_out);
  json.end_object();
}

void row(std::string& out, const char* what, const Distribution& d) {
  if (d.count == 0) return;
  char line[160];
  std::snprintf(line, sizeof line, "  %-40s %6zu %8.0f %8.0f %8.0f %8.0f\n", what, d.count, d.p50,
                d.p95, d.p99, d.max);
  out += line;
}

}  // namespace

Distribution distribution(std::vector<double> ms) {
  Distribution out;
  out.count = ms.size();
  if (ms.empty()) return out;
  std::sort(ms.begin(), ms.end());
  const auto rank = [&](double p) {
    const auto index = static_cast<std::size_t>(std::ceil(p * static_cast<double>(ms.size())));
    return ms[std::clamp<std::size_t>(index, 1, ms.size()) - 1];
  };
  out.p50 = rank(0.50);
  out.p95 = rank(0.95);
  out.p99 = rank(0.99);
  out.max = ms.back();
  return out;
}

Summary summarize(const std::vector<CallResult>& calls) {
  Summary out;
  std::vector<double> reply, clear, silent, lateness;
  const auto add = [](std::vector<double>& to, const std::optional<Samples>& value) {
    if (value) to.push_back(samples_to_ms(*value));
  };
  for (const CallResult& call : calls) {
    ++out.calls;
    if (call.ok()) ++out.passed;
    out.violations += call.stats.violations;
    out.dropped_chunks += call.dropped_chunks;
    out.marks_outstanding += call.marks_outstanding;
    if (call.reached) lateness.push_back(call.worst_lateness_ms);
    for (const StepResult& step : call.steps) {
      add(reply, step.reply_latency);
      add(clear, step.clear_after);
      add(silent, step.silent_after);
    }
  }
  out.reply = distribution(std::move(reply));
  out.barge_in_clear = distribution(std::move(clear));
  out.barge_in_silent = distribution(std::move(silent));
  out.lateness = distribution(std::move(lateness));
  return out;
}

std::string report_json(const std::vector<CallResult>& calls, const std::string& url,
                        const std::string& script) {
  const Summary summary = summarize(calls);
  JsonWriter json;
  json.begin_object().member("url", url).member("script", script);
  json.key("summary").begin_object();
  json.member("calls", static_cast<std::uint64_t>(summary.calls));
  json.member("passed", static_cast<std::uint64_t>(summary.passed));
  json.member("failed", static_cast<std::uint64_t>(summary.calls - summary.passed));
  json.member("violations", summary.violations);
  json.member("chunks-dropped", summary.dropped_chunks);
  json.member("marks-outstanding", static_cast<std::uint64_t>(summary.marks_outstanding));
  write(json, "reply-latency-ms", summary.reply);
  write(json, "barge-in-clear-ms", summary.barge_in_clear);
  write(json, "barge-in-silent-ms", summary.barge_in_silent);
  write(json, "worst-lateness-ms", summary.lateness);
  json.end_object();
  json.key("calls").begin_array();
  for (const CallResult& call : calls) write(json, call);
  json.end_array().end_object();
  return json.text();
}

std::string report_table(const std::vector<CallResult>& calls) {
  const Summary summary = summarize(calls);
  char head[160];
  std::snprintf(head, sizeof head, "  %-40s %6s %8s %8s %8s %8s\n", "as the caller hears it (ms)",
                "n", "p50", "p95", "p99", "max");
  std::string out = head;
  row(out, "caller's last word -> agent heard", summary.reply);
  row(out, "barge-in: first word -> clear", summary.barge_in_clear);
  row(out, "barge-in: first word -> agent silent", summary.barge_in_silent);
  row(out, "our own media late, worst of a call", summary.lateness);
  out += "  " + std::to_string(summary.passed) + " of " + std::to_string(summary.calls) +
         " calls passed, " + std::to_string(summary.violations) + " protocol violations";
  if (summary.dropped_chunks > 0)
    out += ", " + std::to_string(summary.dropped_chunks) + " media messages not taken in time";
  out += '\n';
  constexpr std::size_t kShown = 20;
  std::size_t shown = 0;
  for (const CallResult& call : calls) {
    for (const std::string& failure : call.failures) {
      if (++shown > kShown) break;
      out += "  call " + std::to_string(call.number) + ": " + failure + "\n";
    }
  }
  if (shown > kShown) out += "  (more failures are in the report of --json)\n";
  return out;
}

}  // namespace jackfield::simulate
