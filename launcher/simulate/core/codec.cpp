#include "codec.hpp"

#include <array>

namespace jackfield::simulate {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kInvalid = 0xFF;

constexpr std::array<std::uint8_t, 256> make_reverse() {
  std::array<std::uint8_t, 256> table{};
  table.fill(kInvalid);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i)
    table[static_cast<std::uint8_t>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  return table;
}
constexpr auto kReverse = make_reverse();

}  // namespace

void base64_append(std::string& out, std::span<const std::uint8_t> bytes) {
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const unsigned v = static_cast<unsigned>(bytes[i] << 16 | bytes[i + 1] << 8 | bytes[i + 2]);
    out += kAlphabet[v >> 18];
    out += kAlphabet[(v >> 12) & 63];
    out += kAlphabet[(v >> 6) & 63];
    out += kAlphabet[v & 63];
  }
  const std::size_t rest = bytes.size() - i;
  if (rest == 0) return;
  const unsigned v = static_cast<unsigned>(bytes[i] << 16 | (rest == 2 ? bytes[i + 1] << 8 : 0));
  out += kAlphabet[v >> 18];
  out += kAlphabet[(v >> 12) & 63];
  out += rest == 2 ? kAlphabet[(v >> 6) & 63] : '=';
  out += '=';
}

std::optional<std::vector<std::uint8_t>> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::vector<std::uint8_t> out;
  if (text.empty()) return out;
  std::size_t padding = 0;
  if (text.back() == '=') padding = text[text.size() - 2] == '=' ? 2 : 1;
  out.reserve(text.size() / 4 * 3);
  for (std::size_t i = 0; i < text.size(); i += 4) {
    const bool last = i + 4 == text.size();
    const std::size_t digits = last ? 4 - padding : 4;
    unsigned v = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      unsigned digit = 0;
      if (k < digits) {
        digit = kReverse[static_cast<std::uint8_t>(text[i + k])];
        if (digit == kInvalid) return std::nullopt;
      }
      v = v << 6 | digit;
    }
    // The bits that no byte needs are zero, or one audio would have several spellings.
    if (digits < 4 && (v & (digits == 3 ? 0xFFu : 0xFFFFu)) != 0) return std::nullopt;
    out.push_back(static_cast<std::uint8_t>(v >> 16));
    if (digits > 2) out.push_back(static_cast<std::uint8_t>(v >> 8));
    if (digits > 3) out.push_back(static_cast<std::uint8_t>(v));
  }
  return out;
}

}  // namespace jackfield::simulate
