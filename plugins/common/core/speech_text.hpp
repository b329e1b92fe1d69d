// Takes out of a language model's text what is not spoken, as it streams in: the marks of Markdown
// (emphasis, headings, bullets, quotes, code, links keep their words), HTML tags, emoji. Line ends
// stay. One thread at a time.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace jackfield {

class SpeechText {
 public:
  // What can be spoken of the text so far and was not given before. Little is held back: a mark
  // whose meaning the next character decides.
  std::string feed(std::string_view text);
  // The text is complete: what was held back.
  std::string finish();

 private:
  enum class Mode { kText, kLineMark, kAfterBracket, kLinkTarget, kTag, kFence };

  void take(char32_t c, std::string& out);
  void take_text(char32_t c, std::string& out);
  void take_line_mark(char32_t c, std::string& out);
  void put(char32_t c, std::string& out);

  Mode mode_ = Mode::kLineMark;
  std::string held_;  // bytes of a character that is not complete, or marks not yet understood
  std::string mark_;  // at the beginning of a line
  std::size_t skipped_ = 0;  // of a link's target or a tag
  char32_t last_ = '\n';     // given out
  bool underscore_ = false;  // waits for the character behind it
  bool angle_ = false;
  bool backslash_ = false;
};

}  // namespace jackfield
