#include "scenario/core/scenario_outline.hpp"

#include <algorithm>
#include <array>

namespace jackfield {
namespace {

constexpr std::size_t kLongestTitle = 200;  // bytes; cut at a character

constexpr auto kGiven =
    std::to_array<std::string_view>({"HERE", "RECORDING", "SESSION", "CAPTURE", "PLAYBACK"});

bool is_given(std::string_view name) {
  return std::find(kGiven.begin(), kGiven.end(), name) != kGiven.end();
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
    text.remove_suffix(1);
  return text;
}

// The comment lines that follow each other from the first on, as one line.
std::string first_comment(std::string_view source) {
  std::string text;
  while (!source.empty() && text.size() <= kLongestTitle) {
    const std::size_t end = source.find('\n');
    std::string_view line = trimmed(source.substr(0, end));
    source.remove_prefix(end == std::string_view::npos ? source.size() : end + 1);
    const bool comment = line.starts_with('#');
    while (line.starts_with('#') || line.starts_with('!')) line.remove_prefix(1);
    line = trimmed(line);
    if (!comment || line.empty()) {
      if (!text.empty() || (!comment && !line.empty())) break;
      continue;  // an empty line in front
    }
    text += text.empty() ? "" : " ";
    text += line;
  }
  return text;
}

}  // namespace

std::string scenario_title(std::string_view source) {
  std::string title = first_comment(source);
  const std::size_t stop = title.find(". ");
  if (stop != std::string::npos) title.resize(stop);
  if (title.ends_with('.')) title.pop_back();
  if (title.size() <= kLongestTitle) return title;
  std::size_t end = kLongestTitle;
  while (end > 0 && (static_cast<unsigned char>(title[end]) & 0xC0) == 0x80) --end;
  title.resize(end);
  return title + "\xE2\x80\xA6";
}

ScenarioOutline outline_scenario(std::string_view source, const VariableLookup& lookup) {
  ScenarioOutline outline{.title = scenario_title(source), .variables = {}, .kind = {}};
  // First with values for all, to see every variable.
  const auto all = expand_pipeline_text(
      source, [](std::string_view) -> std::optional<std::string> { return "x"; });
  const auto* text = std::get_if<PipelineText>(&all);
  if (!text) return outline;
  for (const std::string& name : text->variables) {
    if (is_given(name)) continue;
    const auto fallback = text->defaults.find(name);
    ScenarioVariable variable{.name = name, .fallback = {}, .needed = text->needed.contains(name)};
    if (fallback != text->defaults.end()) variable.fallback = fallback->second;
    outline.variables.push_back(std::move(variable));
  }
  const auto real =
      expand_pipeline_text(source, [&](std::string_view name) -> std::optional<std::string> {
        if (auto value = lookup(name)) return value;
        return text->needed.contains(name) || is_given(name) ? std::optional<std::string>{"x"}
                                                             : std::nullopt;
      });
  if (const auto* filled = std::get_if<PipelineText>(&real)) {
    const auto words = read_pipeline_words(filled->text);
    if (const auto* read = std::get_if<PipelineWords>(&words)) outline.kind = kind_of(*read);
  }
  return outline;
}

}  // namespace jackfield
