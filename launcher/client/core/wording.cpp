#include "client/core/wording.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace jackfield::client {
namespace {

constexpr double kMost = 1e15;

std::string rounded(double number) {
  if (!std::isfinite(number) || std::abs(number) > kMost) return "-";
  return std::to_string(std::llround(number));
}

}  // namespace

std::string duration_text(double milliseconds) {
  const double limited = std::isfinite(milliseconds) ? std::clamp(milliseconds, 0.0, kMost) : 0;
  const auto seconds = static_cast<unsigned long long>(limited / 1000);
  const auto minutes = seconds / 60, hours = minutes / 60, days = hours / 24;
  char text[48];
  if (days > 0)
    std::snprintf(text, sizeof text, "%llud %02llu:%02llu", days, hours % 24, minutes % 60);
  else if (hours > 0)
    std::snprintf(text, sizeof text, "%llu:%02llu:%02llu", hours, minutes % 60, seconds % 60);
  else
    std::snprintf(text, sizeof text, "%llu:%02llu", minutes, seconds % 60);
  return text;
}

std::string milliseconds_text(std::optional<double> milliseconds) {
  return milliseconds ? rounded(*milliseconds) : "-";
}

std::string percentiles_text(const Stage* stage, bool recent) {
  if (!stage || stage->count == 0) return "-";
  const Percentiles& of = recent ? stage->recent : stage->all;
  return rounded(of.p50) + "/" + rounded(of.p95) + "/" + rounded(of.p99);
}

Style style_of_speaker(const std::string& who) {
  if (who == "caller") return Style::kGreen;
  if (who == "agent") return Style::kCyan;
  return Style::kDim;
}

std::string entry_text(const Entry& entry) {
  if (entry.who == "system") return "(" + entry.text + ")";
  const std::string who = entry.who.empty() ? "?: " : entry.who + ": ";
  if (entry.not_understood && entry.text.empty()) return who + "(not understood)";
  if (!entry.interrupted) return who + entry.text;
  const std::string heard = entry.heard.value_or(entry.text);
  std::string text = who + (heard.empty() ? "(interrupted before a word was heard)"
                                          : heard + " -- (interrupted here)");
  if (!entry.text.starts_with(heard)) return text;
  std::string rest = entry.text.substr(heard.size());
  rest.erase(0, std::min(rest.find_first_not_of(' '), rest.size()));
  return rest.empty() ? text : text + " (not heard: " + rest + ")";
}

std::string turn_text(const Turn& turn) {
  std::string text =
      milliseconds_text(turn.total) + " ms from the end of speech to the first sound";
  std::string stages;
  const auto add = [&](const char* name, std::optional<double> milliseconds) {
    if (milliseconds)
      stages += (stages.empty() ? "" : ", ") + std::string{name} + " " + rounded(*milliseconds);
  };
  add("hang-over", turn.hang_over);
  add("stt", turn.stt);
  add("llm", turn.llm);
  add("tts", turn.tts);
  add("output", turn.output);
  return stages.empty() ? text : text + " (" + stages + ")";
}

}  // namespace jackfield::client
