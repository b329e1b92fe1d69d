#include "client/core/task_table.hpp"

#include <algorithm>
#include <utility>

#include "json_members.hpp"
#include "terminal/core/terminal_text.hpp"
#include "terminal/core/text_table.hpp"

namespace jackfield::client {
namespace {

constexpr std::size_t kLongestId = 20;

std::string text_member(const JsonValue& object, std::string_view key) {
  return clean_terminal_text(string_member(object, key));
}

unsigned count_member(const JsonValue& object, std::string_view key) {
  constexpr double kMost = 1e6;
  return static_cast<unsigned>(std::clamp(number_member(object, key), 0.0, kMost));
}

std::optional<double> number_of(const JsonValue& object, std::string_view key) {
  const JsonValue* value = object.is(JsonValue::Kind::kObject) ? object.find(key) : nullptr;
  return value && value->is(JsonValue::Kind::kNumber) ? std::optional{value->number} : std::nullopt;
}

// It becomes part of a path.
bool is_id(const std::string& text) {
  return !text.empty() && text.size() <= kLongestId &&
         text.find_first_not_of("0123456789") == std::string::npos;
}

std::optional<ListedRun> last_run(const JsonValue& object) {
  const JsonValue* last = object_member(object, "last-run");
  return last ? read_run(*last) : std::nullopt;
}

// How it is, or how it ended.
Span run_span(const ListedRun& run) {
  if (!run.ended()) return {run.state, run.state == "running" ? Style::kGreen : Style::kYellow};
  if (run.outcome == "done") return {run.outcome, Style::kDim};
  const bool wrong = run.outcome == "failed" || run.outcome == "interrupted";
  return {run.outcome, wrong ? Style::kRed : Style::kYellow};
}
Span run_span(const std::optional<ListedRun>& run) { return run ? run_span(*run) : Span{""}; }

std::string when(const ListedRun& run, const ShowTime& show) {
  const std::string& time = !run.started_at.empty() ? run.started_at : run.wanted_at;
  return time.empty() ? "" : show(time);
}

}  // namespace

std::optional<ListedRun> read_run(const JsonValue& value) {
  ListedRun run;
  run.id = string_member(value, "id");
  if (!is_id(run.id)) return std::nullopt;
  for (const auto& [key, text] :
       {std::pair{"task", &run.task}, std::pair{"state", &run.state},
        std::pair{"started-by", &run.started_by}, std::pair{"schedule", &run.schedule},
        std::pair{"session", &run.session}, std::pair{"outcome", &run.outcome},
        std::pair{"due", &run.due}, std::pair{"wanted-at", &run.wanted_at},
        std::pair{"started-at", &run.started_at}, std::pair{"ended-at", &run.ended_at}})
    *text = text_member(value, key);
  run.text = clean_terminal_rows(string_member(value, "text"));
  run.steps = number_of(value, "steps");
  run.cost = number_of(value, "cost");
  return run;
}

std::vector<ListedRun> read_runs(const JsonValue& answer) {
  std::vector<ListedRun> all;
  if (const JsonValue* runs = array_member(answer, "runs"))
    for (const JsonValue& item : runs->items)
      if (auto run = read_run(item)) all.push_back(*std::move(run));
  return all;
}

std::vector<ListedTask> read_tasks(const JsonValue& answer) {
  std::vector<ListedTask> all;
  if (const JsonValue* tasks = array_member(answer, "tasks"))
    for (const JsonValue& item : tasks->items)
      all.push_back({.name = text_member(item, "name"),
                     .description = text_member(item, "description"),
                     .running = count_member(item, "running"),
                     .waiting = count_member(item, "waiting"),
                     .last = last_run(item)});
  return all;
}

std::vector<ListedSchedule> read_schedules(const JsonValue& answer) {
  std::vector<ListedSchedule> all;
  const JsonValue* schedules = array_member(answer, "schedules");
  for (const JsonValue& item : schedules ? schedules->items : std::vector<JsonValue>{}) {
    ListedSchedule schedule{.name = text_member(item, "name"),
                            .task = text_member(item, "task"),
                            .rule = text_member(item, "rule"),
                            .time_zone = text_member(item, "time-zone"),
                            .upcoming = {},
                            .last = last_run(item)};
    if (const JsonValue* upcoming = array_member(item, "upcoming"))
      for (const JsonValue& time : upcoming->items)
        if (time.is(JsonValue::Kind::kString))
          schedule.upcoming.push_back(clean_terminal_text(time.string));
    all.push_back(std::move(schedule));
  }
  return all;
}

std::vector<StyledRow> task_table(const std::vector<ListedTask>& tasks, std::size_t columns,
                                  const ShowTime& show) {
  TextTable table{{{.title = "TASK"},
                   {.title = "RUN", .align = Align::kRight, .importance = 3},
                   {.title = "WAIT", .align = Align::kRight, .importance = 2},
                   {.title = "LAST", .importance = 5},
                   {.title = "AT", .importance = 4},
                   {.title = "WHAT IT DOES", .importance = 1, .rest = true}}};
  for (const ListedTask& task : tasks)
    table.add({{task.name, Style::kBold},
               {std::to_string(task.running)},
               {std::to_string(task.waiting)},
               run_span(task.last),
               {task.last ? when(*task.last, show) : ""},
               {task.description}});
  return table.lay_out(columns);
}

std::vector<StyledRow> run_table(const std::vector<ListedRun>& runs, std::size_t columns,
                                 const ShowTime& show) {
  TextTable table{{{.title = "RUN", .align = Align::kRight},
                   {.title = "TASK", .importance = 5},
                   {.title = "STATE", .importance = 6},
                   {.title = "AT", .importance = 4},
                   {.title = "BY", .importance = 2},
                   {.title = "SESSION", .importance = 3},
                   {.title = "RESULT", .importance = 1, .rest = true}}};
  for (const ListedRun& run : runs)
    table.add({{run.id, Style::kBold},
               {run.task},
               run_span(run),
               {when(run, show)},
               {run.started_by},
               {run.session},
               {clean_terminal_text(run.text)}});
  return table.lay_out(columns);
}

std::vector<StyledRow> schedule_table(const std::vector<ListedSchedule>& schedules,
                                      std::size_t columns, const ShowTime& show) {
  TextTable table{{{.title = "SCHEDULE"},
                   {.title = "TASK", .importance = 4},
                   {.title = "NEXT", .importance = 6},
                   {.title = "LAST", .importance = 5},
                   {.title = "AT", .importance = 3},
                   {.title = "RULE", .importance = 2, .rest = true}}};
  for (const ListedSchedule& schedule : schedules)
    table.add({{schedule.name, Style::kBold},
               {schedule.task},
               {schedule.upcoming.empty() ? "" : show(schedule.upcoming.front())},
               run_span(schedule.last),
               {schedule.last ? when(*schedule.last, show) : ""},
               {schedule.rule + (schedule.time_zone.empty() ? "" : " " + schedule.time_zone)}});
  return table.lay_out(columns);
}

std::vector<StyledRow> upcoming_table(const std::vector<ListedSchedule>& schedules,
                                      std::size_t columns, const ShowTime& show) {
  std::vector<std::pair<std::string, const ListedSchedule*>> times;
  for (const ListedSchedule& schedule : schedules)
    for (const std::string& time : schedule.upcoming) times.emplace_back(time, &schedule);
  // ISO 8601 in UTC is in the order of time.
  std::stable_sort(times.begin(), times.end(),
                   [](const auto& one, const auto& other) { return one.first < other.first; });
  TextTable table{{{.title = "AT"}, {.title = "SCHEDULE"}, {.title = "TASK", .rest = true}}};
  for (const auto& [time, schedule] : times)
    table.add({{show(time)}, {schedule->name, Style::kBold}, {schedule->task}});
  return table.lay_out(columns);
}

}  // namespace jackfield::client
