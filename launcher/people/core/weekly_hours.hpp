// The hours of a week in which somebody can be called: "mon-fri 09:00-17:00, sat 10:00-12:00".
// Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace jackfield::people {

class WeeklyHours {
 public:
  // Days are mon tue wed thu fri sat sun, one or a range ("fri-mon" goes over the weekend), or
  // "daily"; times HH:MM-HH:MM, up to 24:00; what ends before it begins ends on the next day. With
  // commas between them. A text for the user when it is none.
  static std::variant<WeeklyHours, std::string> parse(std::string_view text);

  // `weekday`: 1 Monday to 7 Sunday; `minute` of the day.
  bool contains(int weekday, int minute) const;
  const std::string& text() const { return text_; }

 private:
  struct Span {
    int begin = 0, end = 0;  // minutes from Monday 0:00; `end` may lie in the next week
  };
  std::vector<Span> spans_;
  std::string text_;
};

}  // namespace jackfield::people
