#include "caller_identity.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "utf8.hpp"

namespace jackfield::callers {
namespace {

constexpr std::size_t kMostDigits = 15;  // E.164
constexpr std::size_t kLeastDigits = 7;
constexpr std::size_t kLeastShortCode = 3;
constexpr std::size_t kMostShortCode = 6;
constexpr std::string_view kBlanks = " \t\r\n";

// The words, and their letters on the keys of a telephone, which Twilio writes in place of a
// number (its help page "Why am I getting calls from these strange numbers?").
constexpr auto kWithheld = std::to_array<std::string_view>(
    {"anonymous", "restricted", "blocked", "unknown", "unavailable", "private", "withheld",
     "+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"});

std::string lower(std::string_view text) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

bool has_prefix(std::string_view text, std::string_view prefix) {
  return text.size() > prefix.size() && lower(text.substr(0, prefix.size())) == prefix;
}

// Letters of any script and marks, nothing that controls a terminal or ends a line.
bool is_name(std::string_view text) {
  if (text.empty() || text.size() > kMostIdentity - 16) return false;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = decode_utf8(text, at);
    if (c == kInvalidUtf8 || c < 0x20 || (c >= 0x7F && c < 0xA0)) return false;
  }
  return trimmed(text).size() == text.size();
}

bool is_address_character(unsigned char c) { return c > 0x20 && c < 0x7F; }

std::optional<std::string> read_sip(std::string_view text) {
  // "sips:" is the same account, by a safer way.
  const std::string_view address = text.substr(text.find(':') + 1);
  const std::size_t at = address.find('@');
  if (at == 0 || at == std::string_view::npos || at + 1 == address.size()) return std::nullopt;
  if (text.size() > kMostIdentity ||
      !std::all_of(address.begin(), address.end(), is_address_character))
    return std::nullopt;
  return "sip:" + std::string{address.substr(0, at)} + lower(address.substr(at));
}

std::optional<std::string> read_number(std::string_view text) {
  std::string digits;
  bool international = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '+' && i == 0) {
      international = true;
    } else if (c >= '0' && c <= '9') {
      digits += c;
    } else if (std::string_view{" -()./"}.find(c) == std::string_view::npos) {
      return std::nullopt;
    }
  }
  if (!international && digits.starts_with("00")) {
    international = true;
    digits.erase(0, 2);
  }
  if (international) {
    if (digits.size() < kLeastDigits || digits.size() > kMostDigits || digits.front() == '0')
      return std::nullopt;
    return "+" + digits;
  }
  if (digits.size() < kLeastShortCode || digits.size() > kMostShortCode || digits.front() == '0')
    return std::nullopt;
  return digits;
}

}  // namespace

bool is_withheld(std::string_view text) {
  std::string plain = lower(trimmed(text));
  for (const std::string_view prefix : {"sip:", "sips:", "client:"}) {
    if (!has_prefix(plain, prefix)) continue;
    plain.erase(0, prefix.size());
    plain.resize(std::min(plain.find('@'), plain.size()));
  }
  return std::find(kWithheld.begin(), kWithheld.end(), plain) != kWithheld.end();
}

std::optional<std::string> read_identity(std::string_view written) {
  const std::string_view text = trimmed(written);
  if (text.empty() || is_withheld(text)) return std::nullopt;
  if (has_prefix(text, "sip:") || has_prefix(text, "sips:")) return read_sip(text);
  for (const std::string_view prefix : {"client:", "browser:"}) {
    if (!has_prefix(text, prefix)) continue;
    const std::string_view name = text.substr(prefix.size());
    if (!is_name(name)) return std::nullopt;
    return std::string{prefix} + std::string{name};
  }
  auto number = read_number(text);
  if (number && is_withheld(*number)) return std::nullopt;
  return number;
}

std::optional<std::string> browser_identity(std::string_view name) {
  if (!is_name(name)) return std::nullopt;
  return "browser:" + std::string{name};
}

}  // namespace jackfield::callers
