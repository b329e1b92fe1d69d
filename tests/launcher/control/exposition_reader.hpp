// A strict reader of Prometheus' text format 0.0.4: what its rules forbid, and what would make
// figures wrong without a complaint (a sample told twice, a histogram that does not add up), is an
// error.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::test {

struct Exposition {
  struct Sample {
    std::string name;
    std::map<std::string, std::string> labels;
    double value = 0;
  };
  struct Family {
    std::string type, help;
    std::vector<Sample> samples;
  };

  std::map<std::string, Family> families;
  std::vector<std::string> errors;  // "line 3: …"

  // The value of the sample with exactly these labels; NaN when there is none.
  double value(const std::string& name,
               const std::map<std::string, std::string>& labels = {}) const;
};

Exposition read_exposition(std::string_view text);

}  // namespace jackfield::test
