#include "twilio/core/phone_address.hpp"

#include <algorithm>
#include <cctype>

namespace jackfield::twilio {
namespace {

constexpr std::size_t kMaxDigits = 15;  // E.164
constexpr std::size_t kMinDigits = 3;
constexpr std::size_t kMaxClient = 121;  // the longest identity Twilio accepts
constexpr std::size_t kMaxSip = 255;

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return c >= '0' && c <= '9'; });
}

bool all_of(std::string_view text, std::string_view also) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || also.find(c) != std::string_view::npos;
  });
}

bool is_sip(std::string_view rest) {
  const std::size_t at = rest.find('@');
  if (at == std::string_view::npos || at == 0 || at + 1 == rest.size() || rest.size() > kMaxSip)
    return false;
  return all_of(rest.substr(0, at), "+-_.!~*'()%") && all_of(rest.substr(at + 1), ".-_:;=[]");
}

}  // namespace

std::optional<std::string> phone_address(std::string_view text) {
  bool good = false;
  if (text.starts_with("client:")) {
    const std::string_view name = text.substr(7);
    good = !name.empty() && name.size() <= kMaxClient && all_of(name, "_-.+@%");
  } else if (text.starts_with("sip:")) {
    good = is_sip(text.substr(4));
  } else if (text.starts_with("sips:")) {
    good = is_sip(text.substr(5));
  } else {
    const std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
    good = digits.size() >= kMinDigits && digits.size() <= kMaxDigits && all_digits(digits);
  }
  if (!good) return std::nullopt;
  return std::string{text};
}

bool is_sid(std::string_view text, std::string_view prefix) {
  constexpr std::size_t kHexDigits = 32;
  if (text.size() != prefix.size() + kHexDigits || !text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return std::isxdigit(c) != 0; });
}

}  // namespace jackfield::twilio
