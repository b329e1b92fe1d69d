// What became of a task (docs/tasks.md). Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace jackfield {

// The kind of a session that works on a task.
inline constexpr char kTaskKind[] = "task";
// The reason for which a session ends whose task has no time left.
inline constexpr char kTaskTimeout[] = "timeout";

// What an agentloop says when it has ended.
struct TaskResult {
  std::string outcome;  // "done", "steps", "time", "cost", "failed", "cancelled"
  std::string text;
  std::optional<std::int64_t> steps;
  std::optional<double> cost;  // in the currency of the price list
};

// How a task can end. The last ones are of runs that nothing, or nothing more, was heard of.
inline constexpr auto kTaskOutcomes =
    std::to_array<const char*>({"done", "steps", "time", "cost", "failed", "cancelled", "timeout",
                                "interrupted", "missed", "skipped"});

// How it ended, of a session that ended for this reason. `result`: if there was one.
std::string task_outcome(const std::optional<TaskResult>& result, std::string_view reason,
                         bool failed);

}  // namespace jackfield
