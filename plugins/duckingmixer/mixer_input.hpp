// What a sink pad does with what comes. All functions take the sink's lock.
#pragma once

#include <gst/gst.h>

#include <span>

#include "gstpp.hpp"
#include "mixer.hpp"
#include "mixer_pads.hpp"

namespace ducking {

gstpp::CapsPtr format_caps(const Mixer::Format& format);
// Does upstream say that it is live?
bool is_live_upstream(GstPad* pad);

bool set_input_caps(Sink& sink, GstCaps* caps, const Mixer::Format& format, bool live);
// Waits while the buffer is too far ahead of its time, unless whoever pushes must not be held up.
GstFlowReturn put_buffer(Sink& sink, GstBuffer* buffer, const Mixer::Format& format);
void end_input(Sink& sink);
void flush_input(Sink& sink);
void restart_input(Sink& sink);
void stop_input(Sink& sink);

// The task's: the block that begins with the frame `at`. False: nothing of it is here.
bool take_block(Sink& sink, std::span<float> block, std::int64_t at, const InputState& state);
// EOS came, and all before it was mixed.
bool has_ended(Sink& sink);

}  // namespace ducking
