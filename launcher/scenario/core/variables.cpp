#include "scenario/core/variables.hpp"

#include <algorithm>

#include "scenario/core/pipeline_text.hpp"

namespace jackfield {

std::optional<std::pair<std::string, std::string>> parse_assignment(std::string_view word) {
  const std::size_t equals = word.find('=');
  if (equals == std::string_view::npos || !is_variable_name(word.substr(0, equals)))
    return std::nullopt;
  return std::pair{std::string{word.substr(0, equals)}, std::string{word.substr(equals + 1)}};
}

std::optional<std::string> Variables::find(std::string_view name) const {
  if (const auto it = command_line.find(name); it != command_line.end()) return it->second;
  if (const auto it = built_in.find(name); it != built_in.end()) return it->second;
  if (environment) {
    if (auto value = environment(name)) return value;
  }
  if (const auto it = platform.find(name); it != platform.end()) return it->second;
  return std::nullopt;
}

std::vector<std::string> Variables::unused(const std::vector<std::string>& mentioned) const {
  std::vector<std::string> names;
  for (const auto& [name, value] : command_line) {
    if (std::find(mentioned.begin(), mentioned.end(), name) == mentioned.end())
      names.push_back(name);
  }
  return names;
}

}  // namespace jackfield
