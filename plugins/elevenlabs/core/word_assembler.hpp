// Makes words with times of an alignment by characters, which comes with each piece of audio and
// may cut a word in two. Pure; one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tts_protocol.hpp"

namespace elevenlabs {

struct TimedWord {
  std::string text;
  std::uint64_t begin_ns = 0;  // from the beginning of the piece of audio
  std::uint64_t duration_ns = 0;
};

class WordAssembler {
 public:
  // A text that was sent in the running reply, in order. A word that a piece of audio cuts is
  // completed from here.
  void add_text(std::string_view text);
  // The words that begin in a piece of audio.
  std::vector<TimedWord> add(const std::vector<TimedCharacter>& alignment);
  // Behind the text whose audio came, and is to be said again on another connection: from the
  // beginning of the last word that was begun, if it was cut.
  std::string remaining() const;
  bool heard_any() const { return heard_ > 0; }
  void reset();

 private:
  std::string word_at(std::size_t at) const;

  std::string text_;       // of the reply
  std::size_t heard_ = 0;  // bytes of text_ whose audio came
  bool matches_ = true;    // the alignment follows the text
  bool inside_ = false;    // the last piece ended within a word
  std::size_t word_ = 0;   // where that word begins
};

}  // namespace elevenlabs
