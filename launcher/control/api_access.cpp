#include "control/api_access.hpp"

#include <utility>

#include "serve/core/bearer_token.hpp"
#include "serve/request_fields.hpp"
#include "text/constant_time.hpp"
#include "text/hmac.hpp"
#include "text/random_id.hpp"

namespace jackfield {
namespace {

constexpr guint kTooManyRequests = 429;  // RFC 6585; libsoup has no name for it

}  // namespace

ApiAccess::ApiAccess(Config config) : config_(std::move(config)), key_(random_id()) {}

std::optional<AccessDenied> ApiAccess::denied(Access access, const std::string& client) {
  const auto refuse = [&](Refusal why, const std::string& detail) {
    if (config_.refused) config_.refused(why, detail);
  };
  switch (access) {
    case Access::kGranted:
      return std::nullopt;
    case Access::kTokenMissing:
      return AccessDenied{401, "token-missing",
                          "send the header 'Authorization: Bearer TOKEN' with the token that the "
                          "server has in JACKFIELD_API_TOKEN"};
    case Access::kTokenWrong:
      refuse(Refusal::kBadApiToken, "a wrong token for the control API from " + client);
      return AccessDenied{401, "token-wrong",
                          "this is not the token that the server has in JACKFIELD_API_TOKEN"};
    case Access::kTooManyWrong:
      refuse(Refusal::kBadApiToken, "too many wrong tokens for the control API from " + client);
      return AccessDenied{
          kTooManyRequests, "too-many-wrong-tokens",
          "too many wrong tokens came from your address; the right one is let in at any time"};
    case Access::kNoTokenSet:
      return AccessDenied{403, "no-token-set",
                          "this server can be reached from elsewhere, so its control API needs a "
                          "token: set JACKFIELD_API_TOKEN (openssl rand -hex 32 makes one) in its "
                          "environment or .env, and send it as 'Authorization: Bearer TOKEN'"};
    case Access::kNotThisMachine:
      return AccessDenied{403, "not-this-machine",
                          "without a token the control API answers this machine only, and not "
                          "through a proxy: set JACKFIELD_API_TOKEN on the server"};
    case Access::kForeignHost:
      refuse(Refusal::kForeignOrigin,
             "a request to the control API under a foreign name, which "
             "may be a page that misuses a browser at " +
                 client);
      return AccessDenied{403, "foreign-host",
                          "without a token the control API answers to 127.0.0.1, [::1] and "
                          "localhost only: use one of these, or set JACKFIELD_API_TOKEN"};
    case Access::kForeignOrigin:
      refuse(
          Refusal::kForeignOrigin,
          "a web page of somebody else wanted to use the control API, in a browser at " + client);
      return AccessDenied{403, "foreign-origin",
                          "pages of other places may not use the control API"};
  }
  return AccessDenied{};
}

std::optional<AccessDenied> ApiAccess::check_token(std::string_view token,
                                                   const std::string& client) {
  if (config_.token.empty()) return std::nullopt;
  if (token.empty()) return denied(Access::kTokenMissing, client);
  // The right one is let in whatever else comes from its address: behind a proxy or a shared
  // address somebody else's guesses must not lock it out. A guess stays as hopeless as it was.
  if (equal_in_constant_time(hmac_sha256(key_, token), hmac_sha256(key_, config_.token.text())))
    return std::nullopt;
  const std::string address = network_of(client);
  const std::int64_t now = g_get_monotonic_time() * 1000;
  if (!wrong_.may_answer(address, now)) return denied(Access::kTooManyWrong, client);
  wrong_.wrong(address, now);
  return denied(Access::kTokenWrong, client);
}

std::optional<AccessDenied> ApiAccess::check(const ServerRequest& request) {
  if (!config_.token.empty())
    return check_token(bearer_token(header_of(request.message, "Authorization")), request.client);
  const std::string host = header_of(request.message, "Host");
  const std::string origin = header_of(request.message, "Origin");
  const std::string site = header_of(request.message, "Sec-Fetch-Site");
  return denied(access_without_token(
                    {.from_this_machine = is_loopback_address(request.peer) && !request.forwarded,
                     .tls = request.tls,
                     .host = host,
                     .origin = origin,
                     .fetch_site = site},
                    config_.exposed),
                request.client);
}

std::optional<AccessDenied> ApiAccess::check_socket(const ServerRequest& request,
                                                    bool& token_follows) {
  token_follows = false;
  if (config_.token.empty() || !header_of(request.message, "Authorization").empty())
    return check(request);
  if (!page_may_connect(header_of(request.message, "Origin"), header_of(request.message, "Host"),
                        config_.public_url))
    return denied(Access::kForeignOrigin, request.client);
  token_follows = true;
  return std::nullopt;
}

}  // namespace jackfield
