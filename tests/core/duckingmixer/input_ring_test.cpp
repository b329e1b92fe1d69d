#include "input_ring.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

using ducking::InputRing;

namespace {

// 8 kHz, one channel: a block is 80 frames, the ring holds 1600.
class InputRingTest : public testing::Test {
 protected:
  void put(std::size_t frames, std::int64_t due) {
    std::vector<float> samples(frames);
    for (float& sample : samples) sample = static_cast<float>(++count_);
    ring_.put(samples, due);
  }
  bool take(bool ended = false) {
    block_.assign(80, -1);
    const bool taken = ring_.take(block_, at_, ended);
    at_ += 80;
    return taken;
  }

  InputRing ring_{8000, 1};
  std::vector<float> block_;
  std::int64_t at_ = 0;
  int count_ = 0;
};

TEST_F(InputRingTest, WhatComesInTimeIsHeardInOrder) {
  put(160, 0);
  ASSERT_TRUE(take());
  EXPECT_EQ(block_[0], 1);
  EXPECT_EQ(block_[79], 80);
  ASSERT_TRUE(take());
  EXPECT_EQ(block_[0], 81);
  EXPECT_FALSE(take());
  EXPECT_EQ(ring_.late(), 0U);
}

TEST_F(InputRingTest, WhatIsEarlyWaitsForItsTime) {
  put(80, 120);
  EXPECT_FALSE(take());
  // Half of this block.
  put(80, 200);
  ASSERT_TRUE(take());
  EXPECT_EQ(block_[39], 0);
  EXPECT_EQ(block_[40], 1);
  ASSERT_TRUE(take());
  EXPECT_EQ(block_[0], 41);
}

TEST_F(InputRingTest, WhatIsLateIsHeardAtOnce) {
  for (int i = 0; i < 10; ++i) take();
  put(80, 400);
  ASSERT_TRUE(take());
  EXPECT_EQ(block_[0], 1);
  EXPECT_EQ(ring_.late(), 1U);
}

TEST_F(InputRingTest, HolesInTheTimeAreSilent) {
  put(80, 0);
  put(80, 320);
  ASSERT_TRUE(take());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(take());
    EXPECT_EQ(block_[0], 0);
    EXPECT_EQ(block_[79], 0);
  }
  ASSERT_TRUE(take());
  EXPECT_EQ(block_[0], 81);
}

TEST_F(InputRingTest, PiecesThatAreNoBlocksAreNotTornApart) {
  // 21.25 ms each, which come when they are complete.
  int taken = 0, missing = 0;
  for (int i = 0; i < 200; ++i) {
    while (170 * (count_ / 170 + 1) <= at_) put(170, at_ - 170);
    if (take()) {
      ++taken;
      for (std::size_t k = 1; k < block_.size(); ++k) ASSERT_EQ(block_[k], block_[k - 1] + 1);
    } else {
      ++missing;
    }
  }
  EXPECT_LE(missing, 5) << "only until there is enough";
}

TEST_F(InputRingTest, TheRestOfWhatEndedIsHeardAndFadesAway) {
  put(100, 0);
  ASSERT_TRUE(take(true));
  ASSERT_TRUE(take(true));
  EXPECT_EQ(block_[0], 81);
  EXPECT_NEAR(block_[19], 100.0F / 20, 0.01F);
  EXPECT_EQ(block_[20], 0);
  EXPECT_FALSE(take(true));
}

TEST_F(InputRingTest, TheRestOfWhatStoppedIsForgotten) {
  put(100, 0);
  ASSERT_TRUE(take());
  for (int i = 0; i < 40; ++i) EXPECT_FALSE(take());
  EXPECT_EQ(ring_.queued(), 0U);
}

TEST_F(InputRingTest, ItIsBoundedAndTheNewestStays) {
  EXPECT_TRUE(ring_.has_room(0, 1600));
  EXPECT_FALSE(ring_.has_room(0, 1601));
  EXPECT_FALSE(ring_.has_room(1600, 1));
  put(1600, 0);
  EXPECT_FALSE(ring_.has_room(1600, 1));
  put(80, 1600);
  EXPECT_EQ(ring_.queued(), 1600U);
  EXPECT_EQ(ring_.dropped(), 80U);
  ASSERT_TRUE(take());
  EXPECT_EQ(block_[0], 81);
  put(5000, 1680);
  EXPECT_EQ(ring_.queued(), 1600U);
}

TEST_F(InputRingTest, WhatIsNeverNeededIsDelayAndLeftOut) {
  // A clock that is 1 % faster than ours: 100 ms in 10 s.
  double sent = 0;
  for (int i = 0; i < 6000; ++i) {
    for (sent += 80.8; sent >= 160; sent -= 160) put(160, at_ - 160);
    take();
    ASSERT_LE(ring_.queued(), 5 * 80U + 160) << i;
  }
  EXPECT_GT(ring_.skipped(), 0U);
  EXPECT_EQ(ring_.dropped(), 0U);
}

TEST_F(InputRingTest, WhatIsAheadOfItsTimeIsNoDelay) {
  for (int i = 0; i < 6000; ++i) {
    while (ring_.has_room(ring_.end(), 80)) put(80, count_);
    ASSERT_TRUE(take());
  }
  EXPECT_EQ(ring_.skipped(), 0U);
  EXPECT_EQ(ring_.dropped(), 0U);
}

TEST_F(InputRingTest, LeavingOutIsNoStep) {
  InputRing ring{8000, 1};
  double phase = 0;
  float last = 0, step = 0;
  std::int64_t at = 0;
  for (int i = 0; i < 500; ++i) {
    for (int k = i == 0 ? 0 : 5; k < 6; ++k) {
      std::vector<float> samples(80);
      for (float& sample : samples) sample = 0.5F * static_cast<float>(std::sin(phase += 0.1));
      ring.put(samples, at - 1600);
    }
    std::vector<float> block(80);
    if (ring.take(block, at)) {
      for (const float sample : block) {
        if (i > 0) step = std::max(step, std::abs(sample - last));
        last = sample;
      }
    }
    at += 80;
  }
  EXPECT_GT(ring.skipped(), 0U);
  // 0.05 of the tone, and what fades over 80 frames.
  EXPECT_LT(step, 0.05F + 1.0F / 80);
}

TEST(InputRing, SixteenBits) {
  InputRing ring{8000, 1};
  std::vector<float> block(80);
  int put = 0, taken = 0;
  const auto value = [](int i) { return static_cast<std::int16_t>(i * 37); };
  // There is always something left, so that they lie over the end of the ring, too.
  for (int i = 0; i < 100; ++i) {
    std::vector<std::int16_t> samples(i == 0 ? 130 : 80);
    const int due = put;
    for (std::int16_t& sample : samples) sample = value(put++);
    ring.put(std::span<const std::int16_t>{samples}, due);
    ASSERT_TRUE(ring.take(block, 80 * i));
    for (const float sample : block)
      ASSERT_EQ(sample, static_cast<float>(value(taken++)) / 32768) << i;
  }
}

TEST(InputRing, Stereo) {
  InputRing ring{48000, 2};
  std::vector<float> samples(960);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<float>(i);
  ring.put(samples, 0);
  std::vector<float> block(960);
  ASSERT_TRUE(ring.take(block, 0));
  EXPECT_EQ(block, samples);
}

}  // namespace
