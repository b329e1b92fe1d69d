#include "turn_detector_settings.hpp"

#include "config.h"
#include "gstturndetector.h"
#include "param_flags.hpp"

namespace agentbrain::detector {
namespace {

// The properties that are plain members of the configuration.
float TurnDetectorConfig::*float_member(guint id) {
  switch (id) {
    case kPropThreshold:
      return &TurnDetectorConfig::threshold;
    case kPropThresholdThinking:
      return &TurnDetectorConfig::threshold_thinking;
    case kPropThresholdSpeaking:
      return &TurnDetectorConfig::threshold_speaking;
    case kPropHysteresis:
      return &TurnDetectorConfig::hysteresis;
    default:
      return nullptr;
  }
}

Nanoseconds TurnDetectorConfig::*time_member(guint id) {
  switch (id) {
    case kPropStart:
      return &TurnDetectorConfig::start;
    case kPropHangOver:
      return &TurnDetectorConfig::hang_over;
    case kPropHangOverMin:
      return &TurnDetectorConfig::hang_over_min;
    case kPropHangOverMax:
      return &TurnDetectorConfig::hang_over_max;
    case kPropPreRoll:
      return &TurnDetectorConfig::pre_roll;
    case kPropEchoGuard:
      return &TurnDetectorConfig::echo_guard;
    default:
      return nullptr;
  }
}

}  // namespace

bool set_setting(Settings& settings, guint id, const GValue* value) {
  if (const auto probability = float_member(id)) {
    settings.turns.*probability = g_value_get_float(value);
  } else if (const auto time = time_member(id)) {
    settings.turns.*time = g_value_get_uint64(value);
  } else if (id == kPropModel) {
    const gchar* path = g_value_get_string(value);
    settings.model = path ? path : "";
  } else if (id == kPropStallTimeout) {
    settings.stall_timeout = g_value_get_uint64(value);
  } else {
    return false;
  }
  return true;
}

bool get_setting(const Settings& settings, guint id, GValue* value) {
  if (const auto probability = float_member(id)) {
    g_value_set_float(value, settings.turns.*probability);
  } else if (const auto time = time_member(id)) {
    g_value_set_uint64(value, settings.turns.*time);
  } else if (id == kPropModel) {
    g_value_set_string(value, settings.model.empty() ? nullptr : settings.model.c_str());
  } else if (id == kPropStallTimeout) {
    g_value_set_uint64(value, settings.stall_timeout);
  } else {
    return false;
  }
  return true;
}

void install_properties(GObjectClass* object_class) {
  using jackfield::kReadOnly;
  using jackfield::kReadWritePlaying;
  using jackfield::kReadWriteReady;
  const Settings settings;
  const TurnDetectorConfig& defaults = settings.turns;
  static GParamSpec* properties[kPropCount];
  const auto probability = [](const char* name, const char* nick, const char* blurb, float value) {
    return g_param_spec_float(name, nick, blurb, 0, 1, value, kReadWritePlaying);
  };
  const auto time = [](const char* name, const char* nick, const char* blurb, guint64 most,
                       guint64 value) {
    return g_param_spec_uint64(name, nick, blurb, 0, most, value, kReadWritePlaying);
  };
  properties[kPropModel] = g_param_spec_string(
      "model", "Model",
      "File of the Silero VAD model, version 6 (unset: silero_vad.onnx in the folder named by the "
      "environment variable JACKFIELD_MODELS, then in the installed " JACKFIELD_DATADIR "/models)",
      nullptr, kReadWriteReady);
  properties[kPropThreshold] =
      probability("threshold", "Threshold",
                  "Probability from which a window of 32 ms is speech, while the "
                  "agent listens",
                  defaults.threshold);
  properties[kPropThresholdThinking] =
      probability("threshold-thinking", "Threshold while thinking",
                  "The same while the agent prepares a reply", defaults.threshold_thinking);
  properties[kPropThresholdSpeaking] =
      probability("threshold-speaking", "Threshold while speaking",
                  "The same while the agent speaks", defaults.threshold_speaking);
  properties[kPropHysteresis] =
      probability("hysteresis", "Hysteresis",
                  "Speech that runs goes on down to the threshold less this", defaults.hysteresis);
  properties[kPropStart] =
      time("start", "Start", "Speech that makes a turn (ns)", 10 * GST_SECOND, defaults.start);
  properties[kPropHangOver] = time("hang-over", "Hang-over", "Silence that ends a turn (ns)",
                                   60 * GST_SECOND, defaults.hang_over);
  properties[kPropHangOverMin] =
      time("hang-over-min", "Shortest hang-over",
           "Silence that ends a turn whose text so far (VoiceInterim) sounds complete (ns, 0: "
           "hang-over)",
           60 * GST_SECOND, defaults.hang_over_min);
  properties[kPropHangOverMax] =
      time("hang-over-max", "Longest hang-over",
           "Silence that ends a turn whose text so far (VoiceInterim) sounds unfinished (ns, 0: "
           "hang-over)",
           60 * GST_SECOND, defaults.hang_over_max);
  properties[kPropPreRoll] =
      time("pre-roll", "Pre-roll", "How much before the first sound a turn is said to start (ns)",
           10 * GST_SECOND, defaults.pre_roll);
  properties[kPropEchoGuard] =
      time("echo-guard", "Echo guard",
           "For how long after the agent began to speak the threshold is halfway between "
           "threshold-speaking and 1 (ns)",
           10 * GST_SECOND, defaults.echo_guard);
  properties[kPropStallTimeout] = g_param_spec_uint64(
      "stall-timeout", "Stall timeout", "A turn ends when no audio has come for so long (ns)",
      100 * GST_MSECOND, 60 * GST_SECOND, settings.stall_timeout, kReadWritePlaying);
  properties[kPropState] = g_param_spec_enum(
      "state", "State", "What the agent is doing; chooses the threshold",
      GST_TYPE_TURN_DETECTOR_CONVERSATION_STATE, GST_TURN_DETECTOR_LISTENING, kReadWritePlaying);
  properties[kPropStats] = g_param_spec_boxed(
      "stats", "Statistics", "Counters and times (times in ns)", GST_TYPE_STRUCTURE, kReadOnly);
  g_object_class_install_properties(object_class, kPropCount, properties);
}

}  // namespace agentbrain::detector
