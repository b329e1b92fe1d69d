#include "recognized_text.hpp"

#include <gtest/gtest.h>

namespace {

using localspeech::clean_text;
using localspeech::is_filler;
using localspeech::StableText;
using localspeech::without_variant;

TEST(RecognizedText, VariantsOfAWordAreTheWord) {
  EXPECT_EQ(without_variant("hello(2)"), "hello");
  EXPECT_EQ(without_variant("the(12)"), "the");
  EXPECT_EQ(without_variant("hello"), "hello");
  EXPECT_EQ(without_variant("(2)"), "(2)");
  EXPECT_EQ(without_variant("a()"), "a()");
  EXPECT_EQ(without_variant("what(ever)"), "what(ever)");
}

TEST(RecognizedText, FillersAreNoWords) {
  for (const char* word : {"<s>", "</s>", "<sil>", "[NOISE]", "++BREATH++", "(NULL)", ""}) {
    EXPECT_TRUE(is_filler(word)) << word;
  }
  EXPECT_FALSE(is_filler("hello"));
  EXPECT_FALSE(is_filler("'cause"));
}

TEST(RecognizedText, CleanTextHasWordsAndSingleSpaces) {
  EXPECT_EQ(clean_text("<s> i'm <sil> sorry(2) [NOISE] </s>"), "i'm sorry");
  EXPECT_EQ(clean_text("  Call   WAITING "), "call waiting");
  EXPECT_EQ(clean_text("<sil>"), "");
  EXPECT_EQ(clean_text(""), "");
}

TEST(StableText, AnnouncesWhatTwoLooksAgreeOnOnce) {
  StableText stable;
  EXPECT_FALSE(stable.update(""));
  EXPECT_FALSE(stable.update("hello"));
  EXPECT_TRUE(stable.update("hello"));
  EXPECT_FALSE(stable.update("hello"));
  EXPECT_FALSE(stable.update("hello world"));
  EXPECT_FALSE(stable.update("hello"));
  EXPECT_FALSE(stable.update("hello"));  // known already
  EXPECT_FALSE(stable.update("hello world"));
  EXPECT_TRUE(stable.update("hello world"));
  stable.reset();
  EXPECT_FALSE(stable.update("hello world"));
  EXPECT_TRUE(stable.update("hello world"));
}

}  // namespace
