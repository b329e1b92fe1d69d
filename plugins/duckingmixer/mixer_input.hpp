// What a sink pad does with what comes. All functions take the sink's lock.
#pragma once

#include <gst/gst.h>

#include <span>

#include "gstpp.hpp"
#include "mixer.hpp"
#include "mixer_pads.hpp"

// Of all pads.
#if G_BYTE_ORDER == G_LITTLE_ENDIAN
#define MIXER_FORMATS "S16LE, F32LE"
#else
#define MIXER_FORMATS "S16BE, F32BE"
#endif
#define MIXER_CAPS                               \
  "audio/x-raw, format=(string){ " MIXER_FORMATS \
  " }, layout=(string)interleaved, "             \
  "rate=(int)[ 8000, 192000 ], channels=(int)[ 1, 8 ]"

namespace ducking {

// Of both formats that pads take, and of one of them.
gstpp::CapsPtr format_caps(const Mixer::Format& format);
gstpp::CapsPtr one_format_caps(const Mixer::Format& format, bool is_float);
// Does upstream say that it is live?
bool is_live_upstream(GstPad* pad);

bool set_input_caps(Sink& sink, GstCaps* caps, const Mixer::Format& format, bool live);
// As the segment has it.
GstClockTime running_time_of(Sink& sink, GstBuffer* buffer);
// `running`: when the buffer is to be heard; unknown: now. Waits while it is too far ahead of its
// time, unless whoever pushes must not be held up.
GstFlowReturn put_buffer(Sink& sink, GstBuffer* buffer, GstClockTime running);
// Whoever pushes must not be held up.
void never_wait(Sink& sink);
void end_input(Sink& sink);
// Until all that was put has been mixed, what is less than a block with it; until `last`
// (g_get_monotonic_time()) at most.
void wait_until_taken(Sink& sink, gint64 last);
void flush_input(Sink& sink);
void restart_input(Sink& sink);
void stop_input(Sink& sink);

// The task's: the block that begins with the frame `at`. False: nothing of it is here.
bool take_block(Sink& sink, std::span<float> block, std::int64_t at, const InputState& state);
// EOS came, and all before it was mixed.
bool has_ended(Sink& sink);

}  // namespace ducking
