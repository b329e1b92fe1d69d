// From the words of a decoder to the text of a turn.
#pragma once

#include <string>
#include <string_view>

namespace localspeech {

// "hello(2)", the second pronunciation of a word, is "hello".
std::string_view without_variant(std::string_view word);
// Silence, noise and sentence marks: <sil>, <s>, [NOISE], ++BREATH++, (NULL).
bool is_filler(std::string_view word);
// A decoder's hypothesis as text: no fillers, no variants, single spaces, lower case.
std::string clean_text(std::string_view hypothesis);

// Tells which partial hypotheses are worth announcing: words that two looks in a row agree on, and
// that were not announced before.
class StableText {
 public:
  void reset() { last_.clear(), announced_.clear(); }
  // `text` is what the decoder has now; true when it is to be announced.
  bool update(const std::string& text);

 private:
  std::string last_;
  std::string announced_;
};

}  // namespace localspeech
