#include "stereo_ring.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace {

using callrecorder::Side;
using callrecorder::StereoRing;

std::vector<int16_t> ramp(int16_t first, size_t n) {
  std::vector<int16_t> v(n);
  for (size_t i = 0; i < n; ++i) v[i] = static_cast<int16_t>(first + static_cast<int16_t>(i));
  return v;
}

TEST(StereoRingTest, KeepsSidesApartAndClearsWhatWasTaken) {
  StereoRing ring{8};
  ring.start_at(100);
  ring.write(Side::kCaller, 100, ramp(1, 4));
  ring.write(Side::kAgent, 102, ramp(11, 2));
  std::vector<int16_t> out(8);
  EXPECT_EQ(ring.take(104, out), 4u);
  EXPECT_EQ(out, (std::vector<int16_t>{1, 0, 2, 0, 3, 11, 4, 12}));
  EXPECT_EQ(ring.begin(), 104);
  std::vector<int16_t> more(16);
  EXPECT_EQ(ring.take(112, more), 8u);
  EXPECT_EQ(more, std::vector<int16_t>(16));
}

TEST(StereoRingTest, CountsLateAndOverrun) {
  StereoRing ring{8};
  ring.start_at(-4);  // positions before zero are fine
  const auto stored = ring.write(Side::kCaller, -6, ramp(1, 12));
  EXPECT_EQ(stored.late, 2u);
  EXPECT_EQ(stored.overrun, 2u);
  std::vector<int16_t> out(16);
  EXPECT_EQ(ring.take(4, out), 8u);
  EXPECT_EQ(out[0], 3);
  EXPECT_EQ(out[14], 10);
  EXPECT_EQ(ring.write(Side::kCaller, -100, ramp(1, 4)).late, 4u);
  EXPECT_EQ(ring.write(Side::kCaller, 100, ramp(1, 4)).overrun, 4u);
}

TEST(StereoRingTest, TakesNoMoreThanAsked) {
  StereoRing ring{8};
  std::vector<int16_t> out(4);
  EXPECT_EQ(ring.take(8, out), 2u);  // room for two frames
  EXPECT_EQ(ring.take(2, out), 0u);
  EXPECT_EQ(ring.take(-5, out), 0u);
}

TEST(StereoRingTest, LongStretchComesOutAsSilence) {
  StereoRing ring{4};
  ring.write(Side::kAgent, 0, ramp(5, 4));
  std::vector<int16_t> out(64, 7);
  EXPECT_EQ(ring.take(30, out), 30u);
  EXPECT_EQ(out[7], 8);
  for (size_t i = 8; i < 60; ++i) EXPECT_EQ(out[i], 0) << i;
}

TEST(StereoRingTest, RampAndSilenceTouchOneSide) {
  StereoRing ring{16};
  const std::vector<int16_t> loud(16, 1000);
  ring.write(Side::kCaller, 0, loud);
  ring.write(Side::kAgent, 0, loud);
  ring.ramp_down(Side::kAgent, 4, 8);
  ring.silence(Side::kAgent, 8, 100);
  std::vector<int16_t> out(32);
  ring.take(16, out);
  const int expected[] = {1000, 1000, 1000, 1000, 750, 500, 250, 0, 0, 0};
  for (size_t i = 0; i < 10; ++i) EXPECT_EQ(out[2 * i + 1], expected[i]) << i;
  for (size_t i = 0; i < 16; ++i) EXPECT_EQ(out[2 * i], 1000);
}

TEST(StereoRingTest, FindsTheFirstSound) {
  StereoRing ring{16};
  EXPECT_FALSE(ring.first_sound(Side::kAgent, 0, 16));
  ring.write(Side::kAgent, 5, ramp(1, 2));
  EXPECT_EQ(ring.first_sound(Side::kAgent, 0, 16), 5);
  EXPECT_EQ(ring.first_sound(Side::kAgent, 6, 99), 6);
  EXPECT_FALSE(ring.first_sound(Side::kAgent, 7, 16));
  EXPECT_FALSE(ring.first_sound(Side::kCaller, 0, 16));
}

}  // namespace
