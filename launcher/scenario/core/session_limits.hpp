// How long a session may take to become a call, and how long a call may last. Pure.
#pragma once

#include <cstdint>
#include <optional>

namespace jackfield {

struct SessionLimits {
  enum class Overrun { kNone, kNoCall, kTooLong };

  // ns; 0: no limit.
  std::int64_t start_within = 0;  // from the connection to the call's begin
  std::int64_t max_call = 0;      // from the call's begin

  bool any() const { return start_within > 0 || max_call > 0; }
  // All times on one steady scale, ns. `call_began`: none while there is no call.
  Overrun judge(std::int64_t opened, std::optional<std::int64_t> call_began,
                std::int64_t now) const {
    if (!call_began)
      return start_within > 0 && now - opened >= start_within ? Overrun::kNoCall : Overrun::kNone;
    return max_call > 0 && now - *call_began >= max_call ? Overrun::kTooLong : Overrun::kNone;
  }
};

}  // namespace jackfield
