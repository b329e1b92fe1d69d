#include "scenario/core/variables.hpp"

#include <algorithm>
#include <iterator>

#include "scenario/core/nearest.hpp"
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
  if (const auto it = line.find(name); it != line.end()) return it->second;
  if (const auto it = built_in.find(name); it != built_in.end()) return it->second;
  if (environment) {
    if (auto value = environment(name)) return value;
  }
  if (const auto it = platform.find(name); it != platform.end()) return it->second;
  return std::nullopt;
}

Variables::Map Variables::profile_texts() const {
  Map texts = profile;
  for (const Map* stronger : {&command_line, &line})
    for (const auto& [name, value] : *stronger) texts.erase(name);
  return texts;
}

namespace {

std::vector<std::string> names_not_in(const Variables::Map& variables,
                                      const std::vector<std::string>& mentioned) {
  std::vector<std::string> names;
  for (const auto& [name, value] : variables) {
    if (std::find(mentioned.begin(), mentioned.end(), name) == mentioned.end())
      names.push_back(name);
  }
  return names;
}

}  // namespace

std::vector<std::string> Variables::unused(const std::vector<std::string>& mentioned) const {
  return names_not_in(command_line, mentioned);
}

std::vector<std::string> Variables::misspelt_of_profile(
    const std::vector<std::string>& mentioned) const {
  std::vector<std::string> unused = names_not_in(profile, mentioned);
  if (unused.size() == profile.size()) return unused;
  std::vector<std::string> others;
  std::copy_if(mentioned.begin(), mentioned.end(), std::back_inserter(others),
               [&](const std::string& name) { return !profile.contains(name); });
  std::erase_if(unused,
                [&](const std::string& name) { return nearest_names(name, others).empty(); });
  return unused;
}

}  // namespace jackfield
