// Ties a media socket to a webhook that was answered before it: the webhook puts a token into the
// TwiML, the stream's start message brings it back. A token is an HMAC over its expiry, a random
// number, and the line and call it is for, so any process that has the key can check it; each is
// good once per process.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "text/secret.hpp"

namespace jackfield::twilio {

class StreamTokens {
 public:
  // `key` is secret; the same for all processes that serve one address.
  explicit StreamTokens(std::string key) : key_(std::move(key)) {}
  // A key for this process alone.
  static std::string random_key();

  // The key that follows from the auth token, the same in all processes that have that.
  static std::string key_of(const Secret& auth_token);

  // For the call `call_sid` ("": for any) to `line` (a line's name, or "" where there is only one).
  // Good until `now` + 120 s: Twilio connects within seconds of the webhook's answer. Unix time, s.
  std::string issue(std::string_view line, std::string_view call_sid, std::int64_t now);
  // True once for a token that was issued with this key for this line and call and has not expired.
  bool redeem(std::string_view token, std::string_view line, std::string_view call_sid,
              std::int64_t now);

  // What says that the webhook which this token was issued for came from `caller`. It goes beside
  // the token, whose form stays: processes of an earlier version leave it out of account.
  std::string sign_caller(std::string_view token, std::string_view caller) const;
  // Of a token that was redeemed.
  bool is_caller(std::string_view token, std::string_view caller, std::string_view signature) const;

 private:
  std::string sign(const std::string& content, std::string_view line,
                   std::string_view call_sid) const;

  Secret key_;
  std::map<std::string, std::int64_t, std::less<>> used_;  // token, expiry; expired ones go
};

}  // namespace jackfield::twilio
