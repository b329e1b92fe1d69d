#include "webrtc/core/access_claims.hpp"

#include <vector>

#include "base64.hpp"
#include "json_members.hpp"
#include "json_reader.hpp"
#include "text/json_text.hpp"
#include "webrtc/core/signal_message.hpp"

namespace jackfield::webrtc {
namespace {

constexpr std::int64_t kYear = 366LL * 24 * 3600;

}  // namespace

std::string encode_claims(const AccessClaims& claims) {
  JsonObjectText json;
  json.text("line", claims.line);
  if (!claims.room.empty()) json.text("room", claims.room);
  if (!claims.name.empty()) json.text("name", claims.name);
  json.text("role", claims.listen_only ? "listen" : "talk");
  const std::string text = json.json("expires", std::to_string(claims.expires)).close();
  std::string out;
  base64_append(out, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  while (out.ends_with('=')) out.pop_back();
  for (char& c : out) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return out;
}

std::optional<AccessClaims> decode_claims(std::string_view text) {
  if (text.size() > kMaxToken) return std::nullopt;
  std::string padded{text};
  for (char& c : padded) {
    if (c == '+' || c == '/' || c == '=') return std::nullopt;
    c = c == '-' ? '+' : c == '_' ? '/' : c;
  }
  while (padded.size() % 4 != 0) padded += '=';
  std::vector<std::uint8_t> bytes(base64_decoded_max(padded.size()));
  const auto size = base64_decode(padded, bytes);
  if (!size) return std::nullopt;
  const JsonResult json = parse_json({reinterpret_cast<const char*>(bytes.data()), *size});
  if (!json.value || !json.value->is(JsonValue::Kind::kObject)) return std::nullopt;
  const double expires = number_member(*json.value, "expires");
  // Beyond 2^53 a double is no exact number of seconds.
  if (!(expires > 0 && expires < 9007199254740992.0)) return std::nullopt;
  AccessClaims claims{.line = string_member(*json.value, "line"),
                      .room = string_member(*json.value, "room"),
                      .name = string_member(*json.value, "name"),
                      .listen_only = string_member(*json.value, "role") != "talk",
                      .expires = static_cast<std::int64_t>(expires)};
  if (claims.line.empty()) return std::nullopt;
  return claims;
}

std::optional<std::int64_t> parse_validity(std::string_view text) {
  std::int64_t unit = 1;
  if (!text.empty()) {
    const char last = text.back();
    unit = last == 'm' ? 60 : last == 'h' ? 3600 : last == 'd' ? 24 * 3600 : 1;
    if (unit > 1 || last == 's') text.remove_suffix(1);
  }
  std::int64_t count = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    count = count * 10 + (c - '0');
    if (count > kYear) return std::nullopt;
  }
  if (count == 0 || count * unit > kYear) return std::nullopt;
  return count * unit;
}

}  // namespace jackfield::webrtc
