#include "webrtc/latency_meter.hpp"

#include <gst/gst.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

using namespace jackfield;
using namespace jackfield::webrtc;

namespace {

constexpr gint64 kPatience = 20 * G_USEC_PER_SEC;

class LatencyMeterTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }

  void start(const char* description) {
    pipeline_.reset(GST_ELEMENT(gst_object_ref_sink(gst_parse_launch(description, nullptr))));
    ASSERT_TRUE(pipeline_);
    meter_.emplace(pipeline_.get());
    gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
  }
  void TearDown() override {
    meter_.reset();
    if (pipeline_) gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
  }
  bool eventually(const std::function<bool(const CallDelays&)>& condition) {
    const gint64 deadline = g_get_monotonic_time() + kPatience;
    while (g_get_monotonic_time() < deadline) {
      if (condition(meter_->delays())) return true;
      g_usleep(20000);
    }
    return false;
  }

  gstpp::ElementPtr pipeline_;
  std::optional<LatencyMeter> meter_;
};

constexpr char kEcho[] =
    "audiotestsrc is-live=true ! audio/x-raw,rate=8000,channels=1 ! mulawenc ! rtppcmupay ! "
    "adaptivejitter ! audioconvert ! audioresample ! audio/x-raw,rate=48000,channels=1 ! "
    "opusenc frame-size=10 ! fakesink";

}  // namespace

TEST_F(LatencyMeterTest, AnEcho) {
  start(kEcho);
  ASSERT_TRUE(eventually([](const CallDelays& d) {
    return d.held && d.decode && d.stages && d.encode && *d.decode > 0;
  }));
  const CallDelays delays = meter_->delays();
  EXPECT_EQ(delays.sent_frame, 10);
  EXPECT_EQ(delays.output_frame, 20);
  EXPECT_GE(*delays.stages, 0);
  EXPECT_GT(*delays.encode, 0);
  EXPECT_FALSE(delays.round_trip);
  EXPECT_FALSE(delays.capture);
}

TEST_F(LatencyMeterTest, TheMessageHasEachPart) {
  start(kEcho);
  ASSERT_TRUE(eventually([](const CallDelays& d) { return d.held && d.stages; }));
  meter_->add_round_trip(10);
  meter_->add_round_trip(30);
  meter_->set_peer_held(35);
  EXPECT_EQ(*meter_->delays().round_trip, 20);
  const gstpp::StructurePtr message = meter_->report();
  EXPECT_STREQ(gst_structure_get_name(message.get()), "webrtc/latency");
  const GstStructure* way =
      gst_value_get_structure(gst_structure_get_value(message.get(), "outgoing"));
  const GValue* parts = gst_structure_get_value(way, "parts");
  guint64 sum = 0;
  std::string names;
  for (guint i = 0; i < gst_value_array_get_size(parts); ++i) {
    const GstStructure* part = gst_value_get_structure(gst_value_array_get_value(parts, i));
    sum += gstpp::get_uint64(part, "time", 0);
    names += gstpp::get_string(part, "name") + " " + gstpp::get_string(part, "origin") + ";";
  }
  EXPECT_EQ(names,
            "stages measured;encode measured;network measured;jitter buffer measured;"
            "playback assumed;");
  EXPECT_NEAR(static_cast<double>(sum), static_cast<double>(gstpp::get_uint64(way, "total", 0)),
              10);
  EXPECT_NE(gstpp::get_string(way, "text").find("network 10.0"), std::string::npos);
}

// The meter may go first, and probes outlive it no longer than the pipeline.
TEST_F(LatencyMeterTest, ItMayGoWhileThePipelineRuns) {
  start(kEcho);
  ASSERT_TRUE(eventually([](const CallDelays& d) { return d.encode.has_value(); }));
  meter_.reset();
}

TEST_F(LatencyMeterTest, WithoutAnythingToMeasure) {
  start("audiotestsrc is-live=true ! fakesink");
  const CallDelays delays = meter_->delays();
  EXPECT_FALSE(delays.held);
  EXPECT_FALSE(delays.stages);
  EXPECT_FALSE(delays.playback);
  EXPECT_EQ(gst_structure_n_fields(meter_->report().get()), 2);
}
