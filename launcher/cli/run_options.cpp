#include "cli/run_options.hpp"

#include <algorithm>
#include <string_view>

#include "cli/audio_option.hpp"
#include "cli/profile_option.hpp"

namespace jackfield::cli {
namespace {

// An option of which [server] has the same. Number settings come from the table as they are.
CLI::Option* setting(RunOptions& options, const char* key, CLI::Option* option) {
  options.server_options[key] = option;
  return option;
}

CLI::Option* add_number(CLI::App& command, RunOptions& options, std::string_view key) {
  const NumberSetting& entry =
      *std::find_if(kNumberSettings.begin(), kNumberSettings.end(),
                    [&](const NumberSetting& candidate) { return candidate.key == key; });
  return setting(options, entry.key,
                 command.add_option(std::string{"--"} + entry.key, options.server.*entry.member,
                                    entry.help))
      ->type_name(entry.unit)
      ->check(CLI::Range(entry.low, entry.high))
      ->capture_default_str();
}

void add_serving_options(CLI::App& command, RunOptions& options) {
  const char* const kGroup = "Serving calls";
  const auto serving = [&](CLI::Option* option) {
    option->group(kGroup);
    options.serving_only.push_back(option);
    return option;
  };
  serving(setting(options, "listen",
                  command.add_option("--listen", options.server.listen,
                                     "Where to listen; port 0 takes any free one")))
      ->type_name("ADDRESS:PORT")
      ->capture_default_str();
  serving(setting(options, "public-url",
                  command.add_option("--public-url", options.server.public_url,
                                     "The address callers reach this server at, https://... with "
                                     "a proxy or tunnel in front; Twilio's signatures are checked "
                                     "against it")))
      ->type_name("URL");
  serving(command.add_option("--calls", options.calls, "End after so many calls"))
      ->type_name("N")
      ->check(CLI::Range(1u, 1000000000u));
  serving(add_number(command, options, "drain"));
}

void add_security_options(CLI::App& command, RunOptions& options) {
  const char* const kGroup =
      "Security (docs/security.md; TWILIO_AUTH_TOKEN is read from the "
      "environment or .env)";
  const auto serving = [&](CLI::Option* option) {
    option->group(kGroup);
    options.serving_only.push_back(option);
    return option;
  };
  for (const char* key : {"max-calls", "max-call-duration", "start-timeout", "max-pending",
                          "max-pending-per-address"})
    serving(add_number(command, options, key));
  CLI::Option* certificate = serving(
      setting(options, "tls-certificate",
              command.add_option(
                  "--tls-certificate", options.server.tls_certificate,
                  "Serve https and wss with this certificate (PEM, with its chain); read again at "
                  "SIGHUP")));
  CLI::Option* key = serving(setting(
      options, "tls-key",
      command.add_option("--tls-key", options.server.tls_key, "The certificate's key (PEM)")));
  certificate->type_name("FILE")->needs(key);
  key->type_name("FILE")->needs(certificate);
  serving(
      setting(options, "trusted-proxies",
              command.add_option("--trusted-proxy", options.server.trusted_proxies,
                                 "A proxy whose X-Forwarded-For is believed; may be given again")))
      ->type_name("ADDRESS[/BITS]")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  serving(command.add_flag("--insecure", options.insecure,
                           "Check nothing: take --public-url and other addresses than loopback "
                           "without TWILIO_AUTH_TOKEN, and streams that no webhook announced"));
  setting(options, "env-file",
          command.add_option("--env-file", options.server.env_file,
                             "Variables and secrets, NAME=value a line (default: .env beside the "
                             "file that is run, else in the current folder, if there is one)"))
      ->type_name("FILE")
      ->group(kGroup);
  command
      .add_flag("--allow-core-dumps", options.allow_core_dumps,
                "Let debuggers and core dumps see the memory, secrets and all")
      ->group(kGroup);
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
  setting(options, "recordings",
          command.add_option("--recordings", options.server.recordings,
                             "The folder in which each call gets a folder"))
      ->type_name("FOLDER")
      ->capture_default_str();
  setting(options, "events",
          command.add_option("--events", options.server.events,
                             "Write everything that happens to this file (or -), a JSON object "
                             "per line"))
      ->type_name("FILE");
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
  add_security_options(command, options);
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
