// jackfield task NAME [GOAL] | tasks | schedule [list|runs|run|next]
#include <glib.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/exit_codes.hpp"
#include "cli/local_time.hpp"
#include "cli/server_options.hpp"
#include "client/core/task_table.hpp"
#include "json_members.hpp"
#include "json_reader.hpp"
#include "platform/terminal.hpp"
#include "terminal/core/terminal_text.hpp"
#include "terminal/core/text_table.hpp"

namespace jackfield::cli {
namespace {

using namespace client;

constexpr char kTasks[] = "/api/v1/tasks";
constexpr char kRuns[] = "/api/v1/task-runs";
constexpr char kSchedules[] = "/api/v1/schedules";
constexpr gulong kPollTime = 500'000;  // µs between two looks at a run that is waited for

struct Options {
  ServerOptions server;
  std::string name, goal;
  bool wait = false;
  bool json = false;
  unsigned limit = 20;
};

using Rows = std::function<std::vector<StyledRow>(const JsonValue& answer, std::size_t columns)>;

// Asks for a list and prints it.
int print_list(const Options& options, const std::string& path, const Rows& rows) {
  const auto client = find_server(options.server);
  if (!client) return kExitUsage;
  const Answer answer = client->get(path);
  if (answer.outcome != Outcome::kDone) return report_failure(answer);
  if (options.json) {
    std::printf("%s\n", clean_terminal_json(answer.text).c_str());
    return kExitOk;
  }
  // What reads from a pipe may want all of it.
  const TerminalSize size = is_terminal(stdout) ? terminal_size(stdout) : TerminalSize{};
  const std::size_t columns = size.columns > 0 ? size.columns : kUnlimitedColumns;
  for (const StyledRow& row : rows(answer.json, columns))
    std::printf("%s\n", vt_text(row, columns, has_colours(stdout)).c_str());
  return kExitOk;
}

// Its result, or why there is none. The exit code is that of the work.
int print_end(const ListedRun& run) {
  const bool done = run.outcome == "done";
  if (!run.text.empty() && done) std::printf("%s\n", run.text.c_str());
  if (done) return kExitOk;
  print_error(run.task + " " + run.outcome + (run.text.empty() ? "" : ": " + run.text));
  return kExitFailed;
}

int wait_for(const ApiClient& client, ListedRun run) {
  while (!run.ended()) {
    g_usleep(kPollTime);
    const Answer answer = client.get(std::string{kRuns} + "/" + run.id);
    if (answer.outcome != Outcome::kDone) return report_failure(answer);
    auto now = read_run(answer.json);
    if (!now) {
      print_error("the server has no answer about run " + run.id);
      return kExitUnavailable;
    }
    run = *std::move(now);
  }
  return print_end(run);
}

// What a POST that starts a run has answered.
int started(const Options& options, const ApiClient& client, const Answer& answer) {
  if (answer.outcome != Outcome::kDone) return report_failure(answer);
  const JsonValue* member = object_member(answer.json, "run");
  const auto run = member ? read_run(*member) : std::nullopt;
  if (!run) {
    print_error("the server does not say what it has started");
    return kExitUnavailable;
  }
  if (options.wait) return wait_for(client, *run);
  std::printf("%s: run %s, %s%s\n", run->task.c_str(), run->id.c_str(), run->state.c_str(),
              run->session.empty() ? "" : (", session " + run->session).c_str());
  return kExitOk;
}

int start_task(const Options& options) {
  const auto client = find_server(options.server);
  if (!client) return kExitUsage;
  std::string body = "{\"task\":" + quote_json(options.name);
  if (!options.goal.empty()) body += ",\"goal\":" + quote_json(options.goal);
  return started(options, *client, client->post(kTasks, body + "}"));
}

// The path of a schedule; "" after saying that it can be none.
std::string path_of(const Options& options, const char* below) {
  const std::string& name = options.name;
  if (name.empty() || name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                             "0123456789-_") != std::string::npos) {
    print_error("'" + name + "' is no name of a schedule; 'jackfield schedule' lists them");
    return {};
  }
  return std::string{kSchedules} + "/" + name + below;
}

int run_schedule(const Options& options) {
  const std::string path = path_of(options, "/run");
  if (path.empty()) return kExitUsage;
  const auto client = find_server(options.server);
  return client ? started(options, *client, client->post(path, "{}")) : kExitUsage;
}

int list_runs(const Options& options) {
  const std::string path = path_of(options, "/runs?limit=");
  if (path.empty()) return kExitUsage;
  return print_list(options, path + std::to_string(options.limit),
                    [](const JsonValue& answer, std::size_t columns) {
                      return run_table(read_runs(answer), columns, local_time);
                    });
}

int list_schedules(const Options& options) {
  return print_list(options, kSchedules, [](const JsonValue& answer, std::size_t columns) {
    return schedule_table(read_schedules(answer), columns, local_time);
  });
}

int list_upcoming(const Options& options) {
  return print_list(options, kSchedules, [](const JsonValue& answer, std::size_t columns) {
    return upcoming_table(read_schedules(answer), columns, local_time);
  });
}

void add_wait(CLI::App& command, Options& options) {
  command.add_flag("--wait", options.wait,
                   "Wait for its end, and print the result; the exit code tells how it went");
}

void add_json(CLI::App& command, Options& options) {
  command.add_flag("--json", options.json, "Print JSON");
}

void add_schedule(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* schedule = app.add_subcommand(
      "schedule", "Lists the schedules of a running server, or does something with one");
  schedule->require_subcommand(0, 1);
  add_json(*schedule, *options);
  add_server_options(*schedule, options->server);
  const auto add = [&](const char* name, const char* description, bool named,
                       int (*function)(const Options&)) {
    CLI::App* command = schedule->add_subcommand(name, description);
    if (named) command->add_option("NAME", options->name, "The schedule")->required();
    command->fallthrough();
    command->callback([options, function, &exit_code] { exit_code = function(*options); });
    return command;
  };
  add("list", "All schedules, which is what is shown without a word", false, list_schedules);
  add("next", "What is due next", false, list_upcoming);
  add("runs", "The last runs of one, with those that were missed or skipped", true, list_runs)
      ->add_option("--limit", options->limit, "How many at most")
      ->type_name("N")
      ->check(CLI::Range(1u, 200u))
      ->capture_default_str();
  add_wait(*add("run", "Starts its task now, beside its times", true, run_schedule), *options);
  schedule->callback([schedule, options, &exit_code] {
    if (schedule->get_subcommands().empty()) exit_code = list_schedules(*options);
  });
}

}  // namespace

void add_tasks(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* task = app.add_subcommand("task", "Starts a task of a running server");
  task->add_option("NAME", options->name, "The task")->required();
  task->add_option("GOAL", options->goal, "What is to be done (default: what the task has)");
  add_wait(*task, *options);
  add_server_options(*task, options->server);
  task->callback([options, &exit_code] { exit_code = start_task(*options); });

  auto listing = std::make_shared<Options>();
  CLI::App* tasks = app.add_subcommand("tasks", "Lists the tasks of a running server");
  add_json(*tasks, *listing);
  add_server_options(*tasks, listing->server);
  tasks->callback([listing, &exit_code] {
    exit_code = print_list(*listing, kTasks, [](const JsonValue& answer, std::size_t columns) {
      return task_table(read_tasks(answer), columns, local_time);
    });
  });
  add_schedule(app, exit_code);
}

}  // namespace jackfield::cli
