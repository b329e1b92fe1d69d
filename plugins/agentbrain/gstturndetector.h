#pragma once

#include <gst/gst.h>

// What the agent is doing, set by the application (agentbrain) while the call runs.
typedef enum {
  GST_TURN_DETECTOR_LISTENING,
  GST_TURN_DETECTOR_THINKING,
  GST_TURN_DETECTOR_SPEAKING,
} GstTurnDetectorConversationState;

#define GST_TYPE_TURN_DETECTOR_CONVERSATION_STATE (gst_turn_detector_conversation_state_get_type())
GType gst_turn_detector_conversation_state_get_type(void);

#define GST_TYPE_TURN_DETECTOR (gst_turn_detector_get_type())
G_DECLARE_FINAL_TYPE(GstTurnDetector, gst_turn_detector, GST, TURN_DETECTOR, GstElement)
GST_ELEMENT_REGISTER_DECLARE(turndetector)

// A turn that is not found in the audio gets the next number; the detector leaves it out. Any
// thread.
guint gst_turn_detector_take_turn_id(GstTurnDetector* self);
