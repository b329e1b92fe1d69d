#include "schedule/core/timing.hpp"

#include <charconv>
#include <chrono>
#include <cstdint>

namespace jackfield::schedule {
namespace {

constexpr Seconds kLongest = 366 * kDay;

// Reads from the front of a text.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool take(char wanted) {
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // Exactly so many digits.
  bool take_digits(std::size_t count, int& value) {
    if (rest_.size() < count) return false;
    const std::string_view digits = rest_.substr(0, count);
    if (digits.find_first_not_of("0123456789") != std::string_view::npos) return false;
    std::from_chars(digits.data(), digits.data() + count, value);
    rest_.remove_prefix(count);
    return true;
  }
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

// "Z", "+01:00", "-0330"; false when it is something else.
bool read_offset(Reader& reader, Seconds& offset) {
  if (reader.take('Z') || reader.take('z')) return true;
  const bool ahead = reader.take('+');
  if (!ahead && !reader.take('-')) return false;
  int hours = 0, minutes = 0;
  if (!reader.take_digits(2, hours)) return false;
  reader.take(':');
  if (!reader.take_digits(2, minutes) || hours > 15 || minutes > 59) return false;
  offset = (hours * kHour + minutes * kMinute) * (ahead ? 1 : -1);
  return true;
}

}  // namespace

std::optional<Seconds> parse_moment(std::string_view text, const TimeZone& zone) {
  Reader reader{text};
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (!reader.take_digits(4, year) || !reader.take('-') || !reader.take_digits(2, month) ||
      !reader.take('-') || !reader.take_digits(2, day) ||
      !(reader.take('T') || reader.take('t') || reader.take(' ')) || !reader.take_digits(2, hour) ||
      !reader.take(':') || !reader.take_digits(2, minute))
    return std::nullopt;
  if (reader.take(':') && !reader.take_digits(2, second)) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok() || year < 1970 || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const Seconds local = std::chrono::sys_days{date}.time_since_epoch().count() * kDay +
                        hour * kHour + minute * kMinute + second;
  if (reader.at_end()) return instant_of(zone, local);
  Seconds offset = 0;
  if (!read_offset(reader, offset) || !reader.at_end()) return std::nullopt;
  return local - offset;
}

std::optional<Seconds> parse_duration(std::string_view text) {
  Seconds all = 0, last_unit = kLongest;
  while (!text.empty()) {
    Seconds number = 0;
    const char* const begin = text.data();
    const auto [end, failure] = std::from_chars(begin, begin + text.size(), number);
    const auto digits = static_cast<std::size_t>(end - begin);
    if (failure != std::errc{} || number < 0 || number > kLongest || digits == text.size())
      return std::nullopt;
    const char letter = text[digits];
    const Seconds unit = letter == 's'   ? 1
                         : letter == 'm' ? kMinute
                         : letter == 'h' ? kHour
                         : letter == 'd' ? kDay
                                         : 0;
    // The larger ones first, each once.
    if (unit == 0 || unit >= last_unit) return std::nullopt;
    last_unit = unit;
    all += number * unit;
    if (all > kLongest) return std::nullopt;
    text.remove_prefix(digits + 1);
  }
  return last_unit == kLongest ? std::nullopt : std::optional{all};
}

std::string duration_text(Seconds duration) {
  std::string text;
  for (const auto& [unit, letter] :
       {std::pair{kDay, 'd'}, std::pair{kHour, 'h'}, std::pair{kMinute, 'm'}}) {
    if (duration >= unit) text += std::to_string(duration / unit) + letter;
    duration %= unit;
  }
  if (duration > 0 || text.empty()) text += std::to_string(duration) + "s";
  return text;
}

std::optional<Seconds> next_time(const Timing& timing, const TimeZone& zone, Seconds instant) {
  if (const auto* once = std::get_if<Once>(&timing))
    return once->at > instant ? std::optional{once->at} : std::nullopt;
  if (const auto* every = std::get_if<Every>(&timing))
    return (instant / every->period + 1) * every->period;
  return std::get<CronRule>(timing).next(instant, zone);
}

std::optional<Seconds> last_time(const Timing& timing, const TimeZone& zone, Seconds from,
                                 Seconds to) {
  if (const auto* every = std::get_if<Every>(&timing)) {
    const Seconds last = to / every->period * every->period;
    return last > from ? std::optional{last} : std::nullopt;
  }
  std::optional<Seconds> last;
  for (auto next = next_time(timing, zone, from); next && *next <= to;
       next = next_time(timing, zone, *next))
    last = next;
  return last;
}

}  // namespace jackfield::schedule
