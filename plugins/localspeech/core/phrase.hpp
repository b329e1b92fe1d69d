// A phrase of a script: what a caller may say, written as
//   hello [there | again]         words; those in brackets may be missing
//   (call | dial) me              one of these
//   extension {extension}         a slot
//   * goodbye *                   any words, or none
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "spoken_words.hpp"

namespace localspeech {

class PhraseError : public std::runtime_error {
 public:
  PhraseError(std::size_t at, const std::string& what) : std::runtime_error(what), offset(at) {}
  std::size_t offset;  // byte within the text of the phrase
};

struct PhraseMatch {
  // A word said literally counts 4, one that fills a slot 3 (of a slot that takes any words: 1),
  // one that `*` swallowed nothing. The more of a sentence a phrase explains, the better it fits.
  int score = 0;
  std::map<std::string, std::string> slots;
};

class Phrase {
 public:
  // `slots` must outlive the phrase. Throws PhraseError.
  Phrase(std::string_view text, const std::map<std::string, Slot, std::less<>>& slots);

  // Must explain all the words. Time is bounded by words × length of the phrase × length of a slot.
  std::optional<PhraseMatch> match(std::span<const std::string> words) const;

 private:
  enum class Op { kWord, kAny, kSlot, kSplit, kJump };
  struct Instruction {
    Op op;
    std::string word{};
    const Slot* slot = nullptr;
    std::size_t to = 0;  // kSplit: the other branch; kJump: where to
  };
  struct Parser;
  struct Matcher;
  std::vector<Instruction> program_;
};

}  // namespace localspeech
