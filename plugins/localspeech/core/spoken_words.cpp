#include "spoken_words.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "ascii_text.hpp"

namespace localspeech {
namespace {

using Names = std::pair<std::string_view, std::string_view>;

constexpr std::array<Names, 31> kNumbers{{
    {"zero", "0"},      {"oh", "0"},        {"one", "1"},      {"two", "2"},
    {"three", "3"},     {"four", "4"},      {"five", "5"},     {"six", "6"},
    {"seven", "7"},     {"eight", "8"},     {"nine", "9"},     {"niner", "9"},
    {"ten", "10"},      {"eleven", "11"},   {"twelve", "12"},  {"thirteen", "13"},
    {"fourteen", "14"}, {"fifteen", "15"},  {"sixteen", "16"}, {"seventeen", "17"},
    {"eighteen", "18"}, {"nineteen", "19"}, {"twenty", "20"},  {"thirty", "30"},
    {"forty", "40"},    {"fifty", "50"},    {"sixty", "60"},   {"seventy", "70"},
    {"eighty", "80"},   {"ninety", "90"},   {"hundred", "00"},
}};

// The alphabet of ICAO, and what recognisers write for the names of letters.
constexpr std::array<Names, 55> kLetterNames{{
    {"alpha", "a"},    {"alfa", "a"},    {"bravo", "b"},   {"charlie", "c"}, {"delta", "d"},
    {"echo", "e"},     {"foxtrot", "f"}, {"golf", "g"},    {"hotel", "h"},   {"india", "i"},
    {"juliet", "j"},   {"juliett", "j"}, {"kilo", "k"},    {"lima", "l"},    {"mike", "m"},
    {"november", "n"}, {"oscar", "o"},   {"papa", "p"},    {"quebec", "q"},  {"romeo", "r"},
    {"sierra", "s"},   {"tango", "t"},   {"uniform", "u"}, {"victor", "v"},  {"whiskey", "w"},
    {"whisky", "w"},   {"xray", "x"},    {"yankee", "y"},  {"zulu", "z"},    {"zed", "z"},
    {"zee", "z"},      {"bee", "b"},     {"cee", "c"},     {"dee", "d"},     {"ef", "f"},
    {"gee", "g"},      {"aitch", "h"},   {"jay", "j"},     {"kay", "k"},     {"el", "l"},
    {"em", "m"},       {"en", "n"},      {"oh", "o"},      {"pee", "p"},     {"cue", "q"},
    {"queue", "q"},    {"ar", "r"},      {"ess", "s"},     {"tee", "t"},     {"vee", "v"},
    {"ex", "x"},       {"why", "y"},     {"ay", "a"},      {"eye", "i"},     {"double-u", "w"},
}};

template <std::size_t N>
std::string_view look_up(const std::array<Names, N>& names, std::string_view word) {
  for (const Names& name : names) {
    if (name.first == word) return name.second;
  }
  return {};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::optional<std::string> hear_digits(std::span<const std::string> words) {
  std::string digits;
  bool tens = false;  // the word before was "twenty": a following unit replaces its 0
  for (const std::string& word : words) {
    if (std::all_of(word.begin(), word.end(), is_digit)) {
      digits += word;
      tens = false;
      continue;
    }
    const std::string_view number = look_up(kNumbers, word);
    if (number.empty() || (digits.empty() && word == "hundred")) return std::nullopt;
    if (tens && number.size() == 1 && number != "0") digits.pop_back();
    digits += number;
    tens = number.size() == 2 && number[1] == '0' && number[0] >= '2';
  }
  return digits;
}

std::optional<std::string> hear_letters(std::span<const std::string> words) {
  std::string letters;
  for (const std::string& word : words) {
    if (word.size() == 1 && word[0] >= 'a' && word[0] <= 'z') {
      letters += word;
      continue;
    }
    const std::string_view letter = look_up(kLetterNames, word);
    if (letter.empty()) return std::nullopt;
    letters += letter;
  }
  return letters;
}

std::string join(std::span<const std::string> words) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += ' ';
    text += word;
  }
  return text;
}

}  // namespace

std::vector<std::string> spoken_words(std::string_view text, std::size_t max_words) {
  std::vector<std::string> words;
  std::string word;
  const auto end_word = [&] {
    while (!word.empty() && word.back() == '\'') word.pop_back();
    if (!word.empty() && words.size() < max_words) words.push_back(std::move(word));
    word.clear();
  };
  for (char c : fold_to_ascii(text)) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const bool letter = (c >= 'a' && c <= 'z') || is_digit(c);
    if (letter || (c == '\'' && !word.empty())) {
      word += c;
    } else if (c != '.' || word.size() > 1) {  // "p.m." is one word, "call. now" are two
      end_word();
    }
  }
  end_word();
  return words;
}

std::size_t Slot::max_words() const {
  if (type != SlotType::kChoice) return max;
  std::size_t longest = 1;
  for (const SlotChoice& choice : choices) {
    for (const auto& way : choice.ways) longest = std::max(longest, way.size());
  }
  return longest;
}

std::optional<std::string> hear_slot(const Slot& slot, std::span<const std::string> words) {
  if (words.empty()) return std::nullopt;
  const auto in_range = [&](std::optional<std::string> value) -> std::optional<std::string> {
    if (!value || value->size() < slot.min || value->size() > slot.max) return std::nullopt;
    return value;
  };
  switch (slot.type) {
    case SlotType::kDigits:
      return in_range(hear_digits(words));
    case SlotType::kLetters:
      return in_range(hear_letters(words));
    case SlotType::kWords:
      if (words.size() < slot.min || words.size() > slot.max) return std::nullopt;
      return join(words);
    case SlotType::kChoice:
      for (const SlotChoice& choice : slot.choices) {
        for (const auto& way : choice.ways) {
          if (std::equal(way.begin(), way.end(), words.begin(), words.end())) return choice.value;
        }
      }
      return std::nullopt;
  }
  return std::nullopt;
}

std::string say_slot(const Slot& slot, std::string_view value) {
  if (slot.type != SlotType::kDigits && slot.type != SlotType::kLetters) return std::string{value};
  std::string spoken;
  for (const char c : value) {
    if (!spoken.empty()) spoken += ' ';
    spoken += slot.type == SlotType::kLetters && c >= 'a' && c <= 'z'
                  ? static_cast<char>(c - 'a' + 'A')
                  : c;
  }
  return spoken;
}

}  // namespace localspeech
