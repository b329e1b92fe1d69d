#include "reply_timeline.hpp"

#include <gtest/gtest.h>

namespace {

using namespace agentbrain;
constexpr Time ms(Time n) { return n * kMillisecond; }

class ReplyTimelineTest : public testing::Test {
 protected:
  ReplyTimeline line;
  void add(int pieces) {
    for (int i = 0; i < pieces; ++i) line.add_audio(ms(20));
  }
  // Sends up to `n` pieces from `now` on; returns how many there were.
  int send(int n, Time now) {
    int sent = 0;
    for (; sent < n && line.next() && !line.next()->is_end; ++sent) line.sent(line.next_pts(now));
    return sent;
  }
};

TEST_F(ReplyTimelineTest, StartsNowAndGoesOnWithoutAGap) {
  add(3);
  EXPECT_EQ(line.next_pts(ms(1000)), ms(1000));
  line.sent(ms(1000));
  EXPECT_EQ(line.next_pts(ms(1005)), ms(1020));
  EXPECT_EQ(line.next_pts(ms(1500)), ms(1500)) << "an underrun begins anew";
}

TEST_F(ReplyTimelineTest, HeardFollowsTheRunningTime) {
  add(10);
  send(5, ms(1000));
  EXPECT_TRUE(line.in_flight());
  line.heard_until(ms(1050));
  EXPECT_EQ(line.heard().heard, ms(50));
  line.heard_until(ms(1020));
  EXPECT_EQ(line.heard().heard, ms(50)) << "never back";
  line.heard_until(ms(5000));
  EXPECT_EQ(line.heard().heard, ms(100)) << "not more than was sent";
  EXPECT_FALSE(line.in_flight());
  EXPECT_EQ(line.unheard(), ms(100));
}

TEST_F(ReplyTimelineTest, TakeBackSendsTheUnheardAgain) {
  add(10);
  send(10, ms(1000));
  line.heard_until(ms(1060));
  line.take_back();
  EXPECT_FALSE(line.in_flight());
  ASSERT_NE(line.next(), nullptr);
  EXPECT_EQ(line.next()->offset, ms(60));
  EXPECT_EQ(line.next_pts(ms(3000)), ms(3000));
  EXPECT_EQ(send(100, ms(3000)), 7);
  line.heard_until(ms(3010));
  EXPECT_EQ(line.heard().heard, ms(70));
}

TEST_F(ReplyTimelineTest, ReplayBeginsWithTheCutWord) {
  line.add_word("one", 0, 0, ms(100));
  line.add_word("two", 0, ms(100), ms(100));
  line.add_word("three", 0, ms(200), ms(100));
  add(15);
  send(15, ms(1000));
  line.heard_until(ms(1150));
  EXPECT_EQ(line.heard().words, "one") << "half a word was not heard";
  line.take_back();
  EXPECT_EQ(line.next()->offset, ms(100));
  send(15, ms(2000));
  line.heard_until(ms(2100));
  EXPECT_EQ(line.heard().words, "one two");
}

TEST_F(ReplyTimelineTest, APauseBetweenWordsIsNotRepeated) {
  line.add_word("one", 0, 0, ms(100));
  add(20);
  send(20, ms(1000));
  line.heard_until(ms(1300));
  line.take_back();
  EXPECT_EQ(line.next()->offset, ms(300));
}

TEST_F(ReplyTimelineTest, FinishedWhenHeardToTheEnd) {
  add(2);
  const auto id = line.add_end();
  send(2, ms(1000));
  EXPECT_FALSE(line.take_finished()) << "the end was not sent";
  line.sent(0);
  line.heard_until(ms(1039));
  EXPECT_FALSE(line.take_finished());
  line.heard_until(ms(1041));
  const auto finished = line.take_finished();
  ASSERT_TRUE(finished);
  EXPECT_EQ(finished->id, id);
  EXPECT_EQ(finished->start, ms(1000));
  EXPECT_EQ(finished->end, ms(1040));
  EXPECT_FALSE(line.take_finished());
  EXPECT_TRUE(line.empty());
}

TEST_F(ReplyTimelineTest, AReplyWithoutAudioIsFinishedAtOnce) {
  line.add_end();
  EXPECT_TRUE(line.next()->is_end);
  line.sent(0);
  const auto finished = line.take_finished();
  ASSERT_TRUE(finished);
  EXPECT_EQ(finished->start, kNever);
}

TEST_F(ReplyTimelineTest, TwoRepliesKeepTheirWordsApart) {
  line.add_word("first", 0, 0, ms(40));
  add(2);
  line.add_end();
  line.add_word("second", line.end(), 0, ms(40));
  add(2);
  send(2, ms(1000));
  line.sent(0);
  EXPECT_TRUE(line.next()->first);
  send(2, ms(1000));
  line.heard_until(ms(1080));
  EXPECT_EQ(line.heard().words, "first");
  EXPECT_TRUE(line.heard().complete);
  ASSERT_TRUE(line.take_finished());
  EXPECT_EQ(line.reply_start(), ms(1040));
  EXPECT_EQ(line.heard().words, "second");
  EXPECT_FALSE(line.heard().complete);
}

TEST_F(ReplyTimelineTest, HeardAudioIsLetGo) {
  add(1000);
  for (Time t = ms(1000); send(10, t) > 0; t += ms(200)) line.heard_until(t + ms(200));
  EXPECT_GE(line.first_kept(), 900u);
}

TEST_F(ReplyTimelineTest, ClearForgets) {
  line.add_word("one", 0, 0, ms(20));
  add(5);
  send(3, ms(1000));
  line.heard_until(ms(1030));
  line.clear();
  EXPECT_TRUE(line.empty());
  EXPECT_EQ(line.unheard(), 0u);
  EXPECT_FALSE(line.in_flight());
  EXPECT_FALSE(line.heard().has_words);
  EXPECT_EQ(line.first_kept(), 5u);
  add(1);
  EXPECT_TRUE(line.next()->first);
  EXPECT_EQ(line.next_pts(ms(1010)), ms(1010)) << "what was flushed takes no time";
}

}  // namespace
