// jackfield call ws://HOST:PORT/signal/LINE [FILE.gst] [NAME=value...]
#include <gst/gst.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
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
#include "cli/lines.hpp"
#include "cli/live_report.hpp"
#include "cli/profile_option.hpp"
#include "cli/run_loop.hpp"
#include "platform/installation.hpp"
#include "platform/memory_protection.hpp"
#include "records/event_log.hpp"
#include "scenario/environment.hpp"
#include "scenario/session_manager.hpp"
#include "serve/network_address.hpp"
#include "text/redaction.hpp"
#include "webrtc/core/rtc_ice_servers.hpp"
#include "webrtc/signal_client.hpp"
#include "webrtc/webrtc_call.hpp"

namespace jackfield::cli {
namespace {

constexpr char kScenario[] = "pipelines/peer-call.gst";
constexpr unsigned kHangUpSeconds = 5;

struct Options {
  std::string url;
  std::vector<std::string> words;  // a pipeline file, and NAME=value
  std::string profile;
  std::string token, room, name;
  std::string recordings = "recordings";
  std::string events;
  std::string env_file;
  std::vector<std::string> media_addresses;
  std::optional<AudioPreset> preset;
  bool relay_only = false;
  bool quiet = false;
};

// The one file, in place of the standard one, with its line; nullopt after saying what is wrong.
std::optional<Lines> read_words(const Options& options, Variables& variables) {
  std::vector<std::string> words = options.words;
  const bool named = std::any_of(words.begin(), words.end(), [](const std::string& word) {
    return word.find('=') == std::string::npos || word.find('/') < word.find('=');
  });
  if (!named) words.push_back(find_installed(kScenario, "pipelines"));
  std::vector<std::string> files;
  if (!split_files_and_variables(words, files, variables)) return std::nullopt;
  if (files.size() > 1) {
    print_error("a call has one pipeline file, here are " + std::to_string(files.size()) + ": " +
                files[0] + ", " + files[1]);
    return std::nullopt;
  }
  return read_lines(files.front(), options.profile, variables);
}

// What is wrong with the pipeline is said before anybody is called.
bool check(Lines& lines, const Variables& variables, const Options& options) {
  if (lines.conf || lines.all.size() != 1) {
    print_error("a call is made with one pipeline file, not with a jackfield.conf");
    return false;
  }
  Line& line = lines.all.front();
  line.variables.built_in["RECORDING"] = "call.wav";
  line.variables.built_in["SESSION"] = "check";
  if (!check_line(lines, line)) return false;
  const auto mentioned = mentioned_variables(lines);
  if (!all_variables_used(variables, mentioned) ||
      !audio_preset_used(options.preset, variables, mentioned))
    return false;
  if (line.checked.kind == ScenarioKind::kWebRtc) return true;
  print_error(line.file.path() + " has no webrtcbin, so it cannot call anybody; " + kScenario +
              " has one");
  return false;
}

bool is_loopback_url(const std::string& url) {
  GUri* uri = g_uri_parse(url.c_str(), G_URI_FLAGS_NONE, nullptr);
  if (!uri) return false;
  const gstpp::CharPtr host{g_strdup(g_uri_get_host(uri))};
  g_uri_unref(uri);
  return host && (g_str_equal(host.get(), "localhost") || is_loopback_address(host.get()));
}

class OutgoingCall {
 public:
  OutgoingCall(const Options& options, const Line& line, EventLog& events)
      : options_(options),
        report_(true, false),
        sessions_({.line = line.name,
                   .kind = kind_word(line.checked.kind),
                   .file = line.file,
                   .variables = line.variables,
                   .recordings = options.recordings,
                   .keep_only_calls = true,
                   .limits = {},
                   .desk = false,
                   .callers = {}},
                  registry_) {
    if (!options.quiet) sessions_.add_observer(report_);
    if (!options.events.empty()) sessions_.add_observer(events);
    sessions_.set_on_closed([this](const SessionSummary&) { quit_when_over(); });
  }
  ~OutgoingCall() { sessions_.set_on_closed(nullptr); }
  OutgoingCall(const OutgoingCall&) = delete;
  OutgoingCall& operator=(const OutgoingCall&) = delete;

  int run() {
    webrtc::prepare_dtls_key();
    webrtc::JoinMessage join{
        .room = options_.room, .token = options_.token, .name = options_.name, .resume = {}};
    client_ = std::make_unique<webrtc::SignalClient>(
        webrtc::SignalClient::Config{.url = options_.url, .calling = {.join = std::move(join)}},
        webrtc::SignalClient::Callbacks{
            .make_call = [this](
                             const std::string& room, const std::string& peer,
                             const std::string& ice_servers_json, webrtc::SignalPeer& signal,
                             std::string&) { return call(room, peer, ice_servers_json, signal); },
            .event = nullptr,
            .ended = [this](const webrtc::CallingOutcome& outcome) { ended(outcome); }});
    loop_.run(
        [this] {
          if (stopping_ || !client_) return sessions_.abort_all("stopped");
          stopping_ = true;
          client_->hang_up("hang-up");
        },
        kHangUpSeconds);
    client_.reset();
    if (!outcome_) return kExitFailed;
    if (outcome_->failed) print_error(options_.url + ": " + outcome_->reason);
    return outcome_->failed ? kExitFailed : kExitOk;
  }

 private:
  std::unique_ptr<webrtc::OfferingCall> call(const std::string& room, const std::string& peer,
                                             const std::string& ice_servers_json,
                                             webrtc::SignalPeer& signal) {
    webrtc::PeerSettings settings{.local_addresses = options_.media_addresses,
                                  .servers = webrtc::read_rtc_ice_servers(ice_servers_json),
                                  .relay_only = options_.relay_only};
    if (settings.local_addresses.empty() && is_loopback_url(options_.url))
      settings.local_addresses = {"127.0.0.1"};
    return webrtc::make_webrtc_call(sessions_, std::move(settings),
                                    {.line = options_.url,
                                     .room = room,
                                     .peer = peer,
                                     .name = options_.name,
                                     .client_address = {},
                                     .listen_only = false,
                                     .room_of_token = false,
                                     .name_of_token = false},
                                    signal);
  }

  void ended(const webrtc::CallingOutcome& outcome) {
    outcome_ = outcome;
    if (!options_.quiet && !outcome.failed) {
      std::printf("the call is over: %s\n", outcome.reason.c_str());
      std::fflush(stdout);
    }
    quit_when_over();
  }
  void quit_when_over() {
    if (outcome_ && sessions_.idle()) loop_.quit();
  }

  const Options& options_;
  RunLoop loop_;
  LiveReport report_;
  LocalSessionRegistry registry_{1};
  SessionManager sessions_;
  std::unique_ptr<webrtc::SignalClient> client_;
  std::optional<webrtc::CallingOutcome> outcome_;
  bool stopping_ = false;
};

int run(Options& options) {
  if (!options.url.starts_with("ws://") && !options.url.starts_with("wss://")) {
    print_error("'" + options.url +
                "' is nobody to call; it looks like ws://127.0.0.1:8080/signal/agent");
    return kExitUsage;
  }
  Variables variables = variables_for(options.preset);
  auto lines = read_words(options, variables);
  if (!lines) return kExitUsage;
  init_gstreamer();
  std::string used;
  std::string error;
  if (!load_env_file(options.env_file, lines->env_folders(), used, error)) {
    print_error(error);
    return kExitUsage;
  }
  hide_value(options.token);
  hide_secrets_of_environment();
  redact_debug_log();
  if (!options.token.empty() || has_secrets()) keep_memory_private();
  if (!check(*lines, variables, options)) return kExitUsage;
  EventLog events;
  if (!options.events.empty() && !events.open(options.events, error)) {
    print_error(error);
    return kExitUnavailable;
  }
  return OutgoingCall{options, lines->all.front(), events}.run();
}

}  // namespace

void add_call(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "call", "Calls a line of another jackfield by WebRTC, with a pipeline of its own");
  command
      ->add_option("URL", options->url,
                   "The line's signalling: ws://HOST:PORT/signal/LINE, or wss://...")
      ->required();
  command->add_option("FILE", options->words,
                      "The pipeline file (default: pipelines/peer-call.gst, microphone and "
                      "loudspeaker), and NAME=value");
  command->add_option("--token", options->token,
                      "What lets us call that line (see 'jackfield token')");
  command->add_option("--room", options->room, "The room to join (default: one of our own)");
  command->add_option("--name", options->name, "Who we are for others");
  add_profile(*command, options->profile);
  add_audio_preset(*command, options->preset);
  command->add_option("--recordings", options->recordings, "Where recordings and records go")
      ->type_name("FOLDER")
      ->capture_default_str();
  command->add_option("--events", options->events, "Write what happens to this file, as JSON lines")
      ->type_name("FILE");
  command
      ->add_option("--media-address", options->media_addresses,
                   "Send and receive media by this address of ours only; may be repeated "
                   "(default: any; for a line on this machine, 127.0.0.1)")
      ->type_name("ADDRESS")
      ->allow_extra_args(false);
  command->add_flag("--relay-only", options->relay_only,
                    "Media goes by a TURN server only, so that neither side sees the other's "
                    "address");
  command
      ->add_option("--env-file", options->env_file,
                   "Variables and secrets, NAME=value a line (default: .env, if there is one)")
      ->type_name("FILE");
  command->add_flag("--quiet", options->quiet, "Nothing but errors");
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace jackfield::cli
