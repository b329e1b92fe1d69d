#include "call_history.hpp"

#include <gtest/gtest.h>

namespace openai::realtime {
namespace {

TEST(CallHistoryTest, ACallersWordsGoBeforeTheAnswerToThem) {
  CallHistory history;
  history.add(false, 0, "Good morning.");
  history.add(false, 1, "Nine to five.");
  history.add(false, 2, "Bye.");
  history.add(true, 1, "The hours?");
  history.add(true, 3, "");
  ASSERT_EQ(history.lines().size(), 4u);
  EXPECT_EQ(history.lines()[1].text, "The hours?");
  EXPECT_EQ(history.lines()[2].text, "Nine to five.");
  EXPECT_TRUE(history.knows_caller(1));
  EXPECT_FALSE(history.knows_caller(2));
  EXPECT_FALSE(history.knows_caller(3));
}

TEST(CallHistoryTest, IsBoundedAndKeepsTheNewest) {
  CallHistory history;
  for (unsigned i = 0; i < 1000; ++i) history.add(true, i, std::string(1000, 'x'));
  EXPECT_EQ(history.lines().size(), 32u);
  EXPECT_EQ(history.lines().back().turn_id, 999u);
}

}  // namespace
}  // namespace openai::realtime
