#include "jitter_settings.hpp"

#include <algorithm>

#include "param_flags.hpp"

namespace jitter {

GType preset_type() {
  static const GType type = [] {
    static const GEnumValue values[] = {
        {static_cast<gint>(Preset::kDefault), "What the E-model rates best", "default"},
        {static_cast<gint>(Preset::kAgent), "Quick answers: some more concealment", "agent"},
        {static_cast<gint>(Preset::kMeeting), "Listening: more delay, less concealment", "meeting"},
        {static_cast<gint>(Preset::kSpec), "20 to 200 ms, at first 60 ms", "spec"},
        {0, nullptr, nullptr}};
    return g_enum_register_static("GstAdaptiveJitterPreset", values);
  }();
  return type;
}

void install_properties(GObjectClass* klass) {
  constexpr guint64 kLongest = 5 * GST_SECOND;
  const Settings defaults;
  g_object_class_install_property(
      klass, kPropPreset,
      g_param_spec_enum("preset", "Preset",
                        "Sets min-delay, max-delay, start-delay and delay-loss-tradeoff at once, "
                        "and how long a stall is remembered",
                        preset_type(), static_cast<gint>(defaults.preset),
                        jackfield::kReadWritePlaying));
  g_object_class_install_property(
      klass, kPropMinDelay,
      g_param_spec_uint64("min-delay", "Least delay", "Audio is held at least so long (ns)", 0,
                          kLongest, defaults.min_delay, jackfield::kReadWritePlaying));
  g_object_class_install_property(
      klass, kPropMaxDelay,
      g_param_spec_uint64(
          "max-delay", "Most delay",
          "Audio is held at most so long (ns); what is 60 ms later still is skipped", 0, kLongest,
          defaults.max_delay, jackfield::kReadWritePlaying));
  g_object_class_install_property(
      klass, kPropStartDelay,
      g_param_spec_uint64("start-delay", "Delay at the start",
                          "Until the network is known, audio is held so long (ns)", 0, kLongest,
                          defaults.start_delay, jackfield::kReadWritePlaying));
  g_object_class_install_property(
      klass, kPropTradeoff,
      g_param_spec_double(
          "delay-loss-tradeoff", "Delay against loss",
          "Delay that is worth one percent less concealment (ms); 0: what the E-model "
          "of ITU-T G.107 says, with a later knee in the preset meeting",
          0, 10000, defaults.tradeoff, jackfield::kReadWritePlaying));
  g_object_class_install_property(
      klass, kPropUseFec,
      g_param_spec_boolean("use-fec", "Use FEC",
                           "Restore lost packets of Opus from the redundancy in the next one",
                           defaults.use_fec, jackfield::kReadWriteReady));
  g_object_class_install_property(
      klass, kPropFrameDuration,
      g_param_spec_uint64("frame-duration", "Frame duration",
                          "Length of a buffer of the output (ns); "
                          "multiples of 10 ms",
                          10 * GST_MSECOND, 100 * GST_MSECOND, defaults.frame_duration,
                          jackfield::kReadWritePlaying));
  g_object_class_install_property(
      klass, kPropStats,
      g_param_spec_boxed("stats", "Statistics", "Delay, concealment and packets so far",
                         GST_TYPE_STRUCTURE, jackfield::kReadOnly));
}

bool set_setting(Settings& settings, guint id, const GValue* value) {
  switch (id) {
    case kPropPreset: {
      const Settings defaults;
      settings.preset = static_cast<Preset>(g_value_get_enum(value));
      settings.min_delay = defaults.min_delay;
      settings.max_delay = defaults.max_delay;
      settings.start_delay = defaults.start_delay;
      settings.tradeoff = defaults.tradeoff;
      if (settings.preset == Preset::kAgent) settings.tradeoff = 50;
      if (settings.preset == Preset::kMeeting) {
        const auto meeting = TargetDelay::meeting();
        settings.max_delay = static_cast<guint64>(meeting.max_ns);
        settings.start_delay = static_cast<guint64>(meeting.start_ns);
      }
      if (settings.preset == Preset::kSpec) {
        settings.min_delay = 20 * GST_MSECOND;
        settings.max_delay = 200 * GST_MSECOND;
        settings.start_delay = 60 * GST_MSECOND;
      }
      return true;
    }
    case kPropMinDelay:
      settings.min_delay = g_value_get_uint64(value);
      return true;
    case kPropMaxDelay:
      settings.max_delay = g_value_get_uint64(value);
      return true;
    case kPropStartDelay:
      settings.start_delay = g_value_get_uint64(value);
      return true;
    case kPropTradeoff:
      settings.tradeoff = g_value_get_double(value);
      return true;
    case kPropUseFec:
      settings.use_fec = g_value_get_boolean(value);
      return true;
    case kPropFrameDuration:
      // Whole frames of the buffer.
      settings.frame_duration =
          std::max<guint64>(1, g_value_get_uint64(value) / (10 * GST_MSECOND)) * 10 * GST_MSECOND;
      return true;
    default:
      return false;
  }
}

bool get_setting(const Settings& settings, guint id, GValue* value) {
  switch (id) {
    case kPropPreset:
      g_value_set_enum(value, static_cast<gint>(settings.preset));
      return true;
    case kPropMinDelay:
      g_value_set_uint64(value, settings.min_delay);
      return true;
    case kPropMaxDelay:
      g_value_set_uint64(value, settings.max_delay);
      return true;
    case kPropStartDelay:
      g_value_set_uint64(value, settings.start_delay);
      return true;
    case kPropTradeoff:
      g_value_set_double(value, settings.tradeoff);
      return true;
    case kPropUseFec:
      g_value_set_boolean(value, settings.use_fec);
      return true;
    case kPropFrameDuration:
      g_value_set_uint64(value, settings.frame_duration);
      return true;
    default:
      return false;
  }
}

TargetDelay::Config target_config(const Settings& settings) {
  TargetDelay::Config config;
  // What has no property of its own.
  if (settings.preset == Preset::kMeeting) config = TargetDelay::meeting();
  config.min_ns = static_cast<int64_t>(settings.min_delay);
  config.max_ns = static_cast<int64_t>(std::max(settings.min_delay, settings.max_delay));
  config.start_ns =
      std::clamp(static_cast<int64_t>(settings.start_delay), config.min_ns, config.max_ns);
  config.tradeoff_ms_per_percent = settings.tradeoff;
  return config;
}

}  // namespace jitter
