// jackfield: runs real-time voice pipelines and serves calls with them.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <clocale>
#include <cstdio>
#include <string>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/exit_codes.hpp"
#include "config.h"
#include "platform/descriptors.hpp"
#include "platform/heap.hpp"
#include "scenario/core/nearest.hpp"

namespace {

using namespace jackfield;

// What an unexpected word was probably meant to be: an option of the command, or a command.
std::string suggestion(const CLI::App& app, const std::string& word) {
  std::vector<std::string> names;
  const auto parsed = app.get_subcommands();
  const CLI::App& where = parsed.empty() ? app : *parsed.front();
  if (word.starts_with("-")) {
    for (const CLI::Option* option : where.get_options())
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  } else if (parsed.empty()) {
    for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  }
  return did_you_mean(word.substr(0, word.find('=')), names);
}

// What a command requires, and how that looks.
std::string missing(const std::string& command) {
  if (command == "jackfield token") return "no line is named; for example: " + command + " agent";
  if (command == "jackfield callers")
    return "no caller is named, or nothing to do; for example: " + command + " show +15551234567";
  if (command == "jackfield call")
    return "nobody to call is named; for example: " + command + " ws://127.0.0.1:8080/signal";
  if (command == "jackfield task")
    return "no task is named; for example: " + command + " research ('jackfield tasks' lists them)";
  return "no pipeline file is named; for example: " + command + " pipelines/phone-agent.gst";
}

int report(const CLI::App& app, const CLI::ParseError& error) {
  const auto parsed = app.get_subcommands();
  const std::string command =
      parsed.empty() ? "jackfield" : "jackfield " + parsed.front()->get_name();
  std::string text = error.what();
  std::string hint;
  if (dynamic_cast<const CLI::RequiredError*>(&error) && !parsed.empty()) text = missing(command);
  if (dynamic_cast<const CLI::ExtrasError*>(&error)) {
    std::vector<std::string> extra = app.remaining(true);
    if (!extra.empty()) {
      const bool option = extra.front().starts_with("-");
      text = std::string{option           ? "unknown option '"
                         : parsed.empty() ? "unknown command '"
                                          : "unexpected argument '"} +
             extra.front() + "'";
      hint = suggestion(app, extra.front());
    }
  }
  cli::print_error(text + (hint.empty() ? "" : "; " + hint));
  std::fprintf(stderr, "Try '%s --help'.\n", command.c_str());
  return cli::kExitUsage;
}

}  // namespace

int main(int argc, char** argv) {
  std::setlocale(LC_ALL, "");
  std::setlocale(LC_NUMERIC, "C");  // numbers in pipeline text and JSON have a point
  raise_descriptor_limit();
  bound_heaps();
  int exit_code = cli::kExitOk;
  CLI::App app{
      "Runs real-time voice pipelines written in gst-launch syntax, and serves phone calls with "
      "them.",
      "jackfield"};
  app.set_version_flag("--version", std::string{PACKAGE_NAME} + " " + PACKAGE_VERSION);
  app.require_subcommand(0, 1);  // none is answered below, after unknown words have been named
  app.footer(
      "Exit codes: 0 done, 1 a pipeline or a check failed, 2 wrong command line or file, 3 the "
      "machine refused (port taken, folder not writable).\n"
      "'jackfield COMMAND --help' tells about one command.");
  cli::add_run(app, exit_code);
  cli::add_ps(app, exit_code);
  cli::add_top(app, exit_code);
  cli::add_tail(app, exit_code);
  cli::add_tasks(app, exit_code);
  cli::add_hangup(app, exit_code);
  cli::add_rooms(app, exit_code);
  cli::add_callers(app, exit_code);
  cli::add_questions(app, exit_code);
  cli::add_answer(app, exit_code);
  cli::add_check(app, exit_code);
  cli::add_devices(app, exit_code);
  cli::add_doctor(app, exit_code);
  cli::add_init(app, exit_code);
  cli::add_simulate(app, exit_code);
  cli::add_call(app, exit_code);
  cli::add_token(app, exit_code);
  try {
    std::vector<std::string> words{argv + std::min(argc, 1), argv + argc};
    std::reverse(words.begin(), words.end());  // CLI11 takes them from the end
    cli::wipe_secrets_of_command_line(argc, argv);
    app.parse(std::move(words));
    if (app.get_subcommands().empty()) {
      std::fputs(app.help().c_str(), stderr);
      std::fputc('\n', stderr);
      return cli::kExitUsage;
    }
  } catch (const CLI::Success& e) {
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    return report(app, e);
  } catch (const std::exception& e) {
    cli::print_error(e.what());
    return cli::kExitFailed;
  }
  return exit_code;
}
