// twiliosrc for two hours of a clock that is not the pipeline's. The pipeline has a test clock, so
// the hours pass as fast as the socket takes them; the I/O below runs in real time.
#include <gst/app/gstappsink.h>
#include <gst/check/gsttestclock.h>

#include <cmath>

#include "call_fixture.hpp"

namespace {

constexpr uint64_t kPayloadMs = 4000;  // in one message, near the most that it may hold
constexpr uint64_t kPayloads = 1800;   // two hours

class TwilioClockTest : public CallTest, public ::testing::WithParamInterface<double> {};
INSTANTIATE_TEST_SUITE_P(Skews, TwilioClockTest, ::testing::Values(-200e-6, 200e-6));

TEST_P(TwilioClockTest, TimestampsStayWithThePipelinesClock) {
  launch(
      "twiliosrc name=src inactivity-timeout=0 dead-timeout=0 ! "
      "appsink name=sink sync=false async=false");
  gstpp::ObjectPtr<GstClock> clock{gst_test_clock_new()};
  auto* test_clock = GST_TEST_CLOCK(clock.get());
  gst_pipeline_use_clock(GST_PIPELINE(pipeline_.get()), clock.get());
  gst_element_set_start_time(pipeline_.get(), GST_CLOCK_TIME_NONE);
  gst_element_set_base_time(pipeline_.get(), 0);
  connect();
  play();
  peer_->send_connected();
  peer_->send_start();

  const auto truth = [](uint64_t payloads) {
    return static_cast<double>(payloads * kPayloadMs) * 1e6 * (1 + GetParam());
  };
  const std::string audio = noise(kPayloadMs * 8);
  double worst = 0;
  GstClockTime end = 0;
  int discontinuities = 0;
  for (uint64_t i = 0; i < kPayloads; ++i) {
    const double delay_ms = 25.0 + static_cast<double>(i * 7919 % 13);
    gst_test_clock_set_time(test_clock,
                            static_cast<GstClockTime>(truth(i + 1) + delay_ms * GST_MSECOND));
    peer_->send_media_at(i * kPayloadMs, audio);
    const gstpp::MiniPtr<GstSample> sample{
        gst_app_sink_try_pull_sample(GST_APP_SINK(sink_.get()), 10 * GST_SECOND)};
    ASSERT_TRUE(sample) << i;
    GstBuffer* buffer = gst_sample_get_buffer(sample.get());
    discontinuities += GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DISCONT);
    const auto pts = static_cast<double>(GST_BUFFER_PTS(buffer));
    EXPECT_EQ(GST_BUFFER_DURATION(buffer), kPayloadMs * GST_MSECOND);
    if (i > 0) {
      // Slewed by at most 0.5 %, and the skew.
      EXPECT_NEAR(pts, static_cast<double>(end), 0.006 * kPayloadMs * GST_MSECOND);
    }
    end = GST_BUFFER_PTS(buffer) + GST_BUFFER_DURATION(buffer);
    worst = std::max(worst, std::abs(pts - truth(i) - 25.0 * GST_MSECOND) / GST_MSECOND);
  }
  EXPECT_LT(worst, 20);
  EXPECT_EQ(discontinuities, 1);  // the first

  GstStructure* stats = nullptr;
  g_object_get(src_.get(), "stats", &stats, nullptr);
  gdouble skew = 0;
  EXPECT_TRUE(gst_structure_get_double(stats, "clock-skew", &skew));
  gst_structure_free(stats);
  EXPECT_LE(std::abs(skew), 500.0);
}

}  // namespace
