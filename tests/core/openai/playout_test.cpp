#include "playout.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace openai::realtime {
namespace {

constexpr uint64_t kMs = 1'000'000;
constexpr std::size_t kPiece = 160;  // 20 ms of mu-law

std::vector<uint8_t> audio(std::size_t ms) {
  std::vector<uint8_t> bytes(ms * 8);
  std::iota(bytes.begin(), bytes.end(), uint8_t{0});
  return bytes;
}

class PlayoutTest : public testing::Test {
 protected:
  // Sends what there is from `position` on, one piece behind the other; returns the end.
  uint64_t send_all(uint64_t position) {
    while (const auto piece = playout.next(kPiece)) {
      const std::size_t size = piece->audio.size();
      sent.insert(sent.end(), piece->audio.begin(), piece->audio.end());
      playout.sent(size, position);
      position += size * kMs / 8;
    }
    return position;
  }
  Playout playout{8, 80'000};
  std::vector<uint8_t> sent;
};

TEST_F(PlayoutTest, WhatComesGoesOutInOrderAndIsReportedWhenHeard) {
  playout.begin("r1", 3);
  ASSERT_TRUE(playout.add_audio("r1", "i1", audio(100)));
  ASSERT_TRUE(playout.add_audio("r1", "i1", audio(100)));
  playout.add_text("r1", "Good ");
  playout.add_text("r1", "morning.");
  playout.set_text("r1", "Good morning.");
  playout.end("r1");
  const uint64_t end = send_all(1000 * kMs);
  EXPECT_EQ(end, 1200 * kMs);
  auto expected = audio(100);
  const auto again = audio(100);
  expected.insert(expected.end(), again.begin(), again.end());
  EXPECT_EQ(sent, expected);
  EXPECT_TRUE(playout.in_flight());
  playout.heard_until(1199 * kMs);
  EXPECT_FALSE(playout.take_finished());
  playout.heard_until(1200 * kMs);
  const auto reply = playout.take_finished();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->turn_id, 3u);
  EXPECT_EQ(reply->heard_text, "Good morning.");
  EXPECT_EQ(reply->start, 1000 * kMs);
  EXPECT_EQ(reply->end, 1200 * kMs);
  EXPECT_TRUE(playout.empty());
  EXPECT_EQ(playout.queued_bytes(), 0u);
}

TEST_F(PlayoutTest, PiecesAreFullUntilTheEnd) {
  playout.begin("r", 1);
  playout.add_audio("r", "i", audio(30));
  ASSERT_EQ(playout.next(kPiece)->audio.size(), kPiece);
  playout.sent(kPiece, 0);
  EXPECT_FALSE(playout.next(kPiece));  // 10 ms are left, and more is to come
  playout.end("r");
  ASSERT_EQ(playout.next(kPiece)->audio.size(), 80u);
  playout.sent(80, 20 * kMs);
  EXPECT_TRUE(playout.next(kPiece)->audio.empty());
}

TEST_F(PlayoutTest, ACutTellsTheMillisecondsHeardOfEachItem) {
  playout.begin("r", 1);
  playout.add_audio("r", "a", audio(100));
  playout.add_audio("r", "b", audio(100));
  playout.add_text("r", "one two three four five six seven eight nine ten");
  playout.end("r");
  send_all(500 * kMs);
  const auto replies = playout.cut(650 * kMs);
  ASSERT_EQ(replies.size(), 1u);
  ASSERT_EQ(replies[0].items.size(), 2u);
  EXPECT_EQ(replies[0].items[0].heard_ms, 100u);
  EXPECT_EQ(replies[0].items[0].received_ms, 100u);
  EXPECT_EQ(replies[0].items[1].heard_ms, 50u);
  EXPECT_EQ(replies[0].heard_text, "one two three four five six seven");
  EXPECT_EQ(replies[0].end, 650 * kMs);
  EXPECT_TRUE(playout.empty());
  EXPECT_FALSE(playout.add_audio("r", "b", audio(20)));  // late, of a reply that was given up
}

TEST_F(PlayoutTest, NothingWasHeardOfWhatDidNotGoOut) {
  playout.begin("r", 1);
  playout.add_audio("r", "a", audio(100));
  playout.add_text("r", "words");
  const auto replies = playout.cut(900 * kMs);
  ASSERT_EQ(replies.size(), 1u);
  EXPECT_EQ(replies[0].items[0].heard_ms, 0u);
  EXPECT_EQ(replies[0].heard_text, "");
  EXPECT_EQ(replies[0].start, kNoTime);
}

TEST_F(PlayoutTest, WhatWasHeardIsNeverMoreThanWasReceived) {
  playout.begin("r", 1);
  playout.add_audio("r", "a", audio(105));
  playout.end("r");
  send_all(0);
  EXPECT_EQ(playout.cut(10'000 * kMs)[0].items[0].heard_ms, 105u);
}

TEST_F(PlayoutTest, TheQueueIsBounded) {
  playout.begin("r", 1);
  EXPECT_TRUE(playout.add_audio("r", "a", audio(9'900)));
  EXPECT_FALSE(playout.add_audio("r", "a", audio(200)));
  send_all(0);
  EXPECT_TRUE(playout.add_audio("r", "a", audio(200)));
}

TEST_F(PlayoutTest, RepliesFollowEachOther) {
  playout.begin("r1", 1);
  playout.add_audio("r1", "a", audio(40));
  playout.end("r1");
  playout.begin("r2", 1);
  playout.add_audio("r2", "b", audio(40));
  playout.hang_up_after("r2");
  playout.end("r2");
  EXPECT_EQ(send_all(0), 80 * kMs);
  playout.heard_until(80 * kMs);
  EXPECT_FALSE(playout.take_finished()->hang_up);
  EXPECT_TRUE(playout.take_finished()->hang_up);
  EXPECT_FALSE(playout.take_finished());
}

TEST_F(PlayoutTest, APauseKeepsWhatWasNotHeardToTheSample) {
  playout.begin("r1", 1);
  playout.add_audio("r1", "a", audio(200));
  playout.add_text("r1", "one two three four");
  playout.end("r1");
  send_all(1000 * kMs);
  EXPECT_EQ(playout.queued_bytes(), 0u);
  playout.pause(1090 * kMs);
  EXPECT_TRUE(playout.paused());
  EXPECT_FALSE(playout.next(kPiece));
  EXPECT_EQ(playout.queued_bytes(), 110u * 8);
  EXPECT_EQ(playout.rest(), 110 * kMs);
  const auto so_far = playout.unfinished();
  ASSERT_EQ(so_far.size(), 1u);
  EXPECT_EQ(so_far[0].heard_text, "one two");
  EXPECT_EQ(so_far[0].end, 1090 * kMs);
  playout.resume();
  sent.resize(90 * 8);
  EXPECT_EQ(send_all(2000 * kMs), 2110 * kMs);
  EXPECT_EQ(sent, audio(200)) << "nothing is lost, nothing is said twice";
  playout.heard_until(2110 * kMs);
  const auto reply = playout.take_finished();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->heard_text, "one two three four");
  EXPECT_EQ(reply->start, 1000 * kMs);
  EXPECT_EQ(reply->end, 2110 * kMs);
}

TEST_F(PlayoutTest, APauseBeforeAnythingWasHeardBeginsAnew) {
  playout.begin("r1", 1);
  playout.add_audio("r1", "a", audio(100));
  send_all(1000 * kMs);
  playout.pause(900 * kMs);
  playout.resume();
  const auto piece = playout.next(kPiece);
  ASSERT_TRUE(piece);
  EXPECT_TRUE(piece->first);
  EXPECT_EQ(playout.rest(), kNoTime) << "more may come";
}

TEST_F(PlayoutTest, ACutAfterAPauseSparesTheNextReply) {
  playout.begin("r1", 1);
  playout.add_audio("r1", "a", audio(200));
  playout.end("r1");
  send_all(0);
  playout.pause(50 * kMs);
  playout.begin("r2", 2);
  playout.add_audio("r2", "b", audio(60));
  const auto cut = playout.cut(50 * kMs, "r2");
  ASSERT_EQ(cut.size(), 1u);
  EXPECT_EQ(cut[0].items[0].heard_ms, 50u);
  EXPECT_EQ(playout.queued_bytes(), 60u * 8);
  EXPECT_FALSE(playout.paused());
  EXPECT_EQ(playout.drop("r2"), std::vector<std::string>{"b"});
  EXPECT_TRUE(playout.empty());
  EXPECT_EQ(playout.queued_bytes(), 0u);
}

TEST_F(PlayoutTest, OfABrokenReplyOnlyWhatHasSoundWasSaid) {
  playout.begin("r1", 1);
  playout.add_audio("r1", "a", audio(400));
  playout.add_text("r1", "one two three four five six");
  playout.break_off("r1");
  playout.forget_items();
  send_all(0);
  playout.heard_until(400 * kMs);
  const auto reply = playout.take_finished();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->heard_text, "one");
  EXPECT_EQ(reply->full_text, "one two three four five six");
  EXPECT_TRUE(reply->items[0].id.empty());
}

}  // namespace
}  // namespace openai::realtime
