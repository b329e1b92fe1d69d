// textgate (private to agentbrain's plugin): text -> text behind a stage that is run by its owner
// (TextStage). What the stage gives goes to the listener, and only what the listener pushes goes
// on. Flushes from above end here.
#pragma once

#include <gst/gst.h>

#include <string>
#include <vector>

#include "turn_events.hpp"

namespace agentbrain {

// Called in the thread of the stage that pushes; may push(), must not block otherwise.
struct TextGateListener {
  virtual ~TextGateListener() = default;
  virtual void on_piece(const std::string& text) = 0;
  virtual void on_reply_end(const jackfield::ReplyEnd& end) = 0;
  virtual void on_flushed() = 0;  // the stage has let go of what was flushed
};

}  // namespace agentbrain

G_BEGIN_DECLS
#define GST_TYPE_TEXT_GATE (gst_text_gate_get_type())
G_DECLARE_FINAL_TYPE(GstTextGate, gst_text_gate, GST, TEXT_GATE, GstElement)
G_END_DECLS

// `listener` must outlive the element's streaming; set it in NULL.
void gst_text_gate_connect(GstTextGate* self, agentbrain::TextGateListener* listener);
// A whole reply, a buffer for each piece. Within the listener's calls only.
void gst_text_gate_push(GstTextGate* self, const std::vector<std::string>& pieces,
                        const jackfield::ReplyEnd& end);
// FLUSH_START downstream, at once; FLUSH_STOP follows behind the next flush of the stage. One
// thread at a time.
void gst_text_gate_flush(GstTextGate* self);
// FLUSH_STOP now, because the stage needs no flush.
void gst_text_gate_stop_flushing(GstTextGate* self);
