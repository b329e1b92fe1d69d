// jackfield run FILE.gst|FILE.conf [NAME=value...]
#include <glib/gstdio.h>
#include <gst/gst.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/audio_option.hpp"
#include "cli/call_secrets.hpp"
#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/control_port.hpp"
#include "cli/debug_log.hpp"
#include "cli/exit_codes.hpp"
#include "cli/gstreamer.hpp"
#include "cli/latency_table.hpp"
#include "cli/lines.hpp"
#include "cli/live_report.hpp"
#include "cli/profile_option.hpp"
#include "cli/run_alone.hpp"
#include "cli/run_options.hpp"
#include "cli/serve_calls.hpp"
#include "cli/served_lines.hpp"
#include "config.h"
#include "platform/memory_protection.hpp"
#include "records/event_log.hpp"
#include "scenario/environment.hpp"
#include "text/redaction.hpp"

namespace jackfield::cli {
namespace {

bool contains(const std::vector<const CLI::Option*>& options, const CLI::Option* option) {
  return std::find(options.begin(), options.end(), option) != options.end();
}

bool options_fit(const RunOptions& options, const Line& line) {
  const std::string& path = line.file.path();
  if (line.checked.kind != ScenarioKind::kOnce) {
    if (options.once_only->count() == 0) return true;
    print_error("--once is for a pipeline that runs by itself; " + path + " " +
                what_it_does(line.checked.kind) + " (see --calls)");
    return false;
  }
  for (const CLI::Option* option : options.serving_only) {
    if (option->count() == 0 ||
        (options.listen->count() > 0 && contains(options.with_listen, option)))
      continue;
    print_error("--" + option->get_lnames().front() + " is for a scenario that serves calls; " +
                path +
                " has neither a twiliosrc that waits for them nor a webrtcbin, and runs "
                "by itself");
    return false;
  }
  return true;
}

// The one file that is to be run, with its lines; nullopt after saying what is wrong.
std::optional<Lines> read_words(const RunOptions& options, Variables& variables) {
  std::vector<std::string> files;
  if (!split_files_and_variables(options.words, files, variables)) return std::nullopt;
  if (files.size() > 1) {
    print_error("only one pipeline file can be run, here are " + std::to_string(files.size()) +
                ": " + files[0] + ", " + files[1] +
                "; variables look like NAME=value, and a jackfield.conf has lines of several");
    return std::nullopt;
  }
  return read_lines(files.front(), options.profile, variables);
}

// Reads .env and takes care of what is secret in the environment. Before there are other threads.
bool prepare_environment(const RunOptions& options, const Lines& lines, CallSecrets& secrets,
                         std::string& used) {
  std::string error;
  if (!load_env_file(options.server.env_file, lines.env_folders(), used, error)) {
    print_error(error);
    return false;
  }
  secrets.take();
  hide_secrets_of_environment();
  redact_debug_log();
  if ((has_secrets() || !used.empty() || !options.server.tls_key.empty()) &&
      !options.allow_core_dumps)
    keep_memory_private();
  if (!used.empty() && !options.quiet) std::printf("variables of %s are used\n", used.c_str());
  return true;
}

// Of wrong files everything is said now, not when the first call comes in.
bool check(Lines& lines, const Variables& variables, const RunOptions& options) {
  bool good = true;
  for (Line* one : lines.with_tasks()) {
    Line& line = *one;
    Variables& sample = line.variables;
    sample.built_in["RECORDING"] = "call.wav";
    sample.built_in["SESSION"] = "check";
    good = check_line(lines, line) && good;
  }
  if (!good) return false;
  const auto mentioned = mentioned_variables(lines);
  const auto of_profile_used = [&](const Line& only) {
    return profile_fits(only.profile_name, only.variables, mentioned);
  };
  return all_variables_used(variables, mentioned) &&
         (lines.conf || of_profile_used(lines.all.front())) &&
         audio_preset_used(options.preset, variables, mentioned) &&
         std::all_of(lines.all.begin(), lines.all.end(),
                     [&](const Line& line) { return options_fit(options, line); });
}

// Models that will be shut down, and keys without which no call can be answered. False when one is
// missing.
bool services_fit(const Lines& lines, const std::string& env_file) {
  std::vector<std::string> missing;
  const auto add_new = [](std::vector<std::string>& all, const std::string& text) {
    if (std::find(all.begin(), all.end(), text) == all.end()) all.push_back(text);
  };
  std::vector<std::string> warnings;
  for (const Line* line : lines.with_tasks()) {
    for (const std::string& text : line->checked.warnings) add_new(warnings, text);
    for (const std::string& text :
         missing_from_environment(line->checked, line->profile, line->variables, env_file))
      add_new(missing, text);
  }
  for (const std::string& text : warnings) print_warning(text);
  for (const std::string& text : missing) print_error(text);
  return missing.empty();
}

bool prepare_files(const ServerSettings& settings, EventLog& events) {
  if (g_mkdir_with_parents(settings.recordings.c_str(), 0700) != 0 ||
      g_access(settings.recordings.c_str(), 2 /* W_OK */) != 0) {
    print_error("cannot write to the folder " + settings.recordings + ": " + g_strerror(errno) +
                "; choose another with --recordings");
    return false;
  }
  const std::string audit_log = audit_log_path(settings.audit_log, settings.recordings);
  const gstpp::CharPtr audit_folder{g_path_get_dirname(audit_log.c_str())};
  const bool exists = g_file_test(audit_log.c_str(), G_FILE_TEST_EXISTS);
  if (!audit_log.empty() &&
      g_access(exists ? audit_log.c_str() : audit_folder.get(), 2 /* W_OK */) != 0) {
    print_error("cannot write the audit log of tools, " + audit_log + ": " + g_strerror(errno) +
                "; choose another with --audit-log");
    return false;
  }
  std::string error;
  if (settings.events.empty() || events.open(settings.events, error)) return true;
  print_error(error);
  return false;
}

std::string headline(const Lines& lines) {
  const auto several = [](std::size_t count, const std::string& what) {
    return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
  };
  if (lines.conf)
    return lines.conf->path() + ": " + several(lines.all.size(), "line") +
           (lines.tasks.empty() ? "" : ", " + several(lines.tasks.size(), "task")) +
           (lines.schedules.empty() ? "" : ", " + several(lines.schedules.size(), "schedule"));
  const Line& line = lines.all.front();
  return line.file.path() + (line.profile ? " with the profile '" + line.profile->name + "'" : "") +
         (line.checked.desk ? std::string{" listens; speak to it"}
                            : " " + std::string{what_it_does(line.checked.kind)});
}

int run_one_alone(const RunOptions& options, const CallSecrets& secrets, const Line& line,
                  EventLog& events, const std::function<void(SessionManager&)>& observe) {
  const bool desk = line.checked.desk;
  LocalSessionRegistry registry{1};
  SessionManager sessions{{.line = line.name,
                           .kind = kind_word(line.checked.kind),
                           .file = line.file,
                           .variables = line.variables,
                           .recordings = options.server.recordings,
                           .audit_log = options.server.audit_log,
                           .keep_only_calls = desk,
                           .limits = {},
                           .desk = desk,
                           .callers = {}},
                          registry};
  observe(sessions);
  std::unique_ptr<ControlPort> control;
  if (options.listen->count() > 0) {
    int code = kExitOk;
    control = ControlPort::open(options, secrets, line, sessions, registry, code);
    if (!control) return code;
    events.note("listening", {{"url", control->url() + "/"}, {"address", control->address()}});
    if (!options.quiet)
      print_console(control->url(), control->is_exposed(), !secrets.get(kApiToken).empty());
    std::fflush(stdout);
  }
  return run_alone({.once = options.once, .desk = desk, .idle_seconds = options.idle}, sessions,
                   [&] { events.note("stopping", {}); });
}

int run(const RunOptions& given) {
  // Child processes of gst_init() (the plugin scanner) have no use for it.
  CallSecrets secrets;
  secrets.take();
  RunOptions options = given;
  Variables variables = variables_for(options.preset);
  auto lines = read_words(options, variables);
  if (!lines) return kExitUsage;
  if (lines->conf) take_server_settings(lines->conf->conf(), options);
  std::string env_file;
  init_gstreamer();
  if (!prepare_environment(options, *lines, secrets, env_file) ||
      !check(*lines, variables, options) || !services_fit(*lines, lines->env_file(env_file)))
    return kExitUsage;
  EventLog events;
  if (!prepare_files(options.server, events)) return kExitUnavailable;
  for (const Line& line : lines->all)
    for (const std::string& text : line.checked.warnings) events.note("warning", {{"text", text}});
  if (!options.quiet)
    std::printf("%s %s: %s\n", PACKAGE_NAME, PACKAGE_VERSION, headline(*lines).c_str());

  const bool serves =
      lines->conf.has_value() || lines->all.front().checked.kind != ScenarioKind::kOnce;
  LiveReport report{serves, lines->all.size() > 1};
  LatencyTable latency;
  const auto observe = [&](SessionManager& sessions) {
    if (!options.quiet) sessions.add_observer(report);
    if (!options.server.events.empty()) sessions.add_observer(events);
    sessions.add_observer(latency);
  };
  int code = serves ? serve_calls(options, secrets, *lines, events, observe)
                    : run_one_alone(options, secrets, lines->all.front(), events, observe);
  // A server is asked about its calls only when it was asked for a number of them.
  if (serves && options.calls > 0 && latency.failed_calls() > 0) code = kExitFailed;
  if (!options.quiet) latency.print(options.server.recordings);
  return code;
}

}  // namespace

void add_run(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = app.add_subcommand(
      "run",
      "Runs a pipeline file, or the lines of a jackfield.conf. With a twiliosrc in it, serves "
      "phone calls with one pipeline each, with a webrtcbin browser calls; else runs it until its "
      "end, and again when it fails.");
  add_run_options(*command, *options);
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace jackfield::cli
