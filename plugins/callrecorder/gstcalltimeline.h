#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

// Private element: puts both sides of a call in step and gives out final stereo audio, or takes a
// mix in place of the sides and gives it out in one channel. It has either pads of the sides or the
// one of the mix.
#define GST_TYPE_CALL_TIMELINE (gst_call_timeline_get_type())
G_DECLARE_FINAL_TYPE(GstCallTimeline, gst_call_timeline, GST, CALL_TIMELINE, GstElement)

G_END_DECLS

// The request pads, shared with the recorder's bin.
extern GstStaticPadTemplate gst_call_recorder_caller_template;
extern GstStaticPadTemplate gst_call_recorder_agent_template;
extern GstStaticPadTemplate gst_call_recorder_mix_template;

struct GstCallTimelineSettings {
  int rate = 0;                       // Hz; 0: that of the first pad that has caps
  bool opus_rates = false;            // take the next rate that Opus can encode
  GstClockTime hold = 0;              // ns
  GstClockTime jitter_tolerance = 0;  // ns
};
// In NULL or READY. `reporter` posts messages; it must outlive the element.
void gst_call_timeline_configure(GstCallTimeline* self, const GstCallTimelineSettings& settings,
                                 GstElement* reporter);
// While waiting, nothing is written; the file begins up to `hold` before the wait ends. Any thread,
// any state.
void gst_call_timeline_set_waiting(GstCallTimeline* self, bool waiting);
// Ends the recording now: gives out what is final, sends EOS and waits until it has arrived. Must
// be called while the elements downstream can still write. Any thread; does nothing in READY or
// NULL.
void gst_call_timeline_finish(GstCallTimeline* self);

struct GstCallTimelineStats {
  GstClockTime start = GST_CLOCK_TIME_NONE;  // running time of the first frame
  GstClockTime recorded = 0;                 // length of what was given out
  gint rate = 0;
  guint64 late = 0, overrun = 0, discarded = 0, unconfirmed = 0, corrected = 0, gaps = 0;
};
// Any thread.
GstCallTimelineStats gst_call_timeline_stats(GstCallTimeline* self);
