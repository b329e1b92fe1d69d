// Which line a telephone call is for. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace jackfield {

struct PhoneRoute {
  std::string line;
  std::vector<std::string> numbers;  // that are called for it, as Twilio names them
};

class PhoneRoutes {
 public:
  explicit PhoneRoutes(std::vector<PhoneRoute> routes) : routes_(std::move(routes)) {}

  // The line that has the called number; else the only one there is, or the only one without
  // numbers. nullptr when there is none of these.
  const std::string* line_for(std::string_view called) const;

  const std::vector<PhoneRoute>& all() const { return routes_; }

 private:
  std::vector<PhoneRoute> routes_;
};

}  // namespace jackfield
