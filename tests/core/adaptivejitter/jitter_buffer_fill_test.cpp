// What is played for a packet that is missing, and as what it counts.
#include "jitter_buffer_fixture.hpp"

namespace {

using namespace jitter_test;

class JitterBufferFillTest : public JitterBufferTest {
 protected:
  // From packet k on nothing comes, until that is heard of. Returns the time of the next tick.
  int64_t run_out(int64_t k) {
    before_ = buffer_.statistics();
    int64_t now = k * 20 + 31;
    for (int tick = 0; tick < 5; ++tick, now += 10) {
      pull(now);
      if (concealed() + inserted() > 0) return now + 10;
    }
    ADD_FAILURE() << "nothing was missing";
    return now;
  }
  uint64_t concealed() const {
    return buffer_.statistics().concealed_samples - before_.concealed_samples;
  }
  uint64_t inserted() const {
    return buffer_.statistics().inserted_samples - before_.inserted_samples;
  }
  uint64_t events() const {
    return buffer_.statistics().concealment_events - before_.concealment_events;
  }
  void go_on(int64_t k, int64_t now) {
    for (int i = 0; i < 10; ++i, now += 10) {
      for (; k * 20 + 30 <= now; ++k) send(k, now);
      pull(now);
    }
  }
  jitter::Statistics before_;
};

TEST_F(JitterBufferFillTest, APeriodOfAToneOnceMoreIsAStretch) {
  const int64_t k = steady(0, 10);
  go_on(k, run_out(k));
  EXPECT_EQ(concealed(), 0U);
  EXPECT_GE(inserted(), 80U);
}

TEST_F(JitterBufferFillTest, WhatIsLessLikeItselfIsConcealed) {
  noise_ = 6400;
  const int64_t k = steady(0, 10);
  const int64_t now = run_out(k);
  for (const float sample : out_) EXPECT_NE(sample, PlainDecoder::kMadeUp) << "not a repetition";
  go_on(k, now);
  EXPECT_EQ(inserted(), 0U);
  EXPECT_GE(concealed(), 80U);
  EXPECT_LE(concealed(), 160U);
  EXPECT_EQ(events(), 1U);
}

TEST_F(JitterBufferFillTest, ALostPacketIsNotConcealedTwice) {
  noise_ = 6400;
  const int64_t k = steady(0, 10);
  go_on(k + 1, run_out(k));
  EXPECT_GE(concealed(), 150U);
  EXPECT_LE(concealed(), 170U) << "of 160 lost";
}

}  // namespace
