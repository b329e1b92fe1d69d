#include "live_backlog.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "g711.hpp"
#include "line_units.hpp"

namespace twilio {
namespace {

class LiveBacklogTest : public ::testing::Test {
 protected:
  // Frames in real time, each with `ahead` ms to play before it. Returns the bytes cut.
  size_t run(int seconds, uint64_t ahead_ms, uint8_t fill, uint64_t pts_ahead_ms = 0) {
    std::vector<uint8_t> frame(kFrameBytes, fill);
    size_t cut = 0;
    for (int i = 0; i < seconds * 50; ++i) {
      now_ += 20 * kMillisecondNs;
      const uint64_t ahead = ahead_ms * kMillisecondNs;
      const uint64_t gone = cut * kSampleNs;
      cut += backlog_
                 .push(frame, now_ + pts_ahead_ms * kMillisecondNs, now_,
                       ahead > gone ? ahead - gone : 0)
                 .size;
    }
    return cut;
  }
  LiveBacklog backlog_;
  uint64_t now_ = 1000 * kMillisecondNs;
};

constexpr uint8_t kLoud = 0x10;

TEST_F(LiveBacklogTest, NothingIsCutInStep) {
  EXPECT_EQ(run(60, 0, kLoud), 0U);
  EXPECT_EQ(run(60, 50, jackfield::kMulawSilence), 0U);
}

TEST_F(LiveBacklogTest, SilenceIsCutAtOnce) {
  run(20, 0, kLoud);
  const size_t cut = run(12, 500, jackfield::kMulawSilence);
  EXPECT_NEAR(static_cast<double>(cut), (500 - 40) * 8, kFrameBytes);
}

TEST_F(LiveBacklogTest, WithoutPausesSingleSamplesAndFewFramesGo) {
  run(20, 0, kLoud);
  EXPECT_LE(run(3, 500, kLoud), 3U * 50 + kFrameBytes);
  EXPECT_NEAR(static_cast<double>(run(60, 480, kLoud)), (480 - 40) * 8, 2 * kFrameBytes);
}

TEST_F(LiveBacklogTest, AReplyMadeAheadOfTimeIsLeftAlone) {
  run(20, 0, kLoud);
  // As much waits, and its timestamps say that it shall.
  EXPECT_EQ(run(120, 500, jackfield::kMulawSilence, 500), 0U);
}

TEST_F(LiveBacklogTest, AfterAPauseAllBeginsAnew) {
  run(20, 0, kLoud);
  now_ += 5000 * kMillisecondNs;
  run(5, 0, kLoud, 0);
  EXPECT_EQ(run(60, 500, jackfield::kMulawSilence, 500), 0U);
  // While something still plays it is no pause.
  now_ += 1500 * kMillisecondNs;
  EXPECT_GT(run(60, 1000, jackfield::kMulawSilence, 500), 3000U);
}

TEST_F(LiveBacklogTest, APusherWhoWaitsIsNotLive) {
  run(20, 0, kLoud);
  for (int i = 0; i < 100; ++i) {
    backlog_.restart();
    EXPECT_EQ(run(1, 500, jackfield::kMulawSilence), 0U);
  }
}

TEST_F(LiveBacklogTest, TheSampleLeastMissedIsTaken) {
  std::vector<uint8_t> frame(kFrameBytes);
  for (size_t i = 0; i < frame.size(); ++i) frame[i] = i % 2 ? 0x00 : 0x80;
  frame[99] = frame[100] = frame[101] = 0x20;
  run(20, 0, kLoud);
  for (int i = 0; i < 2; ++i) run(1, 500, kLoud);
  now_ += 20 * kMillisecondNs;
  const auto cut = backlog_.push(frame, now_, now_, 400 * kMillisecondNs);
  EXPECT_EQ(cut.size, 1U);
  EXPECT_GE(cut.begin, 1U);
  EXPECT_LT(cut.begin + 1, frame.size());
}

}  // namespace
}  // namespace twilio
