#include "stereo_timeline.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <numbers>
#include <random>
#include <vector>

namespace {

using namespace callrecorder;

constexpr Time kMs = kMillisecond;
constexpr int kRate = 8000;

// A call in virtual time: what is pushed, and the file that comes out.
class Call {
 public:
  explicit Call(StereoTimeline::Config config = {}) : timeline(config) {
    timeline.set_active(Side::kCaller, true);
    timeline.set_active(Side::kAgent, true);
  }
  void push(Side side, Time at, const std::vector<int16_t>& samples) {
    timeline.push(side, at, samples, live ? std::optional<Time>{now} : std::nullopt);
  }
  void drain() {
    std::vector<int16_t> chunk(700);
    while (const size_t n = timeline.take(live ? std::optional<Time>{now} : std::nullopt, chunk)) {
      for (size_t i = 0; i < n; ++i) {
        caller.push_back(chunk[2 * i]);
        agent.push_back(chunk[2 * i + 1]);
      }
    }
  }
  void finish() {
    timeline.finish(live ? std::optional<Time>{now} : std::nullopt);
    drain();
  }
  // The caller speaks all the time, in frames of 20 ms.
  void run_until(Time end, int16_t level = 100) {
    for (; now < end; now += 20 * kMs) {
      push(Side::kCaller, now, std::vector<int16_t>(160, level));
      if (now % (200 * kMs) == 0) drain();
    }
  }

  StereoTimeline timeline;
  Time now = 0;
  bool live = true;
  std::vector<int16_t> caller, agent;
};

std::vector<int16_t> tone(size_t n, double hz = 200.0, double amplitude = 8000.0) {
  std::vector<int16_t> v(n);
  for (size_t i = 0; i < n; ++i) {
    v[i] = static_cast<int16_t>(std::lround(
        amplitude * std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / kRate)));
  }
  return v;
}
int largest_step(const std::vector<int16_t>& v) {
  int largest = 0;
  for (size_t i = 1; i < v.size(); ++i) largest = std::max(largest, std::abs(v[i] - v[i - 1]));
  return largest;
}
size_t last_sound(const std::vector<int16_t>& v) {
  size_t last = 0;
  for (size_t i = 0; i < v.size(); ++i) {
    if (v[i] != 0) last = i;
  }
  return last;
}

TEST(TimeTest, ConvertsExactly) {
  EXPECT_EQ(samples_of(20 * kMs, 8000), 160);
  EXPECT_EQ(samples_of(-20 * kMs, 8000), -160);
  EXPECT_EQ(samples_of(400 * 86400 * kSecond, 48000), 400LL * 86400 * 48000);
  EXPECT_EQ(time_of(160, 8000), 20 * kMs);
  EXPECT_EQ(time_of(-160, 8000), -20 * kMs);
  for (int64_t n : {1, 7, 44099, 123456789}) EXPECT_EQ(samples_of(time_of(n, 44100), 44100), n);
}

TEST(StereoTimelineTest, BothSidesAreExactInTime) {
  Call call;
  const Time offset = 5 * kSecond;  // a call need not begin at running time 0
  call.now = offset;
  const auto agent = tone(8000);
  for (int i = 0; i < 200; ++i, call.now += 20 * kMs) {
    call.push(Side::kCaller, call.now, std::vector<int16_t>(160, static_cast<int16_t>(i + 1)));
    if (i == 50) call.push(Side::kAgent, call.now, agent);
    if (i % 10 == 0) call.drain();
  }
  call.finish();
  EXPECT_EQ(call.timeline.start(), offset);
  ASSERT_EQ(call.caller.size(), 200u * 160);
  for (size_t i = 0; i < call.caller.size() - 40; ++i) ASSERT_EQ(call.caller[i], i / 160 + 1) << i;
  for (size_t i = 0; i < 50 * 160; ++i) ASSERT_EQ(call.agent[i], 0);
  for (size_t i = 0; i < 7900; ++i) ASSERT_EQ(call.agent[50 * 160 + i], agent[i]) << i;
  EXPECT_EQ(call.timeline.counters().late, 0u);
  EXPECT_EQ(call.timeline.counters().gaps, 0u);
}

TEST(StereoTimelineTest, WhatIsDroppedMovesTheStart) {
  Call call;
  const auto speak = [&](int frames) {
    for (int i = 0; i < frames; ++i, call.now += 20 * kMs)
      call.push(Side::kCaller, call.now, std::vector<int16_t>(160, 100));
  };
  call.timeline.drop_taken();  // before there is anything
  speak(200);
  call.drain();
  const std::size_t taken = call.caller.size();
  ASSERT_GT(taken, 0u);
  call.timeline.drop_taken();
  EXPECT_EQ(call.timeline.start(), time_of(static_cast<int64_t>(taken), kRate));
  call.caller.clear();
  call.finish();
  EXPECT_EQ(call.caller.size(), 200u * 160 - taken);
}

TEST(StereoTimelineTest, NothingIsFinalBeforeTheHold) {
  Call call;
  call.run_until(1480 * kMs);
  call.drain();
  EXPECT_TRUE(call.caller.empty());
  call.run_until(2000 * kMs);
  call.drain();
  EXPECT_EQ(call.caller.size(), 480u * 8 + 160);  // at 1980 ms
}

TEST(StereoTimelineTest, TheEarlierSideSetsTheStart) {
  Call call;
  call.push(Side::kAgent, 300 * kMs, tone(160));
  call.push(Side::kCaller, 280 * kMs, std::vector<int16_t>(160, 9));
  call.now = 4 * kSecond;
  call.finish();
  EXPECT_EQ(call.timeline.start(), 280 * kMs);
  EXPECT_EQ(call.caller.size(), 320u);
  EXPECT_EQ(call.caller[0], 9);
}

TEST(StereoTimelineTest, AFirstBlockFarAheadDoesNotCostTheOtherSideItsBeginning) {
  Call call;
  call.push(Side::kAgent, 2200 * kMs, std::vector<int16_t>(1600, 7));
  call.run_until(3000 * kMs, 50);
  call.finish();
  EXPECT_EQ(call.timeline.start(), 0);
  EXPECT_EQ(call.timeline.counters().late, 0u);
  ASSERT_EQ(call.caller.size(), 3000u * 8);
  EXPECT_EQ(call.caller[0], 50);
  EXPECT_EQ(call.agent[2200 * 8 - 1], 0);
  EXPECT_EQ(call.agent[2200 * 8], 7);
}

TEST(StereoTimelineTest, JitterMakesNoClicks) {
  Call call;
  const auto voice = tone(160 * 300);
  std::mt19937 random{7};
  std::uniform_int_distribution<int> jitter{-4000, 4000};
  for (int i = 0; i < 300; ++i, call.now += 20 * kMs) {
    call.push(Side::kCaller, call.now + jitter(random) * 1000,
              {voice.begin() + i * 160, voice.begin() + (i + 1) * 160});
    call.drain();
  }
  call.finish();
  EXPECT_LE(largest_step(call.caller), largest_step(voice));
  EXPECT_NEAR(static_cast<double>(call.caller.size()), 300 * 160, 64);
  EXPECT_EQ(call.timeline.counters().gaps, 0u);
}

TEST(StereoTimelineTest, GapsBecomeSilenceWithoutClicks) {
  Call call;
  const auto voice = tone(8000, 200.0, 12000.0);
  call.push(Side::kCaller, 0, {voice.begin(), voice.begin() + 4010});
  call.now = 900 * kMs;
  call.push(Side::kCaller, call.now, {voice.begin() + 3990, voice.end()});
  call.now = 10 * kSecond;
  call.finish();
  for (size_t i = 4010; i < 7200; ++i) ASSERT_EQ(call.caller[i], 0) << i;
  EXPECT_LE(largest_step(call.caller), 2200);
  EXPECT_EQ(call.timeline.counters().gaps, 1u);
}

TEST(StereoTimelineTest, AStreamThatStopsEndsWithoutAClick) {
  Call call;
  call.push(Side::kCaller, 0, std::vector<int16_t>(8000, 10000));
  for (call.now = 0; call.now < 5 * kSecond; call.now += 1 * kMs) call.drain();
  EXPECT_LE(largest_step(call.caller), 300);
  EXPECT_GT(call.caller.size(), 8000u * 3);
}

TEST(StereoTimelineTest, WhatABargeInClearedIsAbsent) {
  Call call;
  call.run_until(1000 * kMs);
  const auto reply = tone(kRate);  // one second, pushed at once, ahead of time
  call.push(Side::kAgent, 1000 * kMs, reply);
  call.run_until(1400 * kMs);
  call.timeline.played(1350 * kMs, true, call.now);
  call.timeline.flush_started(call.now);
  call.timeline.flush_stopped();
  call.run_until(2000 * kMs);
  const auto next = tone(1600);
  call.push(Side::kAgent, 2000 * kMs, next);
  call.timeline.played(2100 * kMs, false, call.now);
  call.run_until(6000 * kMs);
  call.timeline.played(2200 * kMs, false, call.now);
  call.finish();
  for (size_t i = 0; i < 345 * 8; ++i) ASSERT_EQ(call.agent[8000 + i], reply[i]) << i;
  for (size_t i = 1350 * 8; i < 2000 * 8; ++i) ASSERT_EQ(call.agent[i], 0) << i;
  for (size_t i = 45; i < 1500; ++i) ASSERT_EQ(call.agent[16000 + i], next[i]) << i;
  EXPECT_LE(largest_step(call.agent), largest_step(reply) + 10);
  EXPECT_EQ(call.timeline.counters().discarded, 650u * 8);
}

TEST(StereoTimelineTest, AFlushWithoutPlayedCutsAtNow) {
  Call call;
  call.run_until(500 * kMs);
  call.push(Side::kAgent, 500 * kMs, tone(kRate));
  call.run_until(800 * kMs);
  call.timeline.flush_started(call.now);
  call.run_until(4000 * kMs);
  call.finish();
  EXPECT_LT(last_sound(call.agent), 800u * 8);
  EXPECT_GT(last_sound(call.agent), 790u * 8);
}

TEST(StereoTimelineTest, ALateDiscardSparesTheNextReply) {
  Call call;
  call.run_until(500 * kMs);
  call.push(Side::kAgent, 500 * kMs, tone(kRate));
  call.run_until(800 * kMs);
  call.timeline.flush_started(call.now);
  call.timeline.flush_stopped();
  const auto next = tone(1600, 300.0);
  call.push(Side::kAgent, 800 * kMs, next);
  call.timeline.played(700 * kMs, true, call.now);
  call.run_until(4000 * kMs);
  call.finish();
  for (size_t i = 700 * 8; i < 800 * 8; ++i) ASSERT_EQ(call.agent[i], 0) << i;
  for (size_t i = 45; i < 1500; ++i) ASSERT_EQ(call.agent[800 * 8 + i], next[i]) << i;
}

TEST(StereoTimelineTest, UnconfirmedAudioWaitsButNotForEver) {
  Call call;
  call.push(Side::kAgent, 0, std::vector<int16_t>(8000, 500));
  call.timeline.played(100 * kMs, false, call.now);
  call.run_until(2900 * kMs);
  call.drain();
  EXPECT_EQ(call.agent.size(), 100u * 8);  // nothing behind the position yet
  call.run_until(5000 * kMs);
  call.drain();
  EXPECT_GT(call.agent.size(), 3000u * 8);
  EXPECT_EQ(call.timeline.counters().unconfirmed, 900u * 8);
  EXPECT_EQ(call.agent[7900], 500);
}

TEST(StereoTimelineTest, TheEndKeepsOnlyWhatWasHeard) {
  Call call;
  call.run_until(1000 * kMs);
  call.push(Side::kAgent, 1000 * kMs, tone(kRate));
  EXPECT_FALSE(call.timeline.all_heard(1500 * kMs));
  EXPECT_TRUE(call.timeline.all_heard(2000 * kMs));
  call.run_until(1400 * kMs);
  call.finish();
  EXPECT_EQ(call.agent.size(), 1400u * 8);
  EXPECT_EQ(call.timeline.counters().discarded, 600u * 8);
}

TEST(StereoTimelineTest, LateAudioIsDroppedAndCounted) {
  Call call;
  call.run_until(3000 * kMs);
  call.drain();
  call.push(Side::kAgent, 500 * kMs, tone(160));
  EXPECT_EQ(call.timeline.counters().late, 160u);
  call.push(Side::kAgent, -3600 * kSecond, tone(160));
  EXPECT_EQ(call.timeline.counters().late, 320u);
  call.run_until(6000 * kMs);
  call.finish();
  EXPECT_EQ(last_sound(call.agent), 0u);
}

TEST(StereoTimelineTest, ABrokenTimestampDoesNotStretchTheFile) {
  Call call;
  call.push(Side::kCaller, 86400 * kSecond, tone(160));
  call.run_until(2000 * kMs);
  call.push(Side::kAgent, INT64_MAX - 1, tone(160));
  call.push(Side::kAgent, 86400 * kSecond, tone(160));
  call.run_until(3000 * kMs);
  call.finish();
  EXPECT_EQ(call.caller.size(), 3000u * 8);
  EXPECT_EQ(call.timeline.counters().overrun, 480u);
}

TEST(StereoTimelineTest, AStalledFileCostsOnlyWhatDoesNotFit) {
  Call call;
  for (; call.now < 20 * kSecond; call.now += 20 * kMs) {
    call.push(Side::kCaller, call.now, std::vector<int16_t>(160, 100));  // nobody drains
  }
  EXPECT_GT(call.timeline.counters().overrun, 10u * kRate);
  call.drain();
  call.run_until(25 * kSecond);
  call.finish();
  EXPECT_EQ(call.caller.size(), 25u * kRate);  // still in step with time
  EXPECT_EQ(call.caller[100], 100);
  EXPECT_EQ(call.caller.back(), 100);
  EXPECT_EQ(call.caller[10 * kRate], 0);
}

TEST(StereoTimelineTest, NotLiveFollowsTheData) {
  Call call;
  call.live = false;
  std::vector<int16_t> voice = tone(kRate * 60);
  for (size_t i = 0; i < 3000; ++i) {
    const Time at = static_cast<Time>(i) * 20 * kMs;
    for (Side side : {Side::kCaller, Side::kAgent}) {
      while (!call.timeline.has_room(side, at, 160)) call.drain();
      call.push(side, at,
                {voice.begin() + static_cast<long>(i) * 160,
                 voice.begin() + static_cast<long>(i + 1) * 160});
    }
  }
  call.finish();
  EXPECT_EQ(call.caller, voice);
  EXPECT_EQ(call.agent, voice);
  EXPECT_EQ(call.timeline.counters().overrun, 0u);
}

TEST(StereoTimelineTest, NotLiveASilentSideDoesNotHoldUpTheOther) {
  Call call;
  call.live = false;
  call.timeline.gap(Side::kAgent, 0, 20 * kMs);
  size_t waits = 0;
  for (int i = 0; i < 3000; ++i) {
    while (!call.timeline.has_room(Side::kCaller, i * 20 * kMs, 160)) {
      call.drain();
      ASSERT_LT(++waits, 10000u);
    }
    call.push(Side::kCaller, i * 20 * kMs, std::vector<int16_t>(160, 5));
  }
  call.finish();
  EXPECT_EQ(call.caller.size(), 60u * kRate);
  EXPECT_EQ(call.timeline.counters().overrun, 0u);
}

TEST(StereoTimelineTest, NotLiveAnAbsurdJumpIsDropped) {
  Call call;
  call.live = false;
  call.push(Side::kCaller, 0, tone(160));
  EXPECT_TRUE(call.timeline.has_room(Side::kCaller, INT64_MAX / 2, 160));
  call.push(Side::kCaller, INT64_MAX / 2, tone(160));
  call.push(Side::kCaller, 20 * kMs, tone(160));
  call.finish();
  EXPECT_EQ(call.caller.size(), 320u);
  EXPECT_EQ(call.timeline.counters().overrun, 160u);
}

TEST(StereoTimelineTest, DriftKeepsBothSidesInStep) {
  // Ten minutes; the agent's clock is 300 ppm fast against its timestamps.
  Call call;
  const auto voice = tone(160);
  for (int i = 0; i < 30000; ++i, call.now += 20 * kMs) {
    call.push(Side::kCaller, call.now, voice);
    call.push(Side::kAgent, static_cast<Time>(static_cast<double>(call.now) * 0.9997), voice);
    if (i % 10 == 0) call.drain();
  }
  call.finish();
  EXPECT_EQ(call.timeline.counters().gaps, 0u);
  EXPECT_NEAR(static_cast<double>(call.timeline.counters().corrected), 600 * kRate * 0.0003, 100);
  EXPECT_LE(largest_step(call.agent), largest_step(tone(1600)) + 100);
}

TEST(StereoTimelineTest, NoAudioNoFrames) {
  Call call;
  call.now = 100 * kSecond;
  call.drain();
  call.timeline.gap(Side::kAgent, 0, kSecond);
  call.drain();
  call.finish();
  EXPECT_TRUE(call.caller.empty());
  EXPECT_FALSE(call.timeline.start());
}

}  // namespace
