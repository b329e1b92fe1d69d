#include "schedule/core/cron.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <chrono>
#include <vector>

namespace jackfield::schedule {
namespace {

constexpr int kHorizonDays = 50 * 366;
constexpr int kMinutesOfDay = 24 * 60;

struct Field {
  const char* name;
  int low, high;
  const char* names;  // of three letters each, for `low` and on; "" without
};
constexpr auto kFields = std::to_array<Field>({
    {"minute", 0, 59, ""},
    {"hour", 0, 23, ""},
    {"day of the month", 1, 31, ""},
    {"month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec"},
    {"day of the week", 0, 7, "sunmontuewedthufrisat"},
});

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0;;) {
    const std::size_t end = text.find(separator, at);
    parts.push_back(text.substr(at, end - at));
    if (end == std::string_view::npos) return parts;
    at = end + 1;
  }
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  constexpr std::string_view kBlank = " \t";
  for (std::size_t at = text.find_first_not_of(kBlank); at != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(kBlank, at), text.size());
    words.push_back(text.substr(at, end - at));
    at = text.find_first_not_of(kBlank, end);
  }
  return words;
}

std::optional<int> number_in(std::string_view text) {
  int value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool good = failure == std::errc{} && end == text.data() + text.size() && value >= 0;
  return good ? std::optional{value} : std::nullopt;
}

// A number or a name; nullopt when it is none that the field has.
std::optional<int> value_of(std::string_view text, const Field& field) {
  if (const auto number = number_in(text))
    return *number >= field.low && *number <= field.high ? number : std::nullopt;
  std::string lower;
  for (const unsigned char letter : text) lower += static_cast<char>(std::tolower(letter));
  const std::string_view names = field.names;
  for (std::size_t at = 0; lower.size() == 3 && at < names.size(); at += 3) {
    if (names.substr(at, 3) == lower) return field.low + static_cast<int>(at / 3);
  }
  return std::nullopt;
}

std::string wrong(std::string_view part, const Field& field) {
  return "'" + std::string{part} + "' is no " + field.name + ": it is a number from " +
         std::to_string(field.low) + " to " + std::to_string(field.high) +
         (*field.names ? ", or its name in three letters" : "") +
         ", a range, or '*', with commas between several";
}

// One part of a list: "*", "5", "mon-fri", "*/15", "8-18/2".
std::string add_part(std::string_view part, const Field& field, std::vector<bool>& values) {
  const std::size_t slash = part.find('/');
  const std::string_view range = part.substr(0, slash);
  int step = 1;
  if (slash != std::string_view::npos) {
    const auto given = number_in(part.substr(slash + 1));
    if (!given || *given < 1 || *given > field.high)
      return "'" + std::string{part} + "' has no step of " + field.name +
             "s behind the '/'; a step is a number from 1 to " + std::to_string(field.high);
    step = *given;
  }
  int first = field.low, last = field.high;
  if (range == "*") {
    // 7 is Sunday, which is there already.
    if (field.high == 7) last = 6;
  } else {
    const std::size_t dash = range.find('-');
    const auto from = value_of(range.substr(0, dash), field);
    if (!from) return wrong(part, field);
    first = last = *from;
    if (dash != std::string_view::npos) {
      const auto to = value_of(range.substr(dash + 1), field);
      if (!to) return wrong(part, field);
      last = *to;
      // "fri-sun"
      if (field.high == 7 && last == 0 && first > 0) last = 7;
      if (last < first)
        return "the range '" + std::string{range} + "' goes backwards; write two with a comma";
    } else if (slash != std::string_view::npos) {
      return "the step in '" + std::string{part} + "' needs a range, such as " +
             std::string{range} + "-" + std::to_string(field.high) + "/" + std::to_string(step);
    }
  }
  for (int value = first; value <= last; value += step)
    values[static_cast<std::size_t>(value)] = true;
  return {};
}

std::string read_field(std::string_view text, const Field& field, std::vector<bool>& values) {
  values.assign(64, false);
  for (const std::string_view part : split(text, ',')) {
    if (std::string error = add_part(part, field, values); !error.empty()) return error;
  }
  return {};
}

template <std::size_t N>
void take(const std::vector<bool>& values, std::bitset<N>& into) {
  for (std::size_t value = 0; value < N; ++value) into[value] = values[value];
}

int longest_of(unsigned month) {
  constexpr auto kLongest = std::to_array<int>({0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31});
  return kLongest[month];
}

Seconds floor_to(Seconds time, Seconds unit) {
  const Seconds rest = time % unit;
  return time - (rest < 0 ? rest + unit : rest);
}

}  // namespace

std::variant<CronRule, std::string> CronRule::parse(std::string_view text) {
  const auto words = words_of(text);
  if (words.size() != kFields.size())
    return "a rule has five fields (minute, hour, day of the month, month, day of the week), and "
           "here are " +
           std::to_string(words.size());
  CronRule rule;
  std::array<std::vector<bool>, kFields.size()> values;
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    if (std::string error = read_field(words[i], kFields[i], values[i]); !error.empty())
      return error;
  }
  take(values[0], rule.minutes_);
  take(values[1], rule.hours_);
  take(values[2], rule.days_);
  take(values[3], rule.months_);
  take(values[4], rule.weekdays_);
  if (values[4][7]) rule.weekdays_.set(0);
  rule.any_hour_ = rule.hours_.all();
  rule.any_day_ = words[2].front() == '*';
  rule.any_weekday_ = words[4].front() == '*';
  // A day of the week comes in every month; of a date it depends.
  bool possible = !rule.any_weekday_ && !rule.any_day_;
  for (unsigned month = 1; month <= 12 && !possible; ++month)
    for (unsigned day = 1; day <= 31 && rule.months_[month]; ++day)
      possible = possible || (rule.days_[day] && static_cast<int>(day) <= longest_of(month));
  if (!possible) return "none of these months has such a day, so this would never be";
  return rule;
}

std::string CronRule::remark() const {
  // With a day of the week beside it there are others.
  if (any_day_ || !any_weekday_) return {};
  std::size_t first = 1;
  while (first < days_.size() && !days_[first]) ++first;
  if (first == 29 && months_.count() == 1 && months_[2])
    return "there is a 29 February in leap years only";
  if (first <= 28) return {};
  for (unsigned month = 1; month <= 12; ++month) {
    if (months_[month] && longest_of(month) - (month == 2 ? 1 : 0) < static_cast<int>(first))
      return "not every month has a day " + std::to_string(first) + "; those are left out";
  }
  return {};
}

bool CronRule::has_day(int day_number) const {
  const std::chrono::sys_days date{std::chrono::days{day_number}};
  const std::chrono::year_month_day day{date};
  if (!months_[static_cast<unsigned>(day.month())]) return false;
  const bool of_month = days_[static_cast<unsigned>(day.day())];
  const bool of_week = weekdays_[std::chrono::weekday{date}.c_encoding()];
  return any_day_ || any_weekday_ ? of_month && of_week : of_month || of_week;
}

std::optional<int> CronRule::next_minute(int from) const {
  for (int minute = from; minute < kMinutesOfDay; ++minute) {
    const auto hour = static_cast<std::size_t>(minute / 60);
    if (!hours_[hour])
      minute += 59 - minute % 60;
    else if (minutes_[static_cast<std::size_t>(minute % 60)])
      return minute;
  }
  return std::nullopt;
}

// The first local time that fits, not before `local`.
std::optional<Seconds> CronRule::next_local(Seconds local) const {
  const Seconds begin = floor_to(local + kMinute - 1, kMinute);
  const auto first_day = static_cast<int>(floor_to(begin, kDay) / kDay);
  int from = static_cast<int>((begin - first_day * kDay) / kMinute);
  for (int day = first_day; day < first_day + kHorizonDays; ++day, from = 0) {
    if (!has_day(day)) continue;
    if (const auto minute = next_minute(from)) return day * kDay + *minute * kMinute;
  }
  return std::nullopt;
}

std::optional<Seconds> CronRule::next(Seconds instant, const TimeZone& zone) const {
  if (any_hour_) {
    // What clocks show jumps where they are shifted, so no further than a day at a time.
    Seconds from = instant + 1;
    const Seconds end = instant + kHorizonDays * kDay;
    while (from < end) {
      const Seconds local = local_time(zone, from);
      const auto found = next_local(local);
      if (!found) return std::nullopt;
      const Seconds candidate = from + (*found - local);
      // No shift of the clocks is longer than that.
      if (candidate - from > 2 * kDay) {
        from = candidate - 2 * kDay;
        continue;
      }
      // There and back again within a day is no clock's shift.
      if (zone.offset_at(candidate) == zone.offset_at(from) && candidate - from <= kDay)
        return candidate;
      // The first instant with another offset, or half a day on.
      Seconds next = std::min(candidate, from + kDay / 2);
      if (zone.offset_at(next) != zone.offset_at(from)) {
        Seconds low = from;
        while (next - low > 1) {
          const Seconds middle = low + (next - low) / 2;
          (zone.offset_at(middle) == zone.offset_at(from) ? low : next) = middle;
        }
      }
      from = next;
    }
    return std::nullopt;
  }
  // Later local times are later instants, or the same.
  for (Seconds local = floor_to(local_time(zone, instant), kMinute);;) {
    const auto found = next_local(local);
    if (!found) return std::nullopt;
    const Seconds candidate = instant_of(zone, *found);
    if (candidate > instant) return candidate;
    local = *found + kMinute;
  }
}

}  // namespace jackfield::schedule
