#include "sentence_segmenter.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "utf8.hpp"

namespace openai {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_letter(char c) { return is_lower(c) || (c >= 'A' && c <= 'Z'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Length of a closing quote or bracket at `at`, 0 if there is none: " ' ) ] » and the typographic
// quotes U+2019, U+201D.
std::size_t closing(std::string_view text, std::size_t at) {
  static constexpr std::array<std::string_view, 7> kClosing{
      "\"", "'", ")", "]", "\xC2\xBB", "\xE2\x80\x99", "\xE2\x80\x9D"};
  for (const auto mark : kClosing) {
    if (text.substr(at).starts_with(mark)) return mark.size();
  }
  return 0;
}

// Full stops of Chinese and Japanese: no space follows them. 。！？
std::size_t wide_stop(std::string_view text, std::size_t at) {
  static constexpr std::array<std::string_view, 3> kStops{"\xE3\x80\x82", "\xEF\xBC\x81",
                                                          "\xEF\xBC\x9F"};
  for (const auto stop : kStops) {
    if (text.substr(at).starts_with(stop)) return stop.size();
  }
  return 0;
}

constexpr std::string_view kEllipsis = "\xE2\x80\xA6";
constexpr std::string_view kEnDash = "\xE2\x80\x93";
constexpr std::string_view kEmDash = "\xE2\x80\x94";

// Does the full stop at `dot` belong to the word before it? `next` is what follows the white space.
bool is_abbreviation(std::string_view text, std::size_t dot, std::string_view next) {
  static constexpr std::array<std::string_view, 40> kAbbreviations{
      "mr",  "mrs",  "ms",   "dr",  "prof", "st",  "jr",  "sr",  "vs",     "inc",
      "ltd", "co",   "corp", "ext", "dept", "e.g", "i.e", "etc", "approx", "mt",
      "ave", "blvd", "rd",   "apt", "fig",  "vol", "gen", "col", "sgt",    "capt",
      "lt",  "rev",  "hon",  "z.b", "d.h",  "ca",  "bzw", "usw", "nr",     "tel"};
  std::size_t begin = dot;
  while (begin > 0 && (is_letter(text[begin - 1]) || text[begin - 1] == '.')) --begin;
  std::string word;
  for (std::size_t i = begin; i < dot; ++i) word += lower(text[i]);
  if (word.empty()) {
    // "1. First": the number of an item, when nothing but it has come.
    std::size_t number = dot;
    while (number > 0 && is_digit(text[number - 1])) --number;
    return number < dot && text.find_first_not_of(" \n\t") == number && dot - number <= 2;
  }
  if (!next.empty() && is_lower(next[0])) return true;          // "at 5 p.m. today"
  if (word == "no") return !next.empty() && is_digit(next[0]);  // "No. 5", but "No. Thank you"
  // "J. Smith", but "That is what I. Said"? "I" alone ends more sentences than names.
  if (word.size() == 1) return word != "i" && !is_lower(text[begin]);
  // "the U.S. Army"; at "5 p.m. See you" the sentence ends.
  if (word.find('.') != std::string::npos && word != "e.g" && word != "i.e" && word != "z.b" &&
      word != "d.h")
    return word != "a.m" && word != "p.m";
  if (word == "etc" || word == "usw" || word == "co" || word == "inc" || word == "ltd")
    return false;
  return std::find(kAbbreviations.begin(), kAbbreviations.end(), word) != kAbbreviations.end();
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// Behind the last clause, else the last word, that fits.
std::size_t cut_position(std::string_view text, std::size_t longest) {
  const std::string_view head = jackfield::truncate_utf8(text, longest);
  for (std::size_t i = head.size(); i-- > longest / 4;) {
    if ((head[i] == ',' || head[i] == ';' || head[i] == ':') && i + 1 < text.size() &&
        is_space(text[i + 1]))
      return i + 1;
  }
  for (std::size_t i = head.size(); i-- > 1;) {
    if (is_space(head[i])) return i;
  }
  return std::max<std::size_t>(1, head.size());
}

}  // namespace

std::optional<std::string> SentenceSegmenter::cut(std::size_t end) {
  std::string piece{trimmed(std::string_view(pending_).substr(0, end))};
  pending_.erase(0, end);
  scanned_ = 0;
  if (piece.empty()) return std::nullopt;
  first_ = false;
  return piece;
}

std::optional<std::string> SentenceSegmenter::next() {
  const auto found = [this](std::size_t end) { return cut(end); };
  for (std::size_t i = scanned_; i < pending_.size(); ++i) {
    const std::string_view text = pending_;
    scanned_ = i;
    if (text[i] == '\n') {
      if (auto piece = found(i + 1)) return piece;
      i = static_cast<std::size_t>(-1);
      continue;
    }
    if (const std::size_t stop = wide_stop(text, i)) {
      if (auto piece = found(i + stop)) return piece;
      i = static_cast<std::size_t>(-1);
      continue;
    }
    const bool ellipsis = text.substr(i).starts_with(kEllipsis);
    const bool dash = text.substr(i).starts_with(kEnDash) || text.substr(i).starts_with(kEmDash);
    const char c = text[i];
    const bool stop = c == '.' || c == '?' || c == '!';
    const bool pause = c == ',' || c == ';' || c == ':' || ellipsis || dash;
    if (!stop && !pause) continue;
    std::size_t end = i + (ellipsis || dash ? 3 : 1);
    bool dots = ellipsis;
    bool strong = c == '?' || c == '!';
    while (end < text.size() && (text[end] == '.' || text[end] == '?' || text[end] == '!')) {
      if (text[end] == '.') dots = dots || c == '.';
      if (text[end] != '.') strong = true;
      ++end;
    }
    for (std::size_t more = closing(text, std::min(end, text.size())); end < text.size() && more;
         more = closing(text, end))
      end += more;
    if (end >= text.size()) break;  // what follows decides
    if (!is_space(text[end])) {
      i = end - 1;
      continue;
    }
    std::size_t next = end;
    while (next < text.size() && (text[next] == ' ' || text[next] == '\t')) ++next;
    if (stop && (strong || !dots)) {
      // A full stop may be part of an abbreviation; the next word tells.
      if (!strong && next >= text.size()) break;
      if (strong || !is_abbreviation(text, i, text.substr(next))) {
        if (auto piece = found(end)) return piece;
        i = static_cast<std::size_t>(-1);
      } else {
        i = end - 1;
      }
      continue;
    }
    if (first_ && trimmed(text.substr(0, end)).size() >= config_.first_clause) return found(end);
    i = end - 1;
  }
  const std::size_t longest = first_ ? config_.longest_first : config_.longest;
  if (pending_.size() > longest) return cut(cut_position(pending_, longest));
  return std::nullopt;
}

std::optional<std::string> SentenceSegmenter::finish() {
  // The last full stop had nothing behind it that could have told what it is.
  auto piece = cut(pending_.size());
  first_ = true;
  return piece;
}

}  // namespace openai
