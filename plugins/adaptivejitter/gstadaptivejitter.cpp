// An adaptive jitter buffer: RTP or G.711 in when it comes, decoded audio out at a steady pace.
// docs/elements/adaptivejitter.md describes its properties and statistics.
//
// Threads: whoever pushes only puts packets into the core, under `lock`. A task of the source pad
// waits on the clock and takes the next frame out.
//
// Time: a frame's timestamp is the running time at which its first 10 ms are due. It leaves when
// its last 10 ms are, and what lies between is the latency. How long packets were held is in no
// timestamp: it varies, and downstream has nothing to do for it.
#include "gstadaptivejitter.hpp"

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "blocking_query.hpp"
#include "clock_wait.hpp"
#include "config.h"
#include "gstpp.hpp"
#include "jitter_buffer.hpp"
#include "jitter_settings.hpp"
#include "jitter_stats.hpp"
#include "rtp_input.hpp"
#include "steady_lag.hpp"

GST_DEBUG_CATEGORY_STATIC(gst_adaptive_jitter_debug);
#define GST_CAT_DEFAULT gst_adaptive_jitter_debug

namespace {

using namespace jitter;

GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS,
                            GST_STATIC_CAPS("application/x-rtp, media=(string)audio, "
                                            "encoding-name=(string){ OPUS, PCMU, PCMA }; "
                                            "audio/x-mulaw, rate=(int)8000, channels=(int)1; "
                                            "audio/x-alaw, rate=(int)8000, channels=(int)1"));
GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS("audio/x-raw, format=(string)S16LE, "
                    "layout=(string)interleaved, rate=(int){ 8000, 48000 }, "
                    "channels=(int)[ 1, 2 ]"));

constexpr GstClockTime kTick = 10 * GST_MSECOND;
// A task that was not run for so long, beyond what downstream makes it wait, begins anew instead of
// hurrying after the clock.
constexpr GstClockTime kResync = 500 * GST_MSECOND;

}  // namespace

struct State {
  Settings settings;  // under the object lock

  std::mutex lock;
  std::condition_variable wake;  // the task, until there are a format and a running clock
  // Under lock.
  std::unique_ptr<JitterBuffer> buffer;
  bool running = false;  // the pad is active and not flushing
  bool playing = false;
  bool rtp = false;
  bool draining = false;  // the end of the stream came
  bool new_format = false;
  jackfield::ClockWait clock_wait;
  GstSegment segment;
  int64_t raw_sequence = 0;
  std::string codec;  // that `buffer` decodes
  gint64 work = 0;    // on `worked_frames`, in µs
  guint64 worked_frames = 0;
  GstClockTime latency = 0;  // of the pipeline

  // The task's own.
  bool begun = false;
  GstClockTime next = GST_CLOCK_TIME_NONE;  // running time of the next frame
  bool discont = true;
  SteadyLag lag;
  std::vector<float> samples;
};

struct _GstAdaptiveJitter {
  GstElement parent;
  GstPad* sinkpad;
  GstPad* srcpad;
  State* state;
};

G_DEFINE_FINAL_TYPE_WITH_CODE(GstAdaptiveJitter, gst_adaptive_jitter, GST_TYPE_ELEMENT,
                              GST_DEBUG_CATEGORY_INIT(gst_adaptive_jitter_debug, "adaptivejitter",
                                                      0, "adaptive jitter buffer"))
GST_ELEMENT_REGISTER_DEFINE(adaptivejitter, "adaptivejitter", GST_RANK_NONE,
                            GST_TYPE_ADAPTIVE_JITTER)

namespace {

// --- What comes ---

// The name of what the caps say, stereo and mono apart; "": nothing that can be decoded.
std::string codec_of(const GstStructure* format) {
  if (gst_structure_has_name(format, "audio/x-mulaw")) return "mulaw";
  if (gst_structure_has_name(format, "audio/x-alaw")) return "alaw";
  const std::string name = gstpp::get_string(format, "encoding-name");
  // RFC 7587: a receiver decodes to stereo when the sender says that it is likely to send it.
  if (name == "OPUS" && gstpp::get_string(format, "sprop-stereo") == "1") return "OPUS stereo";
  return name == "PCMU" || name == "PCMA" || name == "OPUS" ? name : "";
}

std::unique_ptr<SpeechDecoder> decoder_for(const std::string& codec) {
  if (codec == "mulaw" || codec == "PCMU") return make_g711_decoder(G711::kMulaw);
  if (codec == "alaw" || codec == "PCMA") return make_g711_decoder(G711::kAlaw);
  return make_opus_decoder(codec == "OPUS stereo" ? 2 : 1);
}

bool set_caps(GstAdaptiveJitter* self, GstCaps* caps) {
  State& state = *self->state;
  const GstStructure* format = gst_caps_get_structure(caps, 0);
  const std::string codec = codec_of(format);
  if (codec.empty()) {
    GST_ELEMENT_ERROR(
        self, STREAM, FORMAT,
        ("adaptivejitter cannot decode %s.", gstpp::CharPtr{gst_caps_to_string(caps)}.get()),
        ("it takes Opus, PCMU and PCMA in RTP, with encoding-name in the caps"));
    return false;
  }
  TargetDelay::Config config;
  bool use_fec = true;
  {
    gstpp::ObjectLock lock(self);
    config = target_config(state.settings);
    use_fec = state.settings.use_fec;
  }
  {
    std::lock_guard guard(state.lock);
    // Other caps of the same codec (another ssrc, say) are none of its business.
    if (!state.buffer || state.codec != codec) {
      state.buffer = std::make_unique<JitterBuffer>(decoder_for(codec), config);
      state.buffer->set_use_fec(use_fec);
      state.codec = codec;
      state.new_format = true;
    }
    state.rtp = gst_structure_has_name(format, "application/x-rtp");
  }
  state.wake.notify_all();
  return true;
}

GstFlowReturn chain(GstAdaptiveJitter* self, gstpp::BufferPtr buffer) {
  State& state = *self->state;
  const GstClockTime now = gstpp::running_time(GST_ELEMENT(self));
  if (!GST_CLOCK_TIME_IS_VALID(now)) return GST_FLOW_OK;  // not PLAYING yet: nobody listens
  std::lock_guard guard(state.lock);
  if (!state.running) return GST_FLOW_FLUSHING;
  if (!state.buffer) return GST_FLOW_NOT_NEGOTIATED;
  if (state.rtp) {
    insert_rtp(*state.buffer, buffer.get(), static_cast<int64_t>(now));
    return GST_FLOW_OK;
  }
  gstpp::MappedBuffer map(buffer.get(), GST_MAP_READ);
  const GstClockTime pts = GST_BUFFER_PTS(buffer.get());
  const guint64 media = gst_segment_to_running_time(&state.segment, GST_FORMAT_TIME, pts);
  if (!map || !GST_CLOCK_TIME_IS_VALID(media)) {
    state.buffer->count_damaged();
    return GST_FLOW_OK;
  }
  const guint64 timestamp = gst_util_uint64_scale_round(media, 8000, GST_SECOND);
  state.buffer->insert({0,
                        static_cast<uint16_t>(state.raw_sequence++),
                        static_cast<uint32_t>(timestamp),
                        {map.data(), map.size()}},
                       static_cast<int64_t>(now));
  return GST_FLOW_OK;
}

// --- What goes ---

void begin_stream(GstAdaptiveJitter* self, int rate, int channels) {
  State& state = *self->state;
  if (!state.begun) {
    gstpp::CharPtr id{gst_pad_create_stream_id(self->srcpad, GST_ELEMENT(self), nullptr)};
    gst_pad_push_event(self->srcpad, gst_event_new_stream_start(id.get()));
  }
  gstpp::CapsPtr caps{gst_caps_new_simple("audio/x-raw", "format", G_TYPE_STRING, "S16LE", "layout",
                                          G_TYPE_STRING, "interleaved", "rate", G_TYPE_INT, rate,
                                          "channels", G_TYPE_INT, channels, nullptr)};
  gst_pad_push_event(self->srcpad, gst_event_new_caps(caps.get()));
  if (!state.begun) {
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_pad_push_event(self->srcpad, gst_event_new_segment(&segment));
  }
  state.begun = true;
}

struct Frame {
  bool ended = false;
  bool silent = true;  // none of it was decoded, and nothing is to be heard
};

// `at`: when the first 10 ms are taken.
Frame take_frame(State& state, GstClockTime duration, GstClockTime at) {
  const auto ticks = static_cast<size_t>(duration / kTick);
  const auto tick = static_cast<size_t>(state.buffer->rate() / 100 * state.buffer->channels());
  state.samples.resize(ticks * tick);
  Frame frame;
  frame.ended = state.draining && state.buffer->drained();
  for (size_t i = 0; i < ticks; ++i) {
    const auto out = std::span(state.samples).subspan(i * tick, tick);
    const auto kind = state.buffer->pull(out, static_cast<int64_t>(at + i * kTick));
    frame.silent = frame.silent && kind != JitterBuffer::Kind::kPlayed &&
                   std::all_of(out.begin(), out.end(),
                               [](float sample) { return std::abs(sample) < 0.5F / 32768; });
  }
  return frame;
}

void stop_task(GstAdaptiveJitter* self, const char* why) {
  GST_DEBUG_OBJECT(self, "task pauses: %s", why);
  gst_pad_pause_task(self->srcpad);
}

void loop(GstAdaptiveJitter* self) {
  State& state = *self->state;
  bool format = false;
  int rate = 0, channels = 0;
  GstClockTime latency = 0;
  {
    std::unique_lock guard(state.lock);
    state.wake.wait(guard, [&] { return !state.running || (state.playing && state.buffer); });
    if (!state.running) {
      guard.unlock();
      return stop_task(self, "stopped");
    }
    format = std::exchange(state.new_format, false);
    rate = state.buffer->rate();
    channels = state.buffer->channels();
    latency = state.latency;
  }
  state.discont |= format;
  if (format || !state.begun) begin_stream(self, rate, channels);
  GstClockTime duration;
  {
    gstpp::ObjectLock lock(self);
    duration = state.settings.frame_duration;
  }

  const GstClockTime now = gstpp::running_time(GST_ELEMENT(self));
  if (!GST_CLOCK_TIME_IS_VALID(now))
    return stop_task(self, "no clock");  // there is one while PLAYING
  if (!GST_CLOCK_TIME_IS_VALID(state.next) || now > state.next + kResync + latency ||
      state.next > now + kResync) {
    state.next = now;
    state.lag = {};
    state.discont = true;
  }
  const GstClockTime due = state.next + duration - kTick;
  if (!state.clock_wait.until(GST_ELEMENT(self), due, state.lock,
                              [&] { return state.running && state.playing; }))
    return;
  const GstClockTime taken = gstpp::running_time(GST_ELEMENT(self));
  const int64_t lag = state.lag.add(
      GST_CLOCK_TIME_IS_VALID(taken) && taken > due ? static_cast<int64_t>(taken - due) : 0);

  Frame frame;
  {
    std::lock_guard guard(state.lock);
    if (!state.running || !state.playing || !state.buffer) return;
    if (state.new_format) return;  // the next round tells it first
    const gint64 began = g_get_monotonic_time();
    frame = take_frame(state, duration, state.next + static_cast<GstClockTime>(lag));
    state.work += g_get_monotonic_time() - began;
    ++state.worked_frames;
  }
  if (frame.ended) {
    gst_pad_push_event(self->srcpad, gst_event_new_eos());
    return stop_task(self, "end of stream");
  }
  gstpp::BufferPtr out{
      gst_buffer_new_allocate(nullptr, state.samples.size() * sizeof(gint16), nullptr)};
  {
    gstpp::MappedBuffer map(out.get(), GST_MAP_WRITE);
    auto target = map.as<gint16>();
    for (size_t i = 0; i < target.size(); ++i) {
      target[i] = static_cast<gint16>(
          std::lrint(std::clamp(state.samples[i] * 32768.0F, -32768.0F, 32767.0F)));
    }
  }
  GST_BUFFER_PTS(out.get()) = state.next;
  GST_BUFFER_DURATION(out.get()) = duration;
  if (std::exchange(state.discont, false)) GST_BUFFER_FLAG_SET(out.get(), GST_BUFFER_FLAG_DISCONT);
  if (frame.silent) GST_BUFFER_FLAG_SET(out.get(), GST_BUFFER_FLAG_GAP);
  state.next += duration;
  const GstFlowReturn flow = gst_pad_push(self->srcpad, out.release());
  if (flow == GST_FLOW_OK) return;
  stop_task(self, gst_flow_get_name(flow));
  if (flow == GST_FLOW_NOT_LINKED || flow < GST_FLOW_EOS) {
    GST_ELEMENT_FLOW_ERROR(self, flow);
    gst_pad_push_event(self->srcpad, gst_event_new_eos());
  }
}

void loop_function(gpointer pad) {
  GstAdaptiveJitter* self = GST_ADAPTIVE_JITTER(GST_PAD_PARENT(pad));
  gstpp::guarded<bool>(self, false, [&] {
    loop(self);
    return true;
  });
}

// Lets the task leave its waits.
void interrupt(State& state) {
  std::lock_guard guard(state.lock);
  state.running = false;
  state.clock_wait.wake();
  state.wake.notify_all();
}

void restart(State& state, bool forget_format) {
  std::lock_guard guard(state.lock);
  state.running = true;
  state.draining = false;
  if (forget_format) {
    state.buffer.reset();
    gst_segment_init(&state.segment, GST_FORMAT_TIME);
    state.begun = false;
  } else if (state.buffer) {
    state.buffer->reset();
  }
  state.next = GST_CLOCK_TIME_NONE;
  state.lag = {};
  state.discont = true;
}

gboolean sink_event(GstAdaptiveJitter* self, gstpp::EventPtr event) {
  State& state = *self->state;
  switch (GST_EVENT_TYPE(event.get())) {
    case GST_EVENT_CAPS: {
      GstCaps* caps;
      gst_event_parse_caps(event.get(), &caps);
      return set_caps(self, caps);
    }
    case GST_EVENT_STREAM_START:
      return TRUE;  // the output is a stream of its own
    case GST_EVENT_GAP:
      return TRUE;  // what does not come is no news here
    case GST_EVENT_SEGMENT: {
      std::lock_guard guard(state.lock);
      gst_event_copy_segment(event.get(), &state.segment);
      return TRUE;
    }
    case GST_EVENT_EOS: {
      bool empty = false;
      {
        std::lock_guard guard(state.lock);
        state.draining = true;
        empty = !state.buffer;
      }
      // Without a format the task has nothing to wait for.
      return empty ? gst_pad_push_event(self->srcpad, event.release()) : TRUE;
    }
    case GST_EVENT_FLUSH_START: {
      interrupt(state);
      const gboolean sent = gst_pad_push_event(self->srcpad, event.release());
      gst_pad_pause_task(self->srcpad);
      return sent;
    }
    case GST_EVENT_FLUSH_STOP: {
      const gboolean sent = gst_pad_push_event(self->srcpad, event.release());
      restart(state, false);
      state.begun = false;  // the segment is forgotten downstream
      gst_pad_start_task(self->srcpad, loop_function, self->srcpad, nullptr);
      return sent;
    }
    default:
      return gst_pad_event_default(self->sinkpad, GST_OBJECT(self), event.release());
  }
}

}  // namespace

static GstFlowReturn gst_adaptive_jitter_chain(GstPad*, GstObject* parent, GstBuffer* raw) {
  gstpp::BufferPtr buffer{raw};
  return gstpp::guarded(parent, GST_FLOW_ERROR,
                        [&] { return chain(GST_ADAPTIVE_JITTER(parent), std::move(buffer)); });
}

static gboolean gst_adaptive_jitter_sink_event(GstPad*, GstObject* parent, GstEvent* raw) {
  gstpp::EventPtr event{raw};
  return gstpp::guarded<gboolean>(
      parent, FALSE, [&] { return sink_event(GST_ADAPTIVE_JITTER(parent), std::move(event)); });
}

static gboolean gst_adaptive_jitter_sink_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  if (jackfield::answer_never_blocks(query, GST_ELEMENT(parent))) return TRUE;
  return gst_pad_query_default(pad, parent, query);
}

static gboolean gst_adaptive_jitter_src_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  if (GST_QUERY_TYPE(query) != GST_QUERY_LATENCY) return gst_pad_query_default(pad, parent, query);
  // That of upstream is no part of it: what came late for it came late, and was held less.
  GstAdaptiveJitter* self = GST_ADAPTIVE_JITTER(parent);
  gstpp::ObjectLock lock(self);
  gst_query_set_latency(query, TRUE, self->state->settings.frame_duration - kTick,
                        GST_CLOCK_TIME_NONE);
  return TRUE;
}

static gboolean gst_adaptive_jitter_src_event(GstPad* pad, GstObject* parent, GstEvent* event) {
  if (GST_EVENT_TYPE(event) == GST_EVENT_LATENCY) {
    State& state = *GST_ADAPTIVE_JITTER(parent)->state;
    std::lock_guard guard(state.lock);
    gst_event_parse_latency(event, &state.latency);
  }
  return gst_pad_event_default(pad, parent, event);
}

static gboolean gst_adaptive_jitter_activate_src(GstPad* pad, GstObject* parent, GstPadMode mode,
                                                 gboolean active) {
  if (mode != GST_PAD_MODE_PUSH) return FALSE;
  State& state = *GST_ADAPTIVE_JITTER(parent)->state;
  if (active) {
    restart(state, true);
    return gst_pad_start_task(pad, loop_function, pad, nullptr);
  }
  interrupt(state);
  return gst_pad_stop_task(pad);
}

static GstStateChangeReturn gst_adaptive_jitter_change_state(GstElement* element,
                                                             GstStateChange transition) {
  GstAdaptiveJitter* self = GST_ADAPTIVE_JITTER(element);
  State& state = *self->state;
  if (transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED) {
    std::lock_guard guard(state.lock);
    state.playing = false;
    state.clock_wait.wake();
    state.wake.notify_all();
  }
  GstStateChangeReturn result =
      GST_ELEMENT_CLASS(gst_adaptive_jitter_parent_class)->change_state(element, transition);
  if (result == GST_STATE_CHANGE_FAILURE) return result;
  switch (transition) {
    case GST_STATE_CHANGE_READY_TO_PAUSED:
    case GST_STATE_CHANGE_PLAYING_TO_PAUSED:
      result = GST_STATE_CHANGE_NO_PREROLL;  // audio comes with the clock
      break;
    case GST_STATE_CHANGE_PAUSED_TO_PLAYING: {
      {
        std::lock_guard guard(state.lock);
        state.playing = true;
      }
      state.wake.notify_all();
      break;
    }
    default:
      break;
  }
  return result;
}

static GstStructure* get_stats(GstAdaptiveJitter* self) {
  State& state = *self->state;
  std::lock_guard guard(state.lock);
  return make_stats(state.buffer.get(), state.worked_frames
                                            ? 1000.0 * static_cast<double>(state.work) /
                                                  static_cast<double>(state.worked_frames)
                                            : 0);
}

static void gst_adaptive_jitter_set_property(GObject* object, guint id, const GValue* value,
                                             GParamSpec* pspec) {
  GstAdaptiveJitter* self = GST_ADAPTIVE_JITTER(object);
  TargetDelay::Config config;
  bool other_latency = false;
  {
    gstpp::ObjectLock lock(self);
    Settings& settings = self->state->settings;
    const guint64 before = settings.frame_duration;
    if (!set_setting(settings, id, value)) {
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
      return;
    }
    config = target_config(settings);
    other_latency = settings.frame_duration != before;
  }
  {
    std::lock_guard guard(self->state->lock);
    if (self->state->buffer) self->state->buffer->set_config(config);
  }
  if (other_latency)
    gst_element_post_message(GST_ELEMENT(self), gst_message_new_latency(GST_OBJECT(self)));
}

static void gst_adaptive_jitter_get_property(GObject* object, guint id, GValue* value,
                                             GParamSpec* pspec) {
  GstAdaptiveJitter* self = GST_ADAPTIVE_JITTER(object);
  if (id == kPropStats) {
    g_value_take_boxed(value, get_stats(self));
    return;
  }
  gstpp::ObjectLock lock(self);
  if (!get_setting(self->state->settings, id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
}

static void gst_adaptive_jitter_finalize(GObject* object) {
  delete GST_ADAPTIVE_JITTER(object)->state;
  G_OBJECT_CLASS(gst_adaptive_jitter_parent_class)->finalize(object);
}

static void gst_adaptive_jitter_init(GstAdaptiveJitter* self) {
  self->state = new State;
  gst_segment_init(&self->state->segment, GST_FORMAT_TIME);
  self->sinkpad = gst_pad_new_from_static_template(&sink_template, "sink");
  gst_pad_set_chain_function(self->sinkpad, gst_adaptive_jitter_chain);
  gst_pad_set_event_function(self->sinkpad, gst_adaptive_jitter_sink_event);
  gst_pad_set_query_function(self->sinkpad, gst_adaptive_jitter_sink_query);
  gst_element_add_pad(GST_ELEMENT(self), self->sinkpad);
  self->srcpad = gst_pad_new_from_static_template(&src_template, "src");
  gst_pad_set_query_function(self->srcpad, gst_adaptive_jitter_src_query);
  gst_pad_set_event_function(self->srcpad, gst_adaptive_jitter_src_event);
  gst_pad_set_activatemode_function(self->srcpad, gst_adaptive_jitter_activate_src);
  gst_pad_use_fixed_caps(self->srcpad);
  gst_element_add_pad(GST_ELEMENT(self), self->srcpad);
}

static void gst_adaptive_jitter_class_init(GstAdaptiveJitterClass* klass) {
  GObjectClass* object_class = G_OBJECT_CLASS(klass);
  GstElementClass* element_class = GST_ELEMENT_CLASS(klass);
  object_class->set_property = gst_adaptive_jitter_set_property;
  object_class->get_property = gst_adaptive_jitter_get_property;
  object_class->finalize = gst_adaptive_jitter_finalize;
  element_class->change_state = gst_adaptive_jitter_change_state;
  install_properties(object_class);
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(
      element_class, "Adaptive jitter buffer", "Filter/Network/RTP/Decoder/Audio",
      "Makes steady audio of voice packets that come when they like (Opus, G.711)",
      PACKAGE_NAME " project");
  gst_type_mark_as_plugin_api(jitter::preset_type(), static_cast<GstPluginAPIFlags>(0));
}
