#include "cli/server_options.hpp"

#include <glib.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/call_secrets.hpp"
#include "cli/console.hpp"
#include "cli/exit_codes.hpp"
#include "platform/memory_protection.hpp"
#include "scenario/environment.hpp"
#include "serve/network_address.hpp"

namespace jackfield::cli {
namespace {

constexpr char kDefaultServer[] = "http://127.0.0.1:8080";

bool is_loopback_server(const std::string& url) {
  const std::unique_ptr<GUri, gstpp::FreeWith<g_uri_unref>> uri{
      g_uri_parse(url.c_str(), G_URI_FLAGS_NONE, nullptr)};
  const char* host = uri ? g_uri_get_host(uri.get()) : nullptr;
  return host && (g_str_equal(host, "localhost") || is_loopback_address(host));
}

// It becomes a header.
bool is_token(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

}  // namespace

void add_server_options(CLI::App& command, ServerOptions& options) {
  command
      .add_option("--server", options.server,
                  "The server, http://HOST:PORT or https://... (default: JACKFIELD_SERVER, else "
                  "http://127.0.0.1:8080)")
      ->type_name("URL");
  command
      .add_option("--env-file", options.env_file,
                  "Variables and secrets, NAME=value a line (default: .env, if there is one); "
                  "JACKFIELD_API_TOKEN is what a server with a token wants")
      ->type_name("FILE");
}

std::unique_ptr<client::ApiClient> find_server(const ServerOptions& options) {
  std::string used;
  std::string error;
  if (!load_env_file(options.env_file, {"."}, used, error)) {
    print_error(error);
    return nullptr;
  }
  Secret token = take_from_environment(kApiToken).value_or(Secret{});
  if (!token.empty()) keep_memory_private();
  if (!is_token(token.text())) {
    print_error(std::string{kApiToken} + " has a space or another character that no token has");
    return nullptr;
  }
  std::string url = options.server;
  const char* set = g_getenv(kServerVariable);
  if (url.empty()) url = set && *set ? set : kDefaultServer;
  auto address = client::read_server_address(url);
  if (const auto* problem = std::get_if<client::AddressProblem>(&address)) {
    print_error(problem->text);
    return nullptr;
  }
  auto& found = std::get<client::ServerAddress>(address);
  if (!token.empty() && !found.secure && !is_loopback_server(found.http))
    print_warning("the token goes to " + found.http +
                  " without encryption: whoever sees it on its way can use it; https:// hides it");
  return std::make_unique<client::ApiClient>(std::move(found), std::move(token));
}

int exit_code_of(client::Outcome outcome) {
  switch (outcome) {
    case client::Outcome::kDone:
      return kExitOk;
    case client::Outcome::kRefused:
      return kExitFailed;
    case client::Outcome::kDenied:
      return kExitUsage;
    case client::Outcome::kUnreachable:
    case client::Outcome::kForeign:
      break;
  }
  return kExitUnavailable;
}

int report_failure(const client::Answer& answer) {
  print_error(answer.problem);
  return exit_code_of(answer.outcome);
}

}  // namespace jackfield::cli
