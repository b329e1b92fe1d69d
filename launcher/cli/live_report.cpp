#include "cli/live_report.hpp"

#include <cstdio>

#include "cli/console.hpp"
#include "records/core/transcript.hpp"
#include "records/message_json.hpp"
#include "text/redaction.hpp"

namespace jackfield::cli {
namespace {

Style style_of(Speaker speaker) {
  switch (speaker) {
    case Speaker::kCaller:
      return Style::kGreen;
    case Speaker::kAgent:
      return Style::kCyan;
    case Speaker::kNobody:
      break;
  }
  return Style::kDim;
}

std::string times(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " time" : " times");
}

std::string audio_line(const GstStructure& message) {
  char text[160] = "";
  const auto ms = [&](const char* field) {
    return static_cast<double>(gstpp::get_uint64(&message, field, 0)) / GST_MSECOND;
  };
  if (gst_structure_has_name(&message, "sound/overrun"))
    std::snprintf(text, sizeof text, "          the microphone was not read in time: %.0f ms lost",
                  ms("lost"));
  else if (gst_structure_has_name(&message, "sound/underrun"))
    std::snprintf(text, sizeof text, "          the loudspeaker ran dry");
  return text;
}

// Who works for a stage from now on; and why, if no element told so before.
std::string fallback_line(const GstStructure& message) {
  if (!gst_structure_has_name(&message, "agentbrain/fallback")) return {};
  const bool first = gstpp::get_string(&message, "provider") == "first";
  const std::string cause = gstpp::get_string(&message, "cause");
  const bool told = cause.empty() || !gstpp::get_string(&message, "element").empty();
  return "          " + gstpp::get_string(&message, "stage") +
         (first ? ": the first provider is tried again" : ": the second provider takes over") +
         (told ? "" : " (" + cause + ")");
}

// How long sound was on its way, from mouth to ear.
std::string latency_line(const GstStructure& message, const char* way, const char* label) {
  if (!gst_structure_has_name(&message, "webrtc/latency")) return {};
  const GstStructure* sum = structure_in(message, way);
  if (!sum) return {};
  return std::string{"          "} + label + " " + gstpp::get_string(sum, "text");
}

// Who sits down in a room, or leaves it.
std::string seat_line(const GstStructure& message) {
  const bool joined = gst_structure_has_name(&message, "conference/seat-joined");
  if (!joined && !gst_structure_has_name(&message, "conference/seat-left")) return {};
  const std::string kind = gstpp::get_string(&message, "kind");
  const std::string name = gstpp::get_string(&message, "name");
  return "          room " + gstpp::get_string(&message, "room") + ": " +
         (name.empty() ? kind : name + " (" + kind + ")") +
         (joined ? " is there" : " has left (" + gstpp::get_string(&message, "reason") + ")");
}

std::string audio_summary(const AudioCounts& audio) {
  std::string text;
  if (audio.overruns > 0)
    text += "; the microphone was not read in time " + times(audio.overruns) + " (" +
            std::to_string(audio.lost / GST_MSECOND) + " ms lost)";
  if (audio.underruns > 0) text += "; the loudspeaker ran dry " + times(audio.underruns);
  return text;
}

}  // namespace

void LiveReport::print(const std::string& id, const std::string& given) {
  const std::string text = redacted(given);
  // The first digits tell calls apart well enough on a screen.
  constexpr std::size_t kShownDigits = 4;
  std::string who = id.substr(0, kShownDigits);
  if (const auto line = lines_.find(id); line != lines_.end()) who += "  " + line->second;
  if (calls_)
    std::printf("%s  %s\n", styled(stdout, Style::kDim, who).c_str(), text.c_str());
  else
    std::printf("%s\n", text.c_str());
  std::fflush(stdout);
}

void LiveReport::opened(const std::string& id, const std::string& line, const std::string& folder) {
  if (several_) lines_[id] = line;
  if (!calls_) print(id, "starting; files go to " + folder);
}

void LiveReport::running(const std::string& id) {
  if (!calls_) print(id, "running");
}

void LiveReport::message(const std::string& id, const GstStructure& message,
                         const std::optional<CallEvent>& event, GstClockTime now) {
  if (const std::string text = audio_line(message); !text.empty())
    return print(id, styled(stdout, Style::kYellow, text));
  if (const std::string text = seat_line(message); !text.empty())
    return print(id, styled(stdout, Style::kYellow, for_terminal(text)));
  if (const std::string text = fallback_line(message); !text.empty())
    return print(id, styled(stdout, Style::kYellow, for_terminal(text)));
  if (const std::string text = latency_line(message, "incoming", "sound from the caller:");
      !text.empty()) {
    print(id, styled(stdout, Style::kYellow, text));
    return print(id, styled(stdout, Style::kYellow,
                            latency_line(message, "outgoing", "sound to the caller:  ")));
  }
  if (!event) return;
  if (const auto* turn = std::get_if<TurnLatency>(&*event)) {
    print(id, styled(stdout, Style::kYellow, "          " + format_latency(*turn)));
  } else if (const auto line = transcript_line(*event, now)) {
    print(id, styled(stdout, style_of(line->speaker), for_terminal(format_line(*line))));
  }
}

void LiveReport::warning(const std::string& id, const std::string& text) {
  print(id, styled(stdout, Style::kYellow, "warning: " + for_terminal(text)));
}

void LiveReport::error(const std::string& id, const std::string& text) {
  print(id, styled(stdout, Style::kRed, "error: " + for_terminal(text)));
}

void LiveReport::closed(const SessionSummary& summary) {
  if (!summary.was_call && !summary.failed) {
    lines_.erase(summary.id);
    return;
  }
  char text[64];
  std::snprintf(text, sizeof text, "%s after %.1f s (", calls_ ? "call over" : "done",
                static_cast<double>(summary.duration) / GST_SECOND);
  print(summary.id, styled(stdout, Style::kBold, text + for_terminal(summary.reason) + ")") +
                        audio_summary(summary.audio) +
                        (summary.folder.empty() ? "" : "; files: " + summary.folder));
  lines_.erase(summary.id);
}

}  // namespace jackfield::cli
