#include "masking.hpp"

#include <algorithm>
#include <array>

#include "json_serialize.hpp"
#include "tool_result.hpp"

namespace agentbrain::tools {

using jackfield::JsonValue;

namespace {

constexpr std::size_t kShortest = 6;

void mask(JsonValue& value) {
  for (auto& member : value.members) {
    if (sounds_secret(member.key) && !member.value.is(JsonValue::Kind::kNull)) {
      member.value = JsonValue{};
      member.value.kind = JsonValue::Kind::kString;
      member.value.string = "***";
    } else {
      mask(member.value);
    }
  }
  for (JsonValue& item : value.items) mask(item);
}

}  // namespace

bool sounds_secret(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') {
      plain += static_cast<char>(c - 'A' + 'a');
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      plain += c;
    }
  }
  static constexpr std::array kParts{"password",   "passwd",    "passphrase", "secret",
                                     "token",      "apikey",    "credential", "authorization",
                                     "privatekey", "accesskey", "cardnumber"};
  static constexpr std::array kNames{"pin", "cvv", "cvc", "iban", "auth", "cookie"};
  return std::any_of(kParts.begin(), kParts.end(),
                     [&](const char* part) { return plain.find(part) != std::string::npos; }) ||
         std::any_of(kNames.begin(), kNames.end(), [&](const char* one) { return plain == one; });
}

void Masking::hide(std::string_view secret) {
  if (secret.size() < kShortest) return;
  secrets_.emplace_back(secret);
  // The longest first: one may be part of another.
  std::sort(secrets_.begin(), secrets_.end(),
            [](const auto& a, const auto& b) { return a.size() > b.size(); });
}

std::string Masking::text(std::string text) const {
  for (const std::string& secret : secrets_) {
    for (std::size_t at = text.find(secret); at != std::string::npos;
         at = text.find(secret, at + 3))
      text.replace(at, secret.size(), "***");
  }
  return text;
}

std::string Masking::arguments(std::string_view json, std::size_t max_bytes) const {
  auto parsed = jackfield::parse_json(json);
  if (!parsed.value) return cut_result(text(std::string(json)), max_bytes);
  mask(*parsed.value);
  return cut_result(text(jackfield::to_json(*parsed.value)), max_bytes);
}

}  // namespace agentbrain::tools
