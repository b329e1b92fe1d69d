#include "doctor/core/finding.hpp"

#include <algorithm>

namespace jackfield {

const char* health_name(Health health) {
  switch (health) {
    case Health::kWarning:
      return "warn";
    case Health::kFailure:
      return "fail";
    case Health::kOk:
      break;
  }
  return "ok";
}

Health worst(const Findings& findings) {
  Health health = Health::kOk;
  for (const Finding& finding : findings) health = std::max(health, finding.health);
  return health;
}

}  // namespace jackfield
