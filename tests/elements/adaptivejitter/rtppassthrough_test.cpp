#include <gst/check/gstharness.h>
#include <gst/rtp/gstrtpbuffer.h>
#include <gtest/gtest.h>

#include <memory>

#include "gstpp.hpp"

namespace {

struct Teardown {
  void operator()(GstHarness* harness) const { gst_harness_teardown(harness); }
};
using Harness = std::unique_ptr<GstHarness, Teardown>;

class RtpPassthrough : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }
};

TEST_F(RtpPassthrough, PassesTheSameBufferAtOnce) {
  Harness harness{gst_harness_new("rtppassthrough")};
  gst_harness_set_src_caps_str(harness.get(), "application/x-rtp,ssrc=1");
  GstBuffer* packet = gst_rtp_buffer_new_allocate(20, 0, 0);
  EXPECT_EQ(gst_harness_push(harness.get(), packet), GST_FLOW_OK);
  const gstpp::BufferPtr out{gst_harness_pull(harness.get())};
  EXPECT_EQ(out.get(), packet);
  GstStructure* stats = nullptr;
  g_object_get(harness->element, "stats", &stats, nullptr);
  EXPECT_EQ(gstpp::get_uint64(stats, "num-pushed", 0), 1U);
  gst_structure_free(stats);
}

TEST_F(RtpPassthrough, AsksForTheCapsOfAPayloadTypeOnce) {
  Harness harness{gst_harness_new("rtppassthrough")};
  int asked = 0;
  g_signal_connect(harness->element, "request-pt-map",
                   G_CALLBACK(+[](GstElement*, guint type, int* count) -> GstCaps* {
                     ++*count;
                     return gst_caps_new_simple("application/x-rtp", "clock-rate", G_TYPE_INT,
                                                48000, "payload", G_TYPE_INT,
                                                static_cast<gint>(type), nullptr);
                   }),
                   &asked);
  gst_harness_set_src_caps_str(harness.get(), "application/x-rtp,ssrc=1");
  for (int i = 0; i < 3; ++i) {
    GstBuffer* packet = gst_rtp_buffer_new_allocate(20, 0, 0);
    GstRTPBuffer map = GST_RTP_BUFFER_INIT;
    gst_rtp_buffer_map(packet, GST_MAP_WRITE, &map);
    gst_rtp_buffer_set_payload_type(&map, 111);
    gst_rtp_buffer_unmap(&map);
    EXPECT_EQ(gst_harness_push(harness.get(), packet), GST_FLOW_OK);
    gst_buffer_unref(gst_harness_pull(harness.get()));
  }
  EXPECT_EQ(asked, 1);
  const gstpp::CapsPtr caps{gst_pad_get_current_caps(harness->sinkpad)};
  int rate = 0;
  gst_structure_get_int(gst_caps_get_structure(caps.get(), 0), "clock-rate", &rate);
  EXPECT_EQ(rate, 48000);
}

// In rtpbin, as webrtcbin uses it.
TEST_F(RtpPassthrough, StandsInForTheJitterBufferOfRtpbin) {
  gstpp::ElementPtr pipeline{static_cast<GstElement*>(gst_object_ref_sink(gst_parse_launch(
      "rtpbin name=bin "
      "audiotestsrc is-live=true samplesperbuffer=160 num-buffers=400 ! audio/x-raw,rate=8000 ! "
      "mulawenc ! rtppcmupay ! bin.recv_rtp_sink_0 "
      "adaptivejitter name=jitter ! fakesink name=sink signal-handoffs=true sync=true",
      nullptr)))};
  gstpp::ElementPtr bin{gst_bin_get_by_name(GST_BIN(pipeline.get()), "bin")};
  gstpp::ElementPtr jitter{gst_bin_get_by_name(GST_BIN(pipeline.get()), "jitter")};
  gstpp::ElementPtr sink{gst_bin_get_by_name(GST_BIN(pipeline.get()), "sink")};
  g_signal_connect(bin.get(), "request-jitterbuffer",
                   G_CALLBACK(+[](GstElement*, guint, gpointer) -> GstElement* {
                     return gst_element_factory_make("rtppassthrough", nullptr);
                   }),
                   nullptr);
  g_signal_connect(bin.get(), "pad-added",
                   G_CALLBACK(+[](GstElement*, GstPad* pad, GstElement* to) {
                     if (!g_str_has_prefix(GST_PAD_NAME(pad), "recv_rtp_src")) return;
                     gstpp::PadPtr sinkpad{gst_element_get_static_pad(to, "sink")};
                     EXPECT_EQ(gst_pad_link(pad, sinkpad.get()), GST_PAD_LINK_OK);
                   }),
                   jitter.get());
  gint frames = 0;
  g_signal_connect(
      sink.get(), "handoff",
      G_CALLBACK(+[](GstElement*, GstBuffer*, GstPad*, gint* count) { g_atomic_int_inc(count); }),
      &frames);
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  for (int wait = 0; wait < 2000 && g_atomic_int_get(&frames) < 20; ++wait) g_usleep(5000);
  EXPECT_GE(g_atomic_int_get(&frames), 20);
  GstStructure* stats = nullptr;
  g_object_get(jitter.get(), "stats", &stats, nullptr);
  EXPECT_GT(gstpp::get_uint64(stats, "packetsReceived", 0), 10U);
  gst_structure_free(stats);
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
}

}  // namespace
