// Passes audio through and decides when the caller speaks. docs/elements/turndetector.md describes
// its properties, signals and events.
//
// Threads: everything happens on the thread that pushes audio, under the stream lock of the sink
// pad. Only when audio stops in the middle of speech does another thread come in: a single-shot
// clock entry, armed for as long as a turn runs, has GStreamer's thread pool look after it. That
// one takes the same stream lock, so it never meets a buffer on its way.
#include "gstturndetector.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "config.h"
#include "element_timer.hpp"
#include "gstpp.hpp"
#include "model_path.hpp"
#include "speech_stream.hpp"
#include "turn_detector_settings.hpp"
#include "turn_events.hpp"

GST_DEBUG_CATEGORY_STATIC(gst_turn_detector_debug);
#define GST_CAT_DEFAULT gst_turn_detector_debug

namespace {

using namespace agentbrain;
using namespace agentbrain::detector;

#define TURN_DETECTOR_CAPS                                          \
  "audio/x-raw, format=(string)S16LE, layout=(string)interleaved, " \
  "channels=(int)1, rate=(int){ 8000, 16000 }"

GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS,
                                                             GST_STATIC_CAPS(TURN_DETECTOR_CAPS));
GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS,
                                                            GST_STATIC_CAPS(TURN_DETECTOR_CAPS));

// Longer buffers are passed on in pieces of this, so that an event is never further from its place.
constexpr GstClockTime kLongestPiece = 100 * GST_MSECOND;

struct Stats {
  guint64 windows = 0;
  guint64 speech_windows = 0;
  guint64 turns = 0;
  guint64 false_onsets = 0;
  guint64 stalls = 0;
  guint64 shortened = 0;
  guint64 lengthened = 0;
  guint64 inference_total = 0;  // ns
  guint64 inference_max = 0;    // ns
  float probability = 0;
};

}  // namespace

struct State {
  Settings settings;  // under the object lock
  std::atomic<int> conversation{GST_TURN_DETECTOR_LISTENING};

  const std::shared_ptr<TurnIds> turn_ids = std::make_shared<TurnIds>();
  std::shared_ptr<const SileroModel> model;  // set between NULL and READY, before any stream

  // Under the stream lock of the sink pad.
  std::unique_ptr<SpeechStream> stream;  // once the caps are known
  GstSegment segment;
  Stats stats;

  std::atomic<GstClockTime> last_arrival{0};  // of audio, absolute clock time
  std::atomic<bool> playing{false};
  // What the last VoiceInterim makes of the running turn, for the next buffer: turn id,
  // Completeness
  // + 1; 0 when there is nothing new.
  std::atomic<guint64> judged{0};
  ElementTimer timer;

  // Lock order: stream lock, then this one; nothing is called while it is held.
  std::mutex lock;
  Stats published;  // under lock
};

struct _GstTurnDetector {
  GstElement parent;
  GstPad* sinkpad;
  GstPad* srcpad;
  State* state;
};

enum { kSignalOnset, kSignalStart, kSignalEnd, kSignalCount };

static guint signals[kSignalCount];

GType gst_turn_detector_conversation_state_get_type(void) {
  static const GType type = [] {
    static const GEnumValue values[] = {
        {GST_TURN_DETECTOR_LISTENING, "The agent waits for the caller", "listening"},
        {GST_TURN_DETECTOR_THINKING, "The agent prepares a reply", "thinking"},
        {GST_TURN_DETECTOR_SPEAKING, "The agent speaks", "speaking"},
        {0, nullptr, nullptr}};
    return g_enum_register_static("GstTurnDetectorConversationState", values);
  }();
  return type;
}

G_DEFINE_FINAL_TYPE_WITH_CODE(GstTurnDetector, gst_turn_detector, GST_TYPE_ELEMENT,
                              GST_DEBUG_CATEGORY_INIT(gst_turn_detector_debug, "turndetector", 0,
                                                      "turn detector"))
GST_ELEMENT_REGISTER_DEFINE(turndetector, "turndetector", GST_RANK_NONE, GST_TYPE_TURN_DETECTOR)

namespace {

void on_timer(GstElement* element, gpointer);

GstClockTime clock_time(GstTurnDetector* self) {
  gstpp::ClockPtr clock{gst_element_get_clock(GST_ELEMENT(self))};
  return clock ? gst_clock_get_time(clock.get()) : GST_CLOCK_TIME_NONE;
}

GstClockTime stall_timeout(GstTurnDetector* self) {
  gstpp::ObjectLock lock(self);
  return self->state->settings.stall_timeout;
}

// When a decision at `position` of the stream was made: now, or the position itself where the
// stream runs ahead of the clock (files) or there is no clock.
GstClockTime decision_time(GstTurnDetector* self, GstClockTime position) {
  if (!self->state->playing) return position;
  const GstClockTime now = gstpp::running_time(GST_ELEMENT(self));
  return GST_CLOCK_TIME_IS_VALID(now) ? std::max(now, position) : position;
}

void publish_stats(State& state) {
  if (state.stream) {
    state.stats.windows = state.stream->windows();
    state.stats.speech_windows = state.stream->speech_windows();
    state.stats.probability = state.stream->probability();
    state.stats.turns = state.stream->detector().turns();
    state.stats.false_onsets = state.stream->detector().false_onsets();
    state.stats.shortened = state.stream->detector().shortened();
    state.stats.lengthened = state.stream->detector().lengthened();
  }
  std::lock_guard guard(state.lock);
  state.published = state.stats;
}

// Returns when the end was decided.
GstClockTime emit_end(GstTurnDetector* self, const SpeechEnd& end) {
  const GstClockTime now = decision_time(self, end.decided_at);
  GST_DEBUG_OBJECT(self, "turn %u ends at %" GST_TIME_FORMAT ", decided at %" GST_TIME_FORMAT,
                   end.turn_id, GST_TIME_ARGS(end.speech_end), GST_TIME_ARGS(now));
  g_signal_emit(self, signals[kSignalEnd], 0, end.turn_id, guint64{end.speech_end}, guint64{now});
  return now;
}

// Tells listeners first, so that they act before the audio moves on, then the stages downstream.
void deliver(GstTurnDetector* self, const TurnDecision& decision) {
  State& state = *self->state;
  if (const auto& onset = decision.onset) {
    GST_LOG_OBJECT(self, "speech onset at %" GST_TIME_FORMAT, GST_TIME_ARGS(onset->speech_start));
    g_signal_emit(self, signals[kSignalOnset], 0, guint64{onset->speech_start},
                  guint64{decision_time(self, onset->decided_at)});
  }
  if (const auto& start = decision.start) {
    const GstClockTime now = decision_time(self, start->decided_at);
    GST_DEBUG_OBJECT(self, "turn %u starts at %" GST_TIME_FORMAT ", decided at %" GST_TIME_FORMAT,
                     start->turn_id, GST_TIME_ARGS(start->speech_start), GST_TIME_ARGS(now));
    publish_stats(state);
    state.last_arrival = clock_time(self);
    state.timer.arm(GST_ELEMENT(self), stall_timeout(self), on_timer);
    g_signal_emit(self, signals[kSignalStart], 0, start->turn_id, guint64{start->speech_start},
                  guint64{now});
    gst_pad_push_event(self->srcpad,
                       jackfield::make_event(jackfield::TurnStart{
                           .turn_id = start->turn_id, .speech_start = start->speech_start}));
  }
  if (const auto& end = decision.end) {
    state.timer.stop();
    publish_stats(state);
    const GstClockTime now = emit_end(self, *end);
    gst_pad_push_event(
        self->srcpad,
        jackfield::make_event(jackfield::TurnEnd{
            .turn_id = end->turn_id, .speech_end = end->speech_end, .decided_at = now}));
  }
}

void deliver(GstTurnDetector* self, SpeechStream::Decisions decisions) {
  for (const TurnDecision& decision : decisions) deliver(self, decision);
}

// Takes over what was set since the last buffer.
void apply_settings(GstTurnDetector* self) {
  State& state = *self->state;
  TurnDetector& detector = state.stream->detector();
  {
    gstpp::ObjectLock lock(self);
    detector.set_config(state.settings.turns);
  }
  detector.set_state(
      static_cast<ConversationState>(state.conversation.load(std::memory_order_relaxed)));
  if (const guint64 judged = state.judged.exchange(0, std::memory_order_relaxed)) {
    detector.on_text(static_cast<guint>(judged >> 8),
                     static_cast<Completeness>((judged & 0xff) - 1));
  }
}

std::optional<Nanoseconds> to_running_time(const State& state, GstClockTime time) {
  if (state.segment.format != GST_FORMAT_TIME || !GST_CLOCK_TIME_IS_VALID(time)) return {};
  const guint64 t = gst_segment_to_running_time(&state.segment, GST_FORMAT_TIME, time);
  return GST_CLOCK_TIME_IS_VALID(t) ? std::optional<Nanoseconds>(t) : std::nullopt;
}

// For the watch over audio that stops; it has nothing to do outside of turns.
void note_arrival(GstTurnDetector* self) {
  State& state = *self->state;
  if (!state.stream->detector().in_turn()) return;
  state.last_arrival = clock_time(self);
  // A turn that began before there was a clock.
  if (!state.timer.armed()) state.timer.arm(GST_ELEMENT(self), stall_timeout(self), on_timer);
}

bool analyze(GstTurnDetector* self, GstBuffer* buffer) {
  State& state = *self->state;
  gstpp::MappedBuffer map(buffer, GST_MAP_READ);
  if (!map) {
    GST_ELEMENT_ERROR(self, RESOURCE, READ, (nullptr), ("could not map a buffer of audio"));
    return false;
  }
  apply_settings(self);
  const guint64 windows_before = state.stream->windows();
  const GstClockTime before = gst_util_get_timestamp();
  const auto decisions =
      state.stream->push(to_running_time(state, GST_BUFFER_PTS(buffer)), map.as<const gint16>());
  if (const guint64 windows = state.stream->windows() - windows_before) {
    const guint64 taken = gst_util_get_timestamp() - before;
    state.stats.inference_total += taken;
    state.stats.inference_max = std::max(state.stats.inference_max, taken / windows);
    publish_stats(state);
  }
  deliver(self, decisions);
  return true;
}

GstFlowReturn chain(GstTurnDetector* self, gstpp::BufferPtr buffer) {
  State& state = *self->state;
  if (!state.stream) return GST_FLOW_NOT_NEGOTIATED;
  note_arrival(self);

  const int rate = state.stream->rate();
  const gsize size = gst_buffer_get_size(buffer.get());
  const gsize longest = gst_util_uint64_scale_int(kLongestPiece, rate, GST_SECOND) * sizeof(gint16);
  if (size <= longest) {
    if (!analyze(self, buffer.get())) return GST_FLOW_ERROR;
    return gst_pad_push(self->srcpad, buffer.release());
  }
  const auto duration_of = [&](gsize bytes) {
    return gst_util_uint64_scale_int(bytes / sizeof(gint16), GST_SECOND, rate);
  };
  const GstClockTime pts = GST_BUFFER_PTS(buffer.get());
  for (gsize offset = 0; offset < size; offset += longest) {
    const gsize length = std::min(longest, size - offset);
    gstpp::BufferPtr piece{
        gst_buffer_copy_region(buffer.get(), GST_BUFFER_COPY_ALL, offset, length)};
    if (GST_CLOCK_TIME_IS_VALID(pts)) GST_BUFFER_PTS(piece.get()) = pts + duration_of(offset);
    GST_BUFFER_DURATION(piece.get()) = duration_of(length);
    if (offset) GST_BUFFER_FLAG_UNSET(piece.get(), GST_BUFFER_FLAG_DISCONT);
    if (!analyze(self, piece.get())) return GST_FLOW_ERROR;
    const GstFlowReturn flow = gst_pad_push(self->srcpad, piece.release());
    if (flow != GST_FLOW_OK) return flow;
  }
  return GST_FLOW_OK;
}

bool set_caps(GstTurnDetector* self, GstCaps* caps) {
  State& state = *self->state;
  int rate = 0;
  if (!gst_structure_get_int(gst_caps_get_structure(caps, 0), "rate", &rate)) return false;
  if (!state.model || !state.model->network(rate)) {
    GST_ELEMENT_ERROR(self, STREAM, FORMAT,
                      ("The voice activity model is not made for audio at %d Hz.", rate),
                      ("put audioresample before turndetector, or use the full silero_vad.onnx"));
    return false;
  }
  if (state.stream) {
    state.stream->change_rate(rate);
  } else {
    state.stream = std::make_unique<SpeechStream>(state.model, rate, state.turn_ids);
  }
  return true;
}

void handle_gap(GstTurnDetector* self, GstEvent* event) {
  State& state = *self->state;
  GstClockTime time, duration;
  gst_event_parse_gap(event, &time, &duration);
  const auto start = to_running_time(state, time);
  if (!state.stream || !start) return;
  note_arrival(self);
  apply_settings(self);
  deliver(self, state.stream->gap(*start, GST_CLOCK_TIME_IS_VALID(duration) ? duration : 0));
  publish_stats(state);
}

void finish(GstTurnDetector* self) {
  State& state = *self->state;
  if (!state.stream) return;
  deliver(self, state.stream->finish());
  publish_stats(state);
}

// Downstream forgets the running turn with the flush; listeners are told.
void handle_flush(GstTurnDetector* self) {
  State& state = *self->state;
  gst_segment_init(&state.segment, GST_FORMAT_TIME);
  if (!state.stream) return;
  for (const TurnDecision& decision : state.stream->finish()) {
    if (decision.end) emit_end(self, *decision.end);
  }
  state.stream->reset();
  state.timer.stop();
}

gboolean sink_event(GstTurnDetector* self, GstEvent* event) {
  State& state = *self->state;
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_CAPS: {
      GstCaps* caps;
      gst_event_parse_caps(event, &caps);
      if (!set_caps(self, caps)) {
        gst_event_unref(event);
        return FALSE;
      }
      break;
    }
    case GST_EVENT_SEGMENT:
      gst_event_copy_segment(event, &state.segment);
      break;
    case GST_EVENT_GAP:
      handle_gap(self, event);
      break;
    case GST_EVENT_EOS:
      finish(self);
      break;
    case GST_EVENT_FLUSH_STOP:
      handle_flush(self);
      break;
    default:
      break;
  }
  return gst_pad_event_default(self->sinkpad, GST_OBJECT(self), event);
}

// --- Audio that stops in the middle of speech ---

// In GStreamer's thread pool.
void on_timer(GstElement* element, gpointer) {
  GstTurnDetector* self = GST_TURN_DETECTOR(element);
  gstpp::guarded<bool>(self, false, [&] {
    State& state = *self->state;
    GST_PAD_STREAM_LOCK(self->sinkpad);
    if (state.stream && state.stream->detector().in_turn()) {
      const GstClockTime timeout = stall_timeout(self);
      const GstClockTime now = clock_time(self);
      const GstClockTime last = state.last_arrival;
      if (!state.playing || !GST_CLOCK_TIME_IS_VALID(now) || now < last) {
        state.timer.arm(element, timeout, on_timer);
      } else if (now - last < timeout) {
        state.timer.arm(element, timeout - (now - last), on_timer);
      } else {
        GST_INFO_OBJECT(self, "no audio for %" GST_TIME_FORMAT ": the turn ends",
                        GST_TIME_ARGS(now - last));
        ++state.stats.stalls;
        finish(self);
      }
    }
    GST_PAD_STREAM_UNLOCK(self->sinkpad);
    return true;
  });
}

bool load_model(GstTurnDetector* self) {
  std::string file;
  {
    gstpp::ObjectLock lock(self);
    file = self->state->settings.model;
  }
  auto result = find_silero_model(file);
  if (auto* model = std::get_if<0>(&result)) {
    self->state->model = std::move(*model);
    GST_INFO_OBJECT(self, "model loaded, instruction set %s", best_silero_kernels().name);
    return true;
  }
  GST_ELEMENT_ERROR(
      self, RESOURCE, NOT_FOUND,
      ("No voice activity model. Tried %s. `./dev build` fetches silero_vad.onnx; the property "
       "model or the environment variable JACKFIELD_MODELS (a folder) says where it is.",
       std::get<std::string>(result).c_str()),
      (nullptr));
  return false;
}

}  // namespace

// From the STT stage, on whatever thread it has.
static gboolean gst_turn_detector_src_event(GstPad* pad, GstObject* parent, GstEvent* event) {
  return gstpp::guarded<gboolean>(parent, FALSE, [&] {
    if (const auto interim = jackfield::parse_interim(event)) {
      const auto judged = static_cast<guint64>(agentbrain::judge_completeness(interim->text)) + 1;
      GST_TURN_DETECTOR(parent)->state->judged = guint64{interim->turn_id} << 8 | judged;
    }
    return gst_pad_event_default(pad, parent, event);
  });
}

static GstFlowReturn gst_turn_detector_chain(GstPad*, GstObject* parent, GstBuffer* raw) {
  gstpp::BufferPtr buffer{raw};
  return gstpp::guarded(parent, GST_FLOW_ERROR,
                        [&] { return chain(GST_TURN_DETECTOR(parent), std::move(buffer)); });
}

static gboolean gst_turn_detector_sink_event(GstPad*, GstObject* parent, GstEvent* event) {
  return gstpp::guarded<gboolean>(parent, FALSE,
                                  [&] { return sink_event(GST_TURN_DETECTOR(parent), event); });
}

static GstStateChangeReturn gst_turn_detector_change_state(GstElement* element,
                                                           GstStateChange transition) {
  GstTurnDetector* self = GST_TURN_DETECTOR(element);
  State& state = *self->state;
  switch (transition) {
    case GST_STATE_CHANGE_NULL_TO_READY:
      if (!gstpp::guarded(self, false, [&] { return load_model(self); })) {
        return GST_STATE_CHANGE_FAILURE;
      }
      break;
    case GST_STATE_CHANGE_READY_TO_PAUSED: {
      state.stats = {};
      state.turn_ids->reset();
      gst_segment_init(&state.segment, GST_FORMAT_TIME);
      std::lock_guard guard(state.lock);
      state.published = {};
      break;
    }
    case GST_STATE_CHANGE_PAUSED_TO_PLAYING:
      // Time spent in PAUSED is no stall.
      state.last_arrival = clock_time(self);
      state.playing = true;
      break;
    case GST_STATE_CHANGE_PLAYING_TO_PAUSED:
      state.playing = false;
      break;
    default:
      break;
  }

  const GstStateChangeReturn result =
      GST_ELEMENT_CLASS(gst_turn_detector_parent_class)->change_state(element, transition);

  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    // The lock keeps a late on_timer() from seeing a turn and arming the timer again.
    GST_PAD_STREAM_LOCK(self->sinkpad);
    state.stream.reset();
    state.judged = 0;
    GST_PAD_STREAM_UNLOCK(self->sinkpad);
    state.timer.stop();
  }
  if (transition == GST_STATE_CHANGE_READY_TO_NULL) state.model.reset();
  return result;
}

static GstStructure* make_stats(GstTurnDetector* self) {
  State& state = *self->state;
  Stats s;
  {
    std::lock_guard guard(state.lock);
    s = state.published;
  }
  const GEnumValue* conversation = g_enum_get_value(
      static_cast<GEnumClass*>(g_type_class_peek(GST_TYPE_TURN_DETECTOR_CONVERSATION_STATE)),
      state.conversation);
  return gst_structure_new(
      "application/x-turndetector-stats", "windows", G_TYPE_UINT64, s.windows, "speech-windows",
      G_TYPE_UINT64, s.speech_windows, "turns", G_TYPE_UINT64, s.turns, "false-onsets",
      G_TYPE_UINT64, s.false_onsets, "stalls", G_TYPE_UINT64, s.stalls, "shortened", G_TYPE_UINT64,
      s.shortened, "lengthened", G_TYPE_UINT64, s.lengthened, "inference-mean", G_TYPE_UINT64,
      s.windows ? s.inference_total / s.windows : 0, "inference-max", G_TYPE_UINT64,
      s.inference_max, "probability", G_TYPE_DOUBLE, double{s.probability}, "state", G_TYPE_STRING,
      conversation->value_nick, "instruction-set", G_TYPE_STRING, best_silero_kernels().name,
      nullptr);
}

static void gst_turn_detector_set_property(GObject* object, guint id, const GValue* value,
                                           GParamSpec* pspec) {
  GstTurnDetector* self = GST_TURN_DETECTOR(object);
  gstpp::ObjectLock lock(self);
  if (set_setting(self->state->settings, id, value)) return;
  if (id == kPropState) {
    self->state->conversation = g_value_get_enum(value);
  } else {
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
  }
}

static void gst_turn_detector_get_property(GObject* object, guint id, GValue* value,
                                           GParamSpec* pspec) {
  GstTurnDetector* self = GST_TURN_DETECTOR(object);
  if (id == kPropStats) {
    g_value_take_boxed(value, make_stats(self));
    return;
  }
  gstpp::ObjectLock lock(self);
  if (get_setting(self->state->settings, id, value)) return;
  if (id == kPropState) {
    g_value_set_enum(value, self->state->conversation);
  } else {
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
  }
}

static void gst_turn_detector_finalize(GObject* object) {
  delete GST_TURN_DETECTOR(object)->state;
  G_OBJECT_CLASS(gst_turn_detector_parent_class)->finalize(object);
}

static void gst_turn_detector_init(GstTurnDetector* self) {
  self->state = new State;
  gst_segment_init(&self->state->segment, GST_FORMAT_TIME);
  self->sinkpad = gst_pad_new_from_static_template(&sink_template, "sink");
  gst_pad_set_chain_function(self->sinkpad, gst_turn_detector_chain);
  gst_pad_set_event_function(self->sinkpad, gst_turn_detector_sink_event);
  GST_PAD_SET_PROXY_CAPS(self->sinkpad);
  GST_PAD_SET_PROXY_ALLOCATION(self->sinkpad);
  GST_PAD_SET_PROXY_SCHEDULING(self->sinkpad);
  gst_element_add_pad(GST_ELEMENT(self), self->sinkpad);
  self->srcpad = gst_pad_new_from_static_template(&src_template, "src");
  gst_pad_set_event_function(self->srcpad, gst_turn_detector_src_event);
  GST_PAD_SET_PROXY_CAPS(self->srcpad);
  GST_PAD_SET_PROXY_SCHEDULING(self->srcpad);
  gst_element_add_pad(GST_ELEMENT(self), self->srcpad);
}

guint gst_turn_detector_take_turn_id(GstTurnDetector* self) {
  return self->state->turn_ids->next();
}

static void gst_turn_detector_class_init(GstTurnDetectorClass* klass) {
  GObjectClass* object_class = G_OBJECT_CLASS(klass);
  GstElementClass* element_class = GST_ELEMENT_CLASS(klass);
  object_class->set_property = gst_turn_detector_set_property;
  object_class->get_property = gst_turn_detector_get_property;
  object_class->finalize = gst_turn_detector_finalize;
  element_class->change_state = gst_turn_detector_change_state;
  install_properties(object_class);

  // GstTurnDetector::speech-onset: the first window over the threshold, which may become a turn.
  // guint64 speech_start, guint64 now; running times in ns, here and below. All three are emitted
  // on the thread that pushes audio, before the audio and the events go downstream.
  signals[kSignalOnset] =
      g_signal_new("speech-onset", GST_TYPE_TURN_DETECTOR, G_SIGNAL_RUN_LAST, 0, nullptr, nullptr,
                   nullptr, G_TYPE_NONE, 2, G_TYPE_UINT64, G_TYPE_UINT64);
  // GstTurnDetector::speech-start: a turn has begun. guint turn_id, guint64 speech_start,
  // guint64 now.
  signals[kSignalStart] =
      g_signal_new("speech-start", GST_TYPE_TURN_DETECTOR, G_SIGNAL_RUN_LAST, 0, nullptr, nullptr,
                   nullptr, G_TYPE_NONE, 3, G_TYPE_UINT, G_TYPE_UINT64, G_TYPE_UINT64);
  // GstTurnDetector::speech-end: the turn is over. guint turn_id, guint64 speech_end, guint64 now.
  signals[kSignalEnd] =
      g_signal_new("speech-end", GST_TYPE_TURN_DETECTOR, G_SIGNAL_RUN_LAST, 0, nullptr, nullptr,
                   nullptr, G_TYPE_NONE, 3, G_TYPE_UINT, G_TYPE_UINT64, G_TYPE_UINT64);

  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(
      element_class, "Turn detector", "Filter/Analyzer/Audio",
      "Passes audio through and finds where the turns of a speaker start and end (Silero VAD)",
      PACKAGE_NAME " project");
  gst_type_mark_as_plugin_api(GST_TYPE_TURN_DETECTOR_CONVERSATION_STATE,
                              static_cast<GstPluginAPIFlags>(0));
}
