// Two hours of a call whose clock is not ours: both channels of the recording stay in step.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "../twilio/phone_line.hpp"
#include "caller_stamps.hpp"
#include "stereo_timeline.hpp"

namespace callrecorder {
namespace {

using twilio::CallerPosition;
using twilio::CallerStamps;
using twilio::PhoneLine;

// The caller clicks with each frame of code 0, and the agent at the same moment, as it is known
// from the truth about Twilio's clock. In the recording the clicks must meet.
class RecordedCall : public PhoneLine {
 public:
  explicit RecordedCall(const twilio::LineConfig& config)
      : PhoneLine(config), delay_ms_(config.delay_ms) {
    timeline_.set_active(Side::kCaller, true);
    timeline_.set_active(Side::kAgent, true);
    on_audio = [this](std::span<const uint8_t> mulaw, CallerPosition at, const auto& place) {
      const auto stamp = stamps_.audio(mulaw, at, place.discontinuous, place.remapped, running());
      if (stamp.skip) return;
      std::vector<int16_t> samples(mulaw.size());
      if (mulaw[0] == 0) samples[80] = kClick;
      timeline_.push(Side::kCaller, static_cast<Time>(stamp.time_ns), samples, now_time());
    };
    on_missing = [this](CallerPosition at, uint64_t samples) {
      const auto stamp = stamps_.silence(at, samples, samples, running());
      timeline_.push(Side::kCaller, static_cast<Time>(stamp.time_ns), std::vector<int16_t>(samples),
                     now_time());
    };
    on_tick = [this] {
      if (running() >= agent_frame_ * kFrameNs) agent_speaks();
      if (now() % 200'000'000 == 0) write();
    };
  }

  size_t clicks() const { return pairs_; }
  double worst_ms() const { return worst_ms_; }
  double last_ms() const { return last_ms_; }
  const StereoTimeline& timeline() const { return timeline_; }

 private:
  static constexpr int16_t kClick = 20'000;
  static constexpr uint64_t kFrameNs = 20'000'000;

  uint64_t running() const { return now() - kBegin; }
  std::optional<Time> now_time() const { return static_cast<Time>(running()); }

  void agent_speaks() {
    const uint64_t begin = agent_frame_++ * kFrameNs;
    std::vector<int16_t> samples(160);
    // When the middle of the caller's next click frame is heard here.
    const double frame = static_cast<double>(agent_clicks_ * kCodes);
    const auto click = static_cast<int64_t>(local_ns(frame * 20 + 10) - kBegin) +
                       static_cast<int64_t>(delay_ms_ * 1e6) - static_cast<int64_t>(begin);
    if (click < static_cast<int64_t>(kFrameNs)) {
      if (click >= 0) samples[static_cast<size_t>(click / 125'000)] = kClick;
      ++agent_clicks_;
    }
    timeline_.push(Side::kAgent, static_cast<Time>(begin), samples, now_time());
  }

  void write() {
    std::vector<int16_t> frames(2 * 8000);
    const size_t taken = timeline_.take(now_time(), frames);
    for (size_t i = 0; i < taken; ++i, ++written_) {
      for (const size_t side : {0U, 1U}) {
        const bool loud = std::abs(frames[2 * i + side]) > kClick / 4;
        // A stretched click is two samples wide.
        if (!loud || written_ - clicked_[side] < 100) continue;
        clicked_[side] = written_;
        const int64_t apart = clicked_[0] - clicked_[1];
        if (std::abs(apart) > 4000) continue;  // the other's is still to come
        ++pairs_;
        last_ms_ = static_cast<double>(apart) / 8;
        worst_ms_ = std::max(worst_ms_, std::abs(last_ms_));
      }
    }
  }

  double delay_ms_;
  CallerStamps stamps_;
  StereoTimeline timeline_{{.hold = 1500 * kMillisecond}};
  uint64_t agent_frame_ = 0;
  uint64_t agent_clicks_ = 0;
  int64_t written_ = 0;
  int64_t clicked_[2] = {-10'000, -10'000};
  size_t pairs_ = 0;
  double worst_ms_ = 0;
  double last_ms_ = 0;
};

class LongRecordingTest : public ::testing::TestWithParam<double> {};
INSTANTIATE_TEST_SUITE_P(Skews, LongRecordingTest, ::testing::Values(-200e-6, 0.0, 200e-6));

TEST_P(LongRecordingTest, ChannelsStayInStep) {
  RecordedCall call({.skew = GetParam(), .pauses = false});
  call.run(7200);
  EXPECT_GT(call.clicks(), 3100U);
  EXPECT_LT(call.worst_ms(), 15);
  EXPECT_NEAR(call.last_ms(), 0, 5);
  EXPECT_EQ(call.timeline().counters().late, 0U);
  EXPECT_EQ(call.timeline().counters().overrun, 0U);
  EXPECT_LE(call.timeline().counters().gaps, 1U);
}

TEST_P(LongRecordingTest, AlsoAfterStalls) {
  RecordedCall call({.skew = GetParam(), .stall_every_s = 60, .pauses = true});
  call.run(7140);
  call.set_stalls(false);
  call.run(60);
  EXPECT_GT(call.clicks(), 2000U);
  EXPECT_NEAR(call.last_ms(), 0, 20);
  EXPECT_EQ(call.timeline().counters().overrun, 0U);
}

}  // namespace
}  // namespace callrecorder
