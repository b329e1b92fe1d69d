#include "recognized_text.hpp"

#include <algorithm>

namespace localspeech {

std::string_view without_variant(std::string_view word) {
  if (word.size() < 4 || word.back() != ')') return word;
  const std::size_t open = word.rfind('(');
  if (open == std::string_view::npos || open == 0 || open + 2 >= word.size()) return word;
  for (std::size_t i = open + 1; i + 1 < word.size(); ++i) {
    if (word[i] < '0' || word[i] > '9') return word;
  }
  return word.substr(0, open);
}

bool is_filler(std::string_view word) {
  if (word.empty() || word == "(NULL)") return true;
  const char first = word.front();
  return first == '<' || first == '[' || word.substr(0, 2) == "++";
}

std::string clean_text(std::string_view hypothesis) {
  std::string text;
  while (!hypothesis.empty()) {
    const std::size_t end = std::min(hypothesis.find(' '), hypothesis.size());
    const std::string_view word = hypothesis.substr(0, end);
    hypothesis.remove_prefix(std::min(end + 1, hypothesis.size()));
    if (is_filler(word)) continue;
    if (!text.empty()) text += ' ';
    for (const char c : without_variant(word)) {
      text += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  return text;
}

bool StableText::update(const std::string& text) {
  const bool stable = !text.empty() && text == last_ && text != announced_;
  last_ = text;
  if (stable) announced_ = text;
  return stable;
}

}  // namespace localspeech
