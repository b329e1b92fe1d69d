// One run of a task, from the moment somebody wanted it. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace jackfield {

// Unix time in ms.
using UnixMs = std::int64_t;

// Who started it.
inline constexpr char kByApi[] = "api";
inline constexpr char kBySchedule[] = "schedule";
inline constexpr char kByAgent[] = "agent";

struct TaskRun {
  std::int64_t id = 0;
  std::string task;
  std::string goal;
  std::string started_by;     // one of the above
  std::string schedule;       // its name, "": none
  std::optional<UnixMs> due;  // of a schedule's own runs: the time this one is for
  std::string caller;         // the session of the agent that started it
  UnixMs wanted = 0;
  std::optional<UnixMs> started, ended;
  std::string session;  // once it has started
  std::string outcome;  // once it has ended; see kTaskOutcomes
  std::string text;     // the result, or why there is none
  std::optional<std::int64_t> steps;
  std::optional<double> cost;

  const char* state() const { return ended ? "ended" : started ? "running" : "waiting"; }
};

}  // namespace jackfield
