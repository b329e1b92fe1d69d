// turndetector's hang-over follows what an STT stage behind it says was said so far.
#include <gst/check/gstharness.h>
#include <gtest/gtest.h>

#include <memory>
#include <span>
#include <vector>

#include "gstpp.hpp"
#include "speech_clip.hpp"
#include "turn_events.hpp"

namespace {

using test_support::prompt;

// Silence between the end of a turn and its decision; `text` is told 100 ms behind the clip.
GstClockTime silence_after(bool adaptive, const std::string& text) {
  gst_init(nullptr, nullptr);
  std::unique_ptr<GstHarness, void (*)(GstHarness*)> h(gst_harness_new("turndetector"),
                                                       gst_harness_teardown);
  g_object_set(h->element, "hang-over", 700 * GST_MSECOND, nullptr);
  if (adaptive) {
    g_object_set(h->element, "hang-over-min", 300 * GST_MSECOND, "hang-over-max",
                 1300 * GST_MSECOND, nullptr);
  }
  gst_harness_set_src_caps_str(h.get(),
                               "audio/x-raw,format=S16LE,layout=interleaved,channels=1,rate=8000");
  GstClockTime position = 0;
  const auto push = [&](std::span<const gint16> samples) {
    GstBuffer* buffer = gst_buffer_new_memdup(samples.data(), samples.size_bytes());
    GST_BUFFER_PTS(buffer) = position;
    GST_BUFFER_DURATION(buffer) = samples.size() * GST_SECOND / 8000;
    position += GST_BUFFER_DURATION(buffer);
    gst_harness_push(h.get(), buffer);
  };
  const auto clip = prompt("agent-pass");
  for (std::size_t at = 0; at + 160 <= clip.samples.size(); at += 160) {
    push(std::span(clip.samples).subspan(at, 160));
  }
  const std::vector<gint16> quiet(160);
  for (int i = 0; i < 100; ++i) {
    if (i == 5 && !text.empty()) {
      gst_harness_push_upstream_event(
          h.get(), jackfield::make_event(jackfield::Interim{.turn_id = 1, .text = text}));
    }
    push(quiet);
  }
  GstClockTime waited = GST_CLOCK_TIME_NONE;
  while (gstpp::EventPtr e{gst_harness_try_pull_event(h.get())}) {
    if (const auto end = jackfield::parse_turn_end(e.get())) {
      waited = end->decided_at - end->speech_end;
    }
  }
  return waited;
}

TEST(HangOver, FollowsTheInterimText) {
  const auto about = [](GstClockTime waited, GstClockTime wanted) {
    return waited >= wanted && waited < wanted + 64 * GST_MSECOND;
  };
  EXPECT_TRUE(about(silence_after(true, ""), 700 * GST_MSECOND));
  EXPECT_TRUE(about(silence_after(true, "my password is"), 1300 * GST_MSECOND));
  EXPECT_TRUE(about(silence_after(true, "That is my password."), 300 * GST_MSECOND));
  EXPECT_TRUE(about(silence_after(false, "my password is"), 700 * GST_MSECOND)) << "off by default";
}

}  // namespace
