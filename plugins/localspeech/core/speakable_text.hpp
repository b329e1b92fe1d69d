// Puts any text into a form that flite reads safely and as a person would.
//
// flite 2.2 reads outside its tables when an amount or a number is mixed with other signs
// ("$1,234.56555-1234", "%" alone), and needs time that grows with the square of a word's length.
// So nothing reaches it but words of letters, numbers of a few known shapes, and the marks . , ; :
// ? ! behind a word. Signs that have a name are written out; others are left out. Never fails.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace localspeech {

constexpr std::size_t kMaxWordLength = 40;  // longer than any English word

struct SpeakableText {
  std::string text;               // ASCII, single spaces, line ends kept as '\n'
  std::size_t dropped_bytes = 0;  // of the input, beyond the limit
};

// Reads at most `max_bytes` of the input. Any thread.
SpeakableText make_speakable(std::string_view utf8, std::size_t max_bytes);

// True when there is something to say in a speakable text.
bool has_speech(std::string_view text);

}  // namespace localspeech
