#include "conf/core/task_conf.hpp"

#include <algorithm>
#include <utility>

#include "scenario/core/nearest.hpp"

namespace jackfield {
namespace {

constexpr NumberSetting kMaxRunning{"max-running", nullptr, 1, 100, "N", ""};
constexpr NumberSetting kTimeout{"timeout", nullptr, 1, 86400, "SECONDS", ""};
constexpr std::size_t kLongestGoal = 8192;  // bytes

const std::vector<std::string> kTaskKeys{"pipeline", "profile",     "description",
                                         "goal",     "max-running", "timeout"};
const std::vector<std::string> kScheduleKeys{"task", "goal",      "at",      "every",
                                             "cron", "time-zone", "timeout", "catch-up"};

std::vector<std::string> names_of(const std::vector<TaskConf>& tasks) {
  std::vector<std::string> names;
  for (const TaskConf& task : tasks) names.push_back(task.line.name);
  return names;
}

void read_goal(const ConfKey& key, ConfKeys& keys, std::string& goal) {
  if (!keys.has_value(key)) return;
  goal = key.value;
  if (goal.size() > kLongestGoal)
    keys.wrong(key.value_offset, "this goal is too long",
               "at most " + std::to_string(kLongestGoal) + " bytes");
}

void read_task_key(const ConfKey& key, ConfKeys& keys, TaskConf& task) {
  task.line.offsets[key.name] = key.value_offset;
  const auto take = [&](std::string& text) {
    if (keys.has_value(key)) text = key.value;
  };
  if (key.name == "pipeline") return take(task.line.pipeline);
  if (key.name == "profile") return take(task.line.profile);
  if (key.name == "description") return take(task.description);
  if (key.name == "goal") return read_goal(key, keys, task.goal);
  if (key.name == "max-running") {
    task.max_running = keys.number_of(key, kMaxRunning).value_or(1);
  } else if (key.name == "timeout") {
    task.timeout = keys.number_of(key, kTimeout).value_or(1);
  } else if (!keys.read_variable(key, task.line.variables)) {
    keys.unknown(key, "a task", kTaskKeys, "", true);
  }
}

void read_every(const ConfKey& key, ConfKeys& keys, ScheduleConf& schedule) {
  const auto period = schedule::parse_duration(key.value);
  if (period && *period > 0)
    schedule.timing = schedule::Every{*period};
  else
    keys.wrong(key.value_offset, "'" + key.value + "' is not a value for 'every'",
               "it looks like 30s, 15m, 2h, 1d or 1h30m");
}

void read_cron(const ConfKey& key, ConfKeys& keys, ScheduleConf& schedule) {
  auto rule = schedule::CronRule::parse(key.value);
  if (const auto* error = std::get_if<std::string>(&rule))
    keys.wrong(key.value_offset, "'" + key.value + "' is no rule: " + *error,
               "for example '0 9 * * mon-fri': at nine from Monday to Friday");
  else
    schedule.timing = std::get<schedule::CronRule>(rule);
}

void read_catch_up(const ConfKey& key, ConfKeys& keys, ScheduleConf& schedule) {
  const auto bound = schedule::parse_duration(key.value);
  if (bound && *bound <= schedule::Planner::kLongestCatchUp)
    schedule.catch_up = *bound;
  else
    keys.wrong(key.value_offset, "'" + key.value + "' is not a value for 'catch-up'",
               "it looks like 30m, 1h or 2d, at most 7d; 0s: what was missed is not caught up");
}

void read_schedule_key(const ConfKey& key, ConfKeys& keys, ScheduleConf& schedule) {
  schedule.offsets[key.name] = key.value_offset;
  if (std::find(kScheduleKeys.begin(), kScheduleKeys.end(), key.name) == kScheduleKeys.end())
    return keys.unknown(key, "a schedule", kScheduleKeys,
                        is_conf_variable(key.name) ? "a variable belongs to the [task NAME]" : "",
                        false);
  if (key.name == "goal") return read_goal(key, keys, schedule.goal);
  if (!keys.has_value(key)) return;
  if (key.name == "task") schedule.task = key.value;
  if (key.name == "time-zone") schedule.time_zone = key.value;
  if (key.name == "at") schedule.at = key.value;
  if (key.name == "every") read_every(key, keys, schedule);
  if (key.name == "cron") read_cron(key, keys, schedule);
  if (key.name == "catch-up") read_catch_up(key, keys, schedule);
  if (key.name == "timeout") schedule.timeout = keys.number_of(key, kTimeout);
  if (key.name == "at" || key.name == "every" || key.name == "cron")
    schedule.written = key.name + "=" + key.value;
}

}  // namespace

void read_task(const ConfSection& section, const std::string& name, ConfKeys& keys,
               std::vector<TaskConf>& into) {
  TaskConf task;
  task.line.name = name;
  task.line.offsets[""] = section.offset;
  keys.check_name(section, std::string{kTaskSection}, name, names_of(into));
  for (const ConfKey& key : section.keys) read_task_key(key, keys, task);
  if (!task.line.offsets.contains("pipeline"))
    keys.wrong(section.offset, "the task '" + name + "' has no pipeline",
               "write pipeline=FILE.gst; task.gst is one");
  into.push_back(std::move(task));
}

void read_schedule(const ConfSection& section, const std::string& name, ConfKeys& keys,
                   std::vector<ScheduleConf>& into) {
  ScheduleConf schedule;
  schedule.name = name;
  schedule.offsets[""] = section.offset;
  std::vector<std::string> taken;
  for (const ScheduleConf& other : into) taken.push_back(other.name);
  keys.check_name(section, std::string{kScheduleSection}, name, taken);
  for (const ConfKey& key : section.keys) read_schedule_key(key, keys, schedule);
  const auto& given = schedule.offsets;
  if (!given.contains("task"))
    keys.wrong(section.offset, "the schedule '" + name + "' has no task", "write task=NAME");
  const std::size_t times = given.count("at") + given.count("every") + given.count("cron");
  if (times != 1)
    keys.wrong(section.offset,
               "the schedule '" + name + "' has " + (times == 0 ? "no time" : "more than one time"),
               "write one of at=2026-12-24T18:00, every=15m and cron=0 9 * * mon-fri");
  // Its multiples are of UTC.
  if (given.contains("every") && given.contains("time-zone"))
    keys.wrong(given.find("time-zone")->second, "'every' has no time zone",
               "take it away, or use 'cron'");
  into.push_back(std::move(schedule));
}

void check_tasks(const Conf& conf, ConfKeys& keys) {
  const std::vector<std::string> names = names_of(conf.tasks);
  const auto check = [&](const std::string& name, std::size_t offset) {
    if (std::find(names.begin(), names.end(), name) != names.end()) return;
    std::string hint = did_you_mean(name, names);
    if (hint.empty()) hint = "a task is a section [task " + name + "]";
    keys.wrong(offset, "there is no task '" + name + "'", hint);
  };
  for (const LineConf& line : conf.lines)
    for (const std::string& task : line.tasks) check(task, line.offsets.find("tasks")->second);
  for (const ScheduleConf& schedule : conf.schedules) {
    if (schedule.task.empty()) continue;
    check(schedule.task, schedule.offsets.find("task")->second);
    for (const TaskConf& task : conf.tasks) {
      if (task.line.name == schedule.task && task.goal.empty() && schedule.goal.empty())
        keys.wrong(schedule.offsets.find("")->second,
                   "the schedule '" + schedule.name + "' has no goal, and neither has its task",
                   "write goal=..., what is to be done");
    }
  }
}

}  // namespace jackfield
