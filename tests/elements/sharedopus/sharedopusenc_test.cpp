// One element, beside GStreamer's own.
#include <gst/check/gstharness.h>

#include <algorithm>
#include <string>

#include "opus_packets.hpp"

namespace {

using namespace sharedopus_test;

class SharedOpusEnc : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }

  // `samples` in a buffer, so many of them, and 100 samples in one more.
  static std::vector<Packet> encode(const std::string& encoder, const std::string& caps,
                                    int samples) {
    const auto pipeline = launch("audiotestsrc wave=saw freq=140 num-buffers=60 samplesperbuffer=" +
                                 std::to_string(samples) + " ! " + caps + " ! " + encoder +
                                 " ! appsink name=out sync=false");
    gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
    auto packets = all_packets(pipeline.get());
    gst_element_set_state(pipeline.get(), GST_STATE_NULL);
    return packets;
  }
};

GstBuffer* silence(gsize bytes, GstClockTime time) {
  GstBuffer* buffer = gst_buffer_new_allocate(nullptr, bytes, nullptr);
  gst_buffer_memset(buffer, 0, 0, bytes);
  GST_BUFFER_PTS(buffer) = time;
  return buffer;
}

constexpr char kMono[] = "audio/x-raw,format=S16LE,rate=48000,channels=1,layout=interleaved";

TEST_F(SharedOpusEnc, GivesThePacketsOfOpusencWithTheSameSettings) {
  for (const char* settings :
       {"", "bitrate=24000 audio-type=voice complexity=5 inband-fec=true packet-loss-percentage=5",
        "frame-size=60 bitrate-type=cbr bitrate=16000 bandwidth=wideband", "frame-size=40",
        "frame-size=10 bitrate-type=vbr dtx=true bandwidth=auto audio-type=voice", "frame-size=5",
        "frame-size=2.5 audio-type=restricted-lowdelay"}) {
    for (const char* format :
         {"rate=48000,channels=1", "rate=16000,channels=2", "rate=8000,channels=1"}) {
      for (const int samples : {960, 777}) {
        const std::string caps = std::string("audio/x-raw,format=S16LE,") + format;
        const std::string with = std::string(" ") + settings;
        auto ours = encode("sharedopusenc" + with, caps, samples);
        auto theirs = encode("opusenc" + with, caps, samples);
        // At the end opusenc asks one frame for more than it holds when it is shorter than the
        // lookahead; ours are several.
        if (theirs.size() < ours.size()) {
          theirs.pop_back();
          ours.resize(theirs.size());
        }
        const auto [one, other] =
            std::mismatch(ours.begin(), ours.end(), theirs.begin(), theirs.end());
        EXPECT_TRUE(one == ours.end() && other == theirs.end())
            << settings << ' ' << format << ' ' << samples << ": packet " << one - ours.begin()
            << " of " << ours.size() << " and " << theirs.size();
      }
    }
  }
}

TEST_F(SharedOpusEnc, TakesFloatsAsWell) {
  const auto packets =
      encode("sharedopusenc", "audio/x-raw,format=F32LE,rate=24000,channels=2", 480);
  EXPECT_EQ(packets.size(), 61U);  // and one for the lookahead
}

TEST_F(SharedOpusEnc, ItsCapsAreTakenByThePayloaderAndHaveTheHeader) {
  const auto pipeline = launch(
      "audiotestsrc num-buffers=20 ! audio/x-raw,channels=2,rate=48000 ! sharedopusenc name=e ! "
      "rtpopuspay ! appsink name=out sync=false");
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  EXPECT_GT(all_packets(pipeline.get()).size(), 10U);
  const gstpp::ElementPtr encoder{gst_bin_get_by_name(GST_BIN(pipeline.get()), "e")};
  const gstpp::PadPtr src{gst_element_get_static_pad(encoder.get(), "src")};
  const gstpp::CapsPtr caps{gst_pad_get_current_caps(src.get())};
  const GstStructure* structure = gst_caps_get_structure(caps.get(), 0);
  int family = -1, coupled = -1;
  EXPECT_TRUE(gst_structure_get_int(structure, "channel-mapping-family", &family));
  EXPECT_TRUE(gst_structure_get_int(structure, "coupled-count", &coupled));
  EXPECT_EQ(family, 0);
  EXPECT_EQ(coupled, 1);
  EXPECT_TRUE(gst_structure_has_field(structure, "streamheader"));
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
}

TEST_F(SharedOpusEnc, HandsOnWhatDownstreamTakes) {
  const auto pipeline =
      launch("sharedopusenc name=e ! audio/x-opus,channels=2 ! fakesink async=false");
  const gstpp::ElementPtr encoder{gst_bin_get_by_name(GST_BIN(pipeline.get()), "e")};
  const gstpp::PadPtr sink{gst_element_get_static_pad(encoder.get(), "sink")};
  const gstpp::CapsPtr caps{gst_pad_query_caps(sink.get(), nullptr)};
  const gstpp::CapsPtr mono{gst_caps_from_string("audio/x-raw,channels=1")};
  EXPECT_FALSE(gst_caps_can_intersect(caps.get(), mono.get()));
  const gstpp::CapsPtr odd{gst_caps_from_string("audio/x-raw,channels=2,rate=44100")};
  EXPECT_FALSE(gst_caps_can_intersect(caps.get(), odd.get()));
  const gstpp::CapsPtr good{gst_caps_from_string("audio/x-raw,channels=2,rate=12000,format=F32LE")};
  EXPECT_TRUE(gst_caps_can_intersect(caps.get(), good.get()));
}

TEST_F(SharedOpusEnc, AddsAFrameToTheLatency) {
  GstHarness* harness = gst_harness_new_parse("sharedopusenc frame-size=40");
  gst_harness_set_upstream_latency(harness, 15 * GST_MSECOND);
  gst_harness_set_src_caps_str(harness, kMono);
  EXPECT_EQ(gst_harness_query_latency(harness), 55 * GST_MSECOND);
  gst_harness_teardown(harness);
}

TEST_F(SharedOpusEnc, SettingsChangeFromOneFrameToTheNext) {
  GstHarness* harness = gst_harness_new("sharedopusenc");
  gst_harness_set_src_caps_str(harness, kMono);
  const auto push = [&](GstClockTime time) {
    ASSERT_EQ(gst_harness_push(harness, silence(1920, time)), GST_FLOW_OK);
  };
  push(0);
  gst_harness_set(harness, "sharedopusenc", "frame-size", 10, "bitrate", 12000, nullptr);
  push(20 * GST_MSECOND);
  std::vector<GstClockTime> times;
  while (GstBuffer* raw = gst_harness_try_pull(harness)) {
    const gstpp::BufferPtr buffer{raw};
    times.push_back(GST_BUFFER_PTS(raw) / GST_USECOND);
  }
  EXPECT_EQ(times, (std::vector<GstClockTime>{0, 13500, 23500}));
  gst_harness_teardown(harness);
}

TEST_F(SharedOpusEnc, NumberedBlocksAreCutByTheirNumbers) {
  GstHarness* harness = gst_harness_new("sharedopusenc");
  gst_harness_set_src_caps_str(harness, kMono);
  std::vector<GstClockTime> times;
  bool discont = false;
  for (const guint64 number : {7, 8, 9, 10, 11, /*12*/ 13, 14, 15}) {
    GstBuffer* block = silence(960, number * 10 * GST_MSECOND);
    GST_BUFFER_OFFSET(block) = number;
    ASSERT_EQ(gst_harness_push(harness, block), GST_FLOW_OK);
    while (GstBuffer* raw = gst_harness_try_pull(harness)) {
      const gstpp::BufferPtr buffer{raw};
      times.push_back(GST_BUFFER_PTS(raw) / GST_USECOND);
      discont = GST_BUFFER_IS_DISCONT(raw);
    }
  }
  EXPECT_EQ(times, (std::vector<GstClockTime>{80000, 93500, 133500}));
  EXPECT_TRUE(discont);
  const gstpp::ElementPtr encoder{gst_harness_find_element(harness, "sharedopusenc")};
  EXPECT_EQ(stat(encoder.get(), "dropped"), 20 * GST_MSECOND);
  EXPECT_EQ(stat(encoder.get(), "frames"), 3U);
  gst_harness_teardown(harness);
}

TEST_F(SharedOpusEnc, GoesOnBehindAFlush) {
  GstHarness* harness = gst_harness_new("sharedopusenc");
  gst_harness_set_src_caps_str(harness, kMono);
  ASSERT_EQ(gst_harness_push(harness, silence(1920 + 960, 0)), GST_FLOW_OK);
  gst_harness_push_event(harness, gst_event_new_flush_start());
  gst_harness_push_event(harness, gst_event_new_flush_stop(FALSE));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_harness_push_event(harness, gst_event_new_segment(&segment));
  while (GstBuffer* old = gst_harness_try_pull(harness)) gst_buffer_unref(old);
  ASSERT_EQ(gst_harness_push(harness, silence(1920, GST_SECOND)), GST_FLOW_OK);
  const gstpp::BufferPtr packet{gst_harness_try_pull(harness)};
  ASSERT_TRUE(packet);
  // What waited before is forgotten.
  EXPECT_EQ(GST_BUFFER_PTS(packet.get()), GST_SECOND - 6500 * GST_USECOND);
  gst_harness_teardown(harness);
}

TEST_F(SharedOpusEnc, WorksAgainAfterNull) {
  GstHarness* harness = gst_harness_new("sharedopusenc");
  for (int round = 0; round < 3; ++round) {
    gst_harness_play(harness);
    gst_harness_set_src_caps_str(harness, kMono);
    ASSERT_EQ(gst_harness_push(harness, silence(1920, 0)), GST_FLOW_OK);
    const gstpp::BufferPtr packet{gst_harness_try_pull(harness)};
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet_of(packet.get()).trim_start, 312U);
    gst_element_set_state(harness->element, GST_STATE_NULL);
  }
  gst_harness_teardown(harness);
}

TEST_F(SharedOpusEnc, WithoutAFormatItRefuses) {
  GstHarness* harness = gst_harness_new("sharedopusenc");
  gst_harness_play(harness);
  gst_pad_push_event(harness->srcpad, gst_event_new_stream_start("test"));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_pad_push_event(harness->srcpad, gst_event_new_segment(&segment));
  EXPECT_EQ(gst_pad_push(harness->srcpad, silence(1920, 0)), GST_FLOW_NOT_NEGOTIATED);
  gst_harness_teardown(harness);
}

// A branch that changes its samples in place must not be taken for the other one.
TEST_F(SharedOpusEnc, WhoChangesTheSamplesHearsSomethingElse) {
  const auto pipeline = launch(
      "audiotestsrc wave=saw num-buffers=40 samplesperbuffer=960 ! "
      "audio/x-raw,format=S16LE,rate=48000,channels=1 ! tee name=t "
      "t. ! queue ! sharedopusenc ! appsink name=a sync=false max-buffers=100 "
      "t. ! queue ! volume volume=0.1 ! sharedopusenc ! appsink name=b sync=false max-buffers=100 "
      "t. ! queue ! volume volume=0.1 ! opusenc ! appsink name=c sync=false max-buffers=100");
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  const auto plain = all_packets(pipeline.get(), "a");
  const auto quiet = all_packets(pipeline.get(), "b");
  EXPECT_EQ(quiet, all_packets(pipeline.get(), "c"));
  EXPECT_NE(plain, quiet);
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
}

}  // namespace
