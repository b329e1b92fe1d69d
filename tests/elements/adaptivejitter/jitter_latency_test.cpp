// When frames leave and when a sink plays them, in virtual time.
#include <gst/app/gstappsrc.h>
#include <gst/base/gstbasesink.h>
#include <gst/check/gstharness.h>
#include <gst/check/gsttestclock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include "gstpp.hpp"
#include "jitter_packets.hpp"

namespace {

using jitter_test::level;

constexpr GstClockTime kPacket = 20 * GST_MSECOND;

class JitterLatency : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }
};

TEST_F(JitterLatency, AnswersWhatAFrameWaitsForItsLastTenMilliseconds) {
  for (const guint ms : {10U, 20U, 40U}) {
    GstHarness* harness = gst_harness_new("adaptivejitter");
    g_object_set(harness->element, "frame-duration", guint64{ms} * GST_MSECOND, nullptr);
    gst_harness_set_src_caps_str(harness, "audio/x-mulaw,rate=8000,channels=1");
    // However long the way to it was.
    gst_harness_set_upstream_latency(harness, 70 * GST_MSECOND);
    const gstpp::QueryPtr query{gst_query_new_latency()};
    EXPECT_TRUE(gst_pad_peer_query(harness->sinkpad, query.get()));
    gboolean live = FALSE;
    GstClockTime least = 1, most = 1;
    gst_query_parse_latency(query.get(), &live, &least, &most);
    EXPECT_TRUE(live);
    EXPECT_EQ(least, (ms - 10) * GST_MSECOND);
    EXPECT_EQ(most, GST_CLOCK_TIME_NONE);
    gst_harness_teardown(harness);
  }
}

// Packets of 20 ms on a perfect network into the element, and a sink that plays by the clock.
class Call {
 public:
  explicit Call(const std::string& sink) {
    pipeline_.reset(static_cast<GstElement*>(gst_object_ref_sink(gst_parse_launch(
        ("appsrc name=in is-live=true format=time caps=audio/x-mulaw,rate=8000,channels=1 ! "
         "adaptivejitter name=jitter ! fakesink name=sink sync=true signal-handoffs=true " +
         sink)
            .c_str(),
        nullptr))));
    const auto named = [&](const char* name) {
      return gstpp::ElementPtr{gst_bin_get_by_name(GST_BIN(pipeline_.get()), name)};
    };
    in_ = named("in"), jitter_ = named("jitter"), sink_ = named("sink");
    clock_.reset(gst_test_clock_new());
    gst_pipeline_use_clock(GST_PIPELINE(pipeline_.get()), clock_.get());
    g_signal_connect(sink_.get(), "handoff", G_CALLBACK(played), this);
    gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
  }
  ~Call() { gst_element_set_state(pipeline_.get(), GST_STATE_NULL); }

  // Of `k` packets, those from `loud` on are.
  bool run(guint packets, guint loud) {
    for (guint k = 0; k < packets; ++k, ++sent_) {
      GstBuffer* buffer = gst_buffer_new_allocate(nullptr, 160, nullptr);
      gst_buffer_memset(buffer, 0, k >= loud ? 0x8f : 0xff, 160);
      GST_BUFFER_PTS(buffer) = sent_ * kPacket;
      if (k == loud) loud_sent_ = gst_clock_get_time(clock_.get());
      if (gst_app_src_push_buffer(GST_APP_SRC(in_.get()), buffer) != GST_FLOW_OK) return false;
      if (!received(sent_ + 1)) return false;
      for (const GstClockTime end = (sent_ + 1) * kPacket; gst_clock_get_time(clock_.get()) < end;)
        if (!advance()) return false;
    }
    return true;
  }
  // From the arrival of the first loud packet to its first sample; the packet's own 20 ms, which
  // the sender had to wait for, are not in it.
  GstClockTime delay() const { return loud_played_ - loud_sent_; }
  bool heard() const { return GST_CLOCK_TIME_IS_VALID(loud_played_); }
  guint played_count() const { return played_count_; }
  guint discontinuities() const { return discontinuities_; }
  guint64 dropped() {
    GstStructure* raw = nullptr;
    g_object_get(sink_.get(), "stats", &raw, nullptr);
    const gstpp::StructurePtr stats{raw};
    return gstpp::get_uint64(stats.get(), "dropped", 99);
  }
  GstElement* pipeline() { return pipeline_.get(); }
  GstElement* jitter() { return jitter_.get(); }
  GstBaseSink* sink() { return GST_BASE_SINK(sink_.get()); }

 private:
  // 5 ms go by, and whoever waited for them wakes. One thread waits at most, the element's: here
  // or in the sink.
  bool advance() {
    auto* clock = GST_TEST_CLOCK(clock_.get());
    gst_test_clock_set_time(clock, gst_clock_get_time(clock_.get()) + 5 * GST_MSECOND);
    for (;;) {
      GList* waiting = nullptr;
      if (!gst_test_clock_timed_wait_for_multiple_pending_ids(clock, 1, 20'000, &waiting))
        return false;
      const auto id = static_cast<GstClockID>(waiting->data);
      const bool due = gst_clock_id_get_time(id) <= gst_clock_get_time(clock_.get());
      if (due) gst_test_clock_process_id_list(clock, waiting);
      g_list_free_full(waiting, gst_clock_id_unref);
      if (!due) return true;
    }
  }
  bool received(guint64 packets) {
    for (int wait = 0; wait < 20'000; ++wait) {
      GstStructure* raw = nullptr;
      g_object_get(jitter_.get(), "stats", &raw, nullptr);
      const gstpp::StructurePtr stats{raw};
      if (gstpp::get_uint64(stats.get(), "packetsReceived", 0) >= packets) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return false;
  }
  static void played(GstElement*, GstBuffer* buffer, GstPad*, Call* self) {
    ++self->played_count_;
    self->discontinuities_ += GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DISCONT);
    if (self->heard() || level(buffer, 1, 0).peak < 0.1) return;
    gstpp::MappedBuffer map(buffer, GST_MAP_READ);
    guint at = 0;
    for (const gint16 sample : map.as<const gint16>()) {
      if (std::abs(int{sample}) > 3000) break;
      ++at;
    }
    self->loud_played_ =
        gst_clock_get_time(self->clock_.get()) + gst_util_uint64_scale(at, GST_SECOND, 8000);
  }

  gstpp::ElementPtr pipeline_, in_, jitter_, sink_;
  gstpp::ClockPtr clock_;
  guint64 sent_ = 0;
  GstClockTime loud_sent_ = 0;
  std::atomic<GstClockTime> loud_played_{GST_CLOCK_TIME_NONE};
  std::atomic<guint> played_count_{0}, discontinuities_{0};
};

TEST_F(JitterLatency, ASinkPlaysEveryFrameAndAddsNothing) {
  for (const guint frame_ms : {10U, 20U}) {
    SCOPED_TRACE(frame_ms);
    Call call("processing-deadline=0 max-lateness=0");
    g_object_set(call.jitter(), "frame-duration", guint64{frame_ms} * GST_MSECOND, nullptr);
    gst_bin_recalculate_latency(GST_BIN(call.pipeline()));
    ASSERT_TRUE(call.run(150, 100));
    EXPECT_EQ(call.dropped(), 0U);
    EXPECT_GT(call.played_count(), 140 * 20 / frame_ms);
    ASSERT_TRUE(call.heard());
    // What is held on a perfect network, and what a frame waits for its end.
    EXPECT_LE(call.delay(), (5 + frame_ms) * GST_MSECOND);
  }
}

// What a pipeline waits anyway is time in which packets may come.
TEST_F(JitterLatency, TheLatencyOfOthersIsNotAddedToWhatIsHeld) {
  Call call("processing-deadline=300000000 max-lateness=0");
  ASSERT_TRUE(call.run(400, 350));
  EXPECT_EQ(call.dropped(), 0U);
  ASSERT_TRUE(call.heard());
  EXPECT_LE(call.delay(), 60 * GST_MSECOND);
}

TEST_F(JitterLatency, AVeryLongLatencyIsNoReasonToBeginAnew) {
  Call call("processing-deadline=1500000000 max-lateness=0");
  ASSERT_TRUE(call.run(300, 250));
  EXPECT_EQ(call.discontinuities(), 1U);
  EXPECT_EQ(call.dropped(), 0U);
}

TEST_F(JitterLatency, ANewFrameDurationIsToldAndRedistributed) {
  Call call("processing-deadline=0");
  ASSERT_TRUE(call.run(20, 0));
  EXPECT_EQ(gst_base_sink_get_latency(call.sink()), 10 * GST_MSECOND);
  const gstpp::BusPtr bus{gst_element_get_bus(call.pipeline())};
  while (const gstpp::MessagePtr old{gst_bus_pop_filtered(bus.get(), GST_MESSAGE_LATENCY)}) {
  }
  // A delay that is not part of the timestamps tells nobody anything.
  g_object_set(call.jitter(), "min-delay", 50 * GST_MSECOND, "preset", 2, nullptr);
  EXPECT_FALSE(gstpp::MessagePtr{gst_bus_pop_filtered(bus.get(), GST_MESSAGE_LATENCY)});
  g_object_set(call.jitter(), "frame-duration", 40 * GST_MSECOND, nullptr);
  const gstpp::MessagePtr told{gst_bus_pop_filtered(bus.get(), GST_MESSAGE_LATENCY)};
  ASSERT_TRUE(told);
  EXPECT_EQ(GST_MESSAGE_SRC(told.get()), GST_OBJECT(call.jitter()));
  // The same once more is no news.
  g_object_set(call.jitter(), "frame-duration", 40 * GST_MSECOND, nullptr);
  EXPECT_FALSE(gstpp::MessagePtr{gst_bus_pop_filtered(bus.get(), GST_MESSAGE_LATENCY)});
  // As every application does when it reads the message.
  EXPECT_TRUE(gst_bin_recalculate_latency(GST_BIN(call.pipeline())));
  EXPECT_EQ(gst_base_sink_get_latency(call.sink()), 30 * GST_MSECOND);
  const guint before = call.played_count();
  ASSERT_TRUE(call.run(20, 0));
  EXPECT_NEAR(call.played_count() - before, 10, 2);
  EXPECT_EQ(call.discontinuities(), 1U);
}

}  // namespace
