#include "transcript_words.hpp"

#include <gtest/gtest.h>

namespace jackfield {
namespace {

TEST(TranscriptWordsTest, PiecesAreJoinedByASpace) {
  std::string text;
  append_text(text, "one");
  append_text(text, "");
  append_text(text, "two");
  EXPECT_EQ(text, "one two");
  EXPECT_EQ(join_texts("", "three"), "three");
  EXPECT_EQ(join_texts("one", ""), "one");
  EXPECT_EQ(join_texts("one", "two"), "one two");
}

TEST(TranscriptWordsTest, NothingGrowsWithoutBound) {
  std::string text;
  for (int i = 0; i < 100; ++i) append_text(text, std::string(1000, 'x'));
  EXPECT_LE(text.size(), kMostTranscript);
  EXPECT_GT(text.size(), kMostTranscript - 2000);
  EXPECT_EQ(skip_words(std::string(2 * kMostTranscript, 'x'), 0).size(), kMostTranscript);
}

TEST(TranscriptWordsTest, Words) {
  EXPECT_EQ(count_words(""), 0U);
  EXPECT_EQ(count_words("  one   two "), 2U);
  EXPECT_EQ(skip_words("  one   two  three", 0), "one   two  three");
  EXPECT_EQ(skip_words("  one   two  three", 2), "three");
  EXPECT_EQ(skip_words("one two", 2), "");
  EXPECT_EQ(skip_words("one", 5), "");
}

}  // namespace
}  // namespace jackfield
