// The properties of turndetector and the settings behind them. Private to the element, which guards
// the settings with its object lock.
#pragma once

#include <gst/gst.h>

#include <string>

#include "core/turn_detector.hpp"

namespace agentbrain::detector {

enum {
  kPropModel = 1,
  kPropThreshold,
  kPropThresholdThinking,
  kPropThresholdSpeaking,
  kPropHysteresis,
  kPropStart,
  kPropHangOver,
  kPropHangOverMin,
  kPropHangOverMax,
  kPropPreRoll,
  kPropEchoGuard,
  kPropStallTimeout,
  kPropState,
  kPropStats,
  kPropCount
};

struct Settings {
  std::string model;
  TurnDetectorConfig turns;
  GstClockTime stall_timeout = GST_SECOND;
};

void install_properties(GObjectClass* object_class);

// False when the property is not one of the settings.
bool set_setting(Settings& settings, guint id, const GValue* value);
bool get_setting(const Settings& settings, guint id, GValue* value);

}  // namespace agentbrain::detector
