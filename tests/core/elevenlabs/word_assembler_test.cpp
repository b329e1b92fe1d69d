#include "word_assembler.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace elevenlabs {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Each character lasts 10 ms.
std::vector<TimedCharacter> piece(std::string_view text) {
  std::vector<TimedCharacter> result;
  for (const char c : text) {
    result.push_back({std::string(1, c), static_cast<double>(result.size()) * 10, 10});
  }
  return result;
}

std::vector<std::string> words(const std::vector<TimedWord>& timed) {
  std::vector<std::string> result;
  for (const TimedWord& w : timed) {
    result.push_back(w.text + "@" + std::to_string(w.begin_ns / 1'000'000) + "+" +
                     std::to_string(w.duration_ns / 1'000'000));
  }
  return result;
}

TEST(WordAssemblerTest, WordsOfAPiece) {
  WordAssembler a;
  a.add_text("Hi you.");
  EXPECT_THAT(words(a.add(piece("Hi you. "))), ElementsAre("Hi@0+20", "you.@30+40"));
  EXPECT_EQ(a.remaining(), "");
}

TEST(WordAssemblerTest, AWordThatIsCutIsToldWholeAndOnce) {
  WordAssembler a;
  a.add_text("Hi everybody here.");
  EXPECT_THAT(words(a.add(piece("Hi eve"))), ElementsAre("Hi@0+20", "everybody@30+30"));
  EXPECT_EQ(a.remaining(), "everybody here.");
  EXPECT_THAT(words(a.add(piece("rybo"))), IsEmpty());
  EXPECT_THAT(words(a.add(piece("dy here"))), ElementsAre("here.@30+40"));
  EXPECT_THAT(words(a.add(piece(". "))), IsEmpty());
  EXPECT_EQ(a.remaining(), "");
}

TEST(WordAssemblerTest, WhatRemainsIsFromTheNextWordOn) {
  WordAssembler a;
  a.add_text("One two.");
  a.add_text("Three.");
  EXPECT_EQ(a.remaining(), "One two. Three.");
  a.add(piece("One two. "));
  EXPECT_EQ(a.remaining(), "Three.");
}

TEST(WordAssemblerTest, AnAlignmentOfOtherTextStillGivesWords) {
  WordAssembler a;
  a.add_text("I have 2 dogs.");
  EXPECT_THAT(words(a.add(piece("I have two do"))),
              ElementsAre("I@0+10", "have@20+40", "two@70+30", "do@110+20"));
  EXPECT_THAT(words(a.add(piece("gs. "))), ElementsAre("gs.@0+30"));
  // What was said of the text is not known any more.
  EXPECT_EQ(a.remaining(), "");
}

TEST(WordAssemblerTest, ResetBeginsAnew) {
  WordAssembler a;
  a.add_text("One two.");
  a.add(piece("On"));
  a.reset();
  a.add_text("Three.");
  EXPECT_THAT(words(a.add(piece("Three. "))), ElementsAre("Three.@0+60"));
}

}  // namespace
}  // namespace elevenlabs
