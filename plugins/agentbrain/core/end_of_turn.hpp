// Does what was said so far sound finished? Judges the text of a running turn, for a hang-over that
// adapts. Pure.
//
// The word lists are English. In other languages only punctuation helps, and a word that happens to
// be in a list misleads: leave the hang-over fixed there.
#pragma once

#include <cstdint>
#include <string_view>

namespace agentbrain {

enum class Completeness : std::uint8_t {
  kUnclear,
  kUnfinished,  // "my number is", "and", "um", "five five five", a comma
  kLikely,      // a closed question without its mark: "do you have a table for two"
  kComplete,    // a full stop, "?", "!"; a short answer: "yes please", "that's right"
};

// Punctuation ends a sentence, but not behind a word that nothing ends with ("I would like the.")
// or digits (numbers are dictated in groups, and services put a full stop behind each).
Completeness judge_completeness(std::string_view text);

}  // namespace agentbrain
