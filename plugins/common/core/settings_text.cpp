#include "settings_text.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace jackfield {

std::string two_decimals(double value) {
  const long hundredths = std::lround(std::clamp(value, -1e6, 1e6) * 100);
  const long size = std::labs(hundredths);
  char text[32];
  std::snprintf(text, sizeof text, "%s%ld.%02ld", hundredths < 0 ? "-" : "", size / 100,
                size % 100);
  return text;
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == text.npos; }

std::string mistake_in(const std::string& file, const PositionedError& mistake) {
  return file + ":" + std::to_string(mistake.where().line) + ":" +
         std::to_string(mistake.where().column) + ": " + mistake.what();
}

std::vector<std::string> split_terms(std::string_view text) {
  std::vector<std::string> terms;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    std::string_view term = text.substr(at, end - at);
    while (!term.empty() && term.front() == ' ') term.remove_prefix(1);
    while (!term.empty() && term.back() == ' ') term.remove_suffix(1);
    if (!term.empty()) terms.emplace_back(term);
    at = end + 1;
  }
  return terms;
}

}  // namespace jackfield
