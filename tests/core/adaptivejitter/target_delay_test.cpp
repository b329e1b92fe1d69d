#include "target_delay.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "emodel.hpp"

namespace {

constexpr int64_t kMs = 1'000'000;

class TargetDelayTest : public testing::Test {
 protected:
  // `seconds` of packets of 20 ms, late by what late(i) says, ms.
  template <typename Late>
  void feed(int seconds, const Late& late) {
    feed_packets(50 * seconds, late);
  }
  template <typename Late>
  void feed_packets(int packets, const Late& late) {
    for (int end = next_ + packets; next_ < end; ++next_) {
      jitter::TargetDelay::Arrival arrival;
      arrival.now_ns = next_ * 20 * kMs;
      arrival.late_ns = static_cast<int64_t>(late(next_) * 1e6);
      arrival.packet_ns = 20 * kMs;
      arrival.carries_fec = fec_;
      arrival.lost_before = lost_every_ > 0 && next_ % lost_every_ == 0;
      arrival.base_ns = base_ns_;
      target_.add(arrival);
    }
  }
  int64_t target_ms() const { return target_.target_ns() / kMs; }

  jitter::TargetDelay::Config config_;
  jitter::TargetDelay target_{config_};
  int next_ = 0, lost_every_ = 0;
  bool fec_ = false;
  int64_t base_ns_ = 0;
};

TEST_F(TargetDelayTest, BeginsWithTheStartDelay) { EXPECT_EQ(target_ms(), 40); }

TEST_F(TargetDelayTest, IsJustAboveASteadyJitter) {
  feed(30, [](int i) { return i % 2 ? 5.5 : 0.0; });
  EXPECT_GE(target_ms(), 6);
  EXPECT_LE(target_ms(), 8);
}

TEST_F(TargetDelayTest, RareStallsAreNotWorthADelayFrequentOnesAre) {
  feed(120, [](int i) { return i % 1500 == 700 ? 300.0 : 2.0; });  // one in 30 s
  EXPECT_LE(target_ms(), 110);
  target_.reset();
  next_ = 0;
  feed(120, [](int i) { return i % 25 == 0 ? 90.0 : 2.0; });  // two a second
  EXPECT_GE(target_ms(), 88);
  EXPECT_LE(target_ms(), 95);
}

TEST_F(TargetDelayTest, TheTradeoffMovesIt) {
  const auto stalls = [](int i) { return i % 200 == 100 ? 40.0 + i % 160 : 2.0; };
  config_.tradeoff_ms_per_percent = 20;
  target_.set_config(config_);
  feed(120, stalls);
  const int64_t soon = target_ms();
  config_.tradeoff_ms_per_percent = 300;
  target_.set_config(config_);
  feed(120, stalls);
  EXPECT_LT(soon + 20, target_ms());
}

TEST_F(TargetDelayTest, StaysWithinItsBounds) {
  config_.min_ns = 20 * kMs;
  config_.max_ns = 200 * kMs;
  target_.set_config(config_);
  feed(30, [](int) { return 0.0; });
  EXPECT_EQ(target_ms(), 20);
  feed(60, [](int i) { return i % 25 == 0 ? 390.0 : 2.0; });
  EXPECT_EQ(target_ms(), 200);
}

TEST_F(TargetDelayTest, WaitsForThePacketThatRestoresALostOne) {
  fec_ = true;
  lost_every_ = 50;
  feed(30, [](int) { return 1.0; });
  EXPECT_GE(target_ms(), 23);
  EXPECT_LE(target_ms(), 30);
  EXPECT_GT(target_.loss(), 0.004);
}

TEST_F(TargetDelayTest, ALongerPathCountsAtOnce) {
  feed(60, [](int i) { return i % 2 ? 4.0 : 0.0; });
  feed_packets(5, [](int) { return 0.0; });
  feed_packets(4, [](int) { return 80.0; });
  EXPECT_LE(target_ms(), 30);  // it may be a stall
  feed_packets(1, [](int i) { return i % 2 ? 84.0 : 80.0; });
  EXPECT_GE(target_ms(), 85);
  EXPECT_LE(target_ms(), 95);
  feed_packets(1, [](int) { return 0.0; });
  EXPECT_LE(target_ms(), 30);
}

TEST_F(TargetDelayTest, AStallCountsBeforeItsIntervalEnds) {
  config_.tradeoff_ms_per_percent = 1000;
  target_.set_config(config_);
  feed(10, [](int) { return 2.0; });
  feed_packets(2, [](int i) { return i % 50 == 0 ? 200.0 : 2.0; });
  EXPECT_GE(target_ms(), 190);
}

TEST_F(TargetDelayTest, AStallCountsOnceWhereverIntervalsEnd) {
  // One stall in 30 intervals: not worth its delay. One in 15 would be.
  config_.tradeoff_ms_per_percent = 100;
  target_.set_config(config_);
  for (const int64_t begin_ms : {0, 300}) {  // intervals end behind it, or during it
    target_.reset();
    for (int64_t k = 0; k < 50 * 150; ++k) {
      const int64_t sent_ms = begin_ms + k * 20, into_ms = sent_ms % 15200;
      // All of its packets come at once, at its end.
      const int64_t late_ms = into_ms < 320 && k > 50 ? 320 - into_ms : 2;
      jitter::TargetDelay::Arrival arrival;
      arrival.now_ns = (sent_ms + late_ms) * kMs;
      arrival.late_ns = late_ms * kMs;
      arrival.packet_ns = 20 * kMs;
      target_.add(arrival);
      if (k >= 50 * 75 && late_ms == 2) {
        ASSERT_LE(target_ms(), 100) << begin_ms << ", packet " << k;
      }
    }
  }
}

TEST_F(TargetDelayTest, TheTailOfTheJitterIsLeftToTheStretching) {
  std::mt19937 dice(1);
  std::normal_distribution<double> jitter(0, 2);
  feed(120, [&](int) { return std::abs(jitter(dice)); });  // 7 ms at most in a minute
  EXPECT_GE(target_.target_ns(), 4 * kMs);
  EXPECT_LE(target_.target_ns(), 6.5 * kMs);
}

TEST_F(TargetDelayTest, OvertakenPacketsAreForgottenAtTheirPace) {
  const auto reorder = [&](int packets, int every) {
    for (int end = next_ + packets; next_ < end; ++next_) {
      jitter::TargetDelay::Arrival arrival;
      arrival.now_ns = next_ * 20 * kMs;
      arrival.packet_ns = 20 * kMs;
      arrival.overtaken = every > 0 && next_ % every == 0;
      arrival.late_ns = arrival.overtaken ? 45 * kMs : kMs;
      target_.add(arrival);
    }
  };
  reorder(3000, 25);
  EXPECT_GE(target_ms(), 45);
  reorder(100'000, 0);  // long enough that stored shares have been scaled anew
  EXPECT_LE(target_ms(), 10);
  reorder(3000, 25);
  EXPECT_GE(target_ms(), 45);
}

TEST_F(TargetDelayTest, HoldsForAWhileBehindAStall) {
  feed(10, [](int) { return 2.0; });
  EXPECT_LE(target_.held_ns(), 2 * kMs);
  feed_packets(1, [](int) { return 150.0; });
  feed_packets(9, [](int) { return 2.0; });  // 180 ms
  EXPECT_EQ(target_.held_ns(), 150 * kMs);
  feed_packets(3, [](int) { return 2.0; });
  EXPECT_LE(target_.held_ns(), 2 * kMs);
}

TEST_F(TargetDelayTest, AMeetingMayWaitLongerThanAConversation) {
  const auto stalls = [](int i) { return i % 200 == 100 ? 60.0 + i % 240 : 2.0; };
  feed(120, stalls);
  const int64_t conversation = target_ms();
  target_ = jitter::TargetDelay{jitter::TargetDelay::meeting()};
  EXPECT_EQ(target_ms(), 80);
  feed(120, stalls);
  EXPECT_LT(conversation + 20, target_ms());
}

TEST_F(TargetDelayTest, AnOldPathIsNotHeldAgainstTheNewOne) {
  feed(20, [](int i) { return i % 2 ? 4.0 : 0.0; });
  // 80 ms longer from now on: against the old base first, then against the new one.
  feed(5, [](int i) { return i % 2 ? 84.0 : 80.0; });
  EXPECT_GE(target_ms(), 80);
  base_ns_ = 80 * kMs;
  feed(2, [](int i) { return i % 2 ? 4.0 : 0.0; });
  EXPECT_LE(target_ms(), 10);
}

TEST(EModel, KnownPoints) {
  // No delay but the path's, nothing concealed.
  EXPECT_NEAR(jitter::rating(0, 0), 93.2 - 0.024 * 76.5, 1e-9);
  // Beyond 177.3 ms delay harms five times as much.
  EXPECT_NEAR(jitter::rating(120, 0) - jitter::rating(130, 0), 10 * 0.134, 1e-9);
  EXPECT_NEAR(jitter::concealment_impairment(2), 190 / 26.1, 1e-9);
}

}  // namespace
