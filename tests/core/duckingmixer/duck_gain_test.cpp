#include "duck_gain.hpp"

#include <gtest/gtest.h>

#include <algorithm>

using namespace ducking;

namespace {

// The definition: straight lines in dB. `ms`: since the first cause; causes until `until`.
float defined(const DuckCurve& curve, float ms, float until) {
  const float held = until + curve.hold_ms;
  const auto falling = [&](float at) {
    return std::max(curve.depth_db * at / curve.attack_ms, curve.depth_db);
  };
  if (ms <= held) return falling(ms);
  return std::min(falling(held) - curve.depth_db * (ms - held) / curve.release_ms, 0.0F);
}

TEST(DuckGain, FollowsItsDefinitionWithinADecibel) {
  for (const DuckCurve curve : {DuckCurve{}, DuckCurve{-14, 50, 300, 600},
                                DuckCurve{-40, 10, 0, 100}, DuckCurve{-6, 200, 1000, 2000}}) {
    for (const int causes : {1, 5, 100}) {
      DuckGain gain;
      for (int block = 1; block <= 600; ++block) {
        const float db = gain.next(curve, block <= causes);
        EXPECT_NEAR(
            db, defined(curve, static_cast<float>(block) * 10, static_cast<float>(causes) * 10), 1)
            << block << " of " << causes;
      }
      EXPECT_EQ(gain.db(), 0);
    }
  }
}

TEST(DuckGain, ADepthThatChangesIsFollowed) {
  DuckGain gain;
  DuckCurve curve{-20, 30, 300, 500};
  for (int block = 0; block < 20; ++block) gain.next(curve, true);
  EXPECT_FLOAT_EQ(gain.db(), -20);
  curve.depth_db = -6;
  for (int block = 0; block < 200; ++block) gain.next(curve, true);
  EXPECT_FLOAT_EQ(gain.db(), -6);
  curve.depth_db = 0;
  for (int block = 0; block < 200; ++block) gain.next(curve, true);
  EXPECT_LE(gain.db(), 0);
  for (int block = 0; block < 400; ++block) gain.next({}, false);
  EXPECT_EQ(gain.db(), 0);
}

TEST(DuckGain, AtOnce) {
  DuckGain gain;
  EXPECT_FLOAT_EQ(gain.next({-12, 0, 0, 0}, true), -12);
  EXPECT_FLOAT_EQ(gain.next({-12, 0, 0, 0}, false), 0);
}

}  // namespace
