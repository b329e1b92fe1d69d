// jackfield ps
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/exit_codes.hpp"
#include "cli/local_time.hpp"
#include "cli/server_options.hpp"
#include "client/core/session_choice.hpp"
#include "client/core/session_table.hpp"
#include "client/session_list.hpp"
#include "platform/terminal.hpp"
#include "terminal/core/terminal_text.hpp"
#include "terminal/core/text_table.hpp"

namespace jackfield::cli {
namespace {

using namespace client;

struct Options {
  ServerOptions server;
  std::string line;
  std::size_t limit = 100;
  bool all = false;
  bool json = false;
};

void print_table(const SessionList& list, bool started) {
  std::vector<SessionTableRow> rows;
  std::vector<std::string> ids;
  for (const Session& session : list.sessions) {
    rows.push_back({session, started ? local_time(session.started_at) : ""});
    ids.push_back(session.id);
  }
  // What reads from a pipe may want all of it.
  const TerminalSize size = is_terminal(stdout) ? terminal_size(stdout) : TerminalSize{};
  const std::size_t columns = size.columns > 0 ? size.columns : kUnlimitedColumns;
  const std::size_t digits = is_terminal(stdout) ? distinct_length(ids) : kUnlimitedColumns;
  for (const StyledRow& row : session_table(rows, digits, columns))
    std::printf("%s\n", vt_text(row, columns, has_colours(stdout)).c_str());
}

int ps(const Options& options) {
  const auto client = find_server(options.server);
  if (!client) return kExitUsage;
  Answer failure;
  const auto list = list_sessions(*client,
                                  {.state = options.all ? nullptr : "running",
                                   .line = options.line,
                                   .most = options.all ? options.limit : 10'000},
                                  failure);
  if (!list) return report_failure(failure);
  if (options.json) {
    std::printf("%s\n", clean_terminal_json("{\"sessions\":" + list->json + "}").c_str());
  } else if (list->sessions.empty()) {
    if (is_terminal(stdout))
      std::printf("no calls%s\n",
                  options.all ? "" : " at present; --all shows those that are over");
  } else {
    print_table(*list, options.all);
  }
  if (!list->complete)
    print_warning("older calls are not shown; --limit N shows more than " +
                  std::to_string(options.limit));
  return kExitOk;
}

}  // namespace

void add_ps(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("ps", "Lists the calls of a running server");
  command->add_flag("--all", options->all, "Calls that are over, too");
  command->add_option("--line", options->line, "Calls of this line only")->type_name("NAME");
  command->add_option("--limit", options->limit, "With --all: how many at most, the newest first")
      ->type_name("N")
      ->check(CLI::Range(1u, 100000u))
      ->capture_default_str();
  command->add_flag("--json", options->json, "Print JSON");
  add_server_options(*command, options->server);
  command->callback([options, &exit_code] { exit_code = ps(*options); });
}

}  // namespace jackfield::cli
