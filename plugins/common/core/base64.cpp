#include "base64.hpp"

#include <array>

namespace jackfield {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr uint8_t kInvalid = 0xff;

constexpr std::array<uint8_t, 256> kValues = [] {
  std::array<uint8_t, 256> values{};
  values.fill(kInvalid);
  for (size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<uint8_t>(kAlphabet[i])] = static_cast<uint8_t>(i);
  }
  return values;
}();

uint32_t value_of(char c) { return kValues[static_cast<uint8_t>(c)]; }

}  // namespace

std::optional<size_t> base64_decode(std::string_view text, std::span<uint8_t> out) noexcept {
  if (text.size() % 4 != 0) return std::nullopt;
  if (text.empty()) return 0;
  size_t padding = 0;
  if (text.back() == '=') padding = text[text.size() - 2] == '=' ? 2 : 1;
  const size_t size = text.size() / 4 * 3 - padding;
  if (out.size() < size) return std::nullopt;

  const size_t whole = (text.size() - (padding ? 4 : 0)) / 4;
  const char* in = text.data();
  uint8_t* to = out.data();
  uint32_t bad = 0;
  for (size_t i = 0; i < whole; ++i, in += 4, to += 3) {
    const uint32_t a = value_of(in[0]);
    const uint32_t b = value_of(in[1]);
    const uint32_t c = value_of(in[2]);
    const uint32_t d = value_of(in[3]);
    bad |= a | b | c | d;
    const uint32_t bits = a << 18 | b << 12 | c << 6 | d;
    to[0] = static_cast<uint8_t>(bits >> 16);
    to[1] = static_cast<uint8_t>(bits >> 8);
    to[2] = static_cast<uint8_t>(bits);
  }
  if (padding) {
    const uint32_t a = value_of(in[0]);
    const uint32_t b = value_of(in[1]);
    const uint32_t c = padding == 1 ? value_of(in[2]) : 0;
    bad |= a | b | c;
    // The bits that no byte needs have to be zero, or one audio would have several spellings.
    if (padding == 1 ? (c & 0x03) : (b & 0x0f)) return std::nullopt;
    to[0] = static_cast<uint8_t>(a << 2 | b >> 4);
    if (padding == 1) to[1] = static_cast<uint8_t>(b << 4 | c >> 2);
  }
  // Only kInvalid has this bit.
  if (bad & 0x80) return std::nullopt;
  return size;
}

void base64_append(std::string& out, std::span<const uint8_t> bytes) {
  const size_t before = out.size();
  out.resize(before + (bytes.size() + 2) / 3 * 4);
  char* to = out.data() + before;
  size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3, to += 4) {
    const uint32_t bits = uint32_t{bytes[i]} << 16 | uint32_t{bytes[i + 1]} << 8 | bytes[i + 2];
    to[0] = kAlphabet[bits >> 18];
    to[1] = kAlphabet[bits >> 12 & 63];
    to[2] = kAlphabet[bits >> 6 & 63];
    to[3] = kAlphabet[bits & 63];
  }
  const size_t rest = bytes.size() - i;
  if (rest == 0) return;
  const uint32_t bits = uint32_t{bytes[i]} << 16 | (rest == 2 ? uint32_t{bytes[i + 1]} << 8 : 0);
  to[0] = kAlphabet[bits >> 18];
  to[1] = kAlphabet[bits >> 12 & 63];
  to[2] = rest == 2 ? kAlphabet[bits >> 6 & 63] : '=';
  to[3] = '=';
}

}  // namespace jackfield
