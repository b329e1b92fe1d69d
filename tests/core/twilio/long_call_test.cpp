// Two hours on the line, at clocks that differ by 200 ppm: what comes in is placed in time, and
// what goes out is paced, by the cores that a call is made of.
#include <gtest/gtest.h>

#include "caller_stamps.hpp"
#include "counted_new.hpp"
#include "g711.hpp"
#include "phone_line.hpp"

namespace twilio {
namespace {

using test_support::bytes_in_use;

constexpr double kTwoHours = 7200;

// Plays the caller back, as echo.gst does.
class EchoCall : public PhoneLine {
 public:
  explicit EchoCall(const LineConfig& config) : PhoneLine(config) {
    on_audio = [this](std::span<const uint8_t> mulaw, CallerPosition at, const auto& place) {
      const auto stamp = stamps_.audio(mulaw, at, place.discontinuous, place.remapped, running());
      if (!stamp.skip) play(mulaw, stamp.time_ns);
    };
    on_missing = [this](CallerPosition at, uint64_t samples) {
      const std::vector<uint8_t> silence(kFrameBytes, jackfield::kMulawSilence);
      for (uint64_t done = 0; done < samples; done += kFrameBytes) {
        const uint64_t size = std::min(kFrameBytes, samples - done);
        const auto stamp =
            stamps_.silence({at.samples + done, at.behind}, size, samples - done, running());
        play(std::span(silence).first(size), stamp.time_ns);
      }
    };
  }

  // The most of a delay in so many seconds.
  double most_echo_ms(double seconds) {
    double most = 0;
    for (double done = 0; done < seconds; done += 0.02) {
      run(0.02);
      most = std::max(most, echo_ms());
    }
    return most;
  }
  uint64_t dropped() const { return dropped_; }
  double stamp_lag_ms() const { return stamp_lag_ms_; }

 private:
  uint64_t running() const { return now() - kBegin; }
  void play(std::span<const uint8_t> mulaw, uint64_t time_ns) {
    stamp_lag_ms_ = static_cast<double>(static_cast<int64_t>(running() - time_ns)) / 1e6 - 20;
    dropped_ += mulaw.size() - pacer().push(mulaw, time_ns, now());
  }

  CallerStamps stamps_;
  uint64_t dropped_ = 0;
  double stamp_lag_ms_ = 0;
};

class LongCallTest : public ::testing::TestWithParam<double> {};
INSTANTIATE_TEST_SUITE_P(Skews, LongCallTest, ::testing::Values(-200e-6, 0.0, 200e-6),
                         [](const auto& skew) {
                           return skew.param < 0   ? "FastByCaller"
                                  : skew.param > 0 ? "SlowByCaller"
                                                   : "SameClock";
                         });

TEST_P(LongCallTest, AnEchoGetsNoLater) {
  EchoCall call({.skew = GetParam(), .pauses = false});
  call.run(60);
  const int64_t memory = bytes_in_use;
  const double before = call.most_echo_ms(20);
  call.run(kTwoHours - 100);
  const double after = call.most_echo_ms(20);
  EXPECT_NEAR(after, before, 20);
  EXPECT_LT(call.pacer().queued(), 2 * kFrameBytes);
  EXPECT_EQ(call.dropped(), 0U);
  EXPECT_NEAR(static_cast<double>(bytes_in_use - memory), 0, 32'768);
  EXPECT_NEAR(call.timeline().skew(), GetParam(), 5e-6);
}

// Stalls of both directions, up to 0.8 s and one a minute: silence is made in their place, their
// backlogs are played, and after each all is made up for.
TEST_P(LongCallTest, StallsLeaveNoDelayBehind) {
  struct Line {
    bool pauses;
    int noise;
  };
  for (const Line line : {Line{true, 800}, Line{false, 0}}) {
    EchoCall call(
        {.skew = GetParam(), .stall_every_s = 120, .pauses = line.pauses, .noise = line.noise});
    call.run(60);
    const int64_t memory = bytes_in_use;
    double sum = 0;
    const int rounds = 354;  // an hour
    for (int i = 0; i < rounds; ++i) {
      call.run(10);
      sum += call.echo_ms();
    }
    call.set_stalls(false);
    call.run(60);
    const double after = call.most_echo_ms(10);
    EXPECT_LT(sum / rounds, line.pauses ? 300 : 400);
    EXPECT_LT(after, 220);
    EXPECT_EQ(call.timeline().behind(), 0U);
    EXPECT_NEAR(call.stamp_lag_ms(), 0, 15);
    EXPECT_NEAR(static_cast<double>(bytes_in_use - memory), 0, 32'768);
  }
}

// An agent that speaks for 6 s of each 10.
TEST_P(LongCallTest, RepliesAreNeitherStarvedNorPiledUp) {
  for (const double stall : {0.0, 30.0}) {
    PhoneLine call({.skew = GetParam(), .stall_every_s = stall, .stall_most_ms = 120});
    const std::vector<uint8_t> reply(6 * 8000, 0x10);
    size_t given = reply.size();
    uint64_t pts = 0;
    uint64_t replies = 0;
    uint64_t finished = 0;
    uint64_t wrong = 0;
    uint64_t reply_pts = 0;
    double most_lead = 0;
    call.on_tick = [&] {
      if ((call.now() - PhoneLine::kBegin) / 10'000'000'000 >= replies && given == reply.size()) {
        ++replies;
        given = 0;
        pts = reply_pts = call.now();
      }
      if (given < reply.size()) {
        const size_t taken = call.pacer().push(std::span(reply).subspan(given), pts, call.now());
        given += taken;
        pts += taken * kSampleNs;
        if (given == reply.size()) call.pacer().end_reply();
      }
      // Behind the first frame of a reply Twilio never waits for more.
      call.count_starving(call.now() > reply_pts + 100 * kMillisecondNs &&
                          call.now() < reply_pts + 5900 * kMillisecondNs);
      most_lead = std::max(most_lead, call.twilio_has_ms());
    };
    call.on_echo = [&](const Pacer::Echo& echo) {
      if (!echo.ends_reply) return;
      ++finished;
      wrong += echo.pts_ns != reply_pts + 6'000'000'000;
    };
    call.run(kTwoHours);
    EXPECT_GE(replies, 720U);
    EXPECT_GE(finished + 1, replies);
    EXPECT_EQ(wrong, 0U);
    EXPECT_EQ(call.pacer().stats().marks_unexpected, 0U);
    EXPECT_EQ(call.pacer().stats().expired_bytes, 0U);
    EXPECT_EQ(call.pacer().stats().cut_bytes, 0U);
    EXPECT_EQ(call.starved(), 0U);
    EXPECT_LE(most_lead, stall > 0 ? 350 : 215);
  }
}

// Music on hold: two hours without a pause.
TEST_P(LongCallTest, AnEndlessReplyKeepsItsLead) {
  PhoneLine call({.skew = GetParam()});
  const std::vector<uint8_t> music(1600, 0x10);
  uint64_t pts = PhoneLine::kBegin;
  call.on_tick = [&] {
    const size_t room = std::min(call.pacer().room(), music.size());
    if (room < 800) return call.pacer().pusher_waits();
    call.pacer().push(std::span(music).first(room), pts, call.now());
    pts += room * kSampleNs;
  };
  call.run(60);
  call.count_starving(true);
  double least = 1e9;
  double most = 0;
  for (int i = 0; i < 7140; ++i) {
    call.run(1);
    least = std::min(least, call.twilio_has_ms());
    most = std::max(most, call.twilio_has_ms());
  }
  EXPECT_EQ(call.starved(), 0U);
  EXPECT_GT(least, 120);
  EXPECT_LT(most, 215);
  EXPECT_EQ(call.pacer().stats().cut_bytes, 0U);
}

}  // namespace
}  // namespace twilio
