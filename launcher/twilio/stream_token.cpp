#include "twilio/stream_token.hpp"

#include <glib.h>

#include "plugins/common/gstpp.hpp"
#include "text/constant_time.hpp"
#include "text/hmac.hpp"

namespace jackfield::twilio {
namespace {

constexpr std::int64_t kValidFor = 120;
constexpr std::size_t kMaxToken = 200;
constexpr char kKeyPurpose[] = "jackfield media stream";

// 122 random bits from the system.
std::string random_text() {
  gstpp::CharPtr uuid{g_uuid_string_random()};
  return uuid.get();
}

}  // namespace

std::string StreamTokens::random_key() { return random_text() + random_text(); }

std::string StreamTokens::key_of(const Secret& auth_token) {
  return hmac_sha256(auth_token.text(), kKeyPurpose);
}

std::string StreamTokens::sign(const std::string& content, std::string_view line,
                               std::string_view call_sid) const {
  // No name of a line has a '.' in it: nothing can be taken for something else.
  return hmac_sha256(key_.text(), content + "." + std::string{line} + "." + std::string{call_sid});
}

// A token has three parts without a '.' in them and begins with a digit: neither can this text be
// taken for another one of a caller, nor for what sign() makes.
std::string StreamTokens::sign_caller(std::string_view token, std::string_view caller) const {
  return hmac_sha256(key_.text(), "caller." + std::string{token} + "." + std::string{caller});
}

bool StreamTokens::is_caller(std::string_view token, std::string_view caller,
                             std::string_view signature) const {
  return !caller.empty() && token.size() <= kMaxToken &&
         equal_in_constant_time(sign_caller(token, caller), signature);
}

std::string StreamTokens::issue(std::string_view line, std::string_view call_sid,
                                std::int64_t now) {
  const std::string content = std::to_string(now + kValidFor) + "." + random_text();
  return content + "." + sign(content, line, call_sid);
}

bool StreamTokens::redeem(std::string_view token, std::string_view line, std::string_view call_sid,
                          std::int64_t now) {
  for (auto it = used_.begin(); it != used_.end();)
    it = it->second < now ? used_.erase(it) : std::next(it);
  const std::size_t dot = token.rfind('.');
  if (token.size() > kMaxToken || dot == std::string_view::npos) return false;
  const std::string content{token.substr(0, dot)};
  const std::string_view signature = token.substr(dot + 1);
  if (!equal_in_constant_time(sign(content, line, call_sid), signature) &&
      !equal_in_constant_time(sign(content, line, ""), signature))
    return false;
  // Signed by us, so the number in front is one.
  const std::int64_t expiry = g_ascii_strtoll(content.c_str(), nullptr, 10);
  if (expiry < now || used_.contains(token)) return false;
  used_.emplace(token, expiry);
  return true;
}

}  // namespace jackfield::twilio
