#include "plain_letters.hpp"

#include <utility>

#include "utf8.hpp"

namespace jackfield {
namespace {

// Base letters of U+00C0 to U+017F and of U+1E00 to U+1EFF, as Unicode decomposes them (NFD); those
// without an accent in that sense by their usual transcription in one letter. '?': see ligature().
constexpr std::string_view kLatin =
    "aaaaaa?ceeeeiiiidnooooo?ouuuuy??aaaaaa?ceeeeiiiidnooooo?ouuuuy?yaaaaaaccccccccddddeeeeeeeeee"
    "gggggggghhhhiiiiiiiiii??jjkkkllllllllllnnnnnnnnnoooooo??rrrrrrssssssssttttttuuuuuuuuuuuuwwyyy"
    "zzzzzzs";
constexpr std::string_view kVietnamese =
    "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmmmmmmnnnnnnnnoooooooopppprrrr"
    "rrrrssssssssssttttttttuuuuuuuuuuvvvvwwwwwwwwwwxxxxyyzzzzzzhtwyassssdaaaaaaaaaaaaaaaaaaaaaaaa"
    "eeeeeeeeeeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyyllvvyy";
constexpr char32_t kLatinFrom = 0xC0;
constexpr char32_t kVietnameseFrom = 0x1E00;
static_assert(kLatin.size() == 0x180 - kLatinFrom);
static_assert(kVietnamese.size() == 0x1F00 - kVietnameseFrom);

std::u32string_view ligature(char32_t c) {
  switch (c) {
    case 0xC6:
    case 0xE6:
      return U"ae";
    case 0xDE:
    case 0xFE:
      return U"th";
    case 0xDF:
    case 0x1E9E:
      return U"ss";
    case 0x132:
    case 0x133:
      return U"ij";
    case 0x152:
    case 0x153:
      return U"oe";
    default:
      return {};
  }
}

char32_t greek(char32_t c) {
  if (c >= 0x391 && c <= 0x3A9) c += 0x20;
  switch (c) {
    case 0x386:
    case 0x3AC:
      return 0x3B1;
    case 0x388:
    case 0x3AD:
      return 0x3B5;
    case 0x389:
    case 0x3AE:
      return 0x3B7;
    case 0x38A:
    case 0x390:
    case 0x3AA:
    case 0x3AF:
    case 0x3CA:
      return 0x3B9;
    case 0x38C:
    case 0x3CC:
      return 0x3BF;
    case 0x38E:
    case 0x3AB:
    case 0x3B0:
    case 0x3CB:
    case 0x3CD:
      return 0x3C5;
    case 0x38F:
    case 0x3CE:
      return 0x3C9;
    case 0x3C2:  // the sigma at the end of a word
      return 0x3C3;
    default:
      return c;
  }
}

char32_t cyrillic(char32_t c) {
  if (c >= 0x410 && c <= 0x42F) c += 0x20;
  if (c >= 0x400 && c <= 0x40F) c += 0x50;
  switch (c) {
    case 0x439:  // as their decomposed forms, whose marks are left out
      return 0x438;
    case 0x450:
    case 0x451:
      return 0x435;
    case 0x457:
      return 0x456;
    case 0x45E:
      return 0x443;
    default:
      return c;
  }
}

bool is_mark(char32_t c) { return c >= 0x300 && c <= 0x36F; }

bool is_letter(char32_t c) {
  if (c < 0x80) return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
  if (c < 0xC0) return c == 0xAA || c == 0xB5 || c == 0xBA;
  const bool punctuation =
      c == 0xD7 || c == 0xF7 || (c >= 0x2000 && c <= 0x2BFF) || (c >= 0x2E00 && c <= 0x2E7F) ||
      (c >= 0x3000 && c <= 0x3004) || (c >= 0x3008 && c <= 0x3020) || c == 0x3030 || c == 0x30FB ||
      (c >= 0xFE10 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF0F) ||
      (c >= 0xFF1A && c <= 0xFF20) || (c >= 0xFF5B && c <= 0xFF65) ||
      (c >= 0xE000 && c <= 0xF8FF) || (c >= 0x1F000 && c <= 0x1FAFF) || c == 0x60C || c == 0x61B ||
      c == 0x61F || c == 0x964 || c == kInvalidUtf8;
  return !punctuation;
}

void append_folded(std::u32string& word, char32_t c) {
  if (const auto letters = ligature(c); !letters.empty()) {
    word += letters;
  } else if (c >= kLatinFrom && c < kLatinFrom + kLatin.size()) {
    word += static_cast<char32_t>(kLatin[c - kLatinFrom]);
  } else if (c >= kVietnameseFrom && c < kVietnameseFrom + kVietnamese.size()) {
    word += static_cast<char32_t>(kVietnamese[c - kVietnameseFrom]);
  } else if (c >= 0x370 && c <= 0x3FF) {
    word += greek(c);
  } else if (c >= 0x400 && c <= 0x45F) {
    word += cyrillic(c);
  } else {
    word += c;
  }
}

}  // namespace

std::vector<std::u32string> plain_letters(std::string_view text) {
  std::vector<std::u32string> words;
  std::u32string word;
  const auto flush = [&] {
    if (!word.empty()) words.push_back(std::exchange(word, {}));
  };
  for (std::size_t at = 0; at < text.size();) {
    char32_t c = decode_utf8(text, at);
    if (c >= 0xFF10 && c <= 0xFF5A && c != 0xFF3F) c -= 0xFEE0;  // wide letters and digits
    if (c >= 'A' && c <= 'Z') c += 'a' - 'A';
    if (is_mark(c)) continue;
    if (is_letter(c)) {
      append_folded(word, c);
    } else {
      flush();
    }
  }
  flush();
  return words;
}

}  // namespace jackfield
