#include "turn_detector.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace {

using namespace agentbrain;
constexpr Nanoseconds ms = kMillisecond;
constexpr Nanoseconds kWindow = 32 * ms;

// Feeds windows and keeps all that was decided.
class TurnDetectorTest : public testing::Test {
 protected:
  void feed(float probability, int windows = 1) {
    for (int i = 0; i < windows; ++i) {
      keep(detector.on_window(now, now + kWindow, probability));
      now += kWindow;
    }
  }
  void keep(const TurnDecision& d) {
    if (d.onset) onsets.push_back(*d.onset);
    if (d.start) starts.push_back(*d.start);
    if (d.end) ends.push_back(*d.end);
  }
  void configure(auto change) {
    change(config);
    detector.set_config(config);
  }

  TurnDetectorConfig config;
  TurnDetector detector;
  Nanoseconds now = 0;
  std::vector<SpeechOnset> onsets;
  std::vector<SpeechStart> starts;
  std::vector<SpeechEnd> ends;
};

TEST_F(TurnDetectorTest, ATurnHasExactBounds) {
  feed(0.02f, 10);  // speech from 320 ms
  feed(0.9f, 20);   // to 960 ms
  feed(0.02f, 40);
  ASSERT_EQ(starts.size(), 1u);
  ASSERT_EQ(ends.size(), 1u);
  EXPECT_EQ(starts[0].turn_id, 1u);
  EXPECT_EQ(starts[0].speech_start, 320 * ms - config.pre_roll);
  EXPECT_EQ(starts[0].decided_at, 320 * ms + config.start);
  EXPECT_EQ(ends[0].turn_id, 1u);
  EXPECT_EQ(ends[0].speech_end, (960 - 64) * ms);  // less the time the network takes to fall
  // Silence is measured from there, and decided at the end of a window.
  EXPECT_GE(ends[0].decided_at, ends[0].speech_end + config.hang_over);
  EXPECT_LT(ends[0].decided_at, ends[0].speech_end + config.hang_over + kWindow);
}

TEST_F(TurnDetectorTest, LeavesOutNumbersThatOthersTook) {
  const auto ids = std::make_shared<TurnIds>();
  detector = TurnDetector(config, ids);
  feed(0.9f, 10);
  EXPECT_EQ(ids->next(), 2u);  // while the first turn runs
  feed(0.02f, 40);
  feed(0.9f, 10);
  detector.on_text(3, Completeness::kComplete);  // of the running turn
  feed(0.02f, 40);
  ASSERT_EQ(starts.size(), 2u);
  ASSERT_EQ(ends.size(), 2u);
  EXPECT_EQ(ends[0].turn_id, 1u);
  EXPECT_EQ(starts[1].turn_id, 3u);
  EXPECT_EQ(ends[1].turn_id, 3u);
  EXPECT_EQ(detector.turns(), 2u);
}

TEST_F(TurnDetectorTest, TheOnsetIsToldAtTheFirstWindow) {
  feed(0.02f, 10);
  feed(0.9f);
  ASSERT_EQ(onsets.size(), 1u);
  EXPECT_EQ(onsets[0].decided_at, 352 * ms);
  EXPECT_TRUE(starts.empty());
  feed(0.9f, 5);
  EXPECT_EQ(onsets.size(), 1u);
  ASSERT_EQ(starts.size(), 1u);
  EXPECT_EQ(starts[0].speech_start, onsets[0].speech_start);
}

TEST_F(TurnDetectorTest, ASoftStartIsTracedBackToWhereItRose) {
  feed(0.02f, 10);
  for (const float p : {0.2f, 0.3f, 0.3f, 0.45f, 0.8f, 0.9f, 0.9f}) feed(p);
  ASSERT_EQ(starts.size(), 1u);
  EXPECT_EQ(starts[0].speech_start, 320 * ms - config.pre_roll);
}

TEST_F(TurnDetectorTest, ALongMurmurIsNotPartOfTheSpeech) {
  feed(0.3f, 100);
  feed(0.9f, 3);
  ASSERT_EQ(starts.size(), 1u);
  EXPECT_EQ(starts[0].speech_start, 3200 * ms - 320 * ms - config.pre_roll);
}

TEST_F(TurnDetectorTest, AClickIsNoTurn) {
  for (int i = 0; i < 50; ++i) {
    feed(0.99f, 2);
    feed(0.02f, 8);
  }
  EXPECT_TRUE(starts.empty());
  EXPECT_EQ(onsets.size(), 50u);
  EXPECT_EQ(detector.false_onsets(), 50u);
}

TEST_F(TurnDetectorTest, AnOnsetSurvivesAShortDip) {
  feed(0.02f, 4);
  feed(0.9f, 2);
  feed(0.02f, 2);
  feed(0.9f, 1);
  ASSERT_EQ(starts.size(), 1u);
  EXPECT_EQ(starts[0].speech_start, 128 * ms - config.pre_roll);
}

TEST_F(TurnDetectorTest, AnOnsetThatNeitherGrowsNorFallsIsDropped) {
  feed(0.9f);
  feed(0.45f, 100);  // between the thresholds
  feed(0.9f, 3);
  ASSERT_EQ(starts.size(), 1u);
  EXPECT_GT(starts[0].speech_start, 2000 * ms);
}

TEST_F(TurnDetectorTest, HysteresisKeepsATurnTogether) {
  feed(0.9f, 5);
  feed(0.4f, 200);  // under the threshold of 0.5, over 0.35
  EXPECT_TRUE(ends.empty());
  feed(0.3f, 40);
  EXPECT_EQ(ends.size(), 1u);
}

TEST_F(TurnDetectorTest, PausesShorterThanTheHangOverAreBridged) {
  feed(0.9f, 10);
  feed(0.02f, 13);  // 416 ms, and 64 ms that the network took to fall
  feed(0.9f, 10);
  feed(0.02f, 40);
  EXPECT_EQ(starts.size(), 1u);
  ASSERT_EQ(ends.size(), 1u);
  EXPECT_EQ(ends[0].speech_end, 33 * kWindow - 64 * ms);
}

TEST_F(TurnDetectorTest, TheHangOverCanChangeWhileItRuns) {
  feed(0.9f, 10);
  feed(0.02f, 6);
  EXPECT_TRUE(ends.empty());
  configure([](auto& c) { c.hang_over = 200 * ms; });
  feed(0.02f);
  ASSERT_EQ(ends.size(), 1u);
  EXPECT_EQ(ends[0].decided_at, 17 * kWindow);
}

TEST_F(TurnDetectorTest, AHangOverOfZeroEndsAtTheFirstSilence) {
  configure([](auto& c) { c.hang_over = 0; });
  feed(0.9f, 10);
  EXPECT_TRUE(ends.empty());
  feed(0.02f);
  EXPECT_EQ(ends.size(), 1u);
}

TEST_F(TurnDetectorTest, EachStateHasItsThreshold) {
  detector.set_state(ConversationState::kThinking);
  configure([](auto& c) {
    c.threshold_thinking = 0.8f;
    c.echo_guard = 0;
  });
  feed(0.75f, 20);
  EXPECT_TRUE(onsets.empty());
  detector.set_state(ConversationState::kSpeaking);  // 0.7
  feed(0.75f, 3);
  EXPECT_EQ(starts.size(), 1u);
}

TEST_F(TurnDetectorTest, TheEchoGuardHoldsForItsTimeOnly) {
  feed(0.02f, 10);
  detector.set_state(ConversationState::kSpeaking);
  feed(0.8f, 9);  // 288 of 300 ms: 0.85 is needed
  EXPECT_TRUE(onsets.empty());
  feed(0.8f, 5);
  EXPECT_EQ(starts.size(), 1u);
}

TEST_F(TurnDetectorTest, ALoudCallerPassesTheEchoGuard) {
  feed(0.02f, 10);
  detector.set_state(ConversationState::kSpeaking);
  feed(0.95f, 3);
  EXPECT_EQ(starts.size(), 1u);
}

TEST_F(TurnDetectorTest, SayingSpeakingTwiceDoesNotRenewTheGuard) {
  feed(0.02f, 10);
  detector.set_state(ConversationState::kSpeaking);
  feed(0.02f, 10);
  detector.set_state(ConversationState::kSpeaking);
  feed(0.8f, 3);
  EXPECT_EQ(starts.size(), 1u);
}

TEST_F(TurnDetectorTest, ARunningTurnIsNotCutByTheGuard) {
  feed(0.9f, 10);
  detector.set_state(ConversationState::kSpeaking);
  feed(0.6f, 30);  // over 0.7 - 0.15
  EXPECT_TRUE(ends.empty());
}

TEST_F(TurnDetectorTest, AGapIsSilence) {
  feed(0.9f, 10);
  keep(detector.on_silence(now + 300 * ms));
  EXPECT_TRUE(ends.empty());
  keep(detector.on_silence(now + 600 * ms));
  ASSERT_EQ(ends.size(), 1u);
  EXPECT_EQ(ends[0].speech_end, 320 * ms - 64 * ms);
  keep(detector.on_silence(now + 60000 * ms));
  EXPECT_EQ(ends.size(), 1u);
}

TEST_F(TurnDetectorTest, FinishEndsARunningTurnWhereTheAudioStopped) {
  feed(0.9f, 10);
  keep(detector.finish(now + 1000 * ms));
  ASSERT_EQ(ends.size(), 1u);
  EXPECT_EQ(ends[0].speech_end, 320 * ms);
  EXPECT_EQ(ends[0].decided_at, 1320 * ms);
  keep(detector.finish(now + 2000 * ms));
  EXPECT_EQ(ends.size(), 1u);
}

TEST_F(TurnDetectorTest, FinishForgetsAnOnset) {
  feed(0.9f, 2);
  keep(detector.finish(now));
  feed(0.9f, 1);
  EXPECT_TRUE(starts.empty());
  EXPECT_EQ(onsets.size(), 2u);
}

TEST_F(TurnDetectorTest, ATurnNeverStartsInsideTheOneBefore) {
  configure([](auto& c) {
    c.hang_over = 0;
    c.pre_roll = 500 * ms;
  });
  for (int i = 0; i < 20; ++i) {
    feed(0.9f, 4);
    feed(0.02f, 1);
  }
  ASSERT_EQ(starts.size(), 20u);
  ASSERT_EQ(ends.size(), 20u);
  for (std::size_t i = 0; i < starts.size(); ++i) {
    EXPECT_LE(starts[i].speech_start, ends[i].speech_end);
    if (i) {
      EXPECT_GE(starts[i].speech_start, ends[i - 1].speech_end);
    }
  }
}

TEST_F(TurnDetectorTest, ResetForgetsTheTurnAndGoesOnCounting) {
  feed(0.9f, 10);
  detector.reset();
  EXPECT_FALSE(detector.in_turn());
  now = 0;
  feed(0.02f, 40);
  EXPECT_TRUE(ends.empty());
  feed(0.9f, 5);
  ASSERT_EQ(starts.size(), 2u);
  EXPECT_EQ(starts[1].turn_id, 2u);
}

// Whatever comes, starts and ends alternate, times are in order and ids count.
TEST_F(TurnDetectorTest, HoldsItsPromisesForAnyInput) {
  std::mt19937 random(7);
  float level = 0;
  for (int i = 0; i < 200000; ++i) {
    if (random() % 20 == 0) level = static_cast<float>(random() % 1000) / 999;
    switch (random() % 200) {
      case 0:
        detector.set_state(static_cast<ConversationState>(random() % 3));
        break;
      case 1:
        configure([&](auto& c) { c.hang_over = random() % 1000 * ms; });
        break;
      case 2:
        now += random() % 2000 * ms;
        keep(detector.on_silence(now));
        break;
      case 3:
        keep(detector.finish(now));
        break;
      default:
        feed(level);
    }
    ASSERT_LE(ends.size(), starts.size());
    ASSERT_LE(starts.size(), ends.size() + 1);
    ASSERT_EQ(detector.in_turn(), starts.size() == ends.size() + 1);
  }
  ASSERT_GT(ends.size(), 100u);
  for (std::size_t i = 0; i < ends.size(); ++i) {
    ASSERT_EQ(starts[i].turn_id, i + 1);
    ASSERT_EQ(ends[i].turn_id, i + 1);
    ASSERT_LE(starts[i].speech_start, ends[i].speech_end);
    ASSERT_LE(ends[i].speech_end, ends[i].decided_at);
    if (i) {
      ASSERT_GE(starts[i].speech_start, ends[i - 1].speech_end);
    }
  }
}

// How long after the speech a turn ended whose text was judged so, by when it came.
class AdaptedHangOver : public TurnDetectorTest {
 protected:
  void SetUp() override {
    configure([](auto& c) {
      c.hang_over_min = 200 * ms;
      c.hang_over_max = 1200 * ms;
    });
  }
  // `early`: windows of speech behind the text.
  Nanoseconds wait(Completeness completeness, int early, unsigned turn = 0) {
    feed(0.02f, 10);
    feed(0.9f, 40 - early);
    detector.on_text(turn, completeness);
    feed(0.9f, early);
    const Nanoseconds spoken = now;
    feed(0.02f, 60);
    return ends.back().decided_at - (spoken - 64 * ms);
  }
  static bool about(Nanoseconds waited, Nanoseconds wanted) {
    return waited >= wanted && waited < wanted + kWindow;
  }
};

TEST_F(AdaptedHangOver, FollowsTheTextOfTheWholeTurn) {
  EXPECT_TRUE(about(wait(Completeness::kUnclear, 0), 500 * ms));
  EXPECT_TRUE(about(wait(Completeness::kComplete, 0), 200 * ms));
  EXPECT_TRUE(about(wait(Completeness::kLikely, 0), 350 * ms));
  EXPECT_TRUE(about(wait(Completeness::kUnfinished, 0), 1200 * ms));
  EXPECT_EQ(detector.shortened(), 2u);
  EXPECT_EQ(detector.lengthened(), 1u);
}

TEST_F(AdaptedHangOver, TextThatDoesNotKnowTheLastWordNeverShortens) {
  EXPECT_TRUE(about(wait(Completeness::kComplete, 1), 500 * ms));
  EXPECT_TRUE(about(wait(Completeness::kLikely, 1), 500 * ms));
  EXPECT_TRUE(about(wait(Completeness::kUnfinished, 10), 1200 * ms)) << "320 ms old";
  EXPECT_TRUE(about(wait(Completeness::kUnfinished, 20), 500 * ms)) << "640 ms old";
}

TEST_F(AdaptedHangOver, TextThatComesInTheSilenceCountsAtOnce) {
  feed(0.9f, 40);
  const Nanoseconds spoken = now - 64 * ms;
  feed(0.02f, 10);  // 320 ms
  ASSERT_TRUE(ends.empty());
  detector.on_text(1, Completeness::kComplete);
  feed(0.02f);
  ASSERT_EQ(ends.size(), 1u);
  EXPECT_LT(ends[0].decided_at - spoken, 420 * ms);
}

TEST_F(AdaptedHangOver, AnotherTurnsTextIsNotHeeded) {
  EXPECT_TRUE(about(wait(Completeness::kComplete, 0, 7), 500 * ms));
  // Nor does the text of one turn last into the next.
  detector.on_text(0, Completeness::kComplete);
  feed(0.9f, 40);
  const Nanoseconds spoken = now;
  feed(0.02f, 60);
  EXPECT_TRUE(about(ends.back().decided_at - (spoken - 64 * ms), 500 * ms));
}

TEST_F(AdaptedHangOver, IsOffByDefaultAndNeverTurnsAround) {
  configure([](auto& c) { c.hang_over_min = c.hang_over_max = 0; });
  EXPECT_TRUE(about(wait(Completeness::kComplete, 0), 500 * ms));
  EXPECT_TRUE(about(wait(Completeness::kUnfinished, 0), 500 * ms));
  configure([](auto& c) {
    c.hang_over_min = 900 * ms;
    c.hang_over_max = 100 * ms;
  });
  EXPECT_TRUE(about(wait(Completeness::kComplete, 0), 500 * ms));
  EXPECT_TRUE(about(wait(Completeness::kUnfinished, 0), 500 * ms));
  EXPECT_EQ(detector.shortened() + detector.lengthened(), 0u);
}

}  // namespace
