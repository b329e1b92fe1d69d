// Drives a mixer block by block, without any time going by: pads that push into it, pads that take
// what comes out, and a clock that stands still until all have pushed.
#pragma once

#include <gst/check/gsttestclock.h>
#include <gst/gst.h>

#include <functional>
#include <string>
#include <utility>

#include "blocking_query.hpp"
#include "gstpp.hpp"

namespace mixer_drive {

inline constexpr GstClockTime kBlock = 10 * GST_MSECOND;

// The clock of a pipeline in which one task waits for the time of its next block.
class StandingClock {
 public:
  explicit StandingClock(GstElement* pipeline) {
    gst_pipeline_use_clock(GST_PIPELINE(pipeline), clock_.get());
  }
  void wait_for_task() { gst_test_clock_wait_for_next_pending_id(clock(), nullptr); }
  // The task goes on: the time it waits for has come.
  void release_task() {
    GstClockID id = nullptr;
    gst_test_clock_wait_for_next_pending_id(clock(), &id);
    gst_test_clock_set_time(clock(), gst_clock_id_get_time(id));
    gst_clock_id_unref(gst_test_clock_process_next_clock_id(clock()));
    gst_clock_id_unref(id);
  }

 private:
  GstTestClock* clock() { return GST_TEST_CLOCK(clock_.get()); }
  const gstpp::ClockPtr clock_{gst_test_clock_new()};
};

// A bin of sink pads that hold nobody up. `take` is called by whoever pushes, with the pad's
// number.
class Takers {
 public:
  using Take = std::function<void(std::size_t, gstpp::BufferPtr)>;

  Takers(GstElement* pipeline, Take take) : take_(std::move(take)), bin_(gst_bin_new("takers")) {
    gst_bin_add(GST_BIN(pipeline), bin_);
  }
  // The number of the new pad.
  std::size_t take_from(GstPad* from) {
    const std::size_t number = count_++;
    GstPad* pad = gst_pad_new(("sink_" + std::to_string(number)).c_str(), GST_PAD_SINK);
    gst_pad_set_chain_function_full(pad, chain, new Place{this, number},
                                    [](gpointer place) { delete static_cast<Place*>(place); });
    gst_pad_set_query_function(pad, query);
    gst_pad_set_active(pad, TRUE);
    gst_element_add_pad(bin_, pad);
    gst_pad_link_full(from, pad, GST_PAD_LINK_CHECK_NOTHING);
    return number;
  }
  std::size_t count() const { return count_; }

 private:
  struct Place {
    Takers* takers;
    std::size_t number;
  };
  static GstFlowReturn chain(GstPad* pad, GstObject*, GstBuffer* buffer) {
    const auto* place = static_cast<const Place*>(pad->chaindata);
    place->takers->take_(place->number, gstpp::BufferPtr{buffer});
    return GST_FLOW_OK;
  }
  static gboolean query(GstPad* pad, GstObject* parent, GstQuery* query) {
    return jackfield::answer_never_blocks(query, GST_ELEMENT(parent)) ||
           gst_pad_query_default(pad, parent, query);
  }

  const Take take_;
  GstElement* const bin_;
  std::size_t count_ = 0;
};

// A src pad without an element, linked to a sink pad, that has said what it will push.
inline gstpp::PadPtr pusher_into(GstPad* to, const char* caps_text) {
  gstpp::PadPtr pad{GST_PAD_CAST(gst_object_ref_sink(gst_pad_new("src", GST_PAD_SRC)))};
  gst_pad_set_active(pad.get(), TRUE);
  gst_pad_link_full(pad.get(), to, GST_PAD_LINK_CHECK_NOTHING);
  const gstpp::CharPtr id{g_uuid_string_random()};
  gst_pad_push_event(pad.get(), gst_event_new_stream_start(id.get()));
  const gstpp::CapsPtr caps{gst_caps_from_string(caps_text)};
  gst_pad_push_event(pad.get(), gst_event_new_caps(caps.get()));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_pad_push_event(pad.get(), gst_event_new_segment(&segment));
  return pad;
}

}  // namespace mixer_drive
