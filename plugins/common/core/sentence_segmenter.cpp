#include "sentence_segmenter.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <utility>

#include "utf8.hpp"

namespace jackfield {
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

// Words that a full stop shortens, whatever follows.
constexpr std::string_view kAbbreviations[] = {
    "mr",     "mrs",  "ms",  "dr",   "prof", "st",  "jr",   "sr",   "vs",   "corp", "ext",
    "dept",   "mt",   "ave", "blvd", "rd",   "apt", "fig",  "vol",  "gen",  "col",  "sgt",
    "capt",   "lt",   "rev", "hon",  "sen",  "gov", "pres", "hwy",  "bldg", "univ", "messrs",
    "approx", "ca",   "bzw", "nr",   "tel",  "str", "evtl", "ggf",  "inkl", "sog",  "vgl",
    "hr",     "frau", "fr",  "mme",  "mlle", "ste", "esp",  "dipl", "geb",  "est"};
// Those that do before a number only: "No. 5", but "No. Thank you."
constexpr std::string_view kBeforeNumbers[] = {"no",  "jan", "feb",  "mar", "apr", "jun", "jul",
                                               "aug", "sep", "sept", "oct", "nov", "dec", "p",
                                               "pp",  "ch",  "art",  "abs", "max", "min", "room"};
// "am 5. Mai"
constexpr std::string_view kMonths[] = {"Januar", "Februar", "M\xC3\xA4rz", "April",
                                        "Mai",    "Juni",    "Juli",        "August",
                                        "Sept",   "Oktober", "November",    "Dezember"};
// Before these a long first piece may end.
constexpr std::string_view kConjunctions[] = {
    " and ",   " but ", " because ", " so ",   " or ",   " when ", " while ", " which ", " who ",
    " where ", " if ",  " und ",     " aber ", " weil ", " oder ", " denn ",  " wenn "};

bool is_one_of(std::string_view word, std::span<const std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// "u.s", "ph.d", but not "example.com"
bool is_dotted(std::string_view word) {
  std::size_t part = 0;
  bool dot = false;
  for (const char c : word) {
    part = c == '.' ? 0 : part + 1;
    dot = dot || c == '.';
    if (part > 2) return false;
  }
  return dot;
}

// Does the full stop at `dot` belong to the word before it? `next` is what follows the white space.
bool is_abbreviation(std::string_view text, std::size_t dot, std::string_view next) {
  std::size_t begin = dot;
  while (begin > 0 && (is_letter(text[begin - 1]) || text[begin - 1] == '.')) --begin;
  std::string word;
  for (std::size_t i = begin; i < dot; ++i) word += lower(text[i]);
  if (word.empty()) {
    // "1. First": the number of an item, when nothing but it has come.
    std::size_t number = dot;
    while (number > 0 && is_digit(text[number - 1])) --number;
    if (number == dot || dot - number > 2) return false;
    if (text.find_first_not_of(" \n\t") == number) return true;
    return std::any_of(std::begin(kMonths), std::end(kMonths),
                       [&](std::string_view month) { return next.starts_with(month); });
  }
  if (!next.empty() && is_lower(next[0])) return true;  // "at 5 p.m. today"
  if (is_one_of(word, kBeforeNumbers)) return !next.empty() && is_digit(next[0]);
  // "J. Smith", but "That is what I. Said"? "I" alone ends more sentences than names.
  if (word.size() == 1) return word != "i" && !is_lower(text[begin]);
  // "the U.S. Army"; at "5 p.m. See you" the sentence ends.
  if (is_dotted(word)) return word != "a.m" && word != "p.m";
  return is_one_of(word, kAbbreviations);
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// Behind the last clause, else the last word, that fits.
std::size_t cut_position(std::string_view text, std::size_t longest) {
  const std::string_view head = truncate_utf8(text, longest);
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

// May the first piece end with the mark at `mark`, of which nothing follows yet?
bool ends_early(std::string_view text, std::size_t mark) {
  const char c = text[mark];
  if (c == '.' || c == ':' || mark == 0) return false;  // "3.", "Dr.", "https:"
  const char before = text[mark - 1];
  const bool strong = c == '?' || c == '!';
  if (!strong && c != ',' && c != ';') return false;
  if (!strong && !is_letter(before) && !(before & 0x80)) return false;  // "1,"
  // In a quotation or brackets the closing mark may follow, in an address anything.
  const auto count = [&](std::string_view what) {
    std::size_t n = 0;
    for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + what.size()))
      ++n;
    return n;
  };
  if (count("\"") % 2 != 0 || count("(") > count(")") || count("[") > count("]") ||
      count("\xE2\x80\x9C") > count("\xE2\x80\x9D") || count("\xC2\xAB") > count("\xC2\xBB"))
    return false;
  const std::size_t space = text.find_last_of(" \n\t", mark);
  const std::string_view word = text.substr(space == text.npos ? 0 : space + 1);
  return word.find_first_of("/@\\=") == word.npos && !word.starts_with("www.");
}

// Before the last conjunction that leaves a piece of some length; npos: there is none.
std::size_t conjunction(std::string_view text, std::size_t least) {
  std::size_t best = text.npos;
  for (const std::string_view word : kConjunctions) {
    const std::size_t at = text.rfind(word);
    if (at != text.npos && at >= least && (best == text.npos || at > best)) best = at;
  }
  return best;
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

// Marks that belong to a piece that is spoken already.
void SentenceSegmenter::drop_orphans() {
  while (early_ && !pending_.empty()) {
    const std::size_t mark = closing(pending_, 0);
    if (mark == 0 && pending_.find_first_of(".?!,;") != 0) {
      early_ = false;
    } else {
      pending_.erase(0, mark > 0 ? mark : 1);
    }
  }
}

std::optional<std::string> SentenceSegmenter::next() {
  drop_orphans();
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
    const bool hyphen = c == '-' && i > 0 && is_space(text[i - 1]);
    const bool stop = c == '.' || c == '?' || c == '!';
    const bool pause = c == ',' || c == ';' || c == ':' || ellipsis || dash || hyphen;
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
    if (end >= text.size()) {
      // What follows decides, mostly.
      if (first_ && ends_early(text, i) && (stop || trimmed(text).size() >= config_.first_clause)) {
        early_ = true;
        return found(end);
      }
      break;
    }
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
  if (first_ && config_.long_first > 0 && pending_.size() > config_.long_first) {
    const std::size_t end = conjunction(pending_, config_.long_first / 2);
    if (end != std::string::npos) return cut(end);
  }
  const std::size_t longest = first_ ? config_.longest_first : config_.longest;
  if (pending_.size() > longest) return cut(cut_position(pending_, longest));
  return std::nullopt;
}

std::optional<std::string> SentenceSegmenter::finish() {
  drop_orphans();
  // The last full stop had nothing behind it that could have told what it is.
  auto piece = cut(pending_.size());
  first_ = true;
  early_ = false;
  return piece;
}

}  // namespace jackfield
