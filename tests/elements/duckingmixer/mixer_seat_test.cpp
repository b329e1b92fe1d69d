// Seats in pipelines of their own, around a room in another one.
#include <gst/app/gstappsrc.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gstpp.hpp"
#include "mixer_listening.hpp"

namespace {

using namespace mixer_test;

const std::string kCaps = "audio/x-raw,format=S16LE,rate=48000,channels=1";

std::string voice(double hertz, const std::string& more = "") {
  return "audiotestsrc is-live=true samplesperbuffer=960 volume=0.2 freq=" + std::to_string(hertz) +
         " " + more + " ! " + kCaps + " ! ";
}
std::string seat_text(double hertz, const std::string& properties = "") {
  return voice(hertz) + "mixerseat name=seat duck=never " + properties +
         " ! appsink name=ear sync=false";
}

class MixerSeat : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }

  void open_room(const std::string& more = "") {
    room_.launch("duckingmixer name=m " + more + " m.src ! fakesink sync=false async=false");
    mixer_ = room_["m"];
  }
  static void join(const Pipeline& seat, const gstpp::ElementPtr& mixer) {
    g_object_set(seat["seat"].get(), "mixer", mixer.get(), nullptr);
  }
  static int number(const Pipeline& seat) {
    gint number = -2;
    g_object_get(seat["seat"].get(), "pad-number", &number, nullptr);
    return number;
  }
  static Pipeline::Judge hears(std::vector<double> tones, std::vector<double> not_these) {
    return [=](const std::vector<float>& heard) {
      return std::all_of(tones.begin(), tones.end(),
                         [&](double hertz) { return std::abs(tone(heard, hertz) - 0.2) < 0.02; }) &&
             std::all_of(not_these.begin(), not_these.end(),
                         [&](double hertz) { return tone(heard, hertz) < 0.001; });
    };
  }

  Pipeline room_;
  gstpp::ElementPtr mixer_;
};

TEST_F(MixerSeat, ThreeInPipelinesOfTheirOwnHearEachOtherAndNeverThemselves) {
  open_room();
  const Pipeline one(seat_text(400)), two(seat_text(600)), three(seat_text(1000));
  for (const Pipeline* seat : {&one, &two, &three}) {
    EXPECT_EQ(number(*seat), -1);
    join(*seat, mixer_);
    EXPECT_GE(number(*seat), 0);
  }
  EXPECT_TRUE(one.sounds("ear", hears({600, 1000}, {400})));
  EXPECT_TRUE(two.sounds("ear", hears({400, 1000}, {600})));
  EXPECT_TRUE(three.sounds("ear", hears({400, 600}, {1000})));
  join(two, nullptr);
  EXPECT_EQ(number(two), -1);
  EXPECT_TRUE(one.sounds("ear", hears({1000}, {400, 600})));
  EXPECT_TRUE(wait([&] { return stat(two["seat"].get(), "outside") > 0; }));
  EXPECT_FALSE(room_.has_posted(GST_MESSAGE_ERROR | GST_MESSAGE_WARNING));
  for (const Pipeline* seat : {&one, &two, &three})
    EXPECT_FALSE(seat->has_posted(GST_MESSAGE_ERROR | GST_MESSAGE_WARNING));
}

TEST_F(MixerSeat, RunningTimesAreThoseOfTheSeatsOwnPipeline) {
  open_room();
  const Pipeline early(seat_text(400));
  join(early, mixer_);
  early.hear("ear", 20);
  const Pipeline late(seat_text(600));
  join(late, mixer_);
  for (const Pipeline* seat : {&early, &late}) {
    const gstpp::ElementPtr ear = (*seat)["ear"];
    for (int i = 0; i < 20; ++i) {
      GstSample* sample = gst_app_sink_try_pull_sample(GST_APP_SINK(ear.get()), 10 * GST_SECOND);
      ASSERT_TRUE(sample);
      const GstClockTime running =
          gst_segment_to_running_time(gst_sample_get_segment(sample), GST_FORMAT_TIME,
                                      GST_BUFFER_PTS(gst_sample_get_buffer(sample)));
      EXPECT_TRUE(GST_CLOCK_TIME_IS_VALID(running));
      EXPECT_LE(running, gstpp::running_time(seat->get()));
      EXPECT_GT(running + 10 * GST_SECOND, gstpp::running_time(seat->get()));
      gst_sample_unref(sample);
    }
  }
}

TEST_F(MixerSeat, EndingLeavesTheRoomAndEndsTheSeatOnly) {
  open_room();
  const Pipeline one(seat_text(400));
  join(one, mixer_);
  const Pipeline two("audiotestsrc is-live=true num-buffers=20 samplesperbuffer=960 ! " + kCaps +
                     " ! mixerseat name=seat ! fakesink sync=false async=false");
  join(two, mixer_);
  const gstpp::MessagePtr end = two.message(GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  ASSERT_TRUE(end);
  EXPECT_EQ(GST_MESSAGE_TYPE(end.get()), GST_MESSAGE_EOS);
  EXPECT_EQ(number(two), -1);
  EXPECT_GE(number(one), 0);
  one.hear("ear", 20);
  EXPECT_FALSE(room_.has_posted(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
}

TEST_F(MixerSeat, ARoomThatStopsLetsItsSeatsGo) {
  open_room();
  const Pipeline one(seat_text(400)), two(seat_text(600));
  join(one, mixer_);
  join(two, mixer_);
  one.hear("ear", 10);
  room_.set_state(GST_STATE_NULL);
  for (const Pipeline* seat : {&one, &two}) {
    EXPECT_EQ(number(*seat), -1);
    const guint64 outside = stat((*seat)["seat"].get(), "outside");
    EXPECT_TRUE(wait([&] { return stat((*seat)["seat"].get(), "outside") > outside + 3; }));
    EXPECT_FALSE(seat->has_posted(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  }
  // And again.
  room_.set_state(GST_STATE_PLAYING);
  join(one, mixer_);
  join(two, mixer_);
  EXPECT_TRUE(one.sounds("ear", hears({600}, {400}), false));
}

TEST_F(MixerSeat, OfTheSamePipelineItIsNamedInLaunchText) {
  const Pipeline both("duckingmixer name=m " + voice(400) +
                      "mixerseat name=a mixer-name=m duck=never ! appsink name=ear-a sync=false " +
                      voice(600) +
                      "mixerseat name=b mixer-name=m duck=never ! appsink name=ear-b sync=false");
  EXPECT_TRUE(both.sounds("ear-a", hears({600}, {400})));
  EXPECT_TRUE(both.sounds("ear-b", hears({400}, {600})));
}

}  // namespace
