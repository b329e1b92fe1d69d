// The task of duckingmixer, which mixes a block every 10 ms.
#pragma once

#include <gst/gst.h>

#include "mixer_state.hpp"

namespace ducking {

Mixer::Format format_of(GstDuckingMixer* self);

// Under the element's lock. False: there is no place.
bool place_pad(MixerState& state, GstPad* pad);

// Under the element's lock: an input has come or gone, which all shall hear.
void sound_join(GstDuckingMixer* self, bool came);

void make_mixer(GstDuckingMixer* self);
// One block.
void run_task(GstDuckingMixer* self);
void stop_task(GstDuckingMixer* self);

}  // namespace ducking
