#include <glib.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/exit_codes.hpp"
#include "platform/memory_protection.hpp"
#include "scenario/environment.hpp"
#include "webrtc/access_token.hpp"
#include "webrtc/core/signal_message.hpp"

namespace jackfield::cli {
namespace {

using namespace webrtc;

struct Options {
  std::string line;
  std::string room;
  std::string name;
  std::string valid = "1h";
  std::string env_file;
  bool listen = false;
};

// What would be refused when somebody joins with it.
bool is_name(const std::string& text, const char* what) {
  std::string problem;
  if (text.size() > kMaxName) problem = "has more than " + std::to_string(kMaxName) + " bytes";
  if (!g_utf8_validate(text.data(), static_cast<gssize>(text.size()), nullptr))
    problem = "is not UTF-8";
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) problem = "has control characters";
  }
  if (problem.empty()) return true;
  print_error(std::string{what} + " " + problem);
  return false;
}

int run(const Options& options) {
  const auto valid = parse_validity(options.valid);
  if (!valid) {
    print_error("--valid takes 90s, 15m, 1h or 7d (a year at most), not \"" + options.valid + "\"");
    return kExitUsage;
  }
  if (options.line.empty()) {
    print_error("a line has a name");
    return kExitUsage;
  }
  if (!is_name(options.line, "the line's name") || !is_name(options.room, "--room") ||
      !is_name(options.name, "--name"))
    return kExitUsage;
  std::string used;
  std::string error;
  if (!load_env_file(options.env_file, {"."}, used, error)) {
    print_error(error);
    return kExitUsage;
  }
  const Secret secret = take_from_environment(kTokenSecretVariable).value_or(Secret{});
  if (!secret.empty()) keep_memory_private();
  if (secret.text().size() < kMinTokenSecret) {
    print_error(std::string{kTokenSecretVariable} +
                (secret.empty() ? " is not set"
                                : " has less than " + std::to_string(kMinTokenSecret) +
                                      " characters: it could be guessed") +
                "\n  put a long random one into a file .env, the same that the server has, for "
                "example from: openssl rand -hex 32");
    return kExitUsage;
  }
  const AccessClaims claims{.line = options.line,
                            .room = options.room,
                            .name = options.name,
                            .listen_only = options.listen,
                            .expires = g_get_real_time() / G_USEC_PER_SEC + *valid};
  std::printf("%s\n", issue_token(secret, claims).c_str());
  return kExitOk;
}

}  // namespace

void add_token(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("token", "Prints a token that lets a browser call a line");
  command->add_option("LINE", options->line, "The line's name")->required();
  command->add_option("--room", options->room, "Only this room (default: any)");
  command->add_option("--name", options->name, "Who it is for others (default: what it says)");
  command->add_flag("--listen", options->listen, "May listen, and not talk");
  command->add_option("--valid", options->valid, "For how long it may be used: 90s, 15m, 1h, 7d")
      ->type_name("TIME")
      ->capture_default_str();
  command
      ->add_option("--env-file", options->env_file,
                   "Variables and secrets, NAME=value a line (default: .env, if there is one); "
                   "JACKFIELD_TOKEN_SECRET is what the token is signed with")
      ->type_name("FILE");
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace jackfield::cli
