// Somebody whom an agent may call or ask, as [person NAME] of jackfield.conf says. Pure.
#pragma once

#include <optional>
#include <string>

#include "people/core/weekly_hours.hpp"

namespace jackfield::people {

struct Person {
  std::string name;
  std::string phone;        // E.164 with '+'; "": is asked only
  std::string description;  // for the model
  std::string language;     // "de", "de-CH"; "": English
  std::optional<WeeklyHours> hours;
  std::string time_zone;  // of the hours, "Europe/Zurich"; "": the machine's
};

}  // namespace jackfield::people
