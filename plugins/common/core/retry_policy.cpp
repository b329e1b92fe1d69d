#include "retry_policy.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <utility>

namespace jackfield {
namespace {

constexpr double kLongestSeconds = 3600;

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::optional<double> read_number(std::string_view text) {
  text = trim(text);
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  if (!(value >= 0 && value < 1e300)) return std::nullopt;
  return value;
}

std::optional<int> read_int(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Days since 1970-01-01 of the Gregorian calendar; the year begins in March, so that the leap day
// comes last.
std::int64_t days_since_1970(int year, int month, int day) {
  const std::int64_t y = month <= 2 ? year - 1 : year;
  const std::int64_t era_day = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return 365 * y + y / 4 - y / 100 + y / 400 + era_day - 719468;
}

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 5.6.7), in seconds since 1970.
std::optional<std::int64_t> read_date(std::string_view text) {
  static constexpr std::array<std::string_view, 12> kMonths{
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  text = trim(text);
  if (text.size() != 29 || text.substr(25) != " GMT") return std::nullopt;
  const auto month = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
  const auto day = read_int(text.substr(5, 2));
  const auto year = read_int(text.substr(12, 4));
  const auto hour = read_int(text.substr(17, 2));
  const auto minute = read_int(text.substr(20, 2));
  const auto second = read_int(text.substr(23, 2));
  if (month == kMonths.end() || !day || !year || !hour || !minute || !second) return std::nullopt;
  return days_since_1970(*year, static_cast<int>(month - kMonths.begin()) + 1, *day) * 86400 +
         *hour * 3600 + *minute * 60 + *second;
}

std::uint64_t to_ns(double seconds) {
  return static_cast<std::uint64_t>(std::min(seconds, kLongestSeconds) * 1e9);
}

}  // namespace

bool is_transient_status(int status) {
  return status == 0 || status == 408 || status == 409 || status == 429 || status >= 500;
}

std::optional<std::uint64_t> read_retry_after(std::string_view milliseconds,
                                              std::string_view seconds_or_date, std::int64_t now) {
  if (const auto ms = read_number(milliseconds)) return to_ns(*ms / 1000);
  if (const auto seconds = read_number(seconds_or_date)) return to_ns(*seconds);
  if (const auto date = read_date(seconds_or_date)) {
    return to_ns(static_cast<double>(std::max<std::int64_t>(0, *date - now)));
  }
  return std::nullopt;
}

std::optional<std::uint64_t> RetryPolicy::next_delay(const FailedAttempt& attempt,
                                                     std::uint64_t elapsed) {
  if (attempt.answer_begun || attempt.hopeless) return std::nullopt;
  // That says nothing about the server: the request was never looked at.
  if (attempt.stale && !std::exchange(stale_seen_, true)) return 0;
  if (!attempt.should_retry.value_or(is_transient_status(attempt.status))) return std::nullopt;
  if (retries_ >= settings_.max_retries) return std::nullopt;
  std::uint64_t delay = settings_.first_delay;
  for (unsigned i = 0; i < retries_ && delay < settings_.max_delay; ++i) delay *= 2;
  delay = std::min(delay, settings_.max_delay);
  // xorshift64*: any nonzero state will do.
  seed_ |= 1;
  seed_ ^= seed_ >> 12;
  seed_ ^= seed_ << 25;
  seed_ ^= seed_ >> 27;
  delay -= delay / 1024 * ((seed_ * 0x2545F4914F6CDD1DULL) >> 56);  // up to 255/1024
  if (attempt.retry_after) delay = *attempt.retry_after;
  if (elapsed > settings_.budget || delay > settings_.budget - elapsed) return std::nullopt;
  ++retries_;
  return delay;
}

bool RetryBudget::spend() {
  if (tenths_ - 10 < kFull / 2) return false;
  tenths_ -= 10;
  return true;
}

void RetryBudget::succeeded() { tenths_ = std::min(kFull, tenths_ + 1); }

}  // namespace jackfield
