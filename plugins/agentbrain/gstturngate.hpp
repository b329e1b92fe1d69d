// turngate (private to agentbrain): text -> text between the STT and the LLM stage, with a thread
// of its own. Its sink side only enqueues, so the caller's thread is never blocked and never sees a
// flush; interruptions start at its src pad.
#pragma once

#include <gst/gst.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gate_listener.hpp"
#include "media_time.hpp"

G_BEGIN_DECLS
#define GST_TYPE_TURN_GATE (gst_turn_gate_get_type())
G_DECLARE_FINAL_TYPE(GstTurnGate, gst_turn_gate, GST, TURN_GATE, GstElement)
G_END_DECLS

// With a listener, text and ends of turns go to it and come back through submit(); the end of the
// stream waits for finish(). Without one they pass straight through. Both pointers must outlive
// the element's streaming; set them in NULL.
void gst_turn_gate_connect(GstTurnGate* self, agentbrain::TurnGateListener* listener,
                           const agentbrain::MediaTime* time);

// Hands a question and its end of turn to the LLM stage, and before them what was said and not
// meant for it. `announced`: the beginning of the turn goes first, for a stage that nobody else
// tells of turns. Any thread; never blocks.
void gst_turn_gate_submit(GstTurnGate* self, const std::vector<std::string>& texts,
                          const jackfield::TurnEnd& end,
                          const std::vector<std::string>& overheard = {}, bool announced = false);
// Interruption: forgets queued questions, flushes everything below at once (FLUSH_START from this
// thread, FLUSH_STOP from the gate's own), then tells the LLM stage what was heard. Any thread;
// never blocks. False: nothing below needs it yet, and no FLUSH_STOP will come.
bool gst_turn_gate_barge(GstTurnGate* self, const jackfield::Heard& heard);
// The same without a word about what was heard.
bool gst_turn_gate_flush(GstTurnGate* self);
// Forwards the end of the stream behind all that is queued.
void gst_turn_gate_finish(GstTurnGate* self);
// Fields of agentbrain's stats: see docs/elements/agentbrain.md.
void gst_turn_gate_add_stats(GstTurnGate* self, GstStructure* stats);
