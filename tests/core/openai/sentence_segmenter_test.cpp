#include "sentence_segmenter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using openai::SentenceSegmenter;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> ready(SentenceSegmenter& s, std::string_view text) {
  s.feed(text);
  std::vector<std::string> pieces;
  while (auto piece = s.next()) pieces.push_back(*piece);
  return pieces;
}

// All pieces, fed so many bytes at a time. The first clause is not cut off unless wanted.
std::vector<std::string> segment(std::string_view text, std::size_t step = 10000,
                                 std::size_t first = 10000) {
  SentenceSegmenter s({.first_clause = first, .longest_first = 300});
  std::vector<std::string> all;
  for (std::size_t at = 0; at < text.size(); at += step) {
    for (auto& piece : ready(s, text.substr(at, step))) all.push_back(piece);
  }
  if (auto rest = s.finish()) all.push_back(*rest);
  return all;
}

TEST(SentenceSegmenter, GivesTheFirstClauseAtOnceAndThenSentences) {
  SentenceSegmenter s;
  EXPECT_THAT(ready(s, "Of course,"), IsEmpty());
  EXPECT_THAT(ready(s, " I can help"), ElementsAre("Of course,"));
  EXPECT_THAT(ready(s, " you, Anna, with that."), IsEmpty());
  EXPECT_THAT(ready(s, " What"), ElementsAre("I can help you, Anna, with that."));
  EXPECT_THAT(ready(s, " day?"), IsEmpty());
  EXPECT_EQ(s.finish(), "What day?");
  EXPECT_THAT(ready(s, "A new reply, it is"), ElementsAre("A new reply,"));
}

TEST(SentenceSegmenter, ShortBeginningsWaitForMore) {
  EXPECT_THAT(segment("Oh, I see, that is fine. Yes.", 3, 10),
              ElementsAre("Oh, I see,", "that is fine.", "Yes."));
}

TEST(SentenceSegmenter, FullStopsThatEndNothing) {
  for (const char* text : {
           "Dr. Smith and Mrs. Jones live in St. Louis.",
           "It is 3.5 percent, or 1,234.56 dollars.",
           "Look at www.example.com or mail a.b@example.com today.",
           "Come at 5 p.m. tomorrow, e.g. with Mr. J. Miller.",
           "Take No. 5, please.",
           "Well... let me see.",
           "Hmm\xE2\x80\xA6 that is odd.",
           "1. First comes this.",
           "The U.S. Army is here.",
           "Meet at 10:30, approx. half past.",
           "It costs 5.- francs vs. 6.",
       }) {
    EXPECT_THAT(segment(text), ElementsAre(text));
    EXPECT_THAT(segment(text, 1), ElementsAre(text));
  }
}

TEST(SentenceSegmenter, FullStopsThatDo) {
  EXPECT_THAT(segment("No. Thank you."), ElementsAre("No.", "Thank you."));
  EXPECT_THAT(segment("That is 5. Next one? Yes! Really?! He said \"go.\" Then (it ended.) So."),
              ElementsAre("That is 5.", "Next one?", "Yes!", "Really?!", "He said \"go.\"",
                          "Then (it ended.)", "So."));
  EXPECT_THAT(segment("It opens at 5 p.m. See you."),
              ElementsAre("It opens at 5 p.m.", "See you."));
  EXPECT_THAT(segment("So do I. You too."), ElementsAre("So do I.", "You too."));
  EXPECT_THAT(segment("one\ntwo\n\nthree"), ElementsAre("one", "two", "three"));
  EXPECT_THAT(segment("\xE4\xBD\xA0\xE5\xA5\xBD\xE3\x80\x82\xE5\xA5\xBD\xEF\xBC\x9F"),
              ElementsAre("\xE4\xBD\xA0\xE5\xA5\xBD\xE3\x80\x82", "\xE5\xA5\xBD\xEF\xBC\x9F"));
}

TEST(SentenceSegmenter, HoweverItIsCut) {
  constexpr std::string_view kText =
      "Sure, Mr. X. Here: it costs 3.50, ok? Well... fine! \"Yes.\" he said. See a.b.c. "
      "Bye\xE2\x80\xA6 now.";
  const auto whole = segment(kText, 10000, 4);
  for (std::size_t step = 1; step < 20; ++step) EXPECT_EQ(segment(kText, step, 4), whole) << step;
}

TEST(SentenceSegmenter, LongSentencesAreCutAtClausesAndWords) {
  std::string words;
  for (int i = 0; i < 200; ++i) words += i == 40 ? "here, " : "word ";
  std::string joined;
  for (const auto& piece : segment(words)) {
    EXPECT_LE(piece.size(), 300u);
    joined += piece + " ";
  }
  EXPECT_EQ(joined, words);
  std::size_t bytes = 0;
  for (const auto& piece : segment(std::string(1000, 'x'))) bytes += piece.size();
  EXPECT_EQ(bytes, 1000u);
  SentenceSegmenter first;
  EXPECT_EQ(ready(first, words.substr(0, 200)).size(), 1u);
}

TEST(SentenceSegmenter, NothingComesOfNothing) {
  EXPECT_THAT(segment(" \n \n "), IsEmpty());
  EXPECT_THAT(segment(""), IsEmpty());
}

}  // namespace
