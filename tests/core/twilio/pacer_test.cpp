#include "pacer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace twilio {
namespace {

using Step = Pacer::Step;
using ::testing::ElementsAre;
constexpr uint64_t ms(uint64_t n) { return n * kMillisecondNs; }

class PacerTest : public ::testing::Test {
 protected:
  explicit PacerTest(Pacer::Config config = {}) : pacer_(config) {}

  size_t push(size_t bytes, uint64_t pts_ms = 0) {
    const std::vector<uint8_t> audio(bytes, 7);
    return pacer_.push(audio, pts_ms == UINT64_MAX ? kNever : ms(pts_ms), now_);
  }

  // Lets time go to `until_ms` as an I/O loop would, collecting what is sent.
  void run(uint64_t until_ms, bool fill = false) {
    for (;;) {
      const auto action = pacer_.next(now_, fill);
      uint64_t wake = ms(until_ms);
      switch (action.step) {
        case Step::kAudio:
          sent_ += action.audio.size();
          play_end_ = std::max(play_end_, now_) + action.audio.size() * kSampleNs;
          most_ahead_ = std::max(most_ahead_, play_end_ - now_);
          log_.push_back("a" + std::to_string(action.audio.size()));
          continue;
        case Step::kMark:
          log_.emplace_back(action.mark);
          marks_.push_back({std::string(action.mark), std::max(play_end_, now_)});
          continue;
        case Step::kClear:
          log_.emplace_back("clear");
          play_end_ = now_;
          for (auto& mark : marks_) mark.second = now_;
          continue;
        case Step::kWait:
          EXPECT_GT(action.until_ns, now_);
          wake = std::min(wake, action.until_ns);
          break;
        case Step::kIdle:
          break;
      }
      // Twilio's echoes come when the audio before them was played.
      if (echo_ && !marks_.empty() && marks_.front().second <= now_) {
        last_echo_ = pacer_.on_echo(marks_.front().first, now_);
        marks_.erase(marks_.begin());
        continue;
      }
      if (echo_ && !marks_.empty()) wake = std::min(wake, marks_.front().second);
      if (now_ >= ms(until_ms)) return;
      now_ = wake;
    }
  }

  std::vector<std::string> take_log() { return std::exchange(log_, {}); }

  Pacer pacer_;
  uint64_t now_ = ms(0);
  bool echo_ = true;
  size_t sent_ = 0;
  uint64_t play_end_ = 0;
  uint64_t most_ahead_ = 0;
  std::vector<std::string> log_;
  std::vector<std::pair<std::string, uint64_t>> marks_;
  std::optional<Pacer::Echo> last_echo_;
};

TEST_F(PacerTest, SendsNothingBeforeTheStreamIsOpen) {
  push(160);
  EXPECT_EQ(pacer_.next(0).step, Step::kIdle);
  pacer_.open(0);
  EXPECT_EQ(pacer_.next(0).step, Step::kAudio);
}

TEST_F(PacerTest, StaysWithinTheLead) {
  pacer_.open(0);
  EXPECT_EQ(push(8000), 8000U);
  run(0);
  EXPECT_EQ(sent_, 1600U);
  run(500);
  EXPECT_EQ(sent_, 1600U + 4000U);
  run(2000);
  EXPECT_EQ(sent_, 8000U);
  EXPECT_LE(most_ahead_, ms(200));
}

TEST_F(PacerTest, ALeadOfZeroStillPlays) {
  pacer_.set_max_lead(0);
  pacer_.open(0);
  push(1600);
  run(100);
  EXPECT_GE(sent_, 800U);
  EXPECT_LE(most_ahead_, ms(20));
  run(400);
  EXPECT_EQ(sent_, 1600U);
}

TEST_F(PacerTest, LiveFramesPassAtOnceAndWhole) {
  pacer_.open(0);
  for (uint64_t i = 0; i < 50; ++i) {
    now_ = ms(i * 20);
    push(160, i * 20);
    const auto action = pacer_.next(now_);
    ASSERT_EQ(action.step, i > 0 && i % 5 == 0 ? Step::kMark : Step::kAudio) << i;
    if (action.step == Step::kMark) {
      ASSERT_EQ(pacer_.next(now_).step, Step::kAudio);
    }
  }
  EXPECT_EQ(pacer_.queued(), 0U);
}

TEST_F(PacerTest, IsBoundedByBytes) {
  EXPECT_EQ(push(7990), 7990U);
  EXPECT_EQ(push(100), 10U);
  EXPECT_EQ(push(100), 0U);
  EXPECT_EQ(pacer_.room(), 0U);
}

TEST_F(PacerTest, MarksEveryIntervalAndAtTheEnd) {
  pacer_.open(0);
  push(2000);
  pacer_.end_reply();
  run(1000);
  // Nobody comes by: it waits until half of the lead is gone.
  EXPECT_THAT(take_log(), ElementsAre("a800", "g1:1", "a800", "g1:2", "a400", "g1:3"));
  EXPECT_TRUE(last_echo_->ends_reply);
  EXPECT_EQ(last_echo_->pts_ns, ms(250));
  EXPECT_TRUE(pacer_.drained());
}

TEST_F(PacerTest, ARoundSendsWhatFits) {
  pacer_.open(0);
  push(2000);
  // As the caller's frames make the rounds.
  for (uint64_t at = 0; at <= 60; at += 20) run(at);
  EXPECT_THAT(take_log(), ElementsAre("a800", "g1:1", "a800", "g1:2", "a160", "a160", "a80"));
  EXPECT_LE(most_ahead_, ms(200));
}

TEST_F(PacerTest, TellsWhenTheLeadIsLow) {
  EXPECT_EQ(pacer_.low_ns(), 0U);
  pacer_.open(ms(10));
  push(1600);
  run(10);
  EXPECT_EQ(pacer_.low_ns(), ms(10 + 100));
  pacer_.set_max_lead(ms(40));
  EXPECT_EQ(pacer_.low_ns(), ms(10 + 180));
}

TEST_F(PacerTest, AReplyNobodyEndsIsMarkedAfterAPause) {
  pacer_.open(0);
  push(80);
  run(59);
  EXPECT_THAT(take_log(), ElementsAre("a80"));
  run(61);
  EXPECT_THAT(take_log(), ElementsAre("g1:1"));
  EXPECT_TRUE(last_echo_->ends_reply);
}

TEST_F(PacerTest, TheEndOfAReplyOnAMarkNeedsNoSecondOne) {
  pacer_.open(0);
  push(800);
  run(0);
  EXPECT_THAT(take_log(), ElementsAre("a800", "g1:1"));
  pacer_.end_reply();
  run(500);
  EXPECT_TRUE(take_log().empty());
  EXPECT_TRUE(last_echo_->ends_reply);
}

TEST_F(PacerTest, MarksOnlyAtTheEndWhenToldSo) {
  pacer_.set_mark_interval(0);
  pacer_.open(0);
  push(4000);
  pacer_.end_reply();
  run(2000);
  EXPECT_EQ(pacer_.stats().marks_sent, 1U);
}

TEST_F(PacerTest, ThePlayedPositionFollowsMarksAndTime) {
  echo_ = false;
  pacer_.open(0);
  push(8000, 5000);
  EXPECT_EQ(pacer_.played_pts(now_), kNever);
  run(150);
  // No mark came back yet: at most what can have been played.
  EXPECT_EQ(pacer_.played_pts(now_), ms(5150));
  // The first mark (100 ms) comes back 30 ms late: 30 ms less were heard.
  pacer_.on_echo("g1:1", ms(130));
  EXPECT_EQ(pacer_.played_pts(ms(150)), ms(5120));
  EXPECT_EQ(pacer_.played_pts(ms(130)), ms(5100));
}

TEST_F(PacerTest, ThePositionIsCappedByWhatWasSent) {
  pacer_.open(0);
  push(800, 1000);
  run(5000);
  EXPECT_EQ(pacer_.played_pts(now_), ms(1100));
  // A reply after a long pause is not heard before it is sent and played.
  push(1600, 6000);
  run(5050);
  EXPECT_EQ(pacer_.played_pts(now_), ms(6050));
}

TEST_F(PacerTest, PositionsAcrossAHoleInTime) {
  pacer_.open(0);
  push(800, 1000);
  push(800, 3000);
  run(100);
  EXPECT_EQ(last_echo_->pts_ns, ms(1100));  // the end of the first, not the start of the second
  run(150);
  EXPECT_EQ(pacer_.played_pts(now_), ms(3050));
  run(1000);
  EXPECT_EQ(last_echo_->pts_ns, ms(3100));
}

TEST_F(PacerTest, ClearDropsAndBeginsAGeneration) {
  echo_ = false;
  pacer_.open(0);
  push(8000, 1000);
  run(300);
  const uint64_t heard = pacer_.played_pts(now_);
  EXPECT_EQ(heard, ms(1300));
  take_log();
  pacer_.clear(now_);
  EXPECT_EQ(pacer_.queued(), 0U);
  run(300);
  EXPECT_THAT(take_log(), ElementsAre("clear"));
  // Nothing moves until something new is heard.
  EXPECT_EQ(pacer_.played_pts(ms(900)), heard);
  for (const auto& [name, at] : marks_) {
    const auto echo = pacer_.on_echo(name, now_);
    ASSERT_TRUE(echo);
    EXPECT_TRUE(echo->cleared);
    EXPECT_EQ(echo->pts_ns, kNever);
  }
  EXPECT_EQ(pacer_.played_pts(ms(900)), heard);
  EXPECT_EQ(pacer_.stats().marks_echoed, 0U);
  marks_.clear();
  echo_ = true;
  now_ = ms(1000);
  push(800, 7000);
  run(1100);
  EXPECT_THAT(take_log(), ElementsAre("a800", "g2:1"));
  EXPECT_EQ(pacer_.played_pts(now_), ms(7100));
}

TEST_F(PacerTest, NoClearWhenEverythingWasHeard) {
  pacer_.open(0);
  pacer_.clear(now_);
  push(800);
  run(1000);
  take_log();
  pacer_.clear(now_);
  run(1100);
  EXPECT_TRUE(take_log().empty());
  EXPECT_EQ(pacer_.generation(), 3U);
}

TEST_F(PacerTest, StrangeMarksAreTold) {
  pacer_.open(0);
  push(800);
  echo_ = false;
  run(10);
  for (const char* name : {"", "g", "g1", "g1:", "g1:0", "g1:2", "g2:1", "g1:1x", "x1:1", "g:1",
                           "g1:99999999999999999999999"}) {
    EXPECT_FALSE(pacer_.on_echo(name, now_)) << name;
  }
  EXPECT_TRUE(pacer_.on_echo("g1:1", now_));
  EXPECT_FALSE(pacer_.on_echo("g1:1", now_));
  EXPECT_EQ(pacer_.stats().marks_unexpected, 12U);
}

TEST_F(PacerTest, AMarkThatWasSkippedIsNotWaitedFor) {
  pacer_.open(0);
  push(1600, 0);
  echo_ = false;
  run(10);
  ASSERT_TRUE(pacer_.on_echo("g1:2", now_));
  EXPECT_TRUE(pacer_.drained());
}

TEST_F(PacerTest, MarksThatNeverComeBackAreBounded) {
  echo_ = false;
  pacer_.open(0);
  for (int i = 0; i < 7000; ++i) {
    push(800, static_cast<uint64_t>(i) * 100);
    run(static_cast<uint64_t>(i) * 100);
    marks_.clear();
  }
  EXPECT_FALSE(pacer_.on_echo("g1:1", now_));
  EXPECT_TRUE(pacer_.on_echo("g1:2000", now_));
}

TEST_F(PacerTest, AudioHeldUpTooLongIsDropped) {
  pacer_.open(0);
  push(8000, 0);
  now_ = ms(2000);
  push(0);
  now_ = ms(7000);  // nobody called next() for so long
  push(100, 7000);
  run(7000);
  EXPECT_EQ(pacer_.stats().expired_bytes, 8000U);
  EXPECT_EQ(sent_, 0U);
}

TEST_F(PacerTest, ExpiredAudioDoesNotShiftTimes) {
  pacer_.open(0);
  push(4000, 1000);
  now_ = ms(5000);
  push(4000, 9000);
  run(6100);  // the first has expired by now, had nobody sent it before
  echo_ = true;
  // Sent in time, nothing expires.
  EXPECT_EQ(pacer_.stats().expired_bytes, 0U);
  now_ = ms(20'000);
  push(800, 20'000);
  now_ = ms(27'000);
  push(800, 30'000);
  run(27'100);
  EXPECT_EQ(pacer_.stats().expired_bytes, 800U);
  EXPECT_EQ(pacer_.played_pts(now_), ms(30'100));
}

TEST_F(PacerTest, AudioFromBeforeTheCallDoesNotExpire) {
  push(800);
  now_ = ms(60'000);
  pacer_.open(now_);
  run(60'100);
  EXPECT_EQ(sent_, 800U);
}

TEST_F(PacerTest, FillCarriesWhatIsMixedIn) {
  pacer_.open(0);
  push(800, 1000);
  run(100);
  take_log();
  run(300, true);
  EXPECT_GE(sent_, 800U + 1600U);
  EXPECT_LE(most_ahead_, ms(200));
  // It plays, but no time of the pipeline passes in it.
  EXPECT_EQ(pacer_.played_pts(now_), ms(1100));
  push(800, 2000);
  run(800);
  EXPECT_EQ(pacer_.played_pts(now_), ms(2100));
  EXPECT_TRUE(pacer_.drained());
}

TEST_F(PacerTest, RemainingTimeCountsBothSides) {
  pacer_.open(0);
  push(8000);
  EXPECT_EQ(pacer_.remaining_ns(now_), ms(1000));
  run(100);
  EXPECT_EQ(pacer_.remaining_ns(now_), ms(900));
  run(3000);
  EXPECT_EQ(pacer_.remaining_ns(now_), 0U);
}

TEST_F(PacerTest, UnknownTimesStayUnknown) {
  pacer_.open(0);
  push(1600, UINT64_MAX);
  run(1000);
  EXPECT_EQ(pacer_.played_pts(now_), kNever);
  EXPECT_EQ(last_echo_->pts_ns, kNever);
}

}  // namespace
}  // namespace twilio
