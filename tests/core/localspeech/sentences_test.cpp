#include "sentences.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using localspeech::split_sentences;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(SentencesTest, EndsAtFullStopQuestionAndExclamationMark) {
  EXPECT_THAT(split_sentences("Hello. How are you? Fine!", 300),
              ElementsAre("Hello.", "How are you?", "Fine!"));
  EXPECT_THAT(split_sentences("No end", 300), ElementsAre("No end"));
  EXPECT_THAT(split_sentences("He said \"go.\" Then he left.", 300),
              ElementsAre("He said \"go.\"", "Then he left."));
  EXPECT_THAT(split_sentences("Really?? Yes...", 300), ElementsAre("Really??", "Yes..."));
}

TEST(SentencesTest, NumbersAndAbbreviationsDoNotEndOne) {
  EXPECT_THAT(split_sentences("It is 3.5 today. Dr. Smith of the U.S. office knows.", 300),
              ElementsAre("It is 3.5 today.", "Dr. Smith of the U.S. office knows."));
  EXPECT_THAT(split_sentences("Open until 5 p.m. today, e.g. now.", 300),
              ElementsAre("Open until 5 p.m. today, e.g. now."));
  EXPECT_THAT(split_sentences("This is J. R. Miller.", 300), ElementsAre("This is J. R. Miller."));
  EXPECT_THAT(split_sentences("No. Thank you. See No. 5 there.", 300),
              ElementsAre("No.", "Thank you.", "See No. 5 there."));
  EXPECT_THAT(split_sentences("So do I. You too.", 300), ElementsAre("So do I.", "You too."));
}

TEST(SentencesTest, LineEndsAndWhiteSpace) {
  EXPECT_THAT(split_sentences("one\n\n  two \nthree", 300), ElementsAre("one", "two", "three"));
  EXPECT_THAT(split_sentences("  \n ", 300), IsEmpty());
  EXPECT_THAT(split_sentences("", 300), IsEmpty());
}

TEST(SentencesTest, ALongSentenceIsCutBehindACommaOrAWord) {
  EXPECT_THAT(split_sentences("first we do this, then we do that and more", 25),
              ElementsAre("first we do this,", "then we do that and more"));
  EXPECT_THAT(split_sentences("words and words and words", 11),
              ElementsAre("words and", "words and", "words"));
  EXPECT_THAT(split_sentences("abcdefghij", 4), ElementsAre("abcd", "efgh", "ij"));
}

TEST(SentencesTest, NoPieceIsTooLongAndNothingIsLost) {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += i % 7 ? "word " : "more, ";
  std::size_t letters = 0;
  for (const auto& piece : split_sentences(text, 60)) {
    EXPECT_LE(piece.size(), 60u);
    for (const char c : piece) letters += c != ' ';
  }
  std::size_t expected = 0;
  for (const char c : text) expected += c != ' ';
  EXPECT_EQ(letters, expected);
}

TEST(SentencesTest, ALongSentenceIsNotCutWithinACharacter) {
  for (const auto& piece : split_sentences("\u00E9\u00E9\u00E9\u00E9\u00E9", 3))
    EXPECT_EQ(piece.size(), 2u);
}

}  // namespace
