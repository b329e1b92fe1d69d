#include "plain_words.hpp"

#include <cctype>

namespace jackfield {

std::vector<std::string> plain_words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  const auto flush = [&] {
    while (!word.empty() && word.back() == '\'') word.pop_back();
    if (!word.empty()) words.push_back(std::move(word));
    word.clear();
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (text.substr(i).starts_with("\u2019")) {  // the typographic apostrophe
      if (!word.empty()) word += '\'';
      i += 2;
    } else if (text.substr(i).starts_with("\u2026") || text.substr(i).starts_with("\u2014")) {
      flush();
      i += 2;
    } else if (c >= 0x80 || std::isalnum(c)) {
      word += c < 0x80 ? static_cast<char>(std::tolower(c)) : static_cast<char>(c);
    } else if (c == '\'' && !word.empty()) {
      word += '\'';
    } else {
      flush();
    }
  }
  flush();
  return words;
}

}  // namespace jackfield
