#include "jitter_buffer.hpp"

#include <algorithm>
#include <cstdlib>

#include "jitter_buffer_fixture.hpp"

namespace {

using namespace jitter_test;

// Sanitizers are slow: fewer are asked for then.
int64_t at_most(int64_t ticks) {
  const char* asked = std::getenv("JACKFIELD_TEST_PACKETS");
  return asked ? std::min<int64_t>(ticks, std::atoll(asked)) : ticks;
}

TEST_F(JitterBufferTest, SilenceUntilSomethingComesAndItsTimeHasCome) {
  EXPECT_EQ(pull(0), Kind::kWaiting);
  send(0, 30);
  EXPECT_EQ(pull(31), Kind::kWaiting);
  EXPECT_EQ(peak(), 0);
  EXPECT_EQ(pull(70), Kind::kPlayed);
  EXPECT_GT(peak(), 0.2F);
}

TEST_F(JitterBufferTest, ASteadyStreamIsPlayedWholeAndSoon) {
  steady(0, 30);
  EXPECT_EQ(buffer_.statistics().concealed_samples, 0U);
  EXPECT_LT(buffer_.statistics().current_delay_ns, 12 * kMs);
  EXPECT_GT(buffer_.statistics().removed_samples, 0U) << "it began with 40 ms";
  EXPECT_EQ(buffer_.statistics().packets_discarded, 0U);
}

TEST_F(JitterBufferTest, WhatIsLateIsPlayedNotDropped) {
  int64_t k = steady(0, 10);
  const auto before = buffer_.statistics();
  // 200 ms of nothing, then all at once.
  const int64_t stalled = k;
  for (int tick = 0; tick < 20; ++tick) pull(k * 20 + 31 + tick * 10);
  const int64_t now = k * 20 + 31 + 200;
  for (; k * 20 + 30 <= now; ++k) send(k, now);
  EXPECT_EQ(pull(now), Kind::kPlayed);
  const auto& after = buffer_.statistics();
  EXPECT_NEAR(static_cast<double>(after.concealed_samples - before.concealed_samples), 1600, 200);
  EXPECT_EQ(after.concealment_events - before.concealment_events, 1U);
  EXPECT_EQ(after.interruptions - before.interruptions, 1U);
  EXPECT_EQ(after.packets_discarded, before.packets_discarded);
  EXPECT_GT(buffer_.delay_ns(now * kMs), 150 * kMs);
  EXPECT_GT(k, stalled);
}

TEST_F(JitterBufferTest, LostPacketsAreConcealedAndTimeGoesOn) {
  int64_t k = steady(0, 10);
  const int64_t delay = buffer_.delay_ns((k * 20 + 31) * kMs);
  for (int i = 0; i < 100; ++i, ++k) {
    if (i % 10 != 5) send(k, k * 20 + 30);
    pull(k * 20 + 31);
    pull(k * 20 + 41);
  }
  EXPECT_GT(buffer_.statistics().concealed_samples, 500U);
  EXPECT_LE(buffer_.statistics().concealed_samples, 10U * 240);
  EXPECT_LT(buffer_.delay_ns((k * 20 + 31) * kMs), delay + 40 * kMs);
}

TEST_F(JitterBufferTest, PacketsOutOfOrderAndTwiceAreSorted) {
  for (int64_t k = 0; k < 500; k += 2) {
    const int64_t now = (k + 1) * 20 + 30;
    send(k + 1, now);
    send(k, now);
    send(k, now);
    for (int tick = 0; tick < 4; ++tick) pull(now + 1 + tick * 10);
  }
  EXPECT_EQ(buffer_.statistics().packets_duplicated, 250U);
  EXPECT_EQ(buffer_.statistics().concealed_samples, 0U);
}

TEST_F(JitterBufferTest, ASenderThatStartsAgainIsFollowed) {
  int64_t k = steady(0, 5);
  // Another SSRC with other numbers.
  for (int64_t i = 0; i < 100; ++i, ++k) {
    const auto payload = tone(i);
    buffer_.insert({2, static_cast<uint16_t>(40000 + i),
                    static_cast<uint32_t>(777'000'000 + i * 160), payload},
                   (k * 20 + 30) * kMs);
    pull(k * 20 + 31);
    pull(k * 20 + 41);
  }
  EXPECT_EQ(buffer_.statistics().restarts, 1U);
  EXPECT_GT(peak(), 0.2F);
  // The same SSRC, numbers far away.
  for (int64_t i = 0; i < 100; ++i, ++k) {
    const auto payload = tone(i);
    buffer_.insert(
        {2, static_cast<uint16_t>(10000 + i), static_cast<uint32_t>(5 + i * 160), payload},
        (k * 20 + 30) * kMs);
    pull(k * 20 + 31);
    pull(k * 20 + 41);
  }
  EXPECT_EQ(buffer_.statistics().restarts, 2U);
  EXPECT_GT(peak(), 0.2F);
}

// The clock of a sender leaps back; its SSRC and sequence numbers go on.
class JitterBufferClockTest : public JitterBufferTest, public testing::WithParamInterface<int> {};

TEST_P(JitterBufferClockTest, ASenderWhoseClockIsSetBackIsFollowed) {
  int64_t k = steady(0, 20);
  const auto leap = static_cast<uint32_t>(GetParam() * 8);
  const auto before = buffer_.statistics();
  int silent = 0;
  for (const int64_t end = k + 500; k < end; ++k) {
    const auto payload = tone(k);
    buffer_.insert({1, static_cast<uint16_t>(k), static_cast<uint32_t>(k * 160) - leap, payload},
                   (k * 20 + 30) * kMs);
    for (const int64_t now : {k * 20 + 31, k * 20 + 41}) {
      pull(now);
      silent += peak() < 0.2F;
    }
  }
  const auto& after = buffer_.statistics();
  EXPECT_EQ(after.restarts, 1U);
  // The first packet, which might have been damaged, the one that waited, and 40 ms at the start.
  EXPECT_LE(silent, 9);
  EXPECT_LE(after.packets_discarded, before.packets_discarded + 2);
  EXPECT_EQ(after.packets_lost, 0);
}

INSTANTIATE_TEST_SUITE_P(Ms, JitterBufferClockTest, testing::Values(150, 500, 3000, 9000, 12'000));

TEST_F(JitterBufferTest, APacketFromBeforeTheClockWasSetBackIsThrownAway) {
  int64_t k = steady(0, 20);
  const int64_t late = k++;  // comes last
  for (const int64_t end = k + 100; k < end; ++k) {
    const auto payload = tone(k);
    buffer_.insert({1, static_cast<uint16_t>(k), static_cast<uint32_t>((k - 200) * 160), payload},
                   (k * 20 + 30) * kMs);
    if (k == late + 4) send(late, k * 20 + 30);
    pull(k * 20 + 31);
    pull(k * 20 + 41);
    if (k > late + 8) {
      EXPECT_GT(peak(), 0.2F) << k;
    }
  }
  EXPECT_EQ(buffer_.statistics().restarts, 1U);
  EXPECT_LT(buffer_.statistics().current_delay_ns, 60 * kMs);
}

TEST_F(JitterBufferTest, EarlierTimestampsThatDoNotGoOnAreNoNewStream) {
  int64_t k = steady(0, 5);
  const auto payload = tone(0);
  // A key that was held for a second, told to be released three times (RFC 4733).
  for (int64_t i = 0; i < 3; ++i) {
    buffer_.insert(
        {1, static_cast<uint16_t>(k + i), static_cast<uint32_t>((k - 50) * 160), payload},
        (k * 20 + 30) * kMs);
  }
  EXPECT_EQ(buffer_.statistics().restarts, 0U);
  EXPECT_EQ(buffer_.statistics().packets_discarded, 3U);
  for (k += 3; k < 400; ++k) {
    send(k, k * 20 + 30);
    pull(k * 20 + 31);
    pull(k * 20 + 41);
  }
  EXPECT_GT(peak(), 0.2F);
  EXPECT_EQ(buffer_.statistics().restarts, 0U);
  EXPECT_EQ(buffer_.statistics().packets_discarded, 3U);
}

TEST_F(JitterBufferTest, PacketsAreCountedAsLostReorderedAndThrownAway) {
  int64_t k = steady(0, 5);
  k += 3;  // lost
  send(k + 1, k * 20 + 30);
  send(k, k * 20 + 30);
  EXPECT_EQ(buffer_.statistics().packets_lost, 3);
  EXPECT_EQ(buffer_.statistics().packets_reordered, 1U);
  send(k, k * 20 + 30);
  EXPECT_EQ(buffer_.statistics().packets_lost, 2) << "what comes twice counts as received";
  EXPECT_EQ(buffer_.statistics().packets_reordered, 1U);
  // One of them comes after all, too late.
  pull(k * 20 + 131);
  for (int i = 0; i < 10; ++i) pull(k * 20 + 141 + i * 10);
  send(k - 1, k * 20 + 240);
  EXPECT_EQ(buffer_.statistics().packets_lost, 1);
  EXPECT_EQ(buffer_.statistics().packets_discarded, 1U);
  EXPECT_EQ(buffer_.statistics().packets_reordered, 2U);
  const std::vector<uint8_t> nothing;
  buffer_.insert({1, static_cast<uint16_t>(k + 2), static_cast<uint32_t>((k + 2) * 160), nothing},
                 (k * 20 + 240) * kMs);
  send(k + 3, k * 20 + 250);
  EXPECT_EQ(buffer_.statistics().packets_damaged, 1U);
  EXPECT_EQ(buffer_.statistics().packets_lost, 1) << "what is damaged came";
}

TEST_F(JitterBufferTest, WhatIsSkippedCountsAsThrownAway) {
  jitter::TargetDelay::Config config;
  config.max_ns = 100 * kMs;
  buffer_.set_config(config);
  int64_t k = steady(0, 5);
  // Two seconds come at once.
  const int64_t now = k * 20 + 2030;
  for (const int64_t end = k + 100; k < end; ++k) send(k, now);
  pull(now + 1);
  const auto& statistics = buffer_.statistics();
  EXPECT_GT(statistics.skipped_samples, 8000U);
  EXPECT_NEAR(static_cast<double>(statistics.packets_discarded),
              static_cast<double>(statistics.skipped_samples) / 160, 3);
  EXPECT_EQ(statistics.packets_lost, 0);
}

TEST_F(JitterBufferTest, OneStrayPacketIsNotANewStream) {
  int64_t k = steady(0, 5);
  const auto payload = tone(0);
  buffer_.insert({1, static_cast<uint16_t>(k + 20000), 12345, payload}, (k * 20 + 30) * kMs);
  steady(k, 5);
  EXPECT_EQ(buffer_.statistics().restarts, 0U);
  EXPECT_EQ(buffer_.statistics().packets_discarded, 1U);
}

TEST_F(JitterBufferTest, ASenderThatPausesIsNotConcealed) {
  int64_t k = steady(0, 5);
  // The word that a pause follows, then half a second of nothing, then speech with the next number.
  const std::vector<uint8_t> pause{0, 0};
  buffer_.insert({1, static_cast<uint16_t>(k), static_cast<uint32_t>(k * 160), pause},
                 (k * 20 + 30) * kMs);
  const auto before = buffer_.statistics();
  int64_t now = k * 20 + 31;
  for (int tick = 0; tick < 52; ++tick, now += 10) pull(now);
  EXPECT_EQ(buffer_.statistics().concealed_samples, before.concealed_samples);
  EXPECT_GT(buffer_.statistics().comfort_samples, 3000U);
  const int64_t later = k + 26;
  const auto payload = tone(later);
  buffer_.insert({1, static_cast<uint16_t>(k + 1), static_cast<uint32_t>(later * 160), payload},
                 now * kMs);
  for (int tick = 0; tick < 4; ++tick, now += 10) pull(now);
  EXPECT_EQ(buffer_.statistics().packets_discarded, 0U);
}

TEST_F(JitterBufferTest, TheLongestDelayIsKept) {
  jitter::TargetDelay::Config config;
  config.max_ns = 200 * kMs;
  buffer_.set_config(config);
  int64_t k = steady(0, 5);
  // Three seconds late, all at once.
  const int64_t now = k * 20 + 30 + 3000;
  for (int64_t tick = k * 20 + 31; tick < now; tick += 10) pull(tick);
  for (; k * 20 + 30 <= now; ++k) send(k, now);
  for (int tick = 1; tick < 20; ++tick) pull(now + tick * 10);
  EXPECT_LT(buffer_.delay_ns((now + 200) * kMs), 300 * kMs);
  EXPECT_GT(buffer_.statistics().skipped_samples, 8 * 2000U);
}

TEST_F(JitterBufferTest, DriftIsAbsorbedForAnHour) {
  for (const double ppm : {100.0, -100.0, 500.0, -500.0}) {
    std::mt19937 dice(3);
    std::normal_distribution<double> jitter_ms(0, 2);
    jitter::JitterBuffer buffer(std::make_unique<PlainDecoder>(), {});
    std::vector<float> out(80);
    const auto payload = tone(0);  // whole periods: every packet is the same
    double held_ms = 0;
    int64_t k = 0, arrival = 0;
    const int64_t ticks = at_most(3600 * 100);
    for (int64_t tick = 0; tick < ticks; ++tick) {
      const int64_t now = tick * 10 * kMs;
      while (arrival <= now) {
        buffer.insert({1, static_cast<uint16_t>(k), static_cast<uint32_t>(k * 160), payload},
                      arrival);
        ++k;
        const double late = std::abs(jitter_ms(dice)) * 1e6;
        arrival = std::max(
            arrival + 1,
            static_cast<int64_t>(static_cast<double>(k * 20 * kMs) * (1 + ppm / 1e6) + late));
      }
      buffer.pull(out, now);
      if (tick < 1000) continue;
      const int64_t delay = buffer.statistics().current_delay_ns;
      ASSERT_LT(delay, 30 * kMs) << tick;
      held_ms += static_cast<double>(delay) / 1e6;
    }
    EXPECT_LT(held_ms / static_cast<double>(ticks - 1000), 13) << ppm;
    const auto& statistics = buffer.statistics();
    EXPECT_LT(static_cast<double>(statistics.concealed_samples) /
                  static_cast<double>(statistics.total_samples),
              1e-3)
        << ppm;
  }
}

// Whatever comes, in whatever order: output goes on, nothing grows, nothing is out of range.
TEST_F(JitterBufferTest, AnyStreamOfPackets) {
  std::mt19937 dice(7);
  jitter::JitterBuffer buffer(jitter::make_g711_decoder(jitter::G711::kMulaw), {});
  std::vector<float> out(80);
  uint32_t ssrc = 1;
  uint16_t sequence = 65000;
  uint32_t timestamp = 4294960000;
  const int64_t ticks = at_most(400'000);
  for (int64_t tick = 0; tick < ticks; ++tick) {
    const int packets =
        dice() % 50 == 0 ? static_cast<int>(dice() % 40) : static_cast<int>(dice() % 2);
    for (int i = 0; i < packets; ++i) {
      std::vector<uint8_t> payload(dice() % 100 == 0 ? dice() % 700 : 160);
      for (auto& byte : payload) byte = static_cast<uint8_t>(dice());
      const int fate = static_cast<int>(dice() % 1000);
      if (fate < 2) ssrc = static_cast<uint32_t>(dice());
      if (fate < 4) sequence = static_cast<uint16_t>(dice());
      if (fate < 6) timestamp = static_cast<uint32_t>(dice());
      const auto back = static_cast<uint16_t>(fate > 900 ? dice() % 20 : 0);
      buffer.insert(
          {ssrc, static_cast<uint16_t>(sequence - back), timestamp - back * 160U, payload},
          tick * 10 * kMs);
      if (fate < 990) {
        ++sequence;
        timestamp += 160;
      }
    }
    buffer.pull(out, tick * 10 * kMs);
    for (const float sample : out) ASSERT_LE(std::abs(sample), 1.5F);
  }
  EXPECT_EQ(buffer.statistics().total_samples, static_cast<uint64_t>(ticks) * 80);
}

}  // namespace
