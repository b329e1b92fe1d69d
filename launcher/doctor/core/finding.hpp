// One thing that `jackfield doctor` looked at.
#pragma once

#include <string>
#include <vector>

namespace jackfield {

enum class Health { kOk, kWarning, kFailure };

struct Finding {
  std::string topic;  // "plugins", "models", ...
  Health health = Health::kOk;
  std::string text;    // what it is, and what that means
  std::string advice;  // what to do; "" when all is well
};
using Findings = std::vector<Finding>;

// "ok", "warn", "fail".
const char* health_name(Health health);
Health worst(const Findings& findings);

}  // namespace jackfield
