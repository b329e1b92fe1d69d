// The element in virtual time: a test clock says when it is.
#include <gst/check/gstharness.h>
#include <gst/check/gsttestclock.h>
#include <gst/rtp/gstrtpbuffer.h>
#include <gtest/gtest.h>
#include <opus/opus.h>

#include <cmath>
#include <cstring>
#include <memory>
#include <numbers>
#include <vector>

#include "gstpp.hpp"

namespace {

constexpr GstClockTime kFrame = 20 * GST_MSECOND;

class AdaptiveJitterTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }
  void start(const char* launch, const char* caps) {
    harness_.reset(gst_harness_new_parse(launch));
    gst_harness_use_testclock(harness_.get());
    gst_harness_set_src_caps_str(harness_.get(), caps);
  }
  GstElement* element() { return gst_harness_find_element(harness_.get(), "adaptivejitter"); }

  // RTP packet k of a G.711 tone of 200 Hz, 20 ms.
  gstpp::BufferPtr rtp(guint k, guint ssrc = 7) {
    gstpp::BufferPtr buffer{gst_rtp_buffer_new_allocate(160, 0, 0)};
    GstRTPBuffer map = GST_RTP_BUFFER_INIT;
    gst_rtp_buffer_map(buffer.get(), GST_MAP_WRITE, &map);
    gst_rtp_buffer_set_seq(&map, static_cast<guint16>(65500 + k));
    gst_rtp_buffer_set_timestamp(&map, 4294967000U + k * 160);
    gst_rtp_buffer_set_ssrc(&map, ssrc);
    gst_rtp_buffer_set_payload_type(&map, 0);
    auto* payload = static_cast<guint8*>(gst_rtp_buffer_get_payload(&map));
    // A square of ±8031 (0x8f and 0x0f of µ-law): 20 samples high, 20 low.
    for (int i = 0; i < 160; ++i) payload[i] = i / 20 % 2 ? 0x0f : 0x8f;
    gst_rtp_buffer_unmap(&map);
    return buffer;
  }
  void push(gstpp::BufferPtr buffer) {
    EXPECT_EQ(gst_harness_push(harness_.get(), buffer.release()), GST_FLOW_OK);
  }

  // Lets the next frame come.
  gstpp::BufferPtr pull() {
    EXPECT_TRUE(gst_harness_crank_single_clock_wait(harness_.get()));
    return gstpp::BufferPtr{gst_harness_pull(harness_.get())};
  }
  static int peak(GstBuffer* buffer) {
    gstpp::MappedBuffer map(buffer, GST_MAP_READ);
    int most = 0;
    for (const gint16 sample : map.as<const gint16>()) most = std::max(most, std::abs(int{sample}));
    return most;
  }
  gstpp::StructurePtr stats() {
    GstStructure* stats = nullptr;
    gstpp::ElementPtr owner{element()};
    g_object_get(owner.get(), "stats", &stats, nullptr);
    return gstpp::StructurePtr{stats};
  }

  struct Teardown {
    void operator()(GstHarness* harness) const { gst_harness_teardown(harness); }
  };
  std::unique_ptr<GstHarness, Teardown> harness_;
};

constexpr const char* kPcmu =
    "application/x-rtp,media=audio,encoding-name=PCMU,clock-rate=8000,payload=0";

TEST_F(AdaptiveJitterTest, SteadyFramesOnTheClock) {
  start("adaptivejitter", kPcmu);
  GstClockTime next = GST_CLOCK_TIME_NONE;
  int loud = 0;
  for (guint k = 0; k < 100; ++k) {
    push(rtp(k));
    const auto frame = pull();
    ASSERT_TRUE(frame);
    if (GST_CLOCK_TIME_IS_VALID(next)) {
      EXPECT_EQ(GST_BUFFER_PTS(frame.get()), next);
    }
    EXPECT_EQ(GST_BUFFER_DURATION(frame.get()), kFrame);
    EXPECT_EQ(gst_buffer_get_size(frame.get()), 320U);
    EXPECT_EQ(GST_BUFFER_FLAG_IS_SET(frame.get(), GST_BUFFER_FLAG_DISCONT), k == 0);
    next = GST_BUFFER_PTS(frame.get()) + kFrame;
    const bool gap = GST_BUFFER_FLAG_IS_SET(frame.get(), GST_BUFFER_FLAG_GAP);
    EXPECT_EQ(gap, peak(frame.get()) == 0) << k;
    loud += !gap;
  }
  EXPECT_GT(loud, 95);
  gstpp::CapsPtr caps{gst_pad_get_current_caps(harness_->sinkpad)};
  gstpp::CapsPtr expected{
      gst_caps_from_string("audio/x-raw,format=S16LE,layout=interleaved,rate=8000,channels=1")};
  EXPECT_TRUE(gst_caps_is_equal(caps.get(), expected.get()));
  const auto after = stats();
  EXPECT_EQ(gstpp::get_uint64(after.get(), "packetsReceived", 0), 100U);
  EXPECT_EQ(gstpp::get_uint64(after.get(), "concealedSamples", 9), 0U);
  EXPECT_GT(gstpp::get_uint64(after.get(), "frame-work", 0), 0U);
  EXPECT_LT(gstpp::get_uint64(after.get(), "frame-work", 0), GST_SECOND);
  gdouble r = 0;
  gst_structure_get_double(after.get(), "R", &r);
  EXPECT_GT(r, 88);
}

TEST_F(AdaptiveJitterTest, LostAndNonsensePackets) {
  start("adaptivejitter", kPcmu);
  for (guint k = 0; k < 200; ++k) {
    if (k % 10 != 5) push(rtp(k));
    if (k % 20 == 3) push(gstpp::BufferPtr{gst_buffer_new_wrapped(g_strdup("no rtp"), 6)});
    EXPECT_TRUE(pull());
  }
  const auto after = stats();
  EXPECT_GT(gstpp::get_uint64(after.get(), "concealedSamples", 0), 1000U);
  EXPECT_EQ(gstpp::get_uint64(after.get(), "packets-damaged", 0), 10U);
  EXPECT_EQ(gstpp::get_uint64(after.get(), "packets-reordered", 9), 0U);
  gint64 lost = 0;
  EXPECT_TRUE(gst_structure_get_int64(after.get(), "packetsLost", &lost));
  EXPECT_EQ(lost, 20);
}

TEST_F(AdaptiveJitterTest, TheEndComesBehindTheLastAudio) {
  start("adaptivejitter", kPcmu);
  for (guint k = 0; k < 10; ++k) push(rtp(k));
  EXPECT_TRUE(gst_harness_push_event(harness_.get(), gst_event_new_eos()));
  int loud = 0;
  bool ended = false;
  const gstpp::ClockPtr clock{GST_CLOCK(gst_harness_get_testclock(harness_.get()))};
  for (int wait = 0; wait < 10'000 && !ended; ++wait) {
    // Behind the end nobody waits for the clock any more.
    if (gst_test_clock_peek_id_count(GST_TEST_CLOCK(clock.get())) > 0) {
      EXPECT_TRUE(gst_harness_crank_single_clock_wait(harness_.get()));
    }
    g_usleep(1000);
    while (gstpp::BufferPtr buffer{gst_harness_try_pull(harness_.get())}) {
      loud += peak(buffer.get()) > 1000;
    }
    while (gstpp::EventPtr event{gst_harness_try_pull_event(harness_.get())}) {
      ended |= GST_EVENT_TYPE(event.get()) == GST_EVENT_EOS;
    }
  }
  EXPECT_TRUE(ended);
  EXPECT_GE(loud, 8);
}

TEST_F(AdaptiveJitterTest, AnEndWithoutAnyFormatPasses) {
  harness_.reset(gst_harness_new("adaptivejitter"));
  gst_harness_use_testclock(harness_.get());
  EXPECT_TRUE(gst_harness_push_event(harness_.get(), gst_event_new_stream_start("x")));
  EXPECT_TRUE(gst_harness_push_event(harness_.get(), gst_event_new_eos()));
}

TEST_F(AdaptiveJitterTest, AFlushForgetsAndGoesOn) {
  start("adaptivejitter", kPcmu);
  for (guint k = 0; k < 20; ++k) {
    push(rtp(k));
    EXPECT_TRUE(pull());
  }
  EXPECT_TRUE(gst_harness_push_event(harness_.get(), gst_event_new_flush_start()));
  EXPECT_TRUE(gst_harness_push_event(harness_.get(), gst_event_new_flush_stop(FALSE)));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  EXPECT_TRUE(gst_harness_push_event(harness_.get(), gst_event_new_segment(&segment)));
  int loud = 0;
  for (guint k = 0; k < 20; ++k) {
    push(rtp(1000 + k));
    const auto frame = pull();
    ASSERT_TRUE(frame);
    if (k == 0) {
      EXPECT_TRUE(GST_BUFFER_FLAG_IS_SET(frame.get(), GST_BUFFER_FLAG_DISCONT));
    }
    loud += peak(frame.get()) > 1000;
  }
  EXPECT_GT(loud, 14);
}

TEST_F(AdaptiveJitterTest, Opus) {
  start("adaptivejitter",
        "application/x-rtp,media=audio,encoding-name=OPUS,clock-rate=48000,payload=111");
  int error = 0;
  OpusEncoder* encoder = opus_encoder_create(48000, 1, OPUS_APPLICATION_VOIP, &error);
  int most = 0;
  for (guint k = 0; k < 50; ++k) {
    float tone[960];
    for (guint i = 0; i < 960; ++i) {
      tone[i] =
          0.3F * static_cast<float>(std::sin(2 * std::numbers::pi * 300 * (k * 960 + i) / 48000.0));
    }
    guint8 bytes[1000];
    const auto length =
        static_cast<guint>(opus_encode_float(encoder, tone, 960, bytes, sizeof bytes));
    gstpp::BufferPtr buffer{gst_rtp_buffer_new_allocate(length, 0, 0)};
    GstRTPBuffer map = GST_RTP_BUFFER_INIT;
    gst_rtp_buffer_map(buffer.get(), GST_MAP_WRITE, &map);
    gst_rtp_buffer_set_seq(&map, static_cast<guint16>(k));
    gst_rtp_buffer_set_timestamp(&map, k * 960);
    std::memcpy(gst_rtp_buffer_get_payload(&map), bytes, length);
    gst_rtp_buffer_unmap(&map);
    push(std::move(buffer));
    const auto frame = pull();
    ASSERT_TRUE(frame);
    EXPECT_EQ(gst_buffer_get_size(frame.get()), 1920U);
    most = std::max(most, peak(frame.get()));
  }
  opus_encoder_destroy(encoder);
  EXPECT_NEAR(most, 0.3 * 32768, 2000);
}

TEST_F(AdaptiveJitterTest, TelephoneAudioWithTimestamps) {
  start("adaptivejitter", "audio/x-mulaw,rate=8000,channels=1");
  int loud = 0;
  for (guint k = 0; k < 100; ++k) {
    gstpp::BufferPtr buffer{gst_buffer_new_allocate(nullptr, 160, nullptr)};
    gst_buffer_memset(buffer.get(), 0, k % 2 ? 0x0f : 0x8f, 160);
    GST_BUFFER_PTS(buffer.get()) = k * kFrame;
    push(std::move(buffer));
    loud += peak(pull().get()) > 1000;
  }
  EXPECT_GT(loud, 95);
}

TEST_F(AdaptiveJitterTest, PresetsSetTheOthers) {
  gstpp::ElementPtr element = gstpp::make_element("adaptivejitter");
  ASSERT_TRUE(element);
  gst_util_set_object_arg(G_OBJECT(element.get()), "preset", "spec");
  guint64 least = 0, most = 0, start = 0;
  g_object_get(element.get(), "min-delay", &least, "max-delay", &most, "start-delay", &start,
               nullptr);
  EXPECT_EQ(least, 20 * GST_MSECOND);
  EXPECT_EQ(most, 200 * GST_MSECOND);
  EXPECT_EQ(start, 60 * GST_MSECOND);
  gst_util_set_object_arg(G_OBJECT(element.get()), "preset", "meeting");
  g_object_get(element.get(), "min-delay", &least, "max-delay", &most, "start-delay", &start,
               nullptr);
  EXPECT_EQ(least, 0U);
  EXPECT_EQ(most, GST_SECOND);
  EXPECT_EQ(start, 80 * GST_MSECOND);
  gst_util_set_object_arg(G_OBJECT(element.get()), "preset", "agent");
  gdouble tradeoff = 0;
  g_object_get(element.get(), "delay-loss-tradeoff", &tradeoff, "max-delay", &most, nullptr);
  EXPECT_EQ(tradeoff, 50);
  EXPECT_EQ(most, 400 * GST_MSECOND);
}

TEST_F(AdaptiveJitterTest, UsableAgainAfterNull) {
  gstpp::ElementPtr pipeline{static_cast<GstElement*>(gst_object_ref_sink(gst_parse_launch(
      "audiotestsrc is-live=true samplesperbuffer=160 ! audio/x-raw,rate=8000 ! mulawenc ! "
      "rtppcmupay ! "
      "adaptivejitter name=jitter ! fakesink name=sink signal-handoffs=true sync=false",
      nullptr)))};
  gstpp::ElementPtr sink{gst_bin_get_by_name(GST_BIN(pipeline.get()), "sink")};
  gint frames = 0;
  g_signal_connect(
      sink.get(), "handoff",
      G_CALLBACK(+[](GstElement*, GstBuffer*, GstPad*, gint* count) { g_atomic_int_inc(count); }),
      &frames);
  for (int round = 0; round < 3; ++round) {
    g_atomic_int_set(&frames, 0);
    EXPECT_NE(gst_element_set_state(pipeline.get(), GST_STATE_PLAYING), GST_STATE_CHANGE_FAILURE);
    for (int wait = 0; wait < 2000 && g_atomic_int_get(&frames) < 5; ++wait) g_usleep(5000);
    EXPECT_GE(g_atomic_int_get(&frames), 5);
    // A pause and on again.
    gst_element_set_state(pipeline.get(), GST_STATE_PAUSED);
    gst_element_get_state(pipeline.get(), nullptr, nullptr, GST_CLOCK_TIME_NONE);
    g_atomic_int_set(&frames, 0);
    gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
    for (int wait = 0; wait < 2000 && g_atomic_int_get(&frames) < 5; ++wait) g_usleep(5000);
    EXPECT_GE(g_atomic_int_get(&frames), 5);
    gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  }
}

}  // namespace
