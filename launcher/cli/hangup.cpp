// jackfield hangup ID... | --all [--line NAME]
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/exit_codes.hpp"
#include "cli/server_options.hpp"
#include "client/core/session_choice.hpp"
#include "client/session_list.hpp"
#include "json_reader.hpp"

namespace jackfield::cli {
namespace {

using namespace client;

struct Options {
  ServerOptions server;
  std::vector<std::string> ids;
  std::string line;
  std::string reason;
  bool all = false;
};

int hang_up(const Options& options) {
  if (options.all != options.ids.empty()) {
    print_error(options.all ? "--all hangs up all calls; name none beside it"
                            : "no call is named; for example: jackfield hangup 3f2a (or --all; "
                              "'jackfield ps' lists them)");
    return kExitUsage;
  }
  const auto client = find_server(options.server);
  if (!client) return kExitUsage;
  Answer failure;
  const auto list = list_sessions(*client, {.state = "running", .line = options.line}, failure);
  if (!list) return report_failure(failure);
  SessionChoice choice;
  if (options.all)
    for (const Session& session : list->sessions) choice.ids.push_back(session.id);
  else
    choice = choose_sessions(list->sessions, options.ids, "is running");

  int code = kExitOk;
  for (const std::string& problem : choice.problems) {
    print_error(problem);
    code = kExitFailed;
  }
  const std::string body =
      options.reason.empty() ? "{}" : "{\"reason\":" + quote_json(options.reason) + "}";
  for (const std::string& id : choice.ids) {
    const Answer answer = client->post("/api/v1/sessions/" + id + "/hangup", body);
    if (answer.outcome == Outcome::kDone) {
      std::printf("%s hung up\n", id.c_str());
      continue;
    }
    print_error(id + ": " + answer.problem);
    // Of a server that is gone nothing else can be expected.
    if (answer.outcome != Outcome::kRefused) return exit_code_of(answer.outcome);
    code = kExitFailed;
  }
  if (options.all && choice.ids.empty()) std::printf("no calls at present\n");
  return code;
}

}  // namespace

void add_hangup(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("hangup", "Hangs up calls of a running server");
  command->add_option("ID", options->ids, "The calls, by the beginnings of their ids");
  CLI::Option* all = command->add_flag("--all", options->all, "All calls");
  command->add_option("--line", options->line, "With --all: those of this line only")
      ->type_name("NAME")
      ->needs(all);
  command->add_option("--reason", options->reason, "Why, for the call's record")->type_name("TEXT");
  add_server_options(*command, options->server);
  command->callback([options, &exit_code] { exit_code = hang_up(*options); });
}

}  // namespace jackfield::cli
