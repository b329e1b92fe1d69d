#include "conference/core/pin_entry.hpp"

#include <gtest/gtest.h>

#include <string_view>

using jackfield::conference::PinEntry;
using Verdict = PinEntry::Verdict;

namespace {

std::optional<std::string> press(PinEntry& entry, std::string_view keys, std::int64_t now = 0) {
  std::optional<std::string> last;
  for (const char key : keys) last = entry.press(key, now);
  return last;
}

}  // namespace

TEST(PinEntryTest, TheHashKeyEndsIt) {
  PinEntry entry{0};
  EXPECT_EQ(press(entry, "1234"), std::nullopt);
  EXPECT_EQ(press(entry, "#"), "1234");
  EXPECT_EQ(press(entry, "#"), "");
}

TEST(PinEntryTest, TheStarTakesBack) {
  PinEntry entry{0};
  EXPECT_EQ(press(entry, "99*1234#"), "1234");
}

TEST(PinEntryTest, LettersAreNoKeys) {
  PinEntry entry{0};
  EXPECT_EQ(press(entry, "1A2B#"), "12");
}

TEST(PinEntryTest, TooManyKeysAreNoneOfAllNamesAndNotKeptWithoutEnd) {
  PinEntry entry{0};
  const auto keys = press(entry, std::string(1000, '7') + "#");
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->size(), PinEntry::kMostKeys + 1);
}

TEST(PinEntryTest, TheThirdMistakeIsTheLast) {
  PinEntry entry{0};
  EXPECT_EQ(entry.refused(1), Verdict::kAgain);
  EXPECT_EQ(entry.refused(2), Verdict::kAgain);
  EXPECT_EQ(entry.refused(3), Verdict::kGiveUp);
}

TEST(PinEntryTest, SilenceIsAMistakeAndEachKeyGivesTime) {
  PinEntry entry{0};
  EXPECT_EQ(entry.tick(PinEntry::kPatience - 1), std::nullopt);
  entry.press('1', PinEntry::kPatience - 1);
  EXPECT_EQ(entry.tick(PinEntry::kPatience), std::nullopt);
  const std::int64_t first = entry.deadline();
  EXPECT_EQ(first, 2 * PinEntry::kPatience - 1);
  EXPECT_EQ(entry.tick(first), Verdict::kAgain);
  EXPECT_EQ(press(entry, "#", first), "") << "what was begun is forgotten";
  EXPECT_EQ(entry.tick(entry.deadline()), Verdict::kAgain);
  EXPECT_EQ(entry.tick(entry.deadline()), Verdict::kGiveUp);
}
