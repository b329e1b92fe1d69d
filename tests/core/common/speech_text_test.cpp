#include "speech_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

std::string strip(std::string_view text, std::size_t piece = 10000) {
  jackfield::SpeechText speech;
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += piece)
    out += speech.feed(text.substr(at, piece));
  return out + speech.finish();
}

TEST(SpeechText, LeavesPlainTextAlone) {
  for (const char* text :
       {"Hello there. How are you?", "It costs $5.50, or 3 < 5.", "caf\xC3\xA9 #1 at 5-7",
        "Mail a-b@example.com", "\xE4\xBD\xA0\xE5\xA5\xBD\xE3\x80\x82"}) {
    EXPECT_EQ(strip(text), text);
  }
}

TEST(SpeechText, MarksOfMarkdownGo) {
  EXPECT_EQ(strip("This is **bold**, *it* and __under__ and `code`."),
            "This is bold, it and under and code.");
  EXPECT_EQ(strip("# Title\n\n- one\n* two\n1. three\n> quoted"),
            "Title\none\ntwo\n1. three\nquoted");
  EXPECT_EQ(strip("See [the page](https://example.com/x_y) now."), "See the page now.");
  EXPECT_EQ(strip("![a cat](cat.png) sits"), "!a cat sits");
  EXPECT_EQ(strip("```python\nx = 1\n```\nDone."), "x = 1\nDone.");
  EXPECT_EQ(strip("---\nafter"), "after");
  EXPECT_EQ(strip("Not a [link] here"), "Not a link here");
  EXPECT_EQ(strip("line<br>break <b>x</b>"), "linebreak x");
  EXPECT_EQ(strip("Great \xF0\x9F\x98\x80 day \xE2\x98\x80\xEF\xB8\x8F!"), "Great day !");
  EXPECT_EQ(strip("snake_case word"), "snake case word");
  EXPECT_EQ(strip("a \\* b"), "a b");
}

TEST(SpeechText, HoweverItIsCut) {
  constexpr std::string_view kText =
      "# Hi **you**\n- see [x](http://y) caf\xC3\xA9 \xF0\x9F\x98\x80\n```\ncode\n```\n> a_b 3 < 4 "
      "<i>z</i>\n";
  const std::string whole = strip(kText);
  for (std::size_t piece = 1; piece < kText.size(); ++piece)
    EXPECT_EQ(strip(kText, piece), whole) << piece;
}

TEST(SpeechText, GivesWordsAtOnce) {
  jackfield::SpeechText speech;
  EXPECT_EQ(speech.feed("Hello"), "Hello");
  EXPECT_EQ(speech.feed(", world"), ", world");
}

}  // namespace
