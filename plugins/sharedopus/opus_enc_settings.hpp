// The properties of sharedopusenc, apart from the element.
#pragma once

#include <gst/gst.h>

#include "encoder_state.hpp"
#include "member_properties.hpp"

namespace sharedopus {

// Named like opusenc's values; but for 2.5 they are milliseconds.
enum class FrameSize { k2_5 = 2, k5 = 5, k10 = 10, k20 = 20, k40 = 40, k60 = 60 };

struct Settings {
  AudioType audio_type = AudioType::kGeneric;
  FrameSize frame_size = FrameSize::k20;
  Controls controls;
};

GstClockTime frame_duration(FrameSize size);

GType audio_type_type();
GType bitrate_type_type();
GType bandwidth_type();
GType frame_size_type();

jackfield::MemberProperties<Settings>* install_properties(GObjectClass* klass);

}  // namespace sharedopus
