#include <glib.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <csignal>
#include <memory>
#include <string>

#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/exit_codes.hpp"
#include "platform/installation.hpp"
#include "platform/memory_protection.hpp"
#include "plugins/common/gstpp.hpp"
#include "scenario/environment.hpp"
#include "simulate/core/call_result.hpp"
#include "simulate/io/script_loader.hpp"
#include "simulate/io/simulation.hpp"

namespace jackfield::cli {
namespace {

using namespace simulate;

struct Options {
  std::string url = "http://127.0.0.1:8080/twilio/voice";
  std::string script;
  std::string wav;
  std::string sounds;
  std::string chunk = "20";
  std::string json;
  std::string env_file;
  std::string ca_file;
  double timeout = 0;  // s
  bool quiet = false;
  SimulationConfig simulation;
};

std::atomic<bool> stop_requested{false};
static_assert(std::atomic<bool>::is_always_lock_free);
extern "C" void on_interrupt(int) { stop_requested = true; }

// One line per event of a single call; one line per second of many.
class Terminal : public SimulationObserver {
 public:
  Terminal(bool single, bool quiet) : single_(single), quiet_(quiet) {}

  void on_call_event(int, const CallEvent& event) override {
    if (quiet_ || !single_ || event.kind == "mark") return;
    const Style style = event.kind == "agent"       ? Style::kCyan
                        : event.kind == "caller"    ? Style::kGreen
                        : event.kind == "violation" ? Style::kRed
                        : event.kind == "clear"     ? Style::kYellow
                                                    : Style::kPlain;
    char head[48];
    std::snprintf(head, sizeof head, "%9.3f  %-10s", samples_to_ms(event.at) / 1000,
                  event.kind.c_str());
    std::printf("%s\n", styled(stdout, style, head + event.text).c_str());
    std::fflush(stdout);
  }
  void on_call_done(const CallResult& result) override {
    if (quiet_ || single_ || result.ok()) return;
    std::printf("%s\n",
                styled(stdout, Style::kRed,
                       "call " + std::to_string(result.number) + ": " + result.failures.front())
                    .c_str());
  }
  void on_second(const SimulationProgress& progress) override {
    if (quiet_ || single_) return;
    std::printf("%d begun, %d running, %d passed, %d failed\n", progress.begun, progress.running,
                progress.passed, progress.failed);
    std::fflush(stdout);
  }
  void on_waiting(const std::string& url, double seconds) override {
    std::printf("nothing answers at %s yet; waiting up to %.0f s\n", url.c_str(), seconds);
    std::fflush(stdout);
  }

 private:
  bool single_;
  bool quiet_;
};

// From --token, the environment, or .env.
bool take_auth_token(Options& options) {
  constexpr char kName[] = "TWILIO_AUTH_TOKEN";
  const auto real = take_from_environment(kName);
  std::string used;
  std::string error;
  if (!load_env_file(options.env_file, {"."}, used, error)) {
    print_error(error);
    return false;
  }
  const auto token = take_from_environment(kName);
  std::string& wanted = options.simulation.line.auth_token;
  if (wanted.empty()) wanted = (real ? *real : token.value_or(Secret{})).text();
  hide_value(wanted);
  if (!wanted.empty()) keep_memory_private();
  return true;
}

int run(Options& options) {
  const auto chunking = parse_chunking(options.chunk);
  if (!chunking) {
    print_error("--chunk takes milliseconds (20), bytes (137B) or \"odd\", not \"" + options.chunk +
                "\"");
    return kExitUsage;
  }
  const bool known_scheme = options.url.starts_with("http://") ||
                            options.url.starts_with("https://") ||
                            options.url.starts_with("ws://") || options.url.starts_with("wss://");
  if (!known_scheme || !g_uri_is_valid(options.url.c_str(), G_URI_FLAGS_NONE, nullptr)) {
    print_error("'" + options.url +
                "' is no URL to call; it looks like http://127.0.0.1:8080/twilio/voice");
    return kExitUsage;
  }
  LoadedScript loaded =
      !options.script.empty()
          ? load_script(find_installed(options.script, "pipelines/callers"), options.sounds)
      : !options.wav.empty() ? script_of_wav(options.wav)
                             : default_script(options.sounds);
  if (!loaded.error.empty()) {
    print_error(loaded.error);
    return kExitUsage;
  }
  SimulationConfig& simulation = options.simulation;
  simulation.line.url = options.url;
  simulation.script = std::move(loaded.script);
  simulation.chunking = *chunking;
  simulation.timeout = ms_to_samples(options.timeout * 1000);
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
  if (!take_auth_token(options)) return kExitUsage;
  gstpp::GObjectPtr<GTlsDatabase> authorities;
  if (!options.ca_file.empty()) {
    // A relative name is none for GLib.
    const gstpp::CharPtr path{g_canonicalize_filename(options.ca_file.c_str(), nullptr)};
    gstpp::ErrorPtr error;
    authorities.reset(g_tls_file_database_new(path.get(), gstpp::OutPtr{error}));
    if (!authorities) {
      print_error("--ca-file " + options.ca_file + ": " + error->message);
      return kExitUsage;
    }
    simulation.line.authorities = authorities.get();
  }
  Terminal terminal{simulation.calls == 1, options.quiet};
  const SimulationResult result = run_simulation(simulation, terminal, stop_requested);
  if (!result.error.empty()) {
    print_error(result.error);
    return kExitUnavailable;
  }
  if (!options.json.empty()) {
    const std::string json = report_json(result.calls, options.url, simulation.script.name);
    GError* error = nullptr;
    if (!g_file_set_contents(options.json.c_str(), json.data(), static_cast<gssize>(json.size()),
                             &error)) {
      print_error(error->message);
      g_error_free(error);
      return kExitUnavailable;
    }
  }
  std::printf("%s", report_table(result.calls).c_str());
  if (!result.reached && !stop_requested) {
    print_error("nothing answers at " + options.url +
                "\nStart the server first: jackfield run pipelines/phone-agent.gst");
    return kExitUnavailable;
  }
  for (const CallResult& call : result.calls)
    if (!call.ok()) return kExitFailed;
  return stop_requested ? kExitFailed : kExitOk;
}

}  // namespace

void add_simulate(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  SimulationConfig& simulation = options->simulation;
  simulation.wait = 10;
  CLI::App* command = app.add_subcommand(
      "simulate", "Places calls as Twilio does: speaks, listens, enforces the protocol");
  command->add_option("URL", options->url, "The voice webhook, or a media stream (ws://...)")
      ->capture_default_str();
  auto* script = command->add_option("--script", options->script,
                                     "What the caller does (JSON); without it, says hello");
  command->add_option("--wav", options->wav, "Just say this file, listen, and hang up")
      ->excludes(script);
  command->add_option("--out", simulation.out,
                      "Record: a .wav file (one call) or a folder; left caller, right agent");
  command->add_option("--json", options->json, "Write the full report to this file");
  command->add_option("--calls", simulation.calls, "How many calls")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  command->add_option("--concurrency", simulation.concurrency, "How many at a time (default: all)")
      ->check(CLI::Range(1, 10000));
  command->add_option("--rate", simulation.rate, "How many calls to begin per second")
      ->check(CLI::Range(0.01, 10000.0))
      ->capture_default_str();
  command->add_flag("--spread", simulation.spread,
                    "Spread the calls' audio evenly over the 20 ms frame");
  command->add_option("--from", simulation.line.from, "The caller's number")->capture_default_str();
  command->add_option("--to", simulation.line.to, "The number called")->capture_default_str();
  command->add_option("--seed", simulation.seed, "Of random order; every call adds its number")
      ->capture_default_str();
  command
      ->add_option("--chunk", options->chunk,
                   "Audio per message: milliseconds (20), bytes (137B), or \"odd\"")
      ->capture_default_str();
  command->add_flag("--strict,!--no-strict", simulation.strict,
                    "A breach of the protocol fails the call (default)");
  command->add_flag("--hang-up-on-violation", simulation.hang_up_on_violation,
                    "End a call at the first breach");
  command->add_option("--timeout", options->timeout, "Longest call in seconds (default: script's)")
      ->check(CLI::Range(0.1, 86400.0));
  command->add_option("--wait", simulation.wait, "Wait so many seconds for a server to listen")
      ->check(CLI::Range(0.0, 3600.0))
      ->capture_default_str();
  command->add_option("--sounds", options->sounds,
                      "Where clips are looked for that are not beside the script (default " +
                          std::string{kDefaultSounds} + ")");
  command->add_option("--public-url", simulation.line.public_url,
                      "The server's URL as Twilio knows it, for signatures and the Host field");
  command
      ->add_option("--token", simulation.line.auth_token,
                   "Auth token to sign requests with; better as TWILIO_AUTH_TOKEN in the "
                   "environment or in .env")
      ->type_name("TEXT");
  command
      ->add_option("--env-file", options->env_file,
                   "Variables and secrets, NAME=value a line (default: .env, if there is one)")
      ->type_name("FILE");
  command
      ->add_option("--ca-file", options->ca_file,
                   "Whose certificates are good for https and wss (PEM; default: the system's)")
      ->type_name("FILE");
  command->add_flag("--quiet", options->quiet, "Only the table at the end");
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace jackfield::cli
