#include "control/core/transcript_entry.hpp"

#include "records/core/transcript.hpp"

namespace jackfield {
namespace {

struct Entry {
  std::uint64_t now;

  std::optional<TranscriptEntry> operator()(const CallerSaid& e) const {
    if (e.text.empty() && !e.not_understood) return std::nullopt;
    return TranscriptEntry{.who = "caller",
                           .turn = e.turn_id,
                           .text = e.text,
                           .heard = {},
                           .final = e.is_final,
                           .not_understood = e.not_understood,
                           .typed = e.typed,
                           .addressed = e.addressed,
                           .at = e.speech_start == kNoTime ? now : e.speech_start,
                           .start = e.speech_start,
                           .end = e.speech_end};
  }
  std::optional<TranscriptEntry> operator()(const AgentSaid& e) const {
    TranscriptEntry entry{.who = "agent",
                          .turn = e.turn_id,
                          .text = e.full_text.empty() ? e.text : e.full_text,
                          .heard = {},
                          .interrupted = e.interrupted,
                          .at = e.start == kNoTime ? now : e.start,
                          .start = e.start,
                          .end = e.end};
    if (e.interrupted && e.text != entry.text) entry.heard = e.text;
    if (entry.text.empty() && !e.interrupted) return std::nullopt;
    return entry;
  }
  std::optional<TranscriptEntry> operator()(const ToolCall& e) const {
    return TranscriptEntry{.who = "tool",
                           .turn = e.turn_id,
                           .text = e.name + "(" + e.arguments + ")",
                           .heard = {},
                           .at = now};
  }
  std::optional<TranscriptEntry> operator()(const ToolResult& e) const {
    return TranscriptEntry{.who = "tool",
                           .turn = e.turn_id,
                           .text = describe_result(e) + (e.text.empty() ? "" : ": " + e.text),
                           .heard = {},
                           .at = now};
  }
  std::optional<TranscriptEntry> operator()(const Interrupted&) const { return std::nullopt; }
  std::optional<TranscriptEntry> operator()(const TurnLatency&) const { return std::nullopt; }
  // All others in the words of transcript.txt.
  template <typename Other>
  std::optional<TranscriptEntry> operator()(const Other& e) const {
    const auto line = transcript_line(e, now);
    if (!line) return std::nullopt;
    return TranscriptEntry{.text = line->text, .heard = {}, .at = line->at};
  }
};

}  // namespace

std::optional<TranscriptEntry> transcript_entry(const CallEvent& event, std::uint64_t now) {
  return std::visit(Entry{now}, event);
}

}  // namespace jackfield
