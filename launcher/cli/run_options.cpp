#include "cli/run_options.hpp"

#include "cli/audio_option.hpp"
#include "cli/profile_option.hpp"

namespace jackfield::cli {
namespace {

void add_serving_options(CLI::App& command, RunOptions& options) {
  const char* const kGroup = "Serving calls";
  const auto serving = [&](CLI::Option* option) {
    option->group(kGroup);
    options.serving_only.push_back(option);
    return option;
  };
  serving(command.add_option("--listen", options.listen,
                             "Where to listen for webhook and media; port 0 takes any free one"))
      ->type_name("ADDRESS:PORT")
      ->capture_default_str();
  serving(command.add_option("--public-url", options.public_url,
                             "The address Twilio reaches this server at, https://... with a proxy "
                             "or tunnel in front; signatures are checked against it"))
      ->type_name("URL");
  serving(command.add_option("--calls", options.calls, "End after so many calls"))
      ->type_name("N")
      ->check(CLI::Range(1u, 1000000000u));
  serving(command.add_option("--drain", options.drain,
                             "How long calls may go on after SIGTERM or Ctrl+C"))
      ->type_name("SECONDS")
      ->check(CLI::Range(0u, 86400u))
      ->capture_default_str();
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
  const auto number = [&](const char* name, unsigned& value, const char* text, unsigned low,
                          unsigned high, const char* unit) {
    serving(command.add_option(name, value, text))
        ->type_name(unit)
        ->check(CLI::Range(low, high))
        ->capture_default_str();
  };
  number("--max-calls", options.max_calls, "Calls at a time; more callers hear the busy signal", 1,
         100000, "N");
  number("--max-call-duration", options.max_call_duration,
         "The longest call; then it is ended in good order. 0: no limit", 0, 7 * 86400, "SECONDS");
  number("--start-timeout", options.start_timeout,
         "How long a media stream may take to begin its call", 1, 3600, "SECONDS");
  number("--max-pending", options.max_pending, "Connections at a time that are no calls (yet)", 1,
         1000000, "N");
  number("--max-pending-per-address", options.max_pending_per_address,
         "The same from one address (IPv6: one /64); loopback is not counted", 1, 1000000, "N");
  CLI::Option* certificate = serving(command.add_option(
      "--tls-certificate", options.tls_certificate,
      "Serve https and wss with this certificate (PEM, with its chain); read again at SIGHUP"));
  CLI::Option* key =
      serving(command.add_option("--tls-key", options.tls_key, "The certificate's key (PEM)"));
  certificate->type_name("FILE")->needs(key);
  key->type_name("FILE")->needs(certificate);
  serving(command.add_option("--trusted-proxy", options.trusted_proxies,
                             "A proxy whose X-Forwarded-For is believed; may be given again"))
      ->type_name("ADDRESS[/BITS]")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  serving(command.add_flag("--insecure", options.insecure,
                           "Check nothing: take --public-url and other addresses than loopback "
                           "without TWILIO_AUTH_TOKEN, and streams that no webhook announced"));
  command
      .add_option("--env-file", options.env_file,
                  "Variables and secrets, NAME=value a line (default: .env beside the pipeline "
                  "file, else in the current folder, if there is one)")
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
      .add_option("words", options.words, "The pipeline file, and NAME=value for variables in it")
      ->type_name("FILE.gst [NAME=value...]")
      ->required();
  add_profile(command, options.profile);
  command
      .add_option("--recordings", options.recordings, "The folder in which each call gets a folder")
      ->type_name("FOLDER")
      ->capture_default_str();
  command
      .add_option("--events", options.events,
                  "Write everything that happens to this file (or -), a JSON object per line")
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

}  // namespace jackfield::cli
