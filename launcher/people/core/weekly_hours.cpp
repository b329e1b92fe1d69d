#include "people/core/weekly_hours.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace jackfield::people {
namespace {

constexpr int kDay = 24 * 60;
constexpr int kWeek = 7 * kDay;
constexpr std::size_t kMostSpans = 64;
constexpr std::array<std::string_view, 7> kDays{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
constexpr std::string_view kBlank = " \t";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::optional<int> read_day(std::string_view text) {
  std::string name;
  for (const unsigned char c : trimmed(text)) name += static_cast<char>(std::tolower(c));
  const auto it = std::find(kDays.begin(), kDays.end(), name);
  if (it == kDays.end()) return std::nullopt;
  return static_cast<int>(it - kDays.begin());
}

// "9:00", "09:00", "24:00"
std::optional<int> read_time(std::string_view text) {
  text = trimmed(text);
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon > 2 || text.size() != colon + 3)
    return std::nullopt;
  int hour = 0, minute = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == colon) continue;
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    int& part = i < colon ? hour : minute;
    part = part * 10 + (text[i] - '0');
  }
  if (hour > 24 || minute > 59 || (hour == 24 && minute > 0)) return std::nullopt;
  return hour * 60 + minute;
}

}  // namespace

std::variant<WeeklyHours, std::string> WeeklyHours::parse(std::string_view text) {
  WeeklyHours hours;
  hours.text_ = trimmed(text);
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view part = trimmed(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
    const auto wrong = [&](const char* why) { return "'" + std::string{part} + "' " + why; };
    const std::size_t space = part.find_first_of(kBlank);
    if (space == std::string_view::npos) return wrong("is no day and time");
    const std::string_view days = part.substr(0, space), times = part.substr(space);
    const std::size_t day_dash = days.find('-'), time_dash = times.find('-');
    auto first = read_day(days.substr(0, day_dash));
    auto last = day_dash == std::string_view::npos ? first : read_day(days.substr(day_dash + 1));
    if (days == "daily") first = 0, last = 6;
    if (!first || !last) return wrong("has no day: they are mon tue wed thu fri sat sun");
    if (time_dash == std::string_view::npos) return wrong("has no time: it looks like 09:00-17:00");
    const auto begin = read_time(times.substr(0, time_dash));
    const auto end = read_time(times.substr(time_dash + 1));
    if (!begin || !end || *begin == *end || *begin == kDay)
      return wrong("has no time: it looks like 09:00-17:00");
    for (int day = *first;; day = (day + 1) % 7) {
      if (hours.spans_.size() >= kMostSpans) return std::string{"there are too many"};
      hours.spans_.push_back({day * kDay + *begin, day * kDay + *end + (*end < *begin ? kDay : 0)});
      if (day == *last) break;
    }
  }
  if (hours.spans_.empty()) return std::string{"there are none"};
  return hours;
}

bool WeeklyHours::contains(int weekday, int minute) const {
  const int at = (weekday - 1) * kDay + minute;
  return std::any_of(spans_.begin(), spans_.end(), [&](const Span& span) {
    return (at >= span.begin && at < span.end) || at + kWeek < span.end;
  });
}

}  // namespace jackfield::people
