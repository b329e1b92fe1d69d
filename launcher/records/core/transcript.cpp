#include "records/core/transcript.hpp"

#include <cstdio>

#include "utf8.hpp"

namespace jackfield {
namespace {

constexpr std::uint64_t kMillisecond = 1'000'000;
constexpr std::size_t kMostToolText = 300;  // bytes

// What of the reply was not heard: the rest of the full text when it begins with the heard text.
std::string unheard(const AgentSaid& reply) {
  if (!reply.full_text.starts_with(reply.text)) return {};
  std::string rest = reply.full_text.substr(reply.text.size());
  const std::size_t begin = rest.find_first_not_of(' ');
  return begin == std::string::npos ? std::string{} : rest.substr(begin);
}

// The beginning of a text that a model or a tool wrote.
std::string one_line(const std::string& text) {
  std::string line{truncate_utf8(text, kMostToolText)};
  for (char& c : line)
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  return line.size() < text.size() ? line + "…" : line;
}

struct Describe {
  std::uint64_t now;

  std::uint64_t or_now(std::uint64_t at) const { return at == kNoTime ? now : at; }

  std::optional<TranscriptLine> operator()(const CallStarted& e) const {
    std::string text = kCallStarted;
    if (const auto it = e.parameters.find("from"); it != e.parameters.end())
      text += ", from " + it->second;
    if (const auto it = e.parameters.find("to"); it != e.parameters.end())
      text += ", to " + it->second;
    return TranscriptLine{.at = now, .text = text};
  }
  std::optional<TranscriptLine> operator()(const CallEnded& e) const {
    return TranscriptLine{.at = now, .text = std::string{kCallEnded} + ": " + e.reason};
  }
  std::optional<TranscriptLine> operator()(const CallerSaid& e) const {
    if (!e.is_final) return std::nullopt;
    if (e.text.empty() && !e.not_understood) return std::nullopt;
    return TranscriptLine{or_now(e.speech_start), Speaker::kCaller,
                          e.text.empty() ? "(not understood)" : e.text, e.typed, e.addressed};
  }
  std::optional<TranscriptLine> operator()(const AgentSaid& e) const {
    if (!e.interrupted)
      return TranscriptLine{or_now(e.start), Speaker::kAgent,
                            e.text.empty() ? e.full_text : e.text};
    std::string text = e.text.empty() ? "(interrupted before a word was heard)"
                                      : e.text + " -- (interrupted here)";
    if (const std::string rest = unheard(e); !rest.empty()) text += " (not heard: " + rest + ")";
    return TranscriptLine{or_now(e.start), Speaker::kAgent, text};
  }
  std::optional<TranscriptLine> operator()(const Interrupted& e) const {
    if (!e.confirmed) return std::nullopt;
    return TranscriptLine{or_now(e.at), Speaker::kNobody,
                          e.heard.empty() ? "the caller interrupts the agent"
                                          : "the caller interrupts the agent after: " + e.heard};
  }
  std::optional<TranscriptLine> operator()(const Resumed& e) const {
    return TranscriptLine{or_now(e.at), Speaker::kNobody,
                          "no interruption after all, the agent goes on"};
  }
  std::optional<TranscriptLine> operator()(const StageError& e) const {
    return TranscriptLine{.at = now, .text = "error in " + e.stage + ": " + e.text};
  }
  std::optional<TranscriptLine> operator()(const TurnLatency&) const { return std::nullopt; }
  std::optional<TranscriptLine> operator()(const ToolCall& e) const {
    return TranscriptLine{.at = now, .text = "tool " + e.name + "(" + one_line(e.arguments) + ")"};
  }
  std::optional<TranscriptLine> operator()(const ToolResult& e) const {
    return TranscriptLine{.at = now, .text = "tool " + describe_result(e)};
  }
};

}  // namespace

std::string describe_result(const ToolResult& result) {
  return result.name + ": " + result.outcome + " after " +
         std::to_string((result.duration + kMillisecond / 2) / kMillisecond) + " ms";
}

std::optional<TranscriptLine> transcript_line(const CallEvent& event, std::uint64_t now) {
  return std::visit(Describe{now}, event);
}

std::string format_time(std::uint64_t at) {
  if (at == kNoTime) return "--:--.-";
  const std::uint64_t tenths = at / (100 * kMillisecond);
  char text[32];
  std::snprintf(text, sizeof text, "%02u:%02u.%u", static_cast<unsigned>(tenths / 600),
                static_cast<unsigned>(tenths / 10 % 60), static_cast<unsigned>(tenths % 10));
  return text;
}

std::string format_line(const TranscriptLine& line) {
  std::string text = "[" + format_time(line.at) + "] ";
  switch (line.speaker) {
    case Speaker::kCaller:
      text += line.typed       ? "caller (typed): "
              : line.addressed ? "caller: "
                               : "caller (not to the agent): ";
      break;
    case Speaker::kAgent:
      text += "agent: ";
      break;
    case Speaker::kNobody:
      return text + "(" + line.text + ")";
  }
  return text + line.text;
}

std::string format_latency(const TurnLatency& turn) {
  std::string text = "turn " + std::to_string(turn.turn_id) + ": ";
  const auto ms = [](std::uint64_t ns) {
    return std::to_string((ns + kMillisecond / 2) / kMillisecond);
  };
  if (turn.typed) {
    std::uint64_t sum = 0;
    for (const std::uint64_t stage : {turn.llm, turn.tts, turn.output})
      if (stage != kNoTime) sum += stage;
    text += ms(sum) + " ms from the typed text to the first sound (";
  } else {
    text += turn.total == kNoTime ? "?" : ms(turn.total);
    text += " ms from the end of speech to the first sound (";
  }
  bool first = true;
  const auto add = [&](const char* name, std::uint64_t ns) {
    if (ns == kNoTime) return;
    if (!first) text += ", ";
    text += std::string{name} + " " + ms(ns);
    first = false;
  };
  add("hang-over", turn.hang_over);
  add("stt", turn.stt);
  add("llm", turn.llm);
  add("tts", turn.tts);
  add("output", turn.output);
  return text + ")";
}

}  // namespace jackfield
