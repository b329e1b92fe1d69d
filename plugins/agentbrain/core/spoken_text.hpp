// Where in a written text the speech made of it is. Speech comes as spans in order: words whose
// times are known, texts of which only the beginning is known, and speech of which nothing is
// known. Their words need not be the written ones: "20" may be spoken as "twenty", markup not at
// all. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agentbrain {

struct SpokenSpan {
  std::string text;  // empty: unknown
  bool is_word = false;
  // Nanoseconds that are not silence: those heard, and all that came. Of a word: simply its time.
  std::uint64_t heard = 0;
  std::uint64_t total = 0;
  bool complete = false;  // no more audio of it will come
};

// How long words take to say, in letters: a digit is worth several, and so is a character of a
// script that writes syllables or words. Spaces and punctuation are worth nothing.
double spoken_length(std::string_view text);

// The whole words at the beginning of `text` that `share` of its spoken length covers, in bytes.
std::size_t share_of(std::string_view text, double share);

// How much of `written`, in bytes, was heard: behind the last whole word. Words with times are
// exact, a text that was heard to its end too; in the one that is sounding, time is shared out by
// spoken length. nullopt when the words that were heard are not those of the text.
std::optional<std::size_t> heard_length(std::string_view written,
                                        const std::vector<SpokenSpan>& spans);

}  // namespace agentbrain
