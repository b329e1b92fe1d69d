#include "end_of_turn.hpp"

#include <algorithm>
#include <cctype>
#include <span>

#include "plain_words.hpp"

namespace agentbrain {
namespace {

// Only the end of a text and the length of short ones matter; a text this long is judged by its
// end.
constexpr std::size_t kMaxJudged = 400;

using Words = std::span<const std::string_view>;

bool is_one_of(std::string_view word, Words list) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// Nothing ends with these, whatever punctuation a service puts behind them.
constexpr std::string_view kOpenWords[] = {
    "and",   "or",     "but",     "because", "so",    "if",    "when",  "while",  "although",
    "than",  "the",    "a",       "an",      "my",    "your",  "his",   "our",    "their",
    "its",   "um",     "uh",      "uhm",     "er",    "erm",   "hmm",   "i'm",    "i'd",
    "i'll",  "we're",  "you're",  "they're", "gonna", "wanna", "very",  "really", "every",
    "which", "whose",  "whether", "unless",  "until", "let's", "maybe", "well",   "also",
    "point", "double", "triple",  "plus",    "minus", "dot"};
// Seldom at an end, but "what is it for?", "I do." and "come in." exist: punctuation wins.
constexpr std::string_view kLeadingWords[] = {
    "to",    "of",    "for",    "with",  "from", "at",   "in",     "on",   "by",   "into",  "about",
    "like",  "near",  "before", "after", "i",    "we",   "he",     "they", "is",   "are",   "was",
    "were",  "am",    "be",     "been",  "have", "has",  "had",    "do",   "does", "did",   "can",
    "could", "would", "should", "will",  "want", "need", "going",  "that", "what", "where", "who",
    "how",   "why",   "not",    "just",  "then", "it's", "between"};
constexpr std::string_view kDigits[] = {"zero", "oh",    "one",   "two",  "three",  "four", "five",
                                        "six",  "seven", "eight", "nine", "nought", "nil"};
constexpr std::string_view kAuxiliaries[] = {
    "is",   "are",   "was",    "were",  "am",  "do",    "does", "did", "can", "could",
    "will", "would", "should", "shall", "may", "might", "have", "has", "had"};
constexpr std::string_view kSubjects[] = {"you", "i",   "we",   "it",   "there",
                                          "he",  "she", "they", "that", "this"};
// Whole answers.
constexpr std::string_view kAnswers[] = {
    "yes",         "no",           "yeah",         "yep",        "yup",
    "nope",        "nah",          "okay",         "ok",         "sure",
    "right",       "correct",      "exactly",      "absolutely", "definitely",
    "alright",     "mhm",          "mm hmm",       "uh huh",     "please",
    "yes please",  "no thanks",    "no thank you", "thanks",     "thank you",
    "bye",         "goodbye",      "bye bye",      "hello",      "hi",
    "stop",        "yes it is",    "no it isn't",  "yes i do",   "no i don't",
    "of course",   "that's right", "that's it",    "that's all", "that's fine",
    "sounds good", "not really",   "i don't know", "go ahead",   "that's correct",
    "all right",   "you too"};

bool is_number(std::string_view word) {
  return std::isdigit(static_cast<unsigned char>(word.front())) != 0 || is_one_of(word, kDigits);
}

// Digits of a number dictated one by one, or in groups, at the end of the text.
std::size_t trailing_digits(const std::vector<std::string>& words) {
  std::size_t digits = 0;
  for (auto word = words.rbegin(); word != words.rend() && is_number(*word); ++word) {
    const bool written = std::isdigit(static_cast<unsigned char>(word->front())) != 0;
    digits += written ? word->size() : 1;
  }
  return digits;
}

bool is_closed_question(const std::vector<std::string>& words) {
  return words.size() >= 4 && is_one_of(words[0], kAuxiliaries) && is_one_of(words[1], kSubjects);
}

std::string join_words(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

enum class Mark { kNone, kStop, kAsk, kOpen };

// The last mark; quotation marks and brackets may close behind it.
Mark last_mark(std::string_view text) {
  const std::size_t at = text.find_last_not_of(" \t\r\n\"')]");
  if (at == std::string_view::npos) return Mark::kNone;
  text = text.substr(0, at + 1);
  if (text.ends_with("...") || text.ends_with("\u2026") || text.ends_with("\u2014")) {
    return Mark::kOpen;
  }
  // Full stops and question marks of Devanagari, Chinese, Japanese and Arabic.
  for (const std::string_view mark : {"\u0964", "\u3002", "\uff01"}) {
    if (text.ends_with(mark)) return Mark::kStop;
  }
  for (const std::string_view mark : {"\uff1f", "\u061f"}) {
    if (text.ends_with(mark)) return Mark::kAsk;
  }
  switch (text.back()) {
    case '.':
    case '!':
      return Mark::kStop;
    case '?':
      return Mark::kAsk;
    case ',':
    case ':':
    case ';':
    case '-':
      return Mark::kOpen;
    default:
      return Mark::kNone;
  }
}

}  // namespace

Completeness judge_completeness(std::string_view text) {
  if (text.size() > kMaxJudged) {
    text.remove_prefix(text.size() - kMaxJudged);
    text.remove_prefix(std::min(text.find(' '), text.size()));
  }
  const std::vector<std::string> words = jackfield::plain_words(text);
  if (words.empty()) return Completeness::kUnclear;
  const Mark mark = last_mark(text);
  const std::string& last = words.back();
  if (mark == Mark::kAsk) return Completeness::kComplete;
  if (mark == Mark::kOpen) return Completeness::kUnfinished;
  if (is_one_of(join_words(words), kAnswers)) return Completeness::kComplete;
  if (is_one_of(last, kOpenWords)) return Completeness::kUnfinished;
  if (const std::size_t digits = trailing_digits(words)) {
    // One may be a whole answer, seven or more a whole telephone number.
    return digits > 1 && digits < 7 ? Completeness::kUnfinished : Completeness::kUnclear;
  }
  if (mark == Mark::kStop) return Completeness::kComplete;
  if (is_one_of(last, kLeadingWords)) return Completeness::kUnfinished;
  return is_closed_question(words) ? Completeness::kLikely : Completeness::kUnclear;
}

}  // namespace agentbrain
