// The element on the clock of the system, with tones that can be told apart.
#include <gst/app/gstappsrc.h>
#include <gst/check/gstharness.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <string>
#include <vector>

#include "gstpp.hpp"
#include "mixer_listening.hpp"

namespace {

using namespace mixer_test;

class DuckingMixer : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }

  void launch(const std::string& text) {
    pipeline_.launch(text);
    mixer_ = pipeline_["m"];
  }
  // A voice that never pauses.
  static std::string voice(int number, double hertz, const std::string& more = "") {
    return " audiotestsrc is-live=true samplesperbuffer=960 volume=0.2 freq=" +
           std::to_string(hertz) + " " + more +
           " ! audio/x-raw,format=S16LE,rate=48000,channels=1 ! m.sink_" + std::to_string(number);
  }
  static std::string listener(const std::string& pad, const std::string& more = "") {
    return " m." + pad + " ! appsink name=" + pad + " sync=false " + more;
  }

  gstpp::PadPtr pad(const std::string& name) {
    return gstpp::PadPtr{gst_element_get_static_pad(mixer_.get(), name.c_str())};
  }
  std::vector<float> hear(const std::string& name, int blocks) {
    return pipeline_.hear(name, blocks);
  }
  bool sounds(const std::string& name, const Pipeline::Judge& right) {
    return pipeline_.sounds(name, right);
  }

  Pipeline pipeline_;
  gstpp::ElementPtr mixer_;
};

const std::string kThree =
    "duckingmixer name=m sink_0::duck=never sink_1::duck=never "
    "sink_2::duck=never ";

TEST_F(DuckingMixer, EverybodyHearsAllOthersAndNeverThemselves) {
  launch(kThree + voice(0, 400) + voice(1, 600) + voice(2, 1000) + listener("src") +
         listener("src_0") + listener("src_1") + listener("src_2"));
  const double tones[] = {400, 600, 1000};
  const auto hears = [&](int but) {
    return [=, &tones](const std::vector<float>& heard) {
      for (int i = 0; i < 3; ++i) {
        if (i != but && std::abs(tone(heard, tones[i]) - 0.2) > 0.02) return false;
        if (i == but && tone(heard, tones[i]) > 0.001) return false;
      }
      return true;
    };
  };
  EXPECT_TRUE(sounds("src", hears(3)));
  for (int own = 0; own < 3; ++own)
    EXPECT_TRUE(sounds("src_" + std::to_string(own), hears(own))) << own;
}

TEST_F(DuckingMixer, ARouteIsMadeAndTakenAwayWithOneProperty) {
  launch(kThree + voice(0, 400) + voice(1, 600) + voice(2, 1000) + listener("src_7"));
  const auto others = [](const std::vector<float>& heard) {
    return tone(heard, 400) > 0.18 && tone(heard, 600) > 0.18 && tone(heard, 1000) > 0.18;
  };
  EXPECT_TRUE(sounds("src_7", others)) << "there is no sink_7 to be left out";
  g_object_set(pad("src_7").get(), "route", "sink_1", nullptr);
  EXPECT_TRUE(sounds("src_7", [](const std::vector<float>& heard) {
    return tone(heard, 600) > 0.18 && tone(heard, 400) < 0.001 && tone(heard, 1000) < 0.001;
  }));
  g_object_set(pad("src_7").get(), "route", "none", nullptr);
  EXPECT_TRUE(sounds("src_7", [](const std::vector<float>& heard) {
    return std::all_of(heard.begin(), heard.end(), [](float sample) { return sample == 0; });
  }));
  g_object_set(pad("src_7").get(), "route", "all", nullptr);
  EXPECT_TRUE(sounds("src_7", others));
  gchar* route = nullptr;
  g_object_get(pad("src_7").get(), "route", &route, nullptr);
  EXPECT_STREQ(route, "all");
  g_free(route);
}

TEST_F(DuckingMixer, PadPropertiesWorkWhilePlaying) {
  launch(kThree + voice(0, 400) + voice(1, 600) + listener("src"));
  g_object_set(pad("sink_0").get(), "mute", TRUE, nullptr);
  g_object_set(pad("sink_1").get(), "gain", 2.0, nullptr);
  EXPECT_TRUE(sounds("src", [](const std::vector<float>& heard) {
    return tone(heard, 400) < 0.001 && std::abs(tone(heard, 600) - 0.4) < 0.04;
  }));
  g_object_set(mixer_.get(), "master-gain", 0.5, nullptr);
  EXPECT_TRUE(sounds("src", [](const std::vector<float>& heard) {
    return std::abs(tone(heard, 600) - 0.2) < 0.02;
  }));
}

TEST_F(DuckingMixer, MusicGivesWayToAVoice) {
  launch("duckingmixer name=m sink_0::duck=follower sink_1::duck=leader duck-attenuation=0.1" +
         voice(0, 400) + voice(1, 600) + listener("src"));
  const auto music = [](double level) {
    return [=](const std::vector<float>& heard) {
      return std::abs(tone(heard, 400) - level) < level / 5;
    };
  };
  EXPECT_TRUE(sounds("src", music(0.02)));
  g_object_set(pad("sink_1").get(), "mute", TRUE, nullptr);
  EXPECT_TRUE(sounds("src", music(0.2)));
  EXPECT_EQ(gst_structure_get_name(stats_of(pad("sink_0").get()).get()),
            std::string("application/x-duckingmixer-sink-stats"));
}

TEST_F(DuckingMixer, ComingAndGoingIsHeardByNobodyAsAClickOrAStall) {
  launch(kThree + voice(0, 200) + listener("src"));
  hear("src", 30);
  std::vector<float> heard;
  const auto come_and_go = [&] {
    // 300 Hz.
    gstpp::ErrorPtr error;
    gstpp::ElementPtr guest{
        static_cast<GstElement*>(gst_object_ref_sink(gst_parse_bin_from_description(
            "audiotestsrc is-live=true samplesperbuffer=480 volume=0.2 freq=300 ! "
            "audio/x-raw,format=F32LE,rate=48000,channels=1 ! identity",
            TRUE, gstpp::OutPtr{error})))};
    ASSERT_FALSE(error);
    gst_bin_add(GST_BIN(pipeline_.get()), guest.get());
    const gstpp::PadPtr place{gst_element_request_pad_simple(mixer_.get(), "sink_%u")};
    g_object_set(place.get(), "duck", 1 /* never */, nullptr);
    const gstpp::PadPtr from{gst_element_get_static_pad(guest.get(), "src")};
    ASSERT_EQ(gst_pad_link(from.get(), place.get()), GST_PAD_LINK_OK);
    gst_element_sync_state_with_parent(guest.get());
    for (const float sample : hear("src", 20)) heard.push_back(sample);
    gst_pad_unlink(from.get(), place.get());
    gst_element_release_request_pad(mixer_.get(), place.get());
    gst_element_set_state(guest.get(), GST_STATE_NULL);
    gst_bin_remove(GST_BIN(pipeline_.get()), guest.get());
    for (const float sample : hear("src", 10)) heard.push_back(sample);
  };
  // Blocks that are lost on a busy machine would be a step.
  for (int before = -1; before != pipeline_.gaps();) {
    before = pipeline_.gaps();
    heard.clear();
    for (int i = 0; i < 4; ++i) come_and_go();
  }
  EXPECT_GT(loudest(heard, 300), 0.05);
  // 0.0052 and 0.0079 are the steepest of the tones; -60 dBFS are 0.001.
  // A source that is late once on a busy machine leaves a hole, which is no step either.
  EXPECT_LT(steepest(heard), 0.0052 + 0.0079 + 0.001);
}

TEST_F(DuckingMixer, AnOutputThatIsStuckHoldsNobodyUp) {
  launch(kThree + voice(0, 400) + listener("src") + listener("src_1", "max-buffers=1 drop=false"));
  hear("src", 100);
  EXPECT_TRUE(wait(
      [&] { return gstpp::get_uint64(stats_of(pad("src_1").get()).get(), "dropped", 0) > 10; }));
  EXPECT_EQ(gstpp::get_uint64(stats_of(pad("src").get()).get(), "dropped", 9), 0U);
}

TEST_F(DuckingMixer, AnInputThatIsDeadHoldsNobodyUp) {
  launch(kThree + voice(0, 400) + " appsrc is-live=true format=time name=dead ! m.sink_1 " +
         listener("src"));
  EXPECT_TRUE(sounds("src", [](const std::vector<float>& heard) {
    return std::abs(tone(heard, 400) - 0.2) < 0.02;
  }));
}

TEST_F(DuckingMixer, WhatIsAheadOfItsTimeWaitsAndCanBeStopped) {
  // As fast as it can; a file would be the same.
  launch(
      "duckingmixer name=m sink_0::duck=never audiotestsrc volume=0.2 freq=400 ! "
      "audio/x-raw,format=S16LE,rate=48000,channels=1 ! m.sink_0 " +
      listener("src"));
  EXPECT_TRUE(sounds("src", [](const std::vector<float>& heard) {
    return std::abs(tone(heard, 400) - 0.2) < 0.02;
  }));
  const auto stats = stats_of(pad("sink_0").get());
  EXPECT_EQ(gstpp::get_uint64(stats.get(), "dropped", 9), 0U);
  EXPECT_LE(gstpp::get_uint64(stats.get(), "queued", 0), 200 * GST_MSECOND);
  // TearDown stops it while it waits.
}

TEST_F(DuckingMixer, ABufferThatIsLongerThanItsRingIsHeardWhole) {
  launch(
      "duckingmixer name=m audiotestsrc samplesperbuffer=24000 volume=0.2 freq=400 "
      "! audio/x-raw,format=S16LE,rate=48000,channels=1 ! m.sink_0" +
      listener("src"));
  // On a busy machine one of the buffers may come late; not those of every second.
  const auto without_holes = [](const std::vector<float>& heard) {
    for (std::size_t block = 0; block + 480 <= heard.size(); block += 480) {
      const std::vector<float> one(heard.begin() + static_cast<std::ptrdiff_t>(block),
                                   heard.begin() + static_cast<std::ptrdiff_t>(block) + 480);
      if (std::abs(tone(one, 400) - 0.2) > 0.02) return false;
    }
    return !heard.empty();
  };
  bool whole = false;
  for (int second = 0; second < 15 && !whole; ++second) whole = without_holes(hear("src", 100));
  EXPECT_TRUE(whole);
}

TEST_F(DuckingMixer, EndsWhenAllInputsHaveAndWorksAgain) {
  launch(
      "duckingmixer name=m audiotestsrc num-buffers=5 ! audio/x-raw,rate=48000,channels=1 ! "
      "m.sink_0 "
      "audiotestsrc is-live=true num-buffers=10 ! audio/x-raw,rate=48000,channels=1 ! m.sink_1 "
      "m.src ! fakesink m.src_0 ! fakesink");
  for (int round = 0; round < 2; ++round) {
    const gstpp::MessagePtr end = pipeline_.message(GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
    ASSERT_TRUE(end);
    EXPECT_EQ(GST_MESSAGE_TYPE(end.get()), GST_MESSAGE_EOS);
    gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
    gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
  }
}

TEST_F(DuckingMixer, TellsItsLatencyAndItsCaps) {
  launch("duckingmixer name=m rate=16000 channels=2 m.src ! fakesink");
  const gstpp::QueryPtr query{gst_query_new_latency()};
  ASSERT_TRUE(gst_pad_query(pad("src").get(), query.get()));
  gboolean live = FALSE;
  GstClockTime least = 0, most = 0;
  gst_query_parse_latency(query.get(), &live, &least, &most);
  EXPECT_TRUE(live);
  EXPECT_EQ(least, 10 * GST_MSECOND);
  EXPECT_EQ(most, GST_CLOCK_TIME_NONE);
  const gstpp::CapsPtr caps{gst_pad_query_caps(pad("src").get(), nullptr)};
  const gstpp::CapsPtr right{
      gst_caps_from_string("audio/x-raw,format=S16LE,layout=interleaved,rate=16000,channels=2")};
  const gstpp::CapsPtr wrong{
      gst_caps_from_string("audio/x-raw,format=S16LE,layout=interleaved,rate=48000,channels=2")};
  EXPECT_TRUE(gst_caps_can_intersect(caps.get(), right.get()));
  EXPECT_FALSE(gst_caps_can_intersect(caps.get(), wrong.get()));
}

TEST_F(DuckingMixer, AFlushForgetsWhatWaitsOfThatInputOnly) {
  launch(
      kThree + voice(0, 400) +
      " appsrc name=in is-live=true format=time caps=audio/x-raw,format=S16LE,layout=interleaved,"
      "rate=48000,channels=1 ! m.sink_1 " +
      listener("src"));
  hear("src", 10);
  const gstpp::ElementPtr in = pipeline_["in"];
  // Two seconds of a tone, all at once, of which the ring takes 200 ms.
  std::vector<gint16> samples(96000);
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i] = static_cast<gint16>(
        6553 * std::sin(2 * std::numbers::pi * 600 * static_cast<double>(i) / kRate));
  const GstClockTime now = gstpp::running_time(mixer_.get());
  for (std::size_t i = 0; i < 100; ++i) {
    GstBuffer* buffer = gst_buffer_new_memdup(samples.data() + i * 960, 1920);
    GST_BUFFER_PTS(buffer) = now + i * 20 * GST_MSECOND;
    ASSERT_EQ(gst_app_src_push_buffer(GST_APP_SRC(in.get()), buffer), GST_FLOW_OK);
  }
  EXPECT_TRUE(
      sounds("src", [](const std::vector<float>& heard) { return tone(heard, 600) > 0.15; }));
  gst_element_send_event(in.get(), gst_event_new_flush_start());
  gst_element_send_event(in.get(), gst_event_new_flush_stop(FALSE));
  EXPECT_EQ(gstpp::get_uint64(stats_of(pad("sink_1").get()).get(), "queued", 9), 0U);
  EXPECT_TRUE(sounds("src", [](const std::vector<float>& heard) {
    return tone(heard, 600) < 0.001 && tone(heard, 400) > 0.18;
  }));
}

TEST_F(DuckingMixer, ListenersGetTheSameBuffer) {
  std::string text =
      "duckingmixer name=m sink_0::voice-only=true sink_0::duck=never" + voice(0, 400);
  for (int i = 1; i <= 10; ++i)
    text += " m.src_" + std::to_string(i) + " ! fakesink sync=false async=false";
  launch(text + listener("src"));
  hear("src", 50);
  gdouble distinct = 9;
  EXPECT_TRUE(gst_structure_get_double(stats_of(mixer_.get()).get(), "distinct", &distinct));
  EXPECT_LE(distinct, 1.01);
}

// Those who hear the same, and how the blocks are numbered.
TEST_F(DuckingMixer, TheVerySameBufferWithTheNumberOfItsBlock) {
  launch("duckingmixer name=m sink_0::duck=never" + voice(0, 400) + listener("src") +
         listener("src_5") + listener("src_6"));
  std::map<guint64, std::vector<const GstBuffer*>> blocks;
  std::vector<GstSample*> kept;  // so that no address is used twice
  for (const char* name : {"src", "src_5", "src_6"}) {
    const gstpp::ElementPtr from = pipeline_[name];
    for (int i = 0; i < 30; ++i) {
      GstSample* sample = gst_app_sink_try_pull_sample(GST_APP_SINK(from.get()), 10 * GST_SECOND);
      ASSERT_TRUE(sample);
      kept.push_back(sample);
      const GstBuffer* buffer = gst_sample_get_buffer(sample);
      EXPECT_EQ(GST_BUFFER_OFFSET(buffer), GST_BUFFER_PTS(buffer) / (10 * GST_MSECOND));
      if (!GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DISCONT))
        blocks[GST_BUFFER_OFFSET(buffer)].push_back(buffer);
    }
  }
  std::size_t shared = 0;
  for (const auto& [number, buffers] : blocks) {
    for (const GstBuffer* buffer : buffers) EXPECT_EQ(buffer, buffers.front()) << number;
    shared += buffers.size() == 3;
  }
  EXPECT_GT(shared, 10U);
  for (GstSample* sample : kept) gst_sample_unref(sample);
}

TEST_F(DuckingMixer, ARoomNeedsNoInputAndEndsWhenItIsTold) {
  launch(
      "duckingmixer name=m seats=phone=seat-phone.gst audiotestsrc num-buffers=5 ! "
      "audio/x-raw,rate=48000,channels=1 ! m.sink_0 m.src ! fakesink m.src_0 ! fakesink");
  EXPECT_TRUE(wait([&] { return stat(pad("src").get(), "pushed") > 50; }));
  EXPECT_FALSE(pipeline_.has_posted(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  // To the pipeline, which has no other source that still runs.
  EXPECT_TRUE(gst_element_send_event(pipeline_.get(), gst_event_new_eos()));
  const gstpp::MessagePtr end = pipeline_.message(GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  ASSERT_TRUE(end);
  EXPECT_EQ(GST_MESSAGE_TYPE(end.get()), GST_MESSAGE_EOS);
}

TEST_F(DuckingMixer, EndsWhenItIsToldThoughInputsGoOn) {
  launch(kThree + voice(0, 400) + " m.src ! fakesink m.src_0 ! fakesink");
  EXPECT_TRUE(wait([&] { return stat(pad("src").get(), "pushed") > 5; }));
  EXPECT_TRUE(gst_element_send_event(mixer_.get(), gst_event_new_eos()));
  const gstpp::MessagePtr end = pipeline_.message(GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  ASSERT_TRUE(end);
  EXPECT_EQ(GST_MESSAGE_TYPE(end.get()), GST_MESSAGE_EOS);
}

TEST_F(DuckingMixer, MoreThanMaxInputsAreRefused) {
  launch("duckingmixer name=m max-inputs=2 m.src ! fakesink");
  for (int i = 0; i < 2; ++i) {
    const gstpp::PadPtr one{gst_element_request_pad_simple(mixer_.get(), "sink_%u")};
    EXPECT_TRUE(one);
  }
  EXPECT_FALSE(gst_element_request_pad_simple(mixer_.get(), "sink_%u"));
  EXPECT_TRUE(pipeline_.message(GST_MESSAGE_WARNING));
  g_object_set(mixer_.get(), "max-inputs", 3U, nullptr);
  const gstpp::PadPtr one{gst_element_request_pad_simple(mixer_.get(), "sink_%u")};
  EXPECT_TRUE(one);
}

TEST_F(DuckingMixer, WhoJoinsMutedIsHeardWhenThatIsTakenBack) {
  launch("duckingmixer name=m join-muted=true" + voice(0, 400) + listener("src"));
  EXPECT_TRUE(sounds("src", [](const std::vector<float>& heard) { return tone(heard, 400) == 0; }));
  EXPECT_TRUE(
      wait([&] { return gstpp::get_bool(stats_of(pad("sink_0").get()).get(), "present", false); }));
  EXPECT_TRUE(sounds("src", [](const std::vector<float>& heard) { return tone(heard, 400) == 0; }));
  g_object_set(pad("sink_0").get(), "mute", FALSE, nullptr);
  EXPECT_TRUE(sounds("src", [](const std::vector<float>& heard) {
    return std::abs(tone(heard, 400) - 0.2) < 0.02;
  }));
}

TEST_F(DuckingMixer, AllHearAnInputComeAndGo) {
  launch(
      "duckingmixer name=m join-tones=true m.src ! appsink name=src sync=false m.src_0 ! "
      "appsink name=src_0 sync=false");
  hear("src", 10);
  hear("src_0", 10);
  // 660 then 880 Hz, and back: which is first in those 320 ms?
  const auto pair = [&](const std::string& name) {
    std::vector<float> heard;
    for (int i = 0; i < 200 && heard.size() < 2 * 3840; ++i) {
      const std::vector<float> block = hear(name, 1);
      const bool silent =
          std::all_of(block.begin(), block.end(), [](float one) { return one == 0; });
      if (!silent || !heard.empty()) heard.insert(heard.end(), block.begin(), block.end());
    }
    if (heard.size() < 2 * 3840) return std::string("nothing");
    if (steepest(heard) > 0.064 * 2 * std::numbers::pi * 880 / kRate) return std::string("a click");
    const std::vector<float> first(heard.begin(), heard.begin() + 3840);
    const std::vector<float> second(heard.begin() + 3840, heard.begin() + 2 * 3840);
    if (tone(first, 660) > 0.04 && tone(second, 880) > 0.04) return std::string("comes");
    if (tone(first, 880) > 0.04 && tone(second, 660) > 0.04) return std::string("goes");
    return std::string("noise");
  };
  std::vector<std::string> heard;
  // Blocks that are lost on a busy machine would leave less of a tone.
  for (int before = -1; before != pipeline_.gaps();) {
    before = pipeline_.gaps();
    heard.clear();
    const gstpp::PadPtr one{gst_element_request_pad_simple(mixer_.get(), "sink_%u")};
    for (const char* name : {"src", "src_0"}) heard.push_back(pair(name));
    gst_element_release_request_pad(mixer_.get(), one.get());
    for (const char* name : {"src", "src_0"}) heard.push_back(pair(name));
  }
  EXPECT_EQ(heard, (std::vector<std::string>{"comes", "comes", "goes", "goes"}));
}

TEST_F(DuckingMixer, HasRoomFor255) {
  const gstpp::ElementPtr mixer = gstpp::make_element("duckingmixer");
  gst_element_set_state(mixer.get(), GST_STATE_PAUSED);
  std::vector<gstpp::PadPtr> pads;
  for (int i = 0; i < 255; ++i) {
    pads.emplace_back(gst_element_request_pad_simple(mixer.get(), "sink_%u"));
    ASSERT_TRUE(pads.back()) << i;
  }
  EXPECT_FALSE(gst_element_request_pad_simple(mixer.get(), "sink_%u"));
  gst_element_release_request_pad(mixer.get(), pads.back().get());
  gst_element_set_state(mixer.get(), GST_STATE_NULL);
}

}  // namespace
