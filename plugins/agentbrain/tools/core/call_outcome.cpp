#include "call_outcome.hpp"

namespace agentbrain::tools {

const char* outcome_name(CallOutcome outcome) {
  switch (outcome) {
    case CallOutcome::kOk:
      return "ok";
    case CallOutcome::kError:
      return "error";
    case CallOutcome::kTimeOut:
      return "time-out";
    case CallOutcome::kCancelled:
      return "cancelled";
    case CallOutcome::kUnavailable:
      break;
  }
  return "unavailable";
}

}  // namespace agentbrain::tools
