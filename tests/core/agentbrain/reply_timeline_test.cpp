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
  // Words heard to their end.
  std::string words() const {
    std::string out;
    for (const SpokenSpan& span : line.heard().spans) {
      if (span.is_word && span.heard >= span.total) out += (out.empty() ? "" : " ") + span.text;
    }
    return out;
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
  EXPECT_EQ(words(), "one") << "half a word was not heard";
  line.take_back();
  EXPECT_EQ(line.next()->offset, ms(100));
  send(15, ms(2000));
  line.heard_until(ms(2100));
  EXPECT_EQ(words(), "one two");
}

TEST_F(ReplyTimelineTest, APauseBetweenWordsIsNotRepeated) {
  line.add_word("one", 0, 0, ms(100));
  add(20);
  send(20, ms(1000));
  line.heard_until(ms(1300));
  line.take_back();
  EXPECT_EQ(line.next()->offset, ms(300));
}

TEST_F(ReplyTimelineTest, TakenBackInThePieceItIsSentOnToTheNanosecond) {
  add(3);
  send(3, ms(1000));
  line.heard_until(ms(1025));
  line.take_back();
  EXPECT_EQ(line.next()->offset, ms(20));
  EXPECT_EQ(line.next()->skip, ms(5));
  line.sent(ms(2000));
  EXPECT_EQ(line.sent_until(), ms(2015));
  line.heard_until(ms(2010));
  EXPECT_EQ(line.heard().heard, ms(35));
  // Again, in the same piece.
  line.take_back();
  EXPECT_EQ(line.next()->skip, ms(15));
  send(2, ms(3000));
  EXPECT_EQ(line.sent_until(), ms(3025));
  line.heard_until(ms(4000));
  EXPECT_EQ(line.heard().heard, ms(60));
}

TEST_F(ReplyTimelineTest, TextsLastUntilTheNextAndSilenceDoesNotCount) {
  line.add_text("first", 0, 0);
  for (const float level : {0.0F, 0.5F, 0.5F, 0.001F, 0.5F, 0.0F}) line.add_audio(ms(20), level);
  line.add_text("second", line.end(), 0);
  line.add_audio(ms(20), 0.4F);
  ASSERT_EQ(line.heard().spans.size(), 2u);
  EXPECT_EQ(line.heard().spans[0].total, ms(60));
  EXPECT_EQ(line.heard().spans[0].heard, 0u);
  EXPECT_TRUE(line.heard().spans[0].complete);
  EXPECT_FALSE(line.heard().spans[1].complete) << "more of it may come";
  send(10, ms(1000));
  line.heard_until(ms(1050));
  EXPECT_EQ(line.heard().spans[0].heard, ms(30));
  EXPECT_EQ(line.heard().spans[1].heard, 0u);
  line.heard_until(ms(1110));
  EXPECT_LT(line.heard().spans[0].heard, ms(60)) << "its silence belongs to it";
  line.heard_until(ms(1120));
  EXPECT_EQ(line.heard().spans[0].heard, ms(60));
  line.add_end();
  EXPECT_TRUE(line.heard().spans[1].complete);
}

TEST_F(ReplyTimelineTest, SpeechBeforeTheFirstMarkIsUnknown) {
  add(20);
  line.add_text("known", line.end(), 0);
  add(5);
  ASSERT_EQ(line.heard().spans.size(), 2u);
  EXPECT_EQ(line.heard().spans[0].text, "");
  EXPECT_EQ(line.heard().spans[0].total, ms(400));
  EXPECT_EQ(line.heard().spans[1].text, "known");
}

TEST_F(ReplyTimelineTest, WhatWasHeardLongAgoStillCounts) {
  line.add_text("long", 0, 0);
  Time t = ms(1000);
  for (int i = 0; i < 500; ++i, t += ms(20)) {
    line.add_audio(ms(20), i % 2 == 0 ? 0.5F : 0.0F);
    send(1, t);
    line.heard_until(t + ms(20));
  }
  EXPECT_GT(line.first_kept(), 400u);
  ASSERT_EQ(line.heard().spans.size(), 1u);
  EXPECT_EQ(line.heard().spans[0].total, ms(5000));
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
  EXPECT_EQ(words(), "first");
  EXPECT_TRUE(line.heard().complete);
  ASSERT_TRUE(line.take_finished());
  EXPECT_EQ(line.reply_start(), ms(1040));
  EXPECT_EQ(words(), "second");
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
  EXPECT_TRUE(line.heard().spans.empty());
  EXPECT_EQ(line.first_kept(), 5u);
  add(1);
  EXPECT_TRUE(line.next()->first);
  EXPECT_EQ(line.next_pts(ms(1010)), ms(1010)) << "what was flushed takes no time";
}

}  // namespace
