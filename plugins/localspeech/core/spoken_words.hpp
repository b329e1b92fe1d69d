// Words as a recogniser writes them, and the values that can be heard in them.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace localspeech {

// Lower case, no accents, no punctuation but the apostrophe within a word. At most `max_words`.
std::vector<std::string> spoken_words(std::string_view text, std::size_t max_words);

enum class SlotType {
  kDigits,   // "one two", "twelve", "12" → "12", "112"
  kLetters,  // "a", "bravo", "zed" → "abz"
  kChoice,   // one of a list of values, each with its own ways to say it
  kWords,    // whatever is said
};

struct SlotChoice {
  std::string value;
  std::vector<std::vector<std::string>> ways;  // each a sequence of words
};

struct Slot {
  std::string name;
  SlotType type = SlotType::kWords;
  std::size_t min = 1;  // digits, letters or words
  std::size_t max = 1;
  std::vector<SlotChoice> choices;

  // The longest sequence of words that can be a value.
  std::size_t max_words() const;
};

// The value that exactly these words say, if they say one.
std::optional<std::string> hear_slot(const Slot& slot, std::span<const std::string> words);

// How a value is written for speech: digits and letters one by one.
std::string say_slot(const Slot& slot, std::string_view value);

}  // namespace localspeech
