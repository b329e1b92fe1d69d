#include "records/core/task_result.hpp"

#include <algorithm>

namespace jackfield {

std::string task_outcome(const std::optional<TaskResult>& result, std::string_view reason,
                         bool failed) {
  // What it was told while it was being ended says less than why it was ended.
  const bool known =
      result && result->outcome != "cancelled" &&
      std::find(kTaskOutcomes.begin(), kTaskOutcomes.end(), result->outcome) != kTaskOutcomes.end();
  if (known) return result->outcome;
  if (failed) return "failed";
  if (reason == kTaskTimeout) return kTaskTimeout;
  // Of an element that says nothing.
  if (!result && reason == "end of stream") return "done";
  return "cancelled";
}

}  // namespace jackfield
