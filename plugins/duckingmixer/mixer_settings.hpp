// The properties of duckingmixer, apart from the element.
#pragma once

#include <gst/gst.h>

#include <string>

#include "member_properties.hpp"
#include "mixer.hpp"

namespace ducking {

struct Settings {
  int rate = 48000;
  int channels = 1;
  double master_gain = 1;
  bool normalise = false;
  double duck_threshold = 0.1;
  double duck_attenuation = 0.3;
  guint64 duck_attack = 30 * GST_MSECOND;
  guint64 duck_hold = 300 * GST_MSECOND;
  guint64 duck_release = 500 * GST_MSECOND;
  std::string seats;
  guint max_inputs = kMostInputs;
  bool join_muted = false;
  bool join_tones = false;
};

// To be called in class_init; what it returns lives as long as the class, which is for ever.
jackfield::MemberProperties<Settings>* install_properties(GObjectClass* klass);

// To be called in the interface_init of GST_TYPE_PRESET.
void init_presets(gpointer interface);

Mixer::Format format_of(const Settings& settings);
MixSettings mix_settings(const Settings& settings);

}  // namespace ducking
