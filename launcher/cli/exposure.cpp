#include "cli/exposure.hpp"

#include <string>

#include "cli/call_secrets.hpp"
#include "cli/console.hpp"
#include "webrtc/access_token.hpp"

namespace jackfield::cli {
namespace {

// What anybody could do, and with what they could be told apart.
struct Check {
  const char* variable;
  const char* what_for;  // "requests are", "callers are"
  const char* danger;
  const char* advice;
};

constexpr Check kTelephone{
    kAuthToken, "requests are",
    "place calls: TWILIO_AUTH_TOKEN is not set, so requests cannot be checked to be Twilio's",
    "put the primary auth token of your Twilio account (console.twilio.com, Account info) into a "
    "file .env: TWILIO_AUTH_TOKEN=..."};
constexpr Check kBrowsers{
    kTokenSecret, "callers are",
    "call: JACKFIELD_TOKEN_SECRET is not set, so callers from browsers cannot be checked",
    "put a secret into a file .env, JACKFIELD_TOKEN_SECRET=... (openssl rand -hex 32 makes one), "
    "and give callers tokens: jackfield token"};

bool allowed(const ListenAddress& listen, const RunOptions& options, bool checked,
             const Check& check) {
  if (checked && options.insecure) {
    const std::string name = check.variable;
    print_error("--insecure and " + name + " contradict each other: " + check.what_for +
                " checked, or not\n  leave --insecure out, or set " + name + " to nothing (" +
                name + "= jackfield run ...)");
    return false;
  }
  if (!is_exposed(listen, options) || checked || options.insecure) return true;
  print_error((listen.is_loopback() ? "--public-url" : "listening on " + listen.text()) +
              " would let anybody who finds the address " + check.danger + "\n  " + check.advice +
              "\n  or add --insecure if you want it open to everybody, or stay on 127.0.0.1");
  return false;
}

bool secret_is_good(const Callers& callers, const RunOptions& options) {
  const std::size_t length = callers.token_secret.text().size();
  if (length > 0 && length < webrtc::kMinTokenSecret) {
    print_error(std::string{kTokenSecret} + " is too short to be a secret: at least " +
                std::to_string(webrtc::kMinTokenSecret) +
                " characters (openssl rand -hex 32 makes one)");
    return false;
  }
  if (length > 0 || !options.server.require_token) return true;
  print_error(std::string{"--require-token needs "} + kTokenSecret +
              ", with which tokens are signed\n  " + kBrowsers.advice);
  return false;
}

}  // namespace

bool is_exposed(const ListenAddress& listen, const RunOptions& options) {
  return !listen.is_loopback() || !options.server.public_url.empty();
}

bool exposure_allowed(const ListenAddress& listen, const RunOptions& options,
                      const Callers& callers) {
  if (callers.by_telephone && !allowed(listen, options, !callers.auth_token.empty(), kTelephone))
    return false;
  return !callers.from_browsers ||
         (allowed(listen, options, !callers.token_secret.empty(), kBrowsers) &&
          secret_is_good(callers, options));
}

bool api_token_is_good(const Secret& token) {
  constexpr std::size_t kShortest = 16;
  if (token.empty() || token.text().size() >= kShortest) return true;
  print_error(std::string{kApiToken} + " is too short to be a secret: at least " +
              std::to_string(kShortest) + " characters\n  " + kApiTokenAdvice);
  return false;
}

}  // namespace jackfield::cli
