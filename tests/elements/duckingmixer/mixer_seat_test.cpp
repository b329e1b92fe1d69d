// Seats in pipelines of their own, around a room in another one.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "gstpp.hpp"
#include "mixer_seat_fixture.hpp"

namespace {

using namespace mixer_test;

class MixerSeat : public SeatTest {};

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

TEST_F(MixerSeat, JoiningMutingAndLeavingIsNoClickForOthers) {
  open_room();
  const Pipeline one(seat_text(200)), listener(seat_text(0, "mute=true"));
  join(one, mixer_);
  join(listener, mixer_);
  const Pipeline guest(seat_text(300));
  listener.hear("ear", 30);
  std::vector<float> heard;
  const auto listen = [&](int blocks) {
    for (const float sample : listener.hear("ear", blocks)) heard.push_back(sample);
  };
  const auto all = [&] {
    heard.clear();
    for (int i = 0; i < 3; ++i) {
      join(guest, mixer_);
      listen(15);
      g_object_set(guest["seat"].get(), "mute", i % 2 == 0, nullptr);
      listen(10);
      g_object_set(guest["seat"].get(), "mute", FALSE, nullptr);
      listen(10);
      join(guest, nullptr);
      listen(5);
    }
  };
  // Blocks that are lost on a busy machine would be a step.
  for (int before = -1; before != listener.gaps();) {
    before = listener.gaps();
    all();
  }
  EXPECT_GT(loudest(heard, 300), 0.05);
  EXPECT_GT(loudest(heard, 200), 0.1);
  // The steepest of the two tones, and -60 dBFS.
  EXPECT_LT(steepest(heard), 0.0052 + 0.0079 + 0.001);
}

TEST_F(MixerSeat, TheFirstBlockOfARoomFadesIn) {
  open_room();
  const Pipeline one(seat_text(400)), two(seat_text(0, "mute=true"));
  join(one, mixer_);
  EXPECT_TRUE(wait([&] { return stat(one["seat"].get(), "handed-on") > 5; }));
  join(two, mixer_);
  std::vector<float> heard = two.hear("ear", 20);
  heard.insert(heard.begin(), 0);
  EXPECT_GT(loudest(heard, 400), 0.1);
  EXPECT_LT(steepest(heard), 0.2 * 2 * std::numbers::pi * 400 / kRate + 0.001);
}

TEST_F(MixerSeat, SeatsThatHearTheSameGetTheVerySameBuffers) {
  open_room();
  const Pipeline one(seat_text(400));
  const Pipeline listeners[] = {Pipeline(seat_text(0, "mute=true")),
                                Pipeline(seat_text(0, "mute=true"))};
  join(one, mixer_);
  for (const Pipeline& seat : listeners) join(seat, mixer_);
  std::map<guint64, std::vector<const GstBuffer*>> blocks;
  std::vector<GstSample*> kept;  // so that no address is used twice
  const auto next = [&](const Pipeline& seat) {
    const gstpp::ElementPtr ear = seat["ear"];
    GstSample* sample = gst_app_sink_try_pull_sample(GST_APP_SINK(ear.get()), 10 * GST_SECOND);
    if (!sample) return GST_BUFFER_OFFSET_NONE;
    kept.push_back(sample);
    const GstBuffer* buffer = gst_sample_get_buffer(sample);
    if (!GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DISCONT))
      blocks[GST_BUFFER_OFFSET(buffer)].push_back(buffer);
    return GST_BUFFER_OFFSET(buffer);
  };
  // From the block on that both have.
  const guint64 first = next(listeners[1]);
  while (next(listeners[0]) < first) continue;
  for (int i = 0; i < 30; ++i) {
    for (const Pipeline& seat : listeners) EXPECT_NE(next(seat), GST_BUFFER_OFFSET_NONE);
  }
  int shared = 0;
  for (const auto& [number, buffers] : blocks) {
    if (buffers.size() != 2) continue;
    ++shared;
    EXPECT_EQ(buffers[0], buffers[1]) << number;
  }
  EXPECT_GT(shared, 3);
  for (GstSample* sample : kept) gst_sample_unref(sample);
}

TEST_F(MixerSeat, PromptsAreHeardInNoRoomOnly) {
  open_room();
  const Pipeline one(seat_text(400));
  join(one, mixer_);
  const Pipeline two(seat_text(600) + " audiotestsrc volume=0.2 freq=1000 samplesperbuffer=960 ! " +
                     kCaps + " ! seat.prompt");
  EXPECT_TRUE(two.sounds("ear", hears({1000}, {400, 600}), false));
  // As fast as a sink would take it, 20 ms each.
  const guint64 prompted = stat(two["seat"].get(), "prompted");
  EXPECT_LE(prompted, gstpp::running_time(two.get()) / (20 * GST_MSECOND) + 1);
  join(two, mixer_);
  EXPECT_TRUE(two.sounds("ear", hears({400}, {600, 1000}), false));
  join(two, nullptr);
  EXPECT_TRUE(two.sounds("ear", hears({1000}, {400, 600}), false));
  EXPECT_GT(stat(two["seat"].get(), "prompted"), prompted);
}

TEST_F(MixerSeat, PropertiesAreKeptWhileItIsInNoRoom) {
  open_room("join-muted=true");
  const Pipeline one(seat_text(400, "gain=2 mute=false")), two(seat_text(600));
  join(two, mixer_);
  g_object_set(two["seat"].get(), "mute", FALSE, nullptr);
  EXPECT_TRUE(wait([&] { return stat(one["seat"].get(), "outside") > 2; }));
  g_object_set(one["seat"].get(), "priority", 7, "route", "none", nullptr);
  join(one, mixer_);
  gboolean muted = FALSE;
  g_object_get(one["seat"].get(), "mute", &muted, nullptr);
  EXPECT_TRUE(muted) << "those who join this room are muted";
  const std::string name = "sink_" + std::to_string(number(one));
  const gstpp::PadPtr pad{gst_element_get_static_pad(mixer_.get(), name.c_str())};
  ASSERT_TRUE(pad);
  gint priority = 0;
  gdouble gain = 0;
  g_object_get(pad.get(), "priority", &priority, "gain", &gain, nullptr);
  EXPECT_EQ(priority, 7);
  EXPECT_EQ(gain, 2);
  EXPECT_TRUE(one.sounds("ear", hears({}, {400, 600})));
  EXPECT_TRUE(two.sounds("ear", hears({}, {400, 600})));
  g_object_set(one["seat"].get(), "mute", FALSE, "gain", 1.0, "route", "", nullptr);
  EXPECT_TRUE(two.sounds("ear", hears({400}, {600})));
  EXPECT_TRUE(one.sounds("ear", hears({600}, {400})));
}

TEST_F(MixerSeat, UpstreamFollowsTheFormatOfTheRoom) {
  open_room();
  const Pipeline one(seat_text(400));
  join(one, mixer_);
  const Pipeline two(
      "audiotestsrc is-live=true volume=0.2 freq=600 samplesperbuffer=160 ! "
      "audio/x-raw,rate=8000,format=S16LE,channels=1 ! audioconvert ! audioresample "
      "! mixerseat name=seat duck=never ! audioconvert ! audioresample ! "
      "audio/x-raw,rate=8000 ! fakesink sync=false async=false");
  EXPECT_TRUE(wait([&] { return stat(two["seat"].get(), "outside") > 3; }));
  join(two, mixer_);
  EXPECT_TRUE(one.sounds("ear", hears({600}, {400})));
  EXPECT_TRUE(wait([&] { return stat(two["seat"].get(), "sent") > 10; }));
  EXPECT_FALSE(two.has_posted(GST_MESSAGE_ERROR | GST_MESSAGE_WARNING));
  // This one cannot follow, and is told so.
  const Pipeline three(
      "audiotestsrc is-live=true samplesperbuffer=80 ! audio/x-raw,rate=8000 ! "
      "mixerseat name=seat ! fakesink async=false");
  EXPECT_TRUE(wait([&] { return stat(three["seat"].get(), "outside") > 3; }));
  join(three, mixer_);
  EXPECT_TRUE(three.message(GST_MESSAGE_WARNING | GST_MESSAGE_ERROR));
  EXPECT_FALSE(room_.has_posted(GST_MESSAGE_ERROR | GST_MESSAGE_WARNING));
}

TEST_F(MixerSeat, PipelinesWithOtherClocksHearEachOther) {
  open_room();
  const Pipeline one(seat_text(400));
  join(one, mixer_);
  Pipeline two(seat_text(600), GST_STATE_NULL);
  const gstpp::ClockPtr clock{static_cast<GstClock*>(gst_object_ref_sink(g_object_new(
      GST_TYPE_SYSTEM_CLOCK, "clock-type", GST_CLOCK_TYPE_REALTIME, "name", "other", nullptr)))};
  gst_pipeline_use_clock(GST_PIPELINE(two.get()), clock.get());
  two.set_state(GST_STATE_PLAYING);
  join(two, mixer_);
  EXPECT_TRUE(one.sounds("ear", hears({600}, {400})));
  EXPECT_TRUE(two.sounds("ear", hears({400}, {600}), false));
}

}  // namespace
