#pragma once

#include <gst/gst.h>

#define GST_TYPE_TURN_DETECTOR (gst_turn_detector_get_type())
G_DECLARE_FINAL_TYPE(GstTurnDetector, gst_turn_detector, GST, TURN_DETECTOR, GstElement)
GST_ELEMENT_REGISTER_DECLARE(turndetector)
