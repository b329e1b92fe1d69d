#include "transcript_words.hpp"

#include <algorithm>

namespace jackfield {

void append_text(std::string& text, const std::string& more) {
  if (more.empty() || text.size() + more.size() >= kMostTranscript) return;
  if (!text.empty()) text += ' ';
  text += more;
}

std::size_t count_words(std::string_view text) {
  std::size_t words = 0;
  bool inside = false;
  for (const char c : text) {
    if (c != ' ' && !inside) ++words;
    inside = c != ' ';
  }
  return words;
}

std::string skip_words(std::string_view text, std::size_t words) {
  std::size_t at = 0;
  for (; words > 0 && at < text.size(); --words) {
    at = std::min(text.find_first_not_of(' ', at), text.size());
    at = std::min(text.find(' ', at), text.size());
  }
  at = std::min(text.find_first_not_of(' ', at), text.size());
  return std::string(text.substr(at, kMostTranscript));
}

std::string join_texts(const std::string& text, const std::string& more) {
  std::string both = text;
  append_text(both, more);
  return both;
}

}  // namespace jackfield
