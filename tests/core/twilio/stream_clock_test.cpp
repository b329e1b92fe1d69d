#include "stream_clock.hpp"

#include <gtest/gtest.h>

namespace twilio {
namespace {

using Verdict = StreamClock::Verdict;
constexpr uint64_t ms(uint64_t n) { return n * kMillisecondNs; }
constexpr uint64_t kStart = ms(1000);

class StreamClockTest : public ::testing::Test {
 protected:
  StreamClockTest() { clock_.begin(kStart); }

  // Media of 20 ms that arrives at `at` ms after the start.
  StreamClock::Placement media(uint64_t timestamp, uint64_t at, size_t size = 160,
                               bool quiet = false) {
    return clock_.on_media(timestamp, size, quiet, kStart + ms(at));
  }

  StreamClock clock_{{}};
};

TEST_F(StreamClockTest, ContiguousFromWhateverTimestamp) {
  for (uint64_t i = 0; i < 100; ++i) {
    const auto p = media(5000 + i * 20, i * 20);
    EXPECT_EQ(p.verdict, Verdict::kPlay);
    EXPECT_EQ(p.position, i * 160);
    EXPECT_EQ(p.missing, 0U);
    EXPECT_FALSE(p.discontinuous);
  }
}

TEST_F(StreamClockTest, OddSizesWhoseTimestampsAreRounded) {
  uint64_t samples = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto p = media(samples / 8, samples / 8, 101);
    EXPECT_EQ(p.position, samples);
    EXPECT_EQ(p.missing, 0U);
    samples += 101;
  }
}

TEST_F(StreamClockTest, AGapIsMeasured) {
  media(0, 0);
  const auto p = media(80, 80);
  EXPECT_EQ(p.missing, 60U * 8);
  EXPECT_EQ(p.position, 640U);
  EXPECT_TRUE(p.discontinuous);
  EXPECT_EQ(media(100, 100).missing, 0U);
}

TEST_F(StreamClockTest, AnImpossibleLeapIsNotFollowed) {
  media(0, 0);
  auto p = media(3'600'000, 20);
  EXPECT_EQ(p.missing, 0U);
  EXPECT_EQ(p.position, 160U);
  EXPECT_TRUE(p.discontinuous);
  p = media(3'600'020, 40);
  EXPECT_EQ(p.position, 320U);
  EXPECT_FALSE(p.discontinuous);
  EXPECT_EQ(media(UINT64_MAX, 60).position, 480U);
}

TEST_F(StreamClockTest, ACountThatBeginsAnewIsFollowed) {
  media(100'000, 0);
  const auto p = media(0, 20);
  EXPECT_EQ(p.verdict, Verdict::kPlay);
  EXPECT_EQ(p.position, 160U);
  EXPECT_EQ(media(20, 40).position, 320U);
}

TEST_F(StreamClockTest, ARepeatedPayloadIsDropped) {
  media(0, 0);
  media(20, 20);
  EXPECT_EQ(media(0, 40).verdict, Verdict::kDropLate);
  EXPECT_EQ(media(20, 40).verdict, Verdict::kDropLate);
  const auto p = media(40, 40);
  EXPECT_EQ(p.verdict, Verdict::kPlay);
  EXPECT_EQ(p.position, 320U);
}

TEST_F(StreamClockTest, SilenceIsMadeWhenNothingComes) {
  media(0, 0);
  EXPECT_EQ(clock_.deadline(), kStart + ms(200));
  EXPECT_EQ(clock_.on_tick(kStart + ms(199)).samples, 0U);
  auto silence = clock_.on_tick(kStart + ms(200));
  EXPECT_EQ(silence.position, 160U);
  EXPECT_EQ(silence.samples, 1600U);
  EXPECT_EQ(clock_.deadline(), kStart + ms(220));
  silence = clock_.on_tick(kStart + ms(225));
  EXPECT_EQ(silence.position, 1760U);
  EXPECT_EQ(silence.samples, 160U);
  // A tick that comes late catches up.
  EXPECT_EQ(clock_.on_tick(kStart + ms(1000)).samples, 6240U);
}

TEST_F(StreamClockTest, SilenceBeforeTheFirstMedia) {
  EXPECT_EQ(clock_.on_tick(kStart + ms(200)).samples, 1600U);
  const auto p = media(0, 210);
  EXPECT_EQ(p.position, 1600U);
  EXPECT_EQ(p.missing, 0U);
}

TEST_F(StreamClockTest, MediaAfterSilenceFitsIn) {
  media(0, 0);
  clock_.on_tick(kStart + ms(500));
  // 1 s of it was lost: what silence did not cover is missing.
  const auto p = media(1000, 1000);
  EXPECT_EQ(p.position, 8000U);
  EXPECT_EQ(p.missing, 8000U - 160 - 4000);
}

TEST_F(StreamClockTest, ABacklogIsKeptAndCaughtUpInPauses) {
  media(0, 0);
  const auto silence = clock_.on_tick(kStart + ms(520));
  ASSERT_EQ(silence.samples, 26U * 160);
  // The stall is over: 26 payloads at once, and then in real time.
  uint64_t position = 160 + silence.samples;
  for (uint64_t i = 1; i <= 26; ++i) {
    const auto p = media(i * 20, 521);
    EXPECT_EQ(p.verdict, Verdict::kPlay);
    EXPECT_EQ(p.position, position);
    position += 160;
  }
  EXPECT_EQ(clock_.behind(), 26U * 160);
  int dropped = 0;
  for (uint64_t i = 27; i < 80; ++i) {
    const auto p = media(i * 20, i * 20, 160, true);
    dropped += p.verdict == Verdict::kDropQuiet;
  }
  EXPECT_EQ(dropped, 26);
  EXPECT_EQ(clock_.behind(), 0U);
  EXPECT_EQ(media(1600, 1600).position, 80U * 160);
}

TEST_F(StreamClockTest, AGapCatchesUpToo) {
  media(0, 0);
  clock_.on_tick(kStart + ms(420));  // 400 ms or more of silence
  media(20, 421);                    // all late by that
  const uint64_t behind = clock_.behind();
  ASSERT_GT(behind, 3000U);
  const auto p = media(40 + 1000, 1040);
  EXPECT_EQ(p.missing, 8000U - behind);
  EXPECT_EQ(clock_.behind(), 0U);
  EXPECT_EQ(p.position, 1040U * 8);
}

TEST_F(StreamClockTest, NoSilenceWhenSwitchedOff) {
  StreamClock clock{{.inactivity_timeout_ns = 0}};
  clock.begin(0);
  EXPECT_EQ(clock.deadline(), kNever);
  EXPECT_EQ(clock.on_tick(ms(100000)).samples, 0U);
}

TEST_F(StreamClockTest, PositionsNeverGoBackWhateverComes) {
  uint64_t end = 0;
  uint64_t random = 42;
  for (uint64_t now = 0; now < 60'000; now += 7) {
    random = random * 6364136223846793005 + 1442695040888963407;
    const uint64_t r = random >> 33;
    if (r % 3 == 0) {
      const auto s = clock_.on_tick(kStart + ms(now));
      if (s.samples) {
        EXPECT_EQ(s.position, end);
        end += s.samples;
      }
    } else {
      const auto p = media(r % 5 ? now + r % 100 : r, now, 1 + r % 400, r % 2);
      if (p.verdict != Verdict::kPlay) continue;
      EXPECT_EQ(p.position - p.missing, end);
      end = p.position + 1 + r % 400;
    }
    EXPECT_EQ(clock_.position(), end);
    // Never farther ahead of the wall clock than what really came.
  }
}

TEST_F(StreamClockTest, ACountThatStoodStillIsNoBacklog) {
  media(0, 0);
  clock_.on_tick(kStart + ms(520));
  media(20, 540);  // 520 ms of pause that the count knows nothing of
  ASSERT_GT(clock_.behind(), 0U);
  clock_.accept_pause();
  const auto p = media(40, 560, 160, true);
  EXPECT_EQ(p.verdict, Verdict::kPlay);
  EXPECT_EQ(p.missing, 0U);
  EXPECT_FALSE(p.discontinuous);
}

}  // namespace
}  // namespace twilio
