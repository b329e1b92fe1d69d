#include "simulate/core/play_queue.hpp"

#include <gtest/gtest.h>

#include "g711.hpp"

namespace jackfield::simulate {
namespace {

using Bytes = std::vector<std::uint8_t>;

class Log : public PlayQueue::Listener {
 public:
  void on_played(Samples at, std::span<const std::uint8_t> mulaw) override {
    EXPECT_EQ(at, static_cast<Samples>(heard.size()));
    heard.insert(heard.end(), mulaw.begin(), mulaw.end());
  }
  void on_idle(Samples at, Samples count) override {
    EXPECT_EQ(at, static_cast<Samples>(heard.size()));
    heard.resize(heard.size() + static_cast<std::size_t>(count), kMulawSilence);
  }
  void on_mark(Samples at, const std::string& name, bool cleared) override {
    marks.push_back(name + "@" + std::to_string(at) + (cleared ? "!" : ""));
  }
  Bytes heard;
  std::vector<std::string> marks;
};

class PlayQueueTest : public testing::Test {
 protected:
  Log log;
  PlayQueue queue{log};
};

Bytes run(std::size_t count, std::uint8_t value) { return Bytes(count, value); }

TEST_F(PlayQueueTest, PlaysFromArrivalAtEightKilohertz) {
  queue.push(100, run(50, 1));
  queue.advance(120);
  EXPECT_EQ(queue.queued(), 30);
  queue.advance(200);
  Bytes wanted(100, kMulawSilence);
  wanted.insert(wanted.end(), 50, 1);
  wanted.resize(200, kMulawSilence);
  EXPECT_EQ(log.heard, wanted);
}

TEST_F(PlayQueueTest, AudioSentFasterThanRealTimePlaysInOrderWithoutAGap) {
  queue.push(0, run(10, 1));
  queue.push(0, run(10, 2));
  queue.push(5, run(10, 3));
  queue.advance(30);
  Bytes wanted = run(10, 1);
  wanted.insert(wanted.end(), 10, 2);
  wanted.insert(wanted.end(), 10, 3);
  EXPECT_EQ(log.heard, wanted);
}

TEST_F(PlayQueueTest, AnUnderrunIsHeardAsSilence) {
  queue.push(0, run(10, 1));
  queue.push(15, run(10, 2));
  queue.advance(25);
  EXPECT_EQ(log.heard[9], 1);
  EXPECT_EQ(log.heard[10], kMulawSilence);
  EXPECT_EQ(log.heard[14], kMulawSilence);
  EXPECT_EQ(log.heard[15], 2);
}

TEST_F(PlayQueueTest, AMarkEchoesWhenEverythingBeforeHasPlayed) {
  queue.push(0, run(100, 1));
  queue.mark(0, "a");
  queue.push(0, run(50, 2));
  queue.mark(1, "b");
  queue.advance(99);
  EXPECT_TRUE(log.marks.empty());
  EXPECT_EQ(queue.pending_marks(), 2u);
  queue.advance(1000);
  EXPECT_EQ(log.marks, (std::vector<std::string>{"a@100", "b@150"}));
  EXPECT_EQ(queue.pending_marks(), 0u);
}

TEST_F(PlayQueueTest, AMarkOnAnEmptyQueueEchoesAtOnce) {
  queue.mark(40, "now");
  EXPECT_EQ(log.marks, (std::vector<std::string>{"now@40"}));
}

TEST_F(PlayQueueTest, ClearEmptiesAndEchoesAllMarksInOrder) {
  queue.push(0, run(100, 1));
  queue.mark(0, "a");
  queue.push(0, run(100, 2));
  queue.mark(0, "b");
  queue.mark(0, "c");
  EXPECT_EQ(queue.clear(30), 170);
  EXPECT_EQ(log.marks, (std::vector<std::string>{"a@30!", "b@30!", "c@30!"}));
  EXPECT_EQ(queue.queued(), 0);
  queue.advance(60);
  EXPECT_EQ(log.heard[29], 1);
  EXPECT_EQ(log.heard[30], kMulawSilence);
  queue.push(60, run(5, 7));
  queue.advance(65);
  EXPECT_EQ(log.heard[60], 7);
}

TEST_F(PlayQueueTest, HoldsTenMinutesAndNoMore) {
  EXPECT_EQ(queue.push(0, Bytes(PlayQueue::kLimit - 10, 1)), 0);
  EXPECT_EQ(queue.push(0, run(30, 2)), 20);
  EXPECT_EQ(queue.queued(), PlayQueue::kLimit);
  EXPECT_EQ(queue.push(100, run(30, 3)), 0);  // what has played made room
}

TEST_F(PlayQueueTest, PendingMarksAreBounded) {
  queue.push(0, run(100, 1));
  for (std::size_t i = 0; i < PlayQueue::kMaxMarks; ++i) EXPECT_TRUE(queue.mark(0, "m"));
  EXPECT_FALSE(queue.mark(0, "too many"));
}

TEST_F(PlayQueueTest, TimeNeverRunsBackwards) {
  queue.advance(100);
  queue.push(50, run(10, 1));
  queue.advance(110);
  EXPECT_EQ(log.heard.size(), 110u);
  EXPECT_EQ(log.heard[100], 1);
}

}  // namespace
}  // namespace jackfield::simulate
