#include "speakable_text.hpp"

#include <gtest/gtest.h>

namespace {

using localspeech::has_speech;
using localspeech::make_speakable;

std::string speakable(std::string_view text) { return make_speakable(text, 16384).text; }

TEST(SpeakableTextTest, OrdinaryTextStaysAsItIs) {
  for (const char* text : {"Hello, this is the reception desk. How can I help you?",
                           "It isn't Peter's.", "Open from 9:30 to 17:00, on May 2nd.",
                           "In the 1990s it was 3.5 dollars.", "At 5 p.m. in the U.S. office."}) {
    EXPECT_EQ(speakable(text), text);
  }
}

TEST(SpeakableTextTest, SignsAreNamedOrLeftOut) {
  EXPECT_EQ(speakable("50% & more = #1"), "50 percent and more equals number 1");
  EXPECT_EQ(speakable("press * or #"), "press star or pound");
  EXPECT_EQ(speakable("\"quoted\" (and bracketed)"), "quoted and bracketed");
  EXPECT_EQ(speakable("**bold** and _this_ `code`"), "bold and this code");
  EXPECT_EQ(speakable("and/or"), "and slash or");
  EXPECT_EQ(speakable("a@example.com"), "a at example dot com");
  EXPECT_EQ(speakable("sales - please hold"), "sales, please hold");
  EXPECT_EQ(speakable("\u20AC5"), "euros 5");
}

TEST(SpeakableTextTest, NumbersKeepOnlyShapesThatAreSafe) {
  EXPECT_EQ(speakable("$1,234.56 and $5"), "$1234.56 and $5");
  EXPECT_EQ(speakable("$1,234.56555-1234"), "1234.56555 dollars 1234");
  EXPECT_EQ(speakable("call 555-1234"), "call 5 5 5, 1 2 3 4");
  EXPECT_EQ(speakable("9-5"), "9 to 5");
  EXPECT_EQ(speakable("-5 degrees"), "minus 5 degrees");
  EXPECT_EQ(speakable("1.2.3"), "1 point 2 point 3");
  EXPECT_EQ(speakable("0x1F"), "0 x 1 F");
  EXPECT_EQ(speakable("1234567890123"), "1 2 3 4 5 6 7 8 9 0 1 2 3");
  EXPECT_EQ(speakable("% $ -"), "percent dollars,");
}

TEST(SpeakableTextTest, MarksStandBehindWordsAndOnlyOnce) {
  EXPECT_EQ(speakable("What?! No..."), "What? No.");
  EXPECT_EQ(speakable("... hello"), "hello");
  EXPECT_EQ(speakable("One.Two"), "One. Two");
}

TEST(SpeakableTextTest, OnlySafeCharactersComeOut) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  for (int i = 0; i < 256; ++i) (all += static_cast<char>(i)) += static_cast<char>((i * 37) & 255);
  for (const char c : speakable(all)) {
    const bool safe = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      std::string_view(" \n.,;:?!'$").find(c) != std::string_view::npos;
    EXPECT_TRUE(safe) << static_cast<int>(c);
  }
}

TEST(SpeakableTextTest, LongWordsAreBroken) {
  std::size_t length = 0;
  for (const char c : speakable(std::string(5000, 'a'))) {
    length = c == ' ' ? 0 : length + 1;
    EXPECT_LE(length, localspeech::kMaxWordLength);
  }
}

TEST(SpeakableTextTest, TooMuchTextIsCutAndCounted) {
  const auto result = make_speakable(std::string(100000, 'a') + "\u00E9", 1000);
  EXPECT_EQ(result.dropped_bytes, 100002u - 1000u);
  EXPECT_LE(result.text.size(), 1100u);
  EXPECT_EQ(make_speakable("hello", 1000).dropped_bytes, 0u);
}

TEST(SpeakableTextTest, KnowsWhenThereIsNothingToSay) {
  EXPECT_FALSE(has_speech(speakable("")));
  EXPECT_FALSE(has_speech(speakable(" ... \x01\xFF - ?! \u4E2D")));
  EXPECT_TRUE(has_speech(speakable("7")));
}

}  // namespace
