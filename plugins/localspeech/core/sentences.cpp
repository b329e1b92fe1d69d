#include "sentences.hpp"

#include <algorithm>
#include <array>

#include "utf8.hpp"

namespace localspeech {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_closing(char c) { return c == '"' || c == '\'' || c == ')' || c == ']'; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Does the full stop at `at` belong to the word before it?
bool is_abbreviation(std::string_view text, std::size_t at) {
  static constexpr std::array<std::string_view, 17> kAbbreviations{
      "mr", "mrs", "ms",  "dr",   "prof", "st",  "jr",     "sr", "vs",
      "no", "inc", "ext", "dept", "e.g",  "i.e", "approx", "mt"};
  std::size_t begin = at;
  while (begin > 0 && (is_letter(text[begin - 1]) || text[begin - 1] == '.')) --begin;
  std::string word;
  for (std::size_t i = begin; i < at; ++i) word += lower(text[i]);
  if (word.empty()) return false;
  std::size_t next = at + 1;
  while (next < text.size() && is_space(text[next])) ++next;
  const bool lower_follows = next < text.size() && text[next] >= 'a' && text[next] <= 'z';
  if (lower_follows) return true;  // "at 5 p.m. today", "etc. and"
  // "No. 5" is a number, "No. Thank you" an answer.
  if (word == "no") return next < text.size() && text[next] >= '0' && text[next] <= '9';
  if (word.size() == 1) return text[begin] != 'I' && next < text.size() && text[begin] < 'a';
  return std::find(kAbbreviations.begin(), kAbbreviations.end(), word) != kAbbreviations.end();
}

void add(std::vector<std::string>& out, std::string_view sentence) {
  while (!sentence.empty() && is_space(sentence.front())) sentence.remove_prefix(1);
  while (!sentence.empty() && is_space(sentence.back())) sentence.remove_suffix(1);
  if (!sentence.empty()) out.emplace_back(sentence);
}

std::size_t cut_position(std::string_view sentence, std::size_t max_length) {
  const std::string_view head = jackfield::truncate_utf8(sentence, max_length);
  // A very short first clause is not worth the break in the melody.
  for (std::size_t i = head.size(); i-- > max_length / 4;) {
    if ((head[i] == ',' || head[i] == ';' || head[i] == ':') && i + 1 < sentence.size() &&
        is_space(sentence[i + 1])) {
      return i + 1;
    }
  }
  for (std::size_t i = head.size(); i-- > 1;) {
    if (is_space(head[i])) return i;
  }
  return head.empty() ? sentence.size() : head.size();
}

}  // namespace

std::vector<std::string> split_sentences(std::string_view text, std::size_t max_length) {
  std::vector<std::string> sentences;
  const auto add_bounded = [&](std::string_view sentence) {
    while (sentence.size() > max_length) {
      const std::size_t cut = cut_position(sentence, max_length);
      add(sentences, sentence.substr(0, cut));
      sentence.remove_prefix(cut);
    }
    add(sentences, sentence);
  };
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') {
      add_bounded(text.substr(begin, i - begin));
      begin = i + 1;
      continue;
    }
    if (c != '.' && c != '?' && c != '!') continue;
    std::size_t end = i + 1;
    while (end < text.size() && (is_closing(text[end]) || text[end] == c)) ++end;
    if (end < text.size() && !is_space(text[end])) continue;
    if (c == '.' && end == i + 1 && is_abbreviation(text, i)) continue;
    add_bounded(text.substr(begin, end - begin));
    begin = end;
    i = end - 1;
  }
  add_bounded(text.substr(begin));
  return sentences;
}

}  // namespace localspeech
