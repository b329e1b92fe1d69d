#include "twilio/stream_token.hpp"

#include <glib.h>

#include "plugins/common/gstpp.hpp"

namespace jackfield::twilio {
namespace {

constexpr std::int64_t kValidFor = 120;
constexpr std::size_t kMaxToken = 200;

// 122 random bits from the system.
std::string random_text() {
  gstpp::CharPtr uuid{g_uuid_string_random()};
  return uuid.get();
}

// In time that depends on the length alone.
bool same(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  return difference == 0;
}

}  // namespace

StreamTokens::StreamTokens(std::string key) : key_(std::move(key)) {}

std::string StreamTokens::random_key() { return random_text() + random_text(); }

std::string StreamTokens::sign(const std::string& content) const {
  gstpp::CharPtr digest{
      g_compute_hmac_for_string(G_CHECKSUM_SHA256, reinterpret_cast<const guchar*>(key_.data()),
                                key_.size(), content.data(), static_cast<gssize>(content.size()))};
  return digest.get();
}

std::string StreamTokens::issue(std::int64_t now) {
  const std::string content = std::to_string(now + kValidFor) + "." + random_text();
  return content + "." + sign(content);
}

bool StreamTokens::redeem(std::string_view token, std::int64_t now) {
  for (auto it = used_.begin(); it != used_.end();)
    it = it->second < now ? used_.erase(it) : std::next(it);
  const std::size_t dot = token.rfind('.');
  if (token.size() > kMaxToken || dot == std::string_view::npos) return false;
  const std::string content{token.substr(0, dot)};
  if (!same(sign(content), token.substr(dot + 1))) return false;
  // Signed by us, so the number in front is one.
  const std::int64_t expiry = g_ascii_strtoll(content.c_str(), nullptr, 10);
  if (expiry < now || used_.contains(token)) return false;
  used_.emplace(token, expiry);
  return true;
}

}  // namespace jackfield::twilio
