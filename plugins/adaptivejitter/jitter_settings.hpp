// The properties of adaptivejitter, apart from the element.
#pragma once

#include <gst/gst.h>

#include "target_delay.hpp"

namespace jitter {

enum class Preset { kDefault, kAgent, kMeeting, kSpec };

struct Settings {
  Preset preset = Preset::kDefault;
  guint64 min_delay = 0;  // ns, here and below
  guint64 max_delay = 400 * GST_MSECOND;
  guint64 start_delay = 40 * GST_MSECOND;
  gdouble tradeoff = 0;  // ms per %; 0: the E-model
  gboolean use_fec = TRUE;
  guint64 frame_duration = 20 * GST_MSECOND;  // of the output
};

enum {
  kPropZero,
  kPropPreset,
  kPropMinDelay,
  kPropMaxDelay,
  kPropStartDelay,
  kPropTradeoff,
  kPropUseFec,
  kPropFrameDuration,
  kPropStats
};

void install_properties(GObjectClass* klass);
// Under the object lock. False: the id is none of a setting.
bool set_setting(Settings& settings, guint id, const GValue* value);
bool get_setting(const Settings& settings, guint id, GValue* value);
TargetDelay::Config target_config(const Settings& settings);

GType preset_type();

}  // namespace jitter
