#include "cli/run_options.hpp"

#include <algorithm>
#include <string_view>

#include "cli/audio_option.hpp"
#include "cli/profile_option.hpp"

namespace jackfield::cli {
namespace {

template <typename Table>
const auto& entry_of(const Table& table, std::string_view key) {
  return *std::find_if(table.begin(), table.end(),
                       [&](const auto& entry) { return entry.key == key; });
}

// Options under one heading. Those of settings are bound to what the tables of [server] say.
class Options {
 public:
  // `serving`: they make no sense for a pipeline that runs by itself.
  Options(CLI::App& command, RunOptions& options, std::string heading, bool serving)
      : command_(command), options_(options), heading_(std::move(heading)), serving_(serving) {}

  CLI::Option* added(CLI::Option* option) {
    if (!heading_.empty()) option->group(heading_);
    if (serving_) options_.serving_only.push_back(option);
    return option;
  }
  CLI::Option* text(const char* key, const char* unit, const char* help) {
    const TextSetting& entry = entry_of(kTextSettings, key);
    CLI::Option* option =
        command_.add_option(dashes(key), options_.server.*entry.member, help)->type_name(unit);
    if (!(options_.server.*entry.member).empty()) option->capture_default_str();
    return setting(key, option);
  }
  void number(const char* key) {
    const NumberSetting& entry = entry_of(kNumberSettings, key);
    setting(key, command_.add_option(dashes(key), options_.server.*entry.member, entry.help))
        ->type_name(entry.unit)
        ->check(CLI::Range(entry.low, entry.high))
        ->capture_default_str();
  }
  // One at a time, as often as wanted.
  void list(const char* key, const char* unit, const char* help) {
    const ListSetting& entry = entry_of(kListSettings, key);
    setting(key, command_.add_option(dashes(entry.option), options_.server.*entry.member, help))
        ->type_name(unit)
        ->allow_extra_args(false);
  }
  void flag(const char* key, const char* help) {
    const FlagSetting& entry = entry_of(kFlagSettings, key);
    setting(key, command_.add_flag(dashes(key), options_.server.*entry.member, help));
  }

 private:
  static std::string dashes(const char* name) { return std::string{"--"} + name; }
  CLI::Option* setting(const char* key, CLI::Option* option) {
    options_.server_options[key] = option;
    return added(option);
  }

  CLI::App& command_;
  RunOptions& options_;
  const std::string heading_;
  const bool serving_;
};

void add_serving_options(CLI::App& command, RunOptions& options) {
  Options serving{command, options, "Serving calls", true};
  options.listen = serving.text("listen", "ADDRESS:PORT",
                                "Where to listen; port 0 takes any free one. For a pipeline that "
                                "runs by itself: the console and the control API, which it has "
                                "only then");
  serving.text("public-url", "URL",
               "The address callers reach this server at, https://... with a proxy or tunnel in "
               "front; Twilio's signatures are checked against it");
  serving.added(command.add_option("--calls", options.calls, "End after so many calls"))
      ->type_name("N")
      ->check(CLI::Range(1u, 1000000000u));
  serving.number("drain");
  serving.text("callers", "FILE",
               "The directory of callers: agents are told who calls, and write down what they "
               "learn (docs/callers.md); made when it is not there");
  serving.number("caller-retention");
}

void add_browser_options(CLI::App& command, RunOptions& options) {
  Options browser{command, options, "Browser calls (docs/webrtc.md)", true};
  browser.list("ice-servers", "URI",
               "A STUN or TURN server, stun:HOST:PORT or turn:HOST:PORT; may be given again");
  browser.flag("relay-only", "Media goes through a TURN server only");
  browser.list("media-addresses", "ADDRESS",
               "An address of this machine that media may use (default: all); may be given again");
  browser.text("media-ports", "LOW-HIGH", "The ports that media may use (default: any)");
  browser.flag("require-token",
               "Callers need a token (jackfield token) on loopback too; elsewhere they always do");
  browser.list("allowed-origins", "ORIGIN",
               "A web site whose pages may call, https://app.example.com, beside this server's "
               "own; may be given again");
}

void add_security_options(CLI::App& command, RunOptions& options) {
  const char* const kHeading =
      "Security (docs/security.md; TWILIO_AUTH_TOKEN, JACKFIELD_TOKEN_SECRET and "
      "JACKFIELD_API_TOKEN are read from the environment or .env)";
  Options serving{command, options, kHeading, true};
  for (const char* key : {"max-calls", "max-call-duration", "start-timeout", "max-pending",
                          "max-pending-per-address"})
    serving.number(key);
  CLI::Option* certificate =
      serving.text("tls-certificate", "FILE",
                   "Serve https and wss with this certificate (PEM, with its chain); read again "
                   "at SIGHUP");
  CLI::Option* key = serving.text("tls-key", "FILE", "The certificate's key (PEM)");
  certificate->needs(key);
  key->needs(certificate);
  serving.list("trusted-proxies", "ADDRESS[/BITS]",
               "A proxy whose X-Forwarded-For is believed; may be given again");
  serving.added(command.add_flag(
      "--insecure", options.insecure,
      "Check nothing: take --public-url and other addresses than loopback without "
      "TWILIO_AUTH_TOKEN or JACKFIELD_TOKEN_SECRET, streams that no webhook announced, and "
      "browsers without a token"));
  Options always{command, options, kHeading, false};
  always.text("env-file", "FILE",
              "Variables and secrets, NAME=value a line (default: .env beside the file that is "
              "run, else in the current folder, if there is one)");
  always.added(command.add_flag("--allow-core-dumps", options.allow_core_dumps,
                                "Let debuggers and core dumps see the memory, secrets and all"));
}

}  // namespace

void add_run_options(CLI::App& command, RunOptions& options) {
  command
      .add_option("words", options.words,
                  "The pipeline file, or a jackfield.conf with lines of several; and NAME=value "
                  "for variables in them")
      ->type_name("FILE.gst|FILE.conf [NAME=value...]")
      ->required();
  add_profile(command, options.profile);
  Options files{command, options, "", false};
  files.text("recordings", "FOLDER", "The folder in which each call gets a folder");
  files.text("events", "FILE",
             "Write everything that happens to this file (or -), a JSON object per line");
  files.text(
      "audit-log", "FILE",
      "Write each call of a tool to this file before it is carried out (default: tools.jsonl "
      "beside the recordings; none: do not)");
  command.add_flag("-q,--quiet", options.quiet, "Print errors only");
  options.once_only = command.add_flag(
      "--once", options.once,
      "Do not start a pipeline again when it fails while it runs, nor after a conversation");
  command
      .add_option("--idle", options.idle,
                  "At a desk: a conversation is over after so long without a word; 0: never")
      ->type_name("SECONDS")
      ->check(CLI::Range(0u, 86400u))
      ->capture_default_str();
  add_audio_preset(command, options.preset);
  add_serving_options(command, options);
  add_browser_options(command, options);
  add_security_options(command, options);
  for (const char* key : {"listen", "public-url", "tls-certificate", "tls-key", "trusted-proxies",
                          "max-pending", "max-pending-per-address"})
    options.with_listen.push_back(options.server_options.at(key));
}

void take_server_settings(const Conf& conf, RunOptions& options) {
  const auto takes = [&](const char* key) {
    const auto option = options.server_options.find(key);
    return conf.server_offsets.contains(key) &&
           (option == options.server_options.end() || option->second->count() == 0);
  };
  const auto take = [&](const auto& table) {
    for (const auto& entry : table)
      if (takes(entry.key)) options.server.*entry.member = conf.server.*entry.member;
  };
  take(kNumberSettings);
  take(kTextSettings);
  take(kListSettings);
  take(kFlagSettings);
}

}  // namespace jackfield::cli
