#include "history.hpp"

#include <gtest/gtest.h>

namespace {

using localspeech::History;

TEST(HistoryTest, KeepsBothSidesInOrder) {
  History history(10);
  history.add_caller(1, "say \"hi\"");
  history.add_agent(1, "Hi.");
  EXPECT_EQ(
      history.to_json(),
      R"([{"role":"caller","turn":1,"text":"say \"hi\""},{"role":"agent","turn":1,"text":"Hi."}])");
}

TEST(HistoryTest, CutsAReplyToWhatWasHeard) {
  History history(10);
  history.add_agent(1, "One two three.");
  history.add_caller(2, "and");
  history.add_agent(2, "Four.");
  EXPECT_TRUE(history.cut(1, "One two"));
  EXPECT_EQ(history.utterances()[0].text, "One two");
  EXPECT_EQ(history.utterances()[0].full_text, "One two three.");
  EXPECT_FALSE(history.utterances()[2].interrupted);
  EXPECT_NE(
      history.to_json().find(R"("text":"One two","interrupted":true,"full-text":"One two three.")"),
      std::string::npos);
}

TEST(HistoryTest, AnUnknownTurnMeansTheLastReply) {
  History history(10);
  EXPECT_FALSE(history.cut(1, "x"));
  history.add_agent(1, "One.");
  history.add_agent(2, "Two.");
  EXPECT_TRUE(history.cut(9, ""));
  EXPECT_TRUE(history.utterances()[1].interrupted);
  EXPECT_FALSE(history.utterances()[0].interrupted);
}

TEST(HistoryTest, ForgetsTheOldest) {
  History history(3);
  for (std::uint32_t i = 0; i < 10; ++i) history.add_caller(i, "x");
  EXPECT_EQ(history.utterances().size(), 3u);
  EXPECT_EQ(history.utterances().front().turn_id, 7u);
}

}  // namespace
