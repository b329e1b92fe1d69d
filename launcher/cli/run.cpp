// jackfield run FILE.gst [NAME=value...]
#include <glib/gstdio.h>
#include <gst/gst.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/audio_option.hpp"
#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/debug_log.hpp"
#include "cli/exit_codes.hpp"
#include "cli/gstreamer.hpp"
#include "cli/latency_table.hpp"
#include "cli/live_report.hpp"
#include "cli/profile_option.hpp"
#include "cli/run_alone.hpp"
#include "cli/run_options.hpp"
#include "cli/serve_calls.hpp"
#include "config.h"
#include "platform/memory_protection.hpp"
#include "records/event_log.hpp"
#include "scenario/environment.hpp"
#include "text/redaction.hpp"

namespace jackfield::cli {
namespace {

constexpr char kAuthToken[] = "TWILIO_AUTH_TOKEN";

bool options_fit(const RunOptions& options, ScenarioKind kind, const std::string& path) {
  if (kind == ScenarioKind::kWebRtc) {
    print_error(path +
                " has a webrtcbin: this version has no WebRTC signalling yet, so it cannot run it");
    return false;
  }
  if (kind == ScenarioKind::kPhone) {
    if (options.once_only->count() == 0) return true;
    print_error("--once is for a pipeline that runs by itself; " + path +
                " serves phone calls (see --calls)");
    return false;
  }
  for (const CLI::Option* option : options.serving_only) {
    if (option->count() == 0) continue;
    print_error("--" + option->get_lnames().front() + " is for a scenario that serves calls; " +
                path + " has no twiliosrc that waits for them, and runs by itself");
    return false;
  }
  return true;
}

// The file that is to be run, and the variables; nullopt after saying what is wrong.
std::optional<PipelineFile> read_words(const RunOptions& options, Variables& variables) {
  std::vector<std::string> files;
  if (!split_files_and_variables(options.words, files, variables)) return std::nullopt;
  if (files.size() > 1) {
    print_error("only one pipeline file can be run, here are " + std::to_string(files.size()) +
                ": " + files[0] + ", " + files[1] + "; variables look like NAME=value");
    return std::nullopt;
  }
  std::string error;
  auto file = PipelineFile::read(files.front(), error);
  if (!file) print_error(error);
  return file;
}

// Reads .env and takes care of what is secret in the environment. Before there are other threads.
bool prepare_environment(const RunOptions& options, const PipelineFile& file,
                         const std::optional<Secret>& real_token, Secret& auth_token,
                         std::string& used) {
  std::string error;
  if (!load_env_file(options.env_file, {file.folder(), "."}, used, error)) {
    print_error(error);
    return false;
  }
  // One in the real environment counts, even an empty one.
  const auto token = take_from_environment(kAuthToken);
  auth_token = real_token ? *real_token : token.value_or(Secret{});
  hide_secrets_of_environment();
  redact_debug_log();
  if ((has_secrets() || !used.empty() || !options.tls_key.empty()) && !options.allow_core_dumps)
    keep_memory_private();
  if (!used.empty() && !options.quiet) std::printf("variables of %s are used\n", used.c_str());
  return true;
}

// Models that will be shut down, and keys without which no call can be answered. False when one is
// missing.
bool services_fit(const CheckedPipeline& checked, const std::optional<Profile>& profile,
                  const Variables& variables, const std::string& env_file) {
  for (const std::string& text : checked.warnings) print_warning(text);
  const auto missing = missing_from_environment(checked, profile, variables, env_file);
  for (const std::string& text : missing) print_error(text);
  return missing.empty();
}

std::optional<CheckedPipeline> check(const PipelineFile& file, const Variables& variables,
                                     const RunOptions& options) {
  // Of a wrong file everything is said now, not when the first call comes in.
  Variables sample = variables;
  sample.built_in["RECORDING"] = "call.wav";
  sample.built_in["SESSION"] = "check";
  std::vector<std::string> errors;
  auto checked = check_pipeline(file, sample, errors);
  for (const std::string& text : errors)
    std::fprintf(stderr, "%s\n", styled_error(stderr, text).c_str());
  if (!checked || !all_variables_used(variables, checked->text.variables) ||
      !all_of_profile_used(options.profile, variables, checked->text.variables) ||
      !audio_preset_used(options.preset, variables, checked->text.variables) ||
      !options_fit(options, checked->kind, file.path()))
    return std::nullopt;
  return checked;
}

bool prepare_files(const RunOptions& options, EventLog& events) {
  if (g_mkdir_with_parents(options.recordings.c_str(), 0700) != 0 ||
      g_access(options.recordings.c_str(), 2 /* W_OK */) != 0) {
    print_error("cannot write to the folder " + options.recordings + ": " + g_strerror(errno) +
                "; choose another with --recordings");
    return false;
  }
  std::string error;
  if (options.events.empty() || events.open(options.events, error)) return true;
  print_error(error);
  return false;
}

int run(const RunOptions& options) {
  // Child processes of gst_init() (the plugin scanner) have no use for it.
  const auto real_token = take_from_environment(kAuthToken);
  Variables variables = variables_for(options.preset);
  auto file = read_words(options, variables);
  std::optional<Profile> profile;
  if (!file || !take_profile(options.profile, *file, variables, profile)) return kExitUsage;
  Secret auth_token;
  std::string env_file;
  init_gstreamer();
  if (!prepare_environment(options, *file, real_token, auth_token, env_file)) return kExitUsage;
  const auto checked = check(*file, variables, options);
  if (!checked || !services_fit(*checked, profile, variables, env_file_for(*file, env_file)))
    return kExitUsage;
  EventLog events;
  if (!prepare_files(options, events)) return kExitUnavailable;
  for (const std::string& text : checked->warnings) events.note("warning", {{"text", text}});

  const bool phone = checked->kind == ScenarioKind::kPhone;
  const bool desk = checked->desk;
  if (!options.quiet)
    std::printf("%s %s: %s%s %s\n", PACKAGE_NAME, PACKAGE_VERSION, file->path().c_str(),
                profile ? (" with the profile '" + profile->name + "'").c_str() : "",
                phone  ? "serves phone calls"
                : desk ? "listens; speak to it"
                       : "runs by itself");
  LocalSessionRegistry registry{phone ? options.max_calls : 1};
  LiveReport report{phone};
  LatencyTable latency;
  constexpr std::int64_t kSecond = 1'000'000'000;
  const SessionLimits limits{.start_within = options.start_timeout * kSecond,
                             .max_call = options.max_call_duration * kSecond};
  SessionManager sessions{{.file = *std::move(file),
                           .variables = std::move(variables),
                           .recordings = options.recordings,
                           .keep_only_calls = phone || desk,
                           .limits = phone ? limits : SessionLimits{},
                           .desk = desk},
                          registry};
  if (!options.quiet) sessions.add_observer(report);
  if (!options.events.empty()) sessions.add_observer(events);
  sessions.add_observer(latency);

  const RunAlone alone{.once = options.once, .desk = desk, .idle_seconds = options.idle};
  int code = phone ? serve_calls(options, std::move(auth_token), sessions, registry, events)
                   : run_alone(alone, sessions, [&] { events.note("stopping", {}); });
  // A server is asked about its calls only when it was asked for a number of them.
  if (phone && options.calls > 0 && latency.failed_calls() > 0) code = kExitFailed;
  if (!options.quiet) latency.print(options.recordings);
  return code;
}

}  // namespace

void add_run(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = app.add_subcommand(
      "run",
      "Runs a pipeline file. With a twiliosrc in it, serves phone calls with one pipeline each; "
      "else runs it until its end, and again when it fails.");
  add_run_options(*command, *options);
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace jackfield::cli
