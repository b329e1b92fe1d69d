#include "control/core/api_path.hpp"

#include <algorithm>

namespace jackfield {
namespace {

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    path.remove_prefix(path.front() == '/' ? 1 : 0);
    const std::size_t slash = std::min(path.find('/'), path.size());
    parts.emplace_back(path.substr(0, slash));
    path.remove_prefix(slash);
    if (path == "/") parts.emplace_back();  // "/a/" is not "/a"
  }
  return parts;
}

bool is_value(std::string_view part) { return part.starts_with('{') && part.ends_with('}'); }

}  // namespace

bool is_api_name(std::string_view text) {
  constexpr std::size_t kLongest = 64;
  return !text.empty() && text.size() <= kLongest && text.front() != '.' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  c == '-' || c == '_' || c == '.';
         });
}

ApiPath::ApiPath(std::string_view pattern) : pattern_(pattern), parts_(split(pattern)) {}

std::optional<ApiPath::Values> ApiPath::match(std::string_view path) const {
  if (!path.starts_with('/')) return std::nullopt;
  const std::vector<std::string> given = split(path);
  if (given.size() != parts_.size()) return std::nullopt;
  Values values;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (!is_value(parts_[i])) {
      if (parts_[i] != given[i]) return std::nullopt;
      continue;
    }
    if (!is_api_name(given[i])) return std::nullopt;
    values.emplace_back(parts_[i].substr(1, parts_[i].size() - 2), given[i]);
  }
  return values;
}

}  // namespace jackfield
