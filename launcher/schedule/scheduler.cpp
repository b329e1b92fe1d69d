#include "schedule/scheduler.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace jackfield {
namespace {

using schedule::Seconds;

constexpr gint64 kSecond = G_USEC_PER_SEC;

Seconds now_seconds() { return g_get_real_time() / kSecond; }

}  // namespace

Scheduler::Scheduler(std::vector<ScheduleSettings> schedules, TaskRuns& tasks, RunHistory& history)
    : schedules_(std::move(schedules)), tasks_(tasks), history_(history) {}

Scheduler::~Scheduler() { end(); }

std::string Scheduler::rule_text(const ScheduleSettings& schedule) const {
  return schedule.written + (schedule.time_zone.empty() ? "" : " " + schedule.time_zone);
}

void Scheduler::begin() {
  const Seconds now = now_seconds();
  for (const ScheduleSettings& schedule : schedules_) {
    // Of a new rule what has been before does not count, but a moment that somebody wrote down.
    const bool once = std::holds_alternative<schedule::Once>(schedule.rule.timing);
    const auto handled = history_.handled(schedule.name, rule_text(schedule));
    planner_.add(schedule.rule, handled.value_or(once ? 0 : now));
    if (!handled) history_.set_handled(schedule.name, rule_text(schedule), once ? 0 : now);
  }
  running_ = true;
  tick();
}

void Scheduler::end() {
  running_ = false;
  if (timer_) g_source_remove(timer_);
  timer_ = 0;
}

const ScheduleSettings* Scheduler::find(const std::string& name) const {
  const auto it = std::find_if(schedules_.begin(), schedules_.end(),
                               [&](const auto& schedule) { return schedule.name == name; });
  return it == schedules_.end() ? nullptr : &*it;
}

std::vector<Seconds> Scheduler::upcoming(const ScheduleSettings& schedule,
                                         std::size_t count) const {
  const auto index = static_cast<std::size_t>(&schedule - schedules_.data());
  if (!running_) return {};
  return planner_.upcoming(index, now_seconds(), count);
}

std::optional<std::int64_t> Scheduler::run_now(const ScheduleSettings& schedule,
                                               TaskRuns::Refusal& why) {
  if (history_.is_running(schedule.name)) {
    why = {.code = "busy", .text = "the run before has not ended"};
    return std::nullopt;
  }
  return tasks_.start({.task = schedule.task,
                       .goal = schedule.goal,
                       .started_by = kByApi,
                       .schedule = schedule.name,
                       .timeout = schedule.timeout},
                      why);
}

void Scheduler::tick() {
  const gint64 now = g_get_real_time();
  const UnixMs now_ms = now / 1000;
  if (std::abs(now_ms - looked_for_silent_) >= RunHistory::kBeat) {
    looked_for_silent_ = now_ms;
    tasks_.say_alive();
    for (const TaskRun& run : history_.end_silent(now_ms)) tasks_.note_ended(run);
  }
  constexpr UnixMs kPruneInterval = 3'600'000;
  if (std::abs(now_ms - pruned_) >= kPruneInterval) {
    pruned_ = now_ms;
    history_.prune();
  }
  for (const auto& due : planner_.take_due(now / kSecond)) {
    start(due, now / kSecond);
    // Who is told of a start can end all of this.
    if (!running_) return;
    const ScheduleSettings& schedule = schedules_[due.schedule];
    history_.set_handled(schedule.name, rule_text(schedule), planner_.handled(due.schedule));
  }
  wait();
}

void Scheduler::wait() {
  const gint64 now = g_get_real_time();
  gint64 until = now + kLongestWait * kSecond;
  if (const auto next = planner_.next()) until = std::min<gint64>(until, *next * kSecond);
  const auto ms = static_cast<guint>(std::max<gint64>((until - now + 999) / 1000, 1));
  timer_ = g_timeout_add(
      ms,
      [](gpointer user) -> gboolean {
        auto* self = static_cast<Scheduler*>(user);
        self->timer_ = 0;
        self->tick();
        return G_SOURCE_REMOVE;
      },
      this);
}

bool Scheduler::is_flood(Seconds now) {
  while (!starts_.empty() && std::abs(now - starts_.front()) >= schedule::kMinute)
    starts_.pop_front();
  if (starts_.size() >= kMostStarts) return true;
  starts_.push_back(now);
  return false;
}

void Scheduler::start(const schedule::Planner::Due& due, Seconds now) {
  const ScheduleSettings& schedule = schedules_[due.schedule];
  if (due.too_late)
    return skip(schedule, due.at, "missed", "nobody was there, and it is too late (catch-up)");
  if (history_.is_running(schedule.name))
    return skip(schedule, due.at, "skipped", "the run before has not ended");
  if (is_flood(now))
    return skip(schedule, due.at, "skipped",
                "schedules have started " + std::to_string(kMostStarts) + " tasks in a minute");
  TaskRuns::Refusal why;
  const auto run = tasks_.start({.task = schedule.task,
                                 .goal = schedule.goal,
                                 .started_by = kBySchedule,
                                 .schedule = schedule.name,
                                 .due = due.at,
                                 .timeout = schedule.timeout},
                                why);
  if (!run) skip(schedule, due.at, "skipped", why.text);
}

void Scheduler::trouble(const ScheduleSettings& schedule) const {
  if (on_trouble_)
    on_trouble_("the schedule '" + schedule.name +
                "' is not kept: what it starts cannot be written down: " + history_.error());
}

// A time that was claimed stays what it is.
void Scheduler::skip(const ScheduleSettings& schedule, Seconds due, const char* outcome,
                     const std::string& why) {
  TaskRun run;
  run.task = schedule.task;
  run.goal = schedule.goal;
  run.started_by = kBySchedule;
  run.schedule = schedule.name;
  run.due = due;
  run.wanted = g_get_real_time() / 1000;
  run.outcome = outcome;
  run.text = why;
  const auto id = history_.begin(run, run.wanted);
  if (!id && history_.has_failed()) trouble(schedule);
  if (!id) return;
  run.id = *id;
  run.ended = run.wanted;
  tasks_.note_ended(run);
}

}  // namespace jackfield
