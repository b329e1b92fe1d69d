#include "serve/core/phone_routes.hpp"

#include <algorithm>

namespace jackfield {

const std::string* PhoneRoutes::line_for(std::string_view called) const {
  const PhoneRoute* open = nullptr;  // takes what nobody else does
  std::size_t open_ones = 0;
  for (const PhoneRoute& route : routes_) {
    if (std::find(route.numbers.begin(), route.numbers.end(), called) != route.numbers.end())
      return &route.line;
    if (!route.numbers.empty()) continue;
    open = &route;
    ++open_ones;
  }
  if (routes_.size() == 1) return &routes_.front().line;
  return open_ones == 1 ? &open->line : nullptr;
}

}  // namespace jackfield
