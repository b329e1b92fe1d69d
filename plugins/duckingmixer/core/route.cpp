#include "route.hpp"

#include <algorithm>

namespace ducking {
namespace {

constexpr std::string_view kAll = "all", kNone = "none";
constexpr std::size_t kMostNames = 255;

}  // namespace

bool Route::hears(std::string_view name) const {
  return (std::find(names.begin(), names.end(), name) != names.end()) != all;
}

std::string Route::text() const {
  if (!all && names.empty()) return std::string{kNone};
  std::string text{all ? kAll : ""};
  for (const std::string& name : names) {
    if (!text.empty()) text += ' ';
    if (all) text += '-';
    text += name;
  }
  return text;
}

std::optional<Route> parse_route(std::string_view text, std::string& error) {
  Route route{.all = false, .names = {}};
  bool first = true, none = false;
  while (true) {
    const std::size_t begin = text.find_first_not_of(" ,");
    if (begin == std::string_view::npos) break;
    text.remove_prefix(begin);
    std::string_view word = text.substr(0, text.find_first_of(" ,"));
    text.remove_prefix(word.size());
    const std::string whole{word};
    if (none) {
      error = "nothing can follow 'none'";
      return std::nullopt;
    }
    if (word == kAll || word == kNone) {
      if (!first) {
        error = "'" + whole + "' has to come first";
        return std::nullopt;
      }
      (word == kAll ? route.all : none) = true;
      first = false;
      continue;
    }
    first = false;
    if (word.starts_with('-') != route.all) {
      error = route.all ? "behind 'all' come those who are not heard, '-" + whole + "'"
                        : "'" + whole + "' leaves out somebody, which is for 'all " + whole + "'";
      return std::nullopt;
    }
    if (route.all) word.remove_prefix(1);
    if (word.empty()) {
      error = "'-' needs the name of a pad, such as '-sink_1'";
      return std::nullopt;
    }
    if (route.names.size() == kMostNames) {
      error = "more than 255 names";
      return std::nullopt;
    }
    if (std::find(route.names.begin(), route.names.end(), word) == route.names.end())
      route.names.emplace_back(word);
  }
  return route;
}

}  // namespace ducking
