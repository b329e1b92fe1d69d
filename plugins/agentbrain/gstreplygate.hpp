// replygate (private to agentbrain): audio -> audio behind the TTS stage, with a thread of its own.
// Keeps the reply until it was heard, sends little of it ahead, silences the line in an instant and
// can go on from the heard position.
#pragma once

#include <gst/gst.h>

#include <string>

#include "core/reply_timeline.hpp"
#include "gate_listener.hpp"
#include "media_time.hpp"

G_BEGIN_DECLS
#define GST_TYPE_REPLY_GATE (gst_reply_gate_get_type())
G_DECLARE_FINAL_TYPE(GstReplyGate, gst_reply_gate, GST, REPLY_GATE, GstElement)
G_END_DECLS

namespace agentbrain {

struct ReplyGateSettings {
  GstClockTime lead = 200 * GST_MSECOND;      // sent ahead of its time at most
  GstClockTime max_queued = 10 * GST_SECOND;  // kept unheard; the TTS waits beyond
  GstClockTime silence = GST_SECOND;          // ends a reply whose end no stage announces
  GstClockTime stall = 20 * GST_SECOND;       // the same once stages are known to announce ends
};

}  // namespace agentbrain

// Both pointers must outlive the element's streaming; set them in NULL. May be null.
void gst_reply_gate_connect(GstReplyGate* self, agentbrain::ReplyGateListener* listener,
                            agentbrain::MediaTime* time);
void gst_reply_gate_configure(GstReplyGate* self, const agentbrain::ReplyGateSettings& settings);

// The following may be called by any thread and never block (the first pushes a flush downstream).
// Silence now; nothing goes downstream until resume().
void gst_reply_gate_pause(GstReplyGate* self);
void gst_reply_gate_resume(GstReplyGate* self);
// Forgets the reply; flushes downstream if any of it is on its way. A pause stays a pause.
void gst_reply_gate_drop(GstReplyGate* self);
// A text goes into the TTS stage in this thread. Audio without metadata that this thread brings is
// taken to be of it.
void gst_reply_gate_expect(GstReplyGate* self, const std::string& text);
// End of stream behind all that is kept.
void gst_reply_gate_finish(GstReplyGate* self);
// What was heard of the reply that is sounding.
agentbrain::ReplyTimeline::Heard gst_reply_gate_heard(GstReplyGate* self);
// Running time at which the reply that is sounding began; GST_CLOCK_TIME_NONE without one.
GstClockTime gst_reply_gate_reply_start(GstReplyGate* self);
// A file's stream moved on: silence may be covered up to there.
void gst_reply_gate_input_advanced(GstReplyGate* self);
void gst_reply_gate_add_stats(GstReplyGate* self, GstStructure* stats);
