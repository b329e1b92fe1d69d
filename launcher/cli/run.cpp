// jackfield run FILE.gst [NAME=value...]
#include <glib/gstdio.h>
#include <gst/gst.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/exit_codes.hpp"
#include "cli/gstreamer.hpp"
#include "cli/latency_table.hpp"
#include "cli/live_report.hpp"
#include "cli/run_loop.hpp"
#include "config.h"
#include "records/event_log.hpp"
#include "scenario/core/restart_policy.hpp"
#include "serve/phone_service.hpp"

namespace jackfield::cli {
namespace {

struct Options {
  std::vector<std::string> words;
  std::string listen = "127.0.0.1:8080";
  std::string public_url;
  std::string recordings = "recordings";
  std::string events;
  unsigned calls = 0;
  unsigned drain = 30;
  unsigned max_calls = 200;
  bool quiet = false;
  bool insecure = false;
  bool once = false;
  std::vector<const CLI::Option*> serving_only;
  const CLI::Option* once_only = nullptr;
};

// Everything both kinds of runs have in common.
struct Run {
  const Options& options;
  SessionManager& sessions;
  SessionRegistry& registry;
  EventLog& events;
};

// Nobody may place calls from outside before requests are checked to be Twilio's.
bool exposure_allowed(const ListenAddress& listen, const Options& options) {
  const bool exposed = !listen.is_loopback() || !options.public_url.empty();
  if (!exposed || options.insecure) return true;
  print_error(
      (listen.is_loopback() ? "--public-url" : "listening on " + listen.text()) +
      " would let anybody who finds the address place calls: this version does not check the "
      "signatures of Twilio's requests yet\n"
      "  add --insecure if you want that (for a test behind a tunnel, say), or stay on 127.0.0.1");
  return false;
}

int serve(const Run& run) {
  PhoneService::Config config{.listen = {},
                              .public_url = run.options.public_url,
                              .calls = run.options.calls,
                              .drain_seconds = run.options.drain,
                              .check_tokens = !run.options.insecure};
  if (!parse_listen_address(run.options.listen, config.listen)) {
    print_error("'" + run.options.listen +
                "' is no address to listen on; it looks like 127.0.0.1:8080 or [::1]:8080");
    return kExitUsage;
  }
  if (!exposure_allowed(config.listen, run.options)) return kExitUsage;
  if (config.listen.is_any() && config.public_url.empty()) {
    print_error("listening on " + config.listen.text() +
                " needs --public-url: the address that callers reach it at");
    return kExitUsage;
  }

  RunLoop loop;
  PhoneService service{config, run.sessions, run.registry, [&] { loop.quit(); }};
  service.set_on_refused([](const std::string& why) { print_error("call refused: " + why); });
  std::string error;
  if (!service.open(error)) {
    print_error(error);
    return kExitUnavailable;
  }
  run.events.note("listening", "url", service.voice_url());
  if (!run.options.quiet) {
    std::printf("  voice webhook  %s\n", styled(stdout, Style::kBold, service.voice_url()).c_str());
    std::printf("  media stream   %s%s\n", service.media_url().c_str(),
                service.media_url().starts_with("wss:")
                    ? ""
                    : "  (Twilio itself insists on wss: use --public-url https://...)");
    std::printf("  try it         jackfield simulate %s\n", service.voice_url().c_str());
    std::printf("  at most %u calls at a time; Ctrl+C lets them finish, twice stops at once\n",
                run.options.max_calls);
    std::fflush(stdout);
  }
  loop.run(
      [&] {
        if (!service.stopping() && !run.options.quiet)
          std::printf("stopping: calls may finish within %u s\n", run.options.drain),
              std::fflush(stdout);
        run.events.note("stopping");
        service.stop();
      },
      run.options.drain);
  return kExitOk;
}

int run_once(const Run& run) {
  RunLoop loop;
  RestartPolicy policy;
  bool stopping = false;
  int code = kExitOk;
  guint restart_timer = 0;
  std::function<void()> start = [&] {
    std::string error;
    if (run.sessions.start(nullptr, nullptr, error)) return;
    print_error(error);
    code = kExitFailed;
    loop.quit();
  };
  run.sessions.set_on_closed([&](const SessionSummary& summary) {
    code = summary.failed ? kExitFailed : kExitOk;
    if (!summary.failed || stopping || run.options.once) return loop.quit();
    const auto delay =
        policy.after_failure(summary.was_running, static_cast<std::int64_t>(summary.duration));
    if (!delay) return loop.quit();
    std::fprintf(stderr, "starting again in %d s\n", static_cast<int>(*delay / 1'000'000'000));
    restart_timer = g_timeout_add(
        static_cast<guint>(*delay / 1'000'000),
        [](gpointer user) -> gboolean {
          (*static_cast<std::function<void()>*>(user))();
          return G_SOURCE_REMOVE;
        },
        &start);
  });
  start();
  loop.run(
      [&] {
        run.events.note("stopping");
        if (run.sessions.idle()) return loop.quit();
        if (stopping) return run.sessions.abort_all("stopped");
        stopping = true;
        run.sessions.end_all("stopped");
      },
      0);
  if (restart_timer) g_source_remove(restart_timer);
  run.sessions.set_on_closed(nullptr);
  return code;
}

bool options_fit(const Options& options, ScenarioKind kind, const std::string& path) {
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

int run(const Options& options) {
  init_gstreamer();
  std::vector<std::string> files;
  Variables variables = standard_variables();
  if (!split_files_and_variables(options.words, files, variables)) return kExitUsage;
  if (files.size() > 1) {
    print_error("only one pipeline file can be run, here are " + std::to_string(files.size()) +
                ": " + files[0] + ", " + files[1] + "; variables look like NAME=value");
    return kExitUsage;
  }
  std::string error;
  auto file = PipelineFile::read(files.front(), error);
  if (!file) {
    print_error(error);
    return kExitUsage;
  }
  // Of a wrong file everything is said now, not when the first call comes in.
  Variables sample = variables;
  sample.built_in["RECORDING"] = "call.wav";
  sample.built_in["SESSION"] = "check";
  std::vector<std::string> errors;
  const auto checked = check_pipeline(*file, sample, errors);
  for (const std::string& text : errors)
    std::fprintf(stderr, "%s\n", styled_error(stderr, text).c_str());
  if (!checked || !all_variables_used(variables, checked->text.variables)) return kExitUsage;
  if (!options_fit(options, checked->kind, file->path())) return kExitUsage;

  if (g_mkdir_with_parents(options.recordings.c_str(), 0700) != 0 ||
      g_access(options.recordings.c_str(), 2 /* W_OK */) != 0) {
    print_error("cannot write to the folder " + options.recordings + ": " + g_strerror(errno) +
                "; choose another with --recordings");
    return kExitUnavailable;
  }
  EventLog events;
  if (!options.events.empty() && !events.open(options.events, error)) {
    print_error(error);
    return kExitUnavailable;
  }

  const bool phone = checked->kind == ScenarioKind::kPhone;
  if (!options.quiet)
    std::printf("%s %s: %s %s\n", PACKAGE_NAME, PACKAGE_VERSION, file->path().c_str(),
                phone ? "serves phone calls" : "runs by itself");
  LocalSessionRegistry registry{phone ? options.max_calls : 1};
  LiveReport report{phone};
  LatencyTable latency;
  SessionManager sessions{{.file = *std::move(file),
                           .variables = std::move(variables),
                           .recordings = options.recordings,
                           .keep_only_calls = phone},
                          registry};
  if (!options.quiet) sessions.add_observer(report);
  if (!options.events.empty()) sessions.add_observer(events);
  sessions.add_observer(latency);

  const Run run{options, sessions, registry, events};
  int code = phone ? serve(run) : run_once(run);
  // A server is asked about its calls only when it was asked for a number of them.
  if (phone && options.calls > 0 && latency.failed_calls() > 0) code = kExitFailed;
  if (!options.quiet) latency.print(options.recordings);
  return code;
}

}  // namespace

void add_run(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "run",
      "Runs a pipeline file. With a twiliosrc in it, serves phone calls with one pipeline each; "
      "else runs it until its end, and again when it fails.");
  command
      ->add_option("words", options->words, "The pipeline file, and NAME=value for variables in it")
      ->type_name("FILE.gst [NAME=value...]")
      ->required();
  const auto serving = [&](CLI::Option* option) { options->serving_only.push_back(option); };
  serving(command
              ->add_option("--listen", options->listen,
                           "Where to listen for webhook and media; port 0 takes any free one")
              ->type_name("ADDRESS:PORT")
              ->capture_default_str());
  serving(command
              ->add_option("--public-url", options->public_url,
                           "The address Twilio reaches this server at, https://... with a proxy or "
                           "tunnel in front")
              ->type_name("URL"));
  serving(command->add_option("--calls", options->calls, "End after so many calls")
              ->type_name("N")
              ->check(CLI::Range(1u, 1000000000u)));
  serving(command
              ->add_option("--drain", options->drain,
                           "How long calls may go on after SIGTERM or Ctrl+C")
              ->type_name("SECONDS")
              ->check(CLI::Range(0u, 86400u))
              ->capture_default_str());
  serving(command
              ->add_option("--max-calls", options->max_calls,
                           "Calls at a time; more are answered with 503")
              ->type_name("N")
              ->check(CLI::Range(1u, 100000u))
              ->capture_default_str());
  serving(
      command->add_flag("--insecure", options->insecure,
                        "Allow --public-url and other addresses than loopback, and streams that "
                        "no webhook announced, although requests are not checked yet"));
  command
      ->add_option("--recordings", options->recordings,
                   "The folder in which each call gets a folder")
      ->type_name("FOLDER")
      ->capture_default_str();
  command
      ->add_option("--events", options->events,
                   "Write everything that happens to this file (or -), a JSON object per line")
      ->type_name("FILE");
  command->add_flag("-q,--quiet", options->quiet, "Print errors only");
  options->once_only = command->add_flag(
      "--once", options->once, "Do not start a pipeline again when it fails while it runs");
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace jackfield::cli
