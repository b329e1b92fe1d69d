// Makes any bytes fit for a synthesizer of English that knows plain ASCII only.
//
// Accented Latin letters lose their accent, typographic punctuation becomes plain, everything else
// that is not ASCII and all control characters become a space. Words longer than
// kMaxWordLength are broken, because letter-to-sound rules take time that grows with the square of
// a word's length. Never fails; the result is at most `max_bytes` long. Any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace localspeech {

constexpr std::size_t kMaxWordLength = 40;  // longer than any English word

struct SpeakableText {
  std::string text;               // printable ASCII, single spaces, line ends kept as '\n'
  std::size_t dropped_bytes = 0;  // of the input, beyond the limit
};

SpeakableText make_speakable(std::string_view utf8, std::size_t max_bytes);

// True when there is something to say in it: a letter, a digit, or a sign that has a name.
bool has_speech(std::string_view text);

}  // namespace localspeech
