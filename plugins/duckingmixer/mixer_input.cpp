#include "mixer_input.hpp"

#include <algorithm>
#include <chrono>

namespace ducking {
namespace {

constexpr bool kLittleEndian = G_BYTE_ORDER == G_LITTLE_ENDIAN;
constexpr const char* kFloat = kLittleEndian ? "F32LE" : "F32BE";
constexpr const char* kShort = kLittleEndian ? "S16LE" : "S16BE";

}  // namespace

gstpp::CapsPtr format_caps(const Mixer::Format& format) {
  gstpp::CapsPtr caps{gst_caps_new_simple("audio/x-raw", "layout", G_TYPE_STRING, "interleaved",
                                          "rate", G_TYPE_INT, format.rate, "channels", G_TYPE_INT,
                                          format.channels, nullptr)};
  GValue formats = G_VALUE_INIT;
  g_value_init(&formats, GST_TYPE_LIST);
  for (const char* name : {kShort, kFloat}) {
    GValue one = G_VALUE_INIT;
    g_value_init(&one, G_TYPE_STRING);
    g_value_set_static_string(&one, name);
    gst_value_list_append_and_take_value(&formats, &one);
  }
  gst_caps_set_value(caps.get(), "format", &formats);
  g_value_unset(&formats);
  return caps;
}

gstpp::CapsPtr one_format_caps(const Mixer::Format& format, bool is_float) {
  gstpp::CapsPtr caps = format_caps(format);
  gst_caps_set_simple(caps.get(), "format", G_TYPE_STRING, is_float ? kFloat : kShort, nullptr);
  return caps;
}

bool is_live_upstream(GstPad* pad) {
  const gstpp::QueryPtr query{gst_query_new_latency()};
  gboolean live = FALSE;
  if (gst_pad_peer_query(pad, query.get()))
    gst_query_parse_latency(query.get(), &live, nullptr, nullptr);
  return live != FALSE;
}

bool set_input_caps(Sink& sink, GstCaps* caps, const Mixer::Format& format, bool live) {
  const GstStructure* structure = gst_caps_get_structure(caps, 0);
  gint rate = 0, channels = 0;
  gst_structure_get_int(structure, "rate", &rate);
  gst_structure_get_int(structure, "channels", &channels);
  const std::string name = gstpp::get_string(structure, "format");
  if (rate != format.rate || channels != format.channels || (name != kFloat && name != kShort))
    return false;
  std::lock_guard guard(sink.lock);
  sink.is_float = name == kFloat;
  sink.has_caps = true;
  sink.format = format;
  sink.live = live;
  if (!sink.ring) sink.ring = std::make_unique<InputRing>(format.rate, format.channels);
  return true;
}

GstClockTime running_time_of(Sink& sink, GstBuffer* buffer) {
  std::lock_guard guard(sink.lock);
  return gst_segment_to_running_time(&sink.segment, GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
}

GstFlowReturn put_buffer(Sink& sink, GstBuffer* buffer, GstClockTime running) {
  gstpp::MappedBuffer map(buffer, GST_MAP_READ);
  std::unique_lock guard(sink.lock);
  if (!sink.running) return GST_FLOW_FLUSHING;
  if (sink.ended) return GST_FLOW_EOS;
  if (!sink.ring || !sink.has_caps) return GST_FLOW_NOT_NEGOTIATED;
  // What is silent anyway need not be mixed.
  if (GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_GAP)) return GST_FLOW_OK;
  if (!map) return GST_FLOW_ERROR;
  const std::size_t width = sink.is_float ? sizeof(float) : sizeof(gint16);
  const auto channels = static_cast<std::size_t>(sink.format.channels);
  const std::size_t frames = map.size() / width / channels;
  // In pieces of 50 ms: of a buffer that is longer than the ring the end would find no room.
  const auto piece = static_cast<std::size_t>(sink.format.rate / 20);
  for (std::size_t at = 0; at < frames; at += piece) {
    const std::size_t length = std::min(piece, frames - at);
    // Without a time: now.
    const std::int64_t due =
        GST_CLOCK_TIME_IS_VALID(running)
            ? static_cast<std::int64_t>(
                  gst_util_uint64_scale_int_round(running, sink.format.rate, GST_SECOND) + at)
            : sink.ring->end();
    const auto must_wait = [&] {
      if (sink.never_waits || sink.ring->has_room(due, length)) return false;
      // What is live and late makes room for itself.
      return !sink.live || due > sink.ring->now();
    };
    sink.wake.wait(guard, [&] { return !sink.running || !must_wait(); });
    if (!sink.running) return GST_FLOW_FLUSHING;
    if (sink.is_float)
      sink.ring->put(map.as<const float>().subspan(at * channels, length * channels), due);
    else
      sink.ring->put(map.as<const gint16>().subspan(at * channels, length * channels), due);
  }
  return GST_FLOW_OK;
}

void never_wait(Sink& sink) {
  std::lock_guard guard(sink.lock);
  sink.never_waits = true;
}

void end_input(Sink& sink) {
  std::lock_guard guard(sink.lock);
  sink.ended = true;
}

void wait_until_taken(Sink& sink, gint64 last) {
  std::unique_lock guard(sink.lock);
  sink.ended = true;
  while (sink.running && sink.ring && sink.ring->queued() > 0) {
    const gint64 left = last - g_get_monotonic_time();
    if (left <= 0) return;
    sink.wake.wait_for(guard, std::chrono::microseconds(left));
  }
}

void flush_input(Sink& sink) {
  std::lock_guard guard(sink.lock);
  sink.running = false;
  if (sink.ring) sink.ring->clear();
  sink.wake.notify_all();
}

void restart_input(Sink& sink) {
  std::lock_guard guard(sink.lock);
  gst_segment_init(&sink.segment, GST_FORMAT_TIME);
  sink.running = true;
  sink.ended = false;
}

void stop_input(Sink& sink) {
  std::lock_guard guard(sink.lock);
  sink.running = false;
  sink.has_caps = false;
  sink.never_waits = false;
  sink.ring.reset();
  sink.wake.notify_all();
}

bool take_block(Sink& sink, std::span<float> block, std::int64_t at, const InputState& state) {
  bool taken = false;
  {
    std::lock_guard guard(sink.lock);
    sink.state = state;
    taken = sink.ring && sink.ring->take(block, at, sink.ended);
  }
  sink.wake.notify_all();
  return taken;
}

bool has_ended(Sink& sink) {
  std::lock_guard guard(sink.lock);
  return sink.ended && (!sink.ring || sink.ring->queued() == 0);
}

}  // namespace ducking
