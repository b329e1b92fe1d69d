#include "control/core/byte_range.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

namespace jackfield {
namespace {

constexpr std::size_t kLongest = 100;  // no single range is longer

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// The largest value for everything beyond it, which is behind the end of any file.
std::optional<std::uint64_t> number(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    value = value > (UINT64_MAX - digit) / 10 ? UINT64_MAX : value * 10 + digit;
  }
  return value;
}

bool is_bytes(std::string_view unit) {
  constexpr std::string_view kBytes = "bytes";
  return std::equal(unit.begin(), unit.end(), kBytes.begin(), kBytes.end(), [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == b;
  });
}

}  // namespace

ByteRange read_byte_range(std::string_view header, std::uint64_t size) {
  using Kind = ByteRange::Kind;
  header = trimmed(header);
  const std::size_t equals = header.find('=');
  if (header.size() > kLongest || equals == std::string_view::npos ||
      !is_bytes(header.substr(0, equals)))
    return {};
  const std::string_view range = trimmed(header.substr(equals + 1));
  const std::size_t dash = range.find('-');
  if (dash == std::string_view::npos) return {};
  const std::string_view from = range.substr(0, dash);
  const std::string_view to = range.substr(dash + 1);
  const auto first = number(from);
  const auto last = number(to);
  if ((!from.empty() && !first) || (!to.empty() && !last) || (!first && !last)) return {};
  if (!first) {  // the last so many bytes
    if (*last == 0 || size == 0) return {Kind::kNotSatisfiable};
    return {Kind::kPart, *last >= size ? 0 : size - *last, size - 1};
  }
  if (last && *last < *first) return {};
  if (*first >= size) return {Kind::kNotSatisfiable};
  return {Kind::kPart, *first, std::min(last.value_or(UINT64_MAX), size - 1)};
}

bool range_counts(std::string_view if_range, std::string_view entity_tag) {
  if_range = trimmed(if_range);
  return if_range.empty() || (if_range == entity_tag && !entity_tag.starts_with("W/"));
}

}  // namespace jackfield
