// An Opus encoder of which the process runs one for all who are given the very same buffers.
// docs/elements/sharedopusenc.md describes its properties and statistics.
//
// Threads: what comes is encoded, or taken from whoever has, by the thread that pushes it
// (shared_encoder.hpp). What the stream needs belongs to that thread and changes under the stream
// lock of the sink pad only.
#include "gstsharedopusenc.hpp"

#include <gst/audio/audio.h>
#include <gst/pbutils/pbutils.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <utility>

#include "caps_query.hpp"
#include "config.h"
#include "frame_cutter.hpp"
#include "gstpp.hpp"
#include "opus_enc_settings.hpp"
#include "shared_encoder.hpp"

GST_DEBUG_CATEGORY_STATIC(gst_shared_opus_enc_debug);
#define GST_CAT_DEFAULT gst_shared_opus_enc_debug

namespace {

using namespace sharedopus;

GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS("audio/x-raw, format=(string){ " GST_AUDIO_NE(S16) ", " GST_AUDIO_NE(
        F32) " }, "
             "layout=(string)interleaved, "
             "rate=(int){ 48000, 24000, 16000, 12000, 8000 }, channels=(int)[ 1, 2 ]"));
GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS,
                            GST_STATIC_CAPS("audio/x-opus, channel-mapping-family=(int)0, "
                                            "channels=(int)[ 1, 2 ]"));

// What timestamps, durations and trimming in packets count.
constexpr int kOpusRate = 48000;

jackfield::MemberProperties<Settings>* properties = nullptr;

// A stream of one format.
struct Stream {
  Stream(const Format& of)
      : format(of),
        encoder(SharedEncoder::of(of)),
        cutter(of.rate, of.bytes_per_frame()),
        lookahead(encoder->lookahead()) {}
  ~Stream() { encoder->leave(listener); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  GstClockTime time_of(std::int64_t samples) const {
    return gst_util_uint64_scale_int(static_cast<guint64>(samples), GST_SECOND, format.rate);
  }

  const Format format;
  const std::shared_ptr<SharedEncoder> encoder;
  SharedEncoder::Listener listener;
  FrameCutter cutter;
  CutFrame frame;
  const std::int64_t lookahead;  // samples, here and below
  bool begun = false;            // a packet has gone out
  std::int64_t consumed = 0;     // of what came
  std::int64_t told = 0;         // of it, the durations of packets so far
};

}  // namespace

struct State {
  Settings settings;  // under the object lock
  std::atomic<GstClockTime> latency{0};
  std::atomic<guint64> frames{0}, encoded{0}, dropped{0};  // dropped: ns

  // The streaming thread's.
  std::unique_ptr<Stream> stream;
  GstSegment segment;
};

struct _GstSharedOpusEnc {
  GstElement parent;
  GstPad* sinkpad;
  GstPad* srcpad;
  State* state;
};

G_DEFINE_FINAL_TYPE_WITH_CODE(GstSharedOpusEnc, gst_shared_opus_enc, GST_TYPE_ELEMENT,
                              G_IMPLEMENT_INTERFACE(GST_TYPE_PRESET, nullptr)
                                  GST_DEBUG_CATEGORY_INIT(gst_shared_opus_enc_debug,
                                                          "sharedopusenc", 0,
                                                          "shared Opus encoder"))
GST_ELEMENT_REGISTER_DEFINE(sharedopusenc, "sharedopusenc", GST_RANK_NONE, GST_TYPE_SHARED_OPUS_ENC)

namespace {

Settings settings_of(GstSharedOpusEnc* self) {
  gstpp::ObjectLock lock(self);
  return self->state->settings;
}

// --- Format ---

gstpp::CapsPtr opus_caps(const Stream& stream) {
  const auto stereo = static_cast<guint8>(stream.format.channels - 1);
  const auto pre_skip = static_cast<guint16>(stream.lookahead * kOpusRate / stream.format.rate);
  const gstpp::BufferPtr header{gst_codec_utils_opus_create_header(
      static_cast<guint32>(stream.format.rate), static_cast<guint8>(stream.format.channels), 0, 1,
      stereo, nullptr, pre_skip, 0)};
  return gstpp::CapsPtr{gst_codec_utils_opus_create_caps_from_header(header.get(), nullptr)};
}

void set_frame(GstSharedOpusEnc* self, GstClockTime duration) {
  State& state = *self->state;
  state.stream->cutter.set_frame(static_cast<std::int64_t>(duration));
  if (state.latency.exchange(duration) == duration) return;
  gst_element_post_message(GST_ELEMENT(self), gst_message_new_latency(GST_OBJECT(self)));
}

gboolean set_caps(GstSharedOpusEnc* self, GstCaps* caps) {
  State& state = *self->state;
  GstAudioInfo info;
  if (!gst_audio_info_from_caps(&info, caps)) return FALSE;
  const Settings settings = settings_of(self);
  const Format format{.rate = info.rate,
                      .channels = info.channels,
                      .is_float = GST_AUDIO_INFO_IS_FLOAT(&info) != FALSE,
                      .audio_type = settings.audio_type};
  if (state.stream && state.stream->format == format) return TRUE;  // goes on as it was
  state.stream.reset();
  state.stream = std::make_unique<Stream>(format);
  set_frame(self, frame_duration(settings.frame_size));
  const gstpp::CapsPtr out = opus_caps(*state.stream);
  return gst_pad_push_event(self->srcpad, gst_event_new_caps(out.get()));
}

// What downstream takes, told in our caps: the rate there is only that of the original.
gstpp::CapsPtr sink_caps(GstSharedOpusEnc* self) {
  gstpp::CapsPtr caps{gst_pad_get_pad_template_caps(self->sinkpad)};
  const gstpp::CapsPtr ours{gst_pad_get_pad_template_caps(self->srcpad)};
  const gstpp::CapsPtr peer{gst_pad_peer_query_caps(self->srcpad, ours.get())};
  if (!peer || gst_caps_is_any(peer.get())) return caps;
  gstpp::CapsPtr taken{gst_caps_new_empty()};
  for (guint i = 0; i < gst_caps_get_size(peer.get()); ++i) {
    const GstStructure* structure = gst_caps_get_structure(peer.get(), i);
    gstpp::CapsPtr raw{gst_caps_new_empty_simple("audio/x-raw")};
    if (const GValue* channels = gst_structure_get_value(structure, "channels"))
      gst_caps_set_value(raw.get(), "channels", channels);
    gst_caps_append(taken.get(), raw.release());
  }
  return gstpp::CapsPtr{gst_caps_intersect_full(caps.get(), taken.get(), GST_CAPS_INTERSECT_FIRST)};
}

// --- Buffers ---

// Can it be that somebody else is given the same samples? If we alone hold them, nobody can.
bool is_shared(GstBuffer* buffer) {
  return GST_MINI_OBJECT_REFCOUNT_VALUE(buffer) > 1 ||
         GST_MINI_OBJECT_REFCOUNT_VALUE(gst_buffer_peek_memory(buffer, 0)) > 1;
}

FrameCutter::Block block_of(const Stream& stream, const GstSegment& segment, GstBuffer* buffer) {
  FrameCutter::Block block;
  block.slice.bytes = gst_buffer_get_size(buffer);
  if (gst_buffer_n_memory(buffer) == 1) {
    const GstMemory* memory = gst_buffer_peek_memory(buffer, 0);
    block.slice.memory = memory;
    block.slice.offset = memory->offset;
    block.shareable = is_shared(buffer);
  }
  block.slice.hold = hold_buffer(buffer);
  block.discont = GST_BUFFER_IS_DISCONT(buffer);
  if (GST_BUFFER_PTS_IS_VALID(buffer) && segment.format == GST_FORMAT_TIME)
    block.time = static_cast<std::int64_t>(GST_BUFFER_PTS(buffer));
  // A mixer's blocks are numbered one by one; other sources count samples or bytes in offsets.
  const guint64 number = GST_BUFFER_OFFSET(buffer), end = GST_BUFFER_OFFSET_END(buffer);
  if (number <= G_MAXINT64 && (end == GST_BUFFER_OFFSET_NONE || end == number + 1) &&
      block.slice.bytes ==
          static_cast<std::size_t>(stream.format.rate) / 100 * stream.format.bytes_per_frame())
    block.number = static_cast<std::int64_t>(number);
  return block;
}

// `input`: samples of the frame that came, the rest is silence; `output`: that this packet stands
// for; at the beginning and the end of a stream some of what it decodes to does not belong to it.
GstFlowReturn send(GstSharedOpusEnc* self, const Controls& controls, std::int64_t trim_start,
                   std::int64_t input, std::int64_t output) {
  State& state = *self->state;
  Stream& stream = *state.stream;
  const std::size_t bytes = stream.cutter.frame_bytes();
  const auto samples = static_cast<std::int64_t>(bytes / stream.format.bytes_per_frame());
  const CutFrame& frame = stream.frame;
  const SharedEncoder::Result result =
      stream.encoder->encode(stream.listener, frame, bytes, controls);
  state.frames.fetch_add(1, std::memory_order_relaxed);
  if (result.encoded) state.encoded.fetch_add(1, std::memory_order_relaxed);
  if (result.error != 0) {
    GST_ELEMENT_ERROR(self, STREAM, ENCODE, (nullptr),
                      ("libopus does not encode: %s", encoder_error(result.error)));
    return GST_FLOW_ERROR;
  }
  const std::vector<std::uint8_t>& packet = stream.listener.packet;
  gstpp::BufferPtr buffer{gst_buffer_new_memdup(packet.data(), packet.size())};
  // What is decoded comes later by the lookahead: a packet stands for what was before its samples.
  const auto time = static_cast<GstClockTime>(frame.time);
  const GstClockTime earlier = stream.time_of(stream.consumed - stream.told);
  GST_BUFFER_PTS(buffer.get()) = time > earlier ? time - earlier : 0;
  GST_BUFFER_DURATION(buffer.get()) = stream.time_of(output);
  const std::int64_t trim_end = samples - trim_start - output;
  if (trim_start > 0 || trim_end > 0) {
    gst_buffer_add_audio_clipping_meta(
        buffer.get(), GST_FORMAT_DEFAULT,
        static_cast<guint64>(trim_start * kOpusRate / stream.format.rate),
        static_cast<guint64>(trim_end * kOpusRate / stream.format.rate));
  }
  if (!std::exchange(stream.begun, true) || frame.discont)
    GST_BUFFER_FLAG_SET(buffer.get(), GST_BUFFER_FLAG_DISCONT);
  stream.consumed += input;
  stream.told += output;
  return gst_pad_push(self->srcpad, buffer.release());
}

GstFlowReturn send_frames(GstSharedOpusEnc* self, const Controls& controls) {
  Stream& stream = *self->state->stream;
  GstFlowReturn flow = GST_FLOW_OK;
  while (flow == GST_FLOW_OK && stream.cutter.take(stream.frame)) {
    const auto samples =
        static_cast<std::int64_t>(stream.cutter.frame_bytes() / stream.format.bytes_per_frame());
    // A first frame may be shorter than the lookahead.
    const std::int64_t trim =
        std::clamp<std::int64_t>(stream.lookahead - (stream.consumed - stream.told), 0, samples);
    flow = send(self, controls, trim, samples, samples - trim);
  }
  return flow;
}

GstFlowReturn chain(GstSharedOpusEnc* self, gstpp::BufferPtr buffer) {
  State& state = *self->state;
  if (!state.stream) return GST_FLOW_NOT_NEGOTIATED;
  Stream& stream = *state.stream;
  const Settings settings = settings_of(self);
  set_frame(self, frame_duration(settings.frame_size));
  const std::uint64_t dropped = stream.cutter.dropped();
  stream.cutter.add(block_of(stream, state.segment, buffer.get()));
  // Now the cutter alone holds it: whoever looks at the count sees what the others hold.
  buffer.reset();
  if (const std::uint64_t now = stream.cutter.dropped(); now > dropped)
    state.dropped += stream.time_of(static_cast<std::int64_t>(now - dropped));
  const GstFlowReturn flow = send_frames(self, settings.controls);
  stream.frame.slices.clear();
  return flow;
}

// The end: what is left of a frame, and what the lookahead still holds.
void drain(GstSharedOpusEnc* self) {
  State& state = *self->state;
  if (!state.stream) return;
  Stream& stream = *state.stream;
  const Controls controls = settings_of(self).controls;
  const auto samples =
      static_cast<std::int64_t>(stream.cutter.frame_bytes() / stream.format.bytes_per_frame());
  const auto rest =
      static_cast<std::int64_t>(stream.cutter.pending() / stream.format.bytes_per_frame());
  GstFlowReturn flow = GST_FLOW_OK;
  if (rest > 0) {
    stream.cutter.take_rest(stream.frame);
    stream.frame.shareable = false;
    const std::int64_t trim =
        std::clamp<std::int64_t>(stream.lookahead - (stream.consumed - stream.told), 0, samples);
    flow = send(self, controls, trim, rest,
                std::min(samples - trim, stream.consumed + rest - stream.told));
  }
  while (flow == GST_FLOW_OK && stream.told < stream.consumed) {
    stream.cutter.take_rest(stream.frame);  // nothing but its time
    flow = send(self, controls, 0, 0, std::min(samples, stream.consumed - stream.told));
  }
  stream.frame.slices.clear();
  // Whatever comes after the end is another beginning.
  stream.encoder->leave(stream.listener);
  stream.consumed = stream.told = 0;
  stream.begun = false;
  stream.cutter.reset();
}

gboolean sink_event(GstSharedOpusEnc* self, gstpp::EventPtr event) {
  State& state = *self->state;
  switch (GST_EVENT_TYPE(event.get())) {
    case GST_EVENT_CAPS: {
      GstCaps* caps = nullptr;
      gst_event_parse_caps(event.get(), &caps);
      return set_caps(self, caps);
    }
    case GST_EVENT_SEGMENT:
      gst_event_copy_segment(event.get(), &state.segment);
      break;
    case GST_EVENT_EOS:
      drain(self);
      break;
    case GST_EVENT_FLUSH_STOP:
      // The far end's decoder goes on from where it was, and so does the encoder.
      if (state.stream) state.stream->cutter.reset();
      gst_segment_init(&state.segment, GST_FORMAT_UNDEFINED);
      break;
    default:
      break;
  }
  return gst_pad_event_default(self->sinkpad, GST_OBJECT(self), event.release());
}

}  // namespace

static GstFlowReturn gst_shared_opus_enc_chain(GstPad*, GstObject* parent, GstBuffer* raw) {
  gstpp::BufferPtr buffer{raw};
  return gstpp::guarded(parent, GST_FLOW_ERROR,
                        [&] { return chain(GST_SHARED_OPUS_ENC(parent), std::move(buffer)); });
}

static gboolean gst_shared_opus_enc_sink_event(GstPad*, GstObject* parent, GstEvent* raw) {
  gstpp::EventPtr event{raw};
  return gstpp::guarded<gboolean>(
      parent, FALSE, [&] { return sink_event(GST_SHARED_OPUS_ENC(parent), std::move(event)); });
}

static gboolean gst_shared_opus_enc_sink_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  if (GST_QUERY_TYPE(query) != GST_QUERY_CAPS) return gst_pad_query_default(pad, parent, query);
  const gstpp::CapsPtr caps = sink_caps(GST_SHARED_OPUS_ENC(parent));
  jackfield::answer_caps(query, caps);
  return TRUE;
}

static gboolean gst_shared_opus_enc_src_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  GstSharedOpusEnc* self = GST_SHARED_OPUS_ENC(parent);
  if (GST_QUERY_TYPE(query) != GST_QUERY_LATENCY) return gst_pad_query_default(pad, parent, query);
  if (!gst_pad_peer_query(self->sinkpad, query)) return FALSE;
  gboolean live = FALSE;
  GstClockTime least = 0, most = 0;
  gst_query_parse_latency(query, &live, &least, &most);
  const GstClockTime own = self->state->latency;
  gst_query_set_latency(query, live, least + own,
                        GST_CLOCK_TIME_IS_VALID(most) ? most + own : most);
  return TRUE;
}

static GstStateChangeReturn gst_shared_opus_enc_change_state(GstElement* element,
                                                             GstStateChange transition) {
  State& state = *GST_SHARED_OPUS_ENC(element)->state;
  const GstStateChangeReturn result =
      GST_ELEMENT_CLASS(gst_shared_opus_enc_parent_class)->change_state(element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    // The pads are not active any more: nobody uses it.
    state.stream.reset();
    gst_segment_init(&state.segment, GST_FORMAT_UNDEFINED);
  }
  return result;
}

static GstStructure* get_stats(GstSharedOpusEnc* self) {
  const State& state = *self->state;
  const guint64 encoded = state.encoded;
  const guint64 frames = std::max<guint64>(state.frames, encoded);
  return gst_structure_new("application/x-sharedopusenc-stats", "frames", G_TYPE_UINT64, frames,
                           "encoded", G_TYPE_UINT64, encoded, "shared", G_TYPE_UINT64,
                           frames - encoded, "dropped", G_TYPE_UINT64,
                           static_cast<guint64>(state.dropped), "process-encoded", G_TYPE_UINT64,
                           static_cast<guint64>(SharedEncoder::process_encoded()), nullptr);
}

static void gst_shared_opus_enc_set_property(GObject* object, guint id, const GValue* value,
                                             GParamSpec* pspec) {
  GstSharedOpusEnc* self = GST_SHARED_OPUS_ENC(object);
  gstpp::ObjectLock lock(self);
  if (!properties->set(self->state->settings, id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
}

static void gst_shared_opus_enc_get_property(GObject* object, guint id, GValue* value,
                                             GParamSpec* pspec) {
  GstSharedOpusEnc* self = GST_SHARED_OPUS_ENC(object);
  if (properties->is_stats(id)) {
    g_value_take_boxed(value, get_stats(self));
    return;
  }
  gstpp::ObjectLock lock(self);
  if (!properties->get(self->state->settings, id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
}

static void gst_shared_opus_enc_finalize(GObject* object) {
  delete GST_SHARED_OPUS_ENC(object)->state;
  G_OBJECT_CLASS(gst_shared_opus_enc_parent_class)->finalize(object);
}

static void gst_shared_opus_enc_init(GstSharedOpusEnc* self) {
  self->state = new State;
  gst_segment_init(&self->state->segment, GST_FORMAT_UNDEFINED);
  self->sinkpad = gst_pad_new_from_static_template(&sink_template, "sink");
  gst_pad_set_chain_function(self->sinkpad, gst_shared_opus_enc_chain);
  gst_pad_set_event_function(self->sinkpad, gst_shared_opus_enc_sink_event);
  gst_pad_set_query_function(self->sinkpad, gst_shared_opus_enc_sink_query);
  gst_element_add_pad(GST_ELEMENT(self), self->sinkpad);
  self->srcpad = gst_pad_new_from_static_template(&src_template, "src");
  gst_pad_set_query_function(self->srcpad, gst_shared_opus_enc_src_query);
  gst_pad_use_fixed_caps(self->srcpad);
  gst_element_add_pad(GST_ELEMENT(self), self->srcpad);
}

static void gst_shared_opus_enc_class_init(GstSharedOpusEncClass* klass) {
  GObjectClass* object_class = G_OBJECT_CLASS(klass);
  GstElementClass* element_class = GST_ELEMENT_CLASS(klass);
  object_class->set_property = gst_shared_opus_enc_set_property;
  object_class->get_property = gst_shared_opus_enc_get_property;
  object_class->finalize = gst_shared_opus_enc_finalize;
  element_class->change_state = gst_shared_opus_enc_change_state;
  properties = install_properties(object_class);
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(
      element_class, "Shared Opus encoder", "Codec/Encoder/Audio",
      "Encodes Opus; what several elements of the process are given as the same buffers only once",
      PACKAGE_NAME " project");
  for (const GType type :
       {audio_type_type(), bitrate_type_type(), bandwidth_type(), frame_size_type()})
    gst_type_mark_as_plugin_api(type, static_cast<GstPluginAPIFlags>(0));
}
