#include "sentence_segmenter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <string>
#include <vector>

namespace {

using jackfield::SentenceSegmenter;
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
  EXPECT_THAT(ready(s, "Of course"), IsEmpty());
  EXPECT_THAT(ready(s, ","), ElementsAre("Of course,"));
  EXPECT_THAT(ready(s, " I can help"), IsEmpty());
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

TEST(SentenceSegmenter, AddressesEndASentence) {
  EXPECT_THAT(segment("Write to a.b@example.com. We answer."),
              ElementsAre("Write to a.b@example.com.", "We answer."));
  EXPECT_THAT(segment("Look at www.example.com. It is all there."),
              ElementsAre("Look at www.example.com.", "It is all there."));
}

TEST(SentenceSegmenter, DatesAndDashes) {
  for (const char* text : {"On Jan. 5 we are open.", "Am 5. Mai ist zu.", "In Abs. 2 it says so.",
                           "See p. 12, please.", "Prof. Dr. Meier hat Zeit, ca. 3 Stunden."})
    EXPECT_THAT(segment(text), ElementsAre(text));
  EXPECT_THAT(segment("He is in Oct. Then he goes."),
              ElementsAre("He is in Oct.", "Then he goes."));
  EXPECT_THAT(segment("Sure thing - let me look. Well-known.", 10000, 10),
              ElementsAre("Sure thing -", "let me look.", "Well-known."));
}

TEST(SentenceSegmenter, WhatMayGoOnIsNotCutOffEarly) {
  for (const char* text : {"It costs 1,", "It costs $1,", "See www.example.com?", "Mail a@b.c!",
                           "He said \"come on,", "Say \"really?", "At the office (first floor,",
                           "Look here:", "It is 3.", "Ask Dr.", "Well..."}) {
    SentenceSegmenter s({.first_clause = 5});
    EXPECT_THAT(ready(s, text), IsEmpty()) << text;
  }
}

TEST(SentenceSegmenter, MarksThatComeLateAreNotSpoken) {
  SentenceSegmenter s;
  EXPECT_THAT(ready(s, "Really?"), ElementsAre("Really?"));
  EXPECT_THAT(ready(s, "!"), IsEmpty());
  EXPECT_THAT(ready(s, "?"), IsEmpty());
  EXPECT_THAT(ready(s, " \"Yes.\" Good."), ElementsAre("\"Yes.\""));
  EXPECT_EQ(s.finish(), "Good.");
  EXPECT_THAT(ready(s, "Really?"), ElementsAre("Really?"));
  EXPECT_THAT(ready(s, "!"), IsEmpty());
  EXPECT_FALSE(s.finish());
}

TEST(SentenceSegmenter, ALongBeginningEndsBeforeAConjunction) {
  constexpr std::string_view kText =
      "I can certainly book that appointment for you tomorrow and then send you a message with "
      "the address of the clinic. Is that fine?";
  SentenceSegmenter s({.long_first = 60});
  std::vector<std::string> all;
  std::size_t first_at = 0;
  for (std::size_t at = 0; at < kText.size(); at += 4) {
    for (auto& piece : ready(s, kText.substr(at, 4))) all.push_back(piece);
    if (!all.empty() && first_at == 0) first_at = at + 4;
  }
  EXPECT_THAT(all, ElementsAre("I can certainly book that appointment for you tomorrow",
                               "and then send you a message with the address of the clinic."));
  EXPECT_LE(first_at, 64u);
  EXPECT_EQ(s.finish(), "Is that fine?");
}

// Tokens as tokenizers of today make them: a word with the space before it, a mark by itself.
std::vector<std::string> tokens(std::string_view text) {
  std::vector<std::string> all;
  for (const char c : text) {
    const bool letter = std::isalnum(static_cast<unsigned char>(c)) || (c & 0x80) || c == '\'';
    const bool starts =
        all.empty() || c == ' ' || !letter ||
        !(std::isalnum(static_cast<unsigned char>(all.back().back())) ||
          (all.back().back() & 0x80) || all.back().back() == ' ' || all.back().back() == '\'');
    if (starts) {
      all.emplace_back(1, c);
    } else {
      all.back() += c;
    }
  }
  return all;
}

// How many tokens behind the one that completes the first piece it comes.
TEST(SentenceSegmenter, TheFirstPieceIsNotWaitedForLong) {
  const struct {
    const char* text;
    const char* first;
    std::size_t most;  // tokens
  } cases[] = {
      {"Of course, I can help you.", "Of course,", 0},
      {"Good morning! How are you?", "Good morning!", 0},
      {"How can I help? Just tell me.", "How can I help?", 0},
      {"Gerne, ich schaue nach.", "Gerne, ich schaue nach.", 0},
      {"Nat\xC3\xBCrlich, gerne.", "Nat\xC3\xBCrlich,", 0},
      {"Thank you for calling. What can I do?", "Thank you for calling.", 1},
      {"Mr. Smith is here. He waits.", "Mr. Smith is here.", 1},
      {"It is at 10:30, as usual.", "It is at 10:30,", 1},
      {"That makes 1,234.50 dollars, please.", "That makes 1,234.50 dollars,", 0},
      {"Write to info@example.com, please.", "Write to info@example.com,", 1},
      {"Sure thing \xE2\x80\x93 one moment.", "Sure thing \xE2\x80\x93", 1},
      {"My name is Anna: hello there.", "My name is Anna:", 1},
      {"It is \"open,\" they say.", "It is \"open,\"", 1},
      {"Well... let me see, please.", "Well... let me see,", 0},
  };
  for (const auto& c : cases) {
    SentenceSegmenter s;
    const std::size_t end = std::string_view(c.first).size();
    std::size_t fed = 0;
    std::size_t behind = 0;
    std::vector<std::string> pieces;
    for (const auto& token : tokens(c.text)) {
      if (fed >= end) ++behind;
      fed += token.size();
      pieces = ready(s, token);
      if (!pieces.empty()) break;
    }
    // With the end of the text no token is missing.
    if (pieces.empty()) pieces = {s.finish().value_or("")};
    EXPECT_EQ(pieces[0], c.first);
    EXPECT_LE(behind, c.most) << c.text;
  }
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
