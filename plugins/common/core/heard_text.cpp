#include "heard_text.hpp"

#include <algorithm>
#include <cctype>

namespace jackfield {
namespace {

constexpr std::uint64_t kNsPerCharacter = 1'000'000'000 / 15;

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
bool is_word_character(char c) {
  const auto u = static_cast<unsigned char>(c);
  return u >= 0x80 || std::isalnum(u) != 0;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text) {
    if (!is_space(c)) {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

// As a TTS might spell it: letters and digits only, lower case.
std::string bare(const std::string& word) {
  std::string out;
  for (const char c : word) {
    if (is_word_character(c)) {
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  return out;
}

}  // namespace

std::uint32_t count_words(const std::string& text) {
  std::uint32_t n = 0;
  bool counted = false;
  for (const char c : text) {
    if (is_space(c)) {
      counted = false;
    } else if (!counted && is_word_character(c)) {
      counted = true;
      ++n;
    }
  }
  return n;
}

std::string estimate_heard(const std::string& text, std::uint64_t heard, std::uint64_t total,
                           bool complete) {
  if (!complete) total = std::max<std::uint64_t>(total, text.size() * kNsPerCharacter);
  if (total == 0 || heard == 0) return {};
  if (heard >= total) return text;
  const double share = static_cast<double>(heard) / static_cast<double>(total);
  const auto length =
      std::min(text.size(), static_cast<std::size_t>(share * static_cast<double>(text.size())));
  // Back to the end of the last whole word.
  std::size_t end = length;
  while (end > 0 && !(is_space(text[end]) && !is_space(text[end - 1]))) --end;
  return text.substr(0, end);
}

std::string without_filler(const std::string& heard, const std::string& filler) {
  const auto words = split(heard);
  std::size_t i = 0;
  for (const std::string& word : split(filler)) {
    const std::string wanted = bare(word);
    if (wanted.empty()) continue;
    while (i < words.size() && bare(words[i]).empty()) ++i;
    if (i == words.size()) return {};
    if (bare(words[i]) != wanted) return heard;
    ++i;
  }
  return join({words.begin() + static_cast<std::ptrdiff_t>(i), words.end()});
}

std::string join(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) {
    if (part.empty()) continue;
    if (!out.empty()) out += ' ';
    out += part;
  }
  return out;
}

}  // namespace jackfield
