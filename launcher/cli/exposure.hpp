// Who may reach a server: nobody from outside, unless it can be checked who that is.
#pragma once

#include "cli/run_options.hpp"
#include "serve/network_address.hpp"
#include "text/secret.hpp"

namespace jackfield::cli {

struct Callers {
  bool by_telephone = false;
  bool from_browsers = false;
  Secret auth_token;    // Twilio's, for the former
  Secret token_secret;  // of jackfield token, for the latter
};

// Can it be reached from elsewhere than this machine?
bool is_exposed(const ListenAddress& listen, const RunOptions& options);

// False after saying what is missing, or contradicts itself.
bool exposure_allowed(const ListenAddress& listen, const RunOptions& options,
                      const Callers& callers);

inline constexpr char kApiTokenAdvice[] =
    "put one into a file .env, JACKFIELD_API_TOKEN=... (openssl rand -hex 32 makes one)";
// JACKFIELD_API_TOKEN, empty when it is not set. False after saying that it is too short.
bool api_token_is_good(const Secret& token);

}  // namespace jackfield::cli
