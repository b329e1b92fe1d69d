#include "gstpp.hpp"

#include <gst/check/gsttestclock.h>
#include <gtest/gtest.h>

TEST(RunningTime, CountsOnlyWhilePlaying) {
  gst_init(nullptr, nullptr);
  gstpp::ElementPtr element = gstpp::make_element("identity");
  ASSERT_TRUE(element);
  EXPECT_EQ(gstpp::running_time(element.get()), GST_CLOCK_TIME_NONE);

  // As a pipeline does: first the clock, then the base time, then PLAYING.
  const gstpp::ClockPtr clock{gst_test_clock_new_with_start_time(15000 * GST_SECOND)};
  gst_element_set_state(element.get(), GST_STATE_PAUSED);
  gst_element_set_clock(element.get(), clock.get());
  EXPECT_EQ(gstpp::running_time(element.get()), 0u);
  gst_element_set_base_time(element.get(), 14999 * GST_SECOND);
  gst_element_set_state(element.get(), GST_STATE_PLAYING);
  EXPECT_EQ(gstpp::running_time(element.get()), GST_SECOND);

  gst_element_set_state(element.get(), GST_STATE_PAUSED);
  gst_element_set_start_time(element.get(), GST_SECOND);
  gst_test_clock_advance_time(GST_TEST_CLOCK(clock.get()), 5 * GST_SECOND);
  EXPECT_EQ(gstpp::running_time(element.get()), GST_SECOND);
  gst_element_set_state(element.get(), GST_STATE_NULL);
}
