#include "text/masked_text.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "scenario/core/secret_names.hpp"

namespace jackfield {
namespace {

constexpr std::string_view kMask = "***";

std::string without_users(const std::string& text) {
  constexpr std::string_view kMark = "://";
  std::string out;
  std::size_t done = 0;
  for (std::size_t at = text.find(kMark); at != std::string::npos; at = text.find(kMark, done)) {
    const std::size_t begin = at + kMark.size();
    // The authority ends at the first of these; the last '@' in it ends the user's part.
    const std::size_t end = std::min(text.find_first_of("/?# \t\r\n\"'\\<>", begin), text.size());
    const std::size_t sign = text.substr(begin, end - begin).rfind('@');
    out.append(text, done, begin - done);
    done = begin;
    if (sign == std::string::npos) continue;
    out += kMask;
    done = begin + sign;
  }
  return out.append(text, done);
}

bool is_name_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_';
}

// Of the setting before '=' at `sign`; "" when there is none.
std::string name_before(const std::string& text, std::size_t sign) {
  std::size_t end = sign;
  while (end > 0 && (text[end - 1] == '\\' || text[end - 1] == ' ')) --end;
  std::size_t begin = end;
  while (begin > 0 && is_name_character(text[begin - 1])) --begin;
  std::string name = text.substr(begin, end - begin);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

std::string without_values(const std::string& text) {
  std::string out;
  std::size_t done = 0;
  for (std::size_t sign = text.find('='); sign != std::string::npos;
       sign = text.find('=', std::max(sign + 1, done))) {
    if (!looks_secret(name_before(text, sign))) continue;
    std::size_t begin = text.find_first_not_of("\\ ", sign + 1);
    if (begin == std::string::npos) break;
    const char quote = text[begin];
    const bool quoted = quote == '"' || quote == '\'';
    if (quoted) ++begin;
    const std::size_t end = std::min(quoted ? text.find_first_of(std::string{quote} + "\r\n", begin)
                                            : text.find_first_of(" \t\r\n\"'\\!", begin),
                                     text.size());
    if (end == begin) continue;
    out.append(text, done, begin - done);
    out += kMask;
    done = end;
  }
  return out.append(text, done);
}

}  // namespace

std::string masked(const std::string& text) { return without_values(without_users(text)); }

}  // namespace jackfield
