// What one participant, or the room, does to others when something goes wrong: nothing.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "blocking_query.hpp"
#include "gstpp.hpp"
#include "mixer_seat_fixture.hpp"

namespace {

using namespace mixer_test;

class MixerSeatTrouble : public SeatTest {};

TEST_F(MixerSeatTrouble, AnErrorBehindOneSeatEndsItsOutputOnly) {
  open_room();
  const Pipeline one(seat_text(400)), two(seat_text(600));
  const Pipeline bad(voice(1000) +
                     "mixerseat name=seat duck=never ! identity error-after=5 ! "
                     "fakesink sync=false async=false");
  for (const Pipeline* seat : {&one, &two, &bad}) join(*seat, mixer_);
  EXPECT_TRUE(bad.message(GST_MESSAGE_ERROR));
  EXPECT_TRUE(wait([&] { return stat(bad["seat"].get(), "unsent") > 10; }));
  // It goes on to speak.
  EXPECT_TRUE(one.sounds("ear", hears({600, 1000}, {400})));
  EXPECT_TRUE(two.sounds("ear", hears({400, 1000}, {600})));
  EXPECT_FALSE(room_.has_posted(GST_MESSAGE_ERROR | GST_MESSAGE_WARNING));
}

TEST_F(MixerSeatTrouble, ASeatThatIsStuckDisturbsNobodyAndCanLeave) {
  open_room();
  const Pipeline one(seat_text(400)), two(seat_text(600));
  Pipeline stuck(voice(1000) +
                 "mixerseat name=seat duck=never ! appsink name=ear sync=false "
                 "max-buffers=1 drop=false");
  for (const Pipeline* seat : {&one, &two, static_cast<const Pipeline*>(&stuck)})
    join(*seat, mixer_);
  EXPECT_TRUE(wait([&] { return stat(stuck["seat"].get(), "unsent") > 50; }));
  EXPECT_TRUE(one.sounds("ear", hears({600, 1000}, {400})));
  EXPECT_GT(stat(one["seat"].get(), "sent"), 2 * stat(one["seat"].get(), "unsent"));
  join(stuck, nullptr);
  EXPECT_EQ(number(stuck), -1);
  join(stuck, mixer_);
  EXPECT_GE(number(stuck), 0);
  stuck.stop();
  EXPECT_TRUE(two.sounds("ear", hears({400}, {600, 1000})));
}

TEST_F(MixerSeatTrouble, AFlushEmptiesWhatWaitsAndLetsThePusherGo) {
  open_room();
  const Pipeline one(seat_text(400));
  join(one, mixer_);
  const Pipeline two("appsrc name=in format=time block=false max-bytes=0 caps=" + kCaps +
                     ",layout=interleaved ! mixerseat name=seat duck=never ! "
                     "fakesink async=false sync=false");
  join(two, mixer_);
  one.hear("ear", 5);
  const gstpp::ElementPtr in = two["in"];
  const auto speak = [&](double hertz) {
    const GstClockTime now = gstpp::running_time(two.get());
    for (std::size_t i = 0; i < 100; ++i) {
      std::vector<gint16> samples(960);
      for (std::size_t k = 0; k < samples.size(); ++k)
        samples[k] = static_cast<gint16>(6553 * std::sin(2 * std::numbers::pi * hertz *
                                                         static_cast<double>(i * 960 + k) / kRate));
      GstBuffer* buffer = gst_buffer_new_memdup(samples.data(), 1920);
      GST_BUFFER_PTS(buffer) = now + i * 20 * GST_MSECOND;
      ASSERT_EQ(gst_app_src_push_buffer(GST_APP_SRC(in.get()), buffer), GST_FLOW_OK);
    }
  };
  speak(600);
  EXPECT_TRUE(one.sounds("ear", hears({600}, {400})));
  EXPECT_LE(stat(two["seat"].get(), "queued"), 200 * GST_MSECOND);
  gst_element_send_event(in.get(), gst_event_new_flush_start());
  EXPECT_EQ(stat(two["seat"].get(), "queued"), 0U);
  gst_element_send_event(in.get(), gst_event_new_flush_stop(FALSE));
  EXPECT_TRUE(one.sounds("ear", hears({}, {400, 600})));
  speak(1000);
  EXPECT_TRUE(one.sounds("ear", hears({1000}, {400, 600})));
}

TEST_F(MixerSeatTrouble, WhoMustNotBeHeldUpIsNot) {
  open_room();
  const gstpp::ElementPtr seat = gstpp::make_element("mixerseat");
  const gstpp::PadPtr from{GST_PAD(gst_object_ref_sink(gst_pad_new("from", GST_PAD_SRC)))};
  const gstpp::PadPtr to{gst_element_get_static_pad(seat.get(), "sink")};
  ASSERT_EQ(gst_pad_link(from.get(), to.get()), GST_PAD_LINK_OK);
  gst_pad_set_active(from.get(), TRUE);
  gst_element_set_state(seat.get(), GST_STATE_PLAYING);
  g_object_set(seat.get(), "mixer", mixer_.get(), nullptr);
  EXPECT_TRUE(jackfield::downstream_never_blocks(from.get()));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_pad_push_event(from.get(), gst_event_new_stream_start("here"));
  const gstpp::CapsPtr caps{gst_caps_from_string((kCaps + ",layout=interleaved").c_str())};
  gst_pad_push_event(from.get(), gst_event_new_caps(caps.get()));
  gst_pad_push_event(from.get(), gst_event_new_segment(&segment));
  const gint64 began = g_get_monotonic_time();
  for (int i = 0; i < 1000; ++i) {
    GstBuffer* buffer = gst_buffer_new_allocate(nullptr, 1920, nullptr);
    gst_buffer_memset(buffer, 0, 0, 1920);
    ASSERT_EQ(gst_pad_push(from.get(), buffer), GST_FLOW_OK);
  }
  // 20 s of sound.
  EXPECT_LT(g_get_monotonic_time() - began, 10 * G_USEC_PER_SEC);
  EXPECT_EQ(stat(seat.get(), "handed-on"), 1000U);
  gst_element_set_state(seat.get(), GST_STATE_NULL);
  EXPECT_TRUE(gst_pad_unlink(from.get(), to.get()));
}

TEST_F(MixerSeatTrouble, AFullRoomIsToldTheSeat) {
  open_room("max-inputs=1");
  const Pipeline one(seat_text(400)), two(seat_text(600));
  join(one, mixer_);
  join(two, mixer_);
  EXPECT_EQ(number(two), -1);
  GstElement* mixer = nullptr;
  g_object_get(two["seat"].get(), "mixer", &mixer, nullptr);
  EXPECT_EQ(mixer, nullptr);
  EXPECT_TRUE(two.message(GST_MESSAGE_WARNING));
  join(one, nullptr);
  join(two, mixer_);
  EXPECT_GE(number(two), 0);
}

TEST_F(MixerSeatTrouble, ARoomThatEndsLetsItsSeatsGo) {
  open_room("seats=phone=none.gst");
  const Pipeline one(seat_text(400));
  join(one, mixer_);
  one.hear("ear", 5);
  EXPECT_TRUE(gst_element_send_event(room_.get(), gst_event_new_eos()));
  const gstpp::MessagePtr end = room_.message(GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  ASSERT_TRUE(end);
  EXPECT_EQ(GST_MESSAGE_TYPE(end.get()), GST_MESSAGE_EOS);
  EXPECT_TRUE(wait([&] { return number(one) == -1; }));
  EXPECT_FALSE(one.has_posted(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
}

// As an agent's: nothing in the pipeline but the seat could end it.
TEST_F(MixerSeatTrouble, WhatHearsAndSpeaksInALoopEndsWithThePipeline) {
  open_room();
  const Pipeline one(seat_text(400));
  join(one, mixer_);
  // It says what it hears; one cannot hear oneself, but the other's echo.
  Pipeline parrot(
      "mixerseat name=seat duck=never seat.src ! audioconvert ! tee name=t t. ! "
      "seat.sink t. ! fakesink sync=false async=false");
  join(parrot, mixer_);
  EXPECT_TRUE(one.sounds("ear", hears({400}, {600})));
  EXPECT_TRUE(gst_element_send_event(parrot.get(), gst_event_new_eos()));
  const gstpp::MessagePtr end = parrot.message(GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  ASSERT_TRUE(end);
  EXPECT_EQ(GST_MESSAGE_TYPE(end.get()), GST_MESSAGE_EOS);
  EXPECT_EQ(number(parrot), -1);
  EXPECT_TRUE(one.sounds("ear", hears({}, {400})));
}

TEST_F(MixerSeatTrouble, PipelinesStartAndStopInAnyOrder) {
  const auto seat_of = [](int i) { return seat_text(400 + 200 * i); };
  for (int order = 0; order < 12; ++order) {
    Pipeline one(seat_of(0), order % 2 ? GST_STATE_NULL : GST_STATE_PLAYING);
    Pipeline two(seat_of(1));
    room_.launch("duckingmixer name=m m.src ! fakesink sync=false async=false", GST_STATE_NULL);
    mixer_ = room_["m"];
    if (order % 3 == 0) room_.set_state(GST_STATE_PLAYING);
    join(one, mixer_);
    join(two, mixer_);
    if (order % 3 != 0) room_.set_state(GST_STATE_PLAYING);
    one.set_state(GST_STATE_PLAYING);
    EXPECT_TRUE(wait([&] {
      return stat(one["seat"].get(), "sent") > 3 && stat(two["seat"].get(), "sent") > 3;
    })) << order;
    switch (order % 4) {
      case 0:
        room_.stop();
        break;
      case 1:
        one.stop();
        break;
      case 2:
        one.stop();
        one.set_state(GST_STATE_PLAYING);
        EXPECT_GE(number(one), 0) << "it comes back to its room";
        break;
      default:
        // The mixer is gone before its seats.
        room_.stop();
        mixer_.reset();
        room_.close();
        EXPECT_EQ(number(one), -1);
    }
  }
}

TEST_F(MixerSeatTrouble, RoomsChangeAThousandTimesUnderLoad) {
  open_room();
  Pipeline other(
      "duckingmixer name=m join-tones=true m.src ! "
      "fakesink sync=false async=false");
  const gstpp::ElementPtr rooms[] = {gstpp::share_object(mixer_.get()), other["m"], nullptr};
  std::array<std::unique_ptr<Pipeline>, 4> seats;
  for (std::size_t i = 0; i < seats.size(); ++i) {
    const std::string end = i == 0 ? "audioconvert ! fakesink sync=false async=false"
                                   : "appsink name=ear sync=false drop=true max-buffers=50";
    seats[i] = std::make_unique<Pipeline>(
        // One rate: audioresample of GStreamer 1.22 reads beyond its history when that changes.
        "audiotestsrc is-live=true samplesperbuffer=480 ! audio/x-raw,rate=48000 ! "
        "audioconvert ! audioresample ! mixerseat name=seat ! " +
        end);
  }
  std::atomic<bool> more{true};
  std::vector<std::thread> threads;
  for (unsigned seed = 0; seed < 3; ++seed) {
    threads.emplace_back([&, seed] {
      std::minstd_rand dice(seed + 1);
      for (int i = 0; i < 350; ++i) {
        const Pipeline& seat = *seats[dice() % seats.size()];
        join(seat, rooms[dice() % 3]);
        if (i % 8 == 0) g_object_set(seat["seat"].get(), "mute", i % 16 == 0, nullptr);
      }
    });
  }
  threads.emplace_back([&] {
    for (int i = 0; more; ++i) {
      // A room that goes and comes, and a participant.
      other.set_state(i % 2 ? GST_STATE_PLAYING : GST_STATE_NULL);
      seats[3]->set_state(i % 3 ? GST_STATE_PLAYING : GST_STATE_READY);
      for (const auto& seat : seats) stat((*seat)["seat"].get(), "sent");
    }
  });
  for (std::size_t i = 0; i < 3; ++i) threads[i].join();
  more = false;
  threads[3].join();
  seats[3]->set_state(GST_STATE_PLAYING);
  other.set_state(GST_STATE_PLAYING);
  for (const auto& seat : seats) {
    join(*seat, rooms[1]);
    EXPECT_GE(number(*seat), 0);
    const guint64 sent = stat((*seat)["seat"].get(), "sent");
    EXPECT_TRUE(wait([&] { return stat((*seat)["seat"].get(), "sent") > sent + 10; }));
    EXPECT_FALSE(seat->has_posted(GST_MESSAGE_ERROR));
  }
  guint inputs = 9;
  gst_structure_get_uint(stats_of(mixer_.get()).get(), "inputs", &inputs);
  EXPECT_EQ(inputs, 0U);
}

}  // namespace
