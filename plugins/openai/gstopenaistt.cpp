// openaistt: speech to text by the OpenAI API. See docs/elements/openaistt.md. The pads and the
// turns are TurnStt's; here are the properties, which are under the object lock.
#include "gstopenaistt.hpp"

#include <gst/audio/audio.h>

#include <atomic>
#include <memory>
#include <utility>

#include "gstpp.hpp"
#include "live_stt.hpp"
#include "param_flags.hpp"
#include "trial.hpp"
#include "turn_stt.hpp"

GST_DEBUG_CATEGORY(openaistt_debug);
#define GST_CAT_DEFAULT openaistt_debug

using namespace openai;

namespace {

struct State {
  SttSettings settings;           // under the object lock
  Service service;                // of the state changes
  std::atomic<bool> live{false};  // over the Realtime socket; likewise
  std::unique_ptr<TurnStt> turns;
  std::unique_ptr<jackfield::StreamingStt> stream;
};

}  // namespace

struct _GstOpenAiStt {
  GstElement parent;
  State* state;
};

enum : guint {
  kPropApi = kOwnProperties,
  kPropPath,
  kPropLanguage,
  kPropPrompt,
  kPropStream,
  kPropPreRoll,
  kPropMaxTurn,
  kPropAnswerTimeout,
  kPropStats
};

G_DEFINE_FINAL_TYPE(GstOpenAiStt, gst_open_ai_stt, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE(openaistt, "openaistt", GST_RANK_NONE, GST_TYPE_OPEN_AI_STT,
                                      GST_DEBUG_CATEGORY_INIT(openaistt_debug, "openaistt", 0,
                                                              "speech to text by the OpenAI API"))

#define TURN_CAPS                                 \
  "audio/x-raw, format = (string) " GST_AUDIO_NE( \
      S16) ", layout = (string) interleaved, rate = (int) [ 8000, 48000 ], channels = (int) 1"
#define MULAW_CAPS "audio/x-mulaw, rate = (int) 8000, channels = (int) 1"

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(TURN_CAPS "; " MULAW_CAPS));
static GstStaticCaps turn_caps = GST_STATIC_CAPS(TURN_CAPS);
static GstStaticCaps live_caps = GST_STATIC_CAPS(
    "audio/x-raw, format = (string) S16LE, layout = (string) interleaved, rate = (int) { 8000, "
    "24000 }, channels = (int) 1; " MULAW_CAPS);
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS("text/x-raw, format = (string) utf8"));

static GType gst_open_ai_stt_api_get_type() {
  static const GType type = [] {
    static const GEnumValue values[] = {
        {static_cast<gint>(SttApi::kAuto),
         "Realtime for models that transcribe while they hear, else Transcriptions", "auto"},
        {static_cast<gint>(SttApi::kTranscriptions), "Transcriptions, an upload a turn",
         "transcriptions"},
        {static_cast<gint>(SttApi::kRealtime), "Realtime, audio as it comes", "realtime"},
        {0, nullptr, nullptr}};
    return g_enum_register_static("GstOpenAiSttApi", values);
  }();
  return type;
}

static SttSettings settings_of(GstOpenAiStt* self) {
  const gstpp::ObjectLock lock(self);
  return self->state->settings;
}

// ---- The pads ----

static GstFlowReturn gst_open_ai_stt_chain(GstPad*, GstObject* parent, GstBuffer* raw) {
  State& s = *GST_OPEN_AI_STT(parent)->state;
  gstpp::BufferPtr buffer{raw};
  return gstpp::guarded(parent, GST_FLOW_ERROR, [&] {
    return s.live ? s.stream->chain(buffer.release()) : s.turns->chain(std::move(buffer));
  });
}

static gboolean gst_open_ai_stt_sink_event(GstPad*, GstObject* parent, GstEvent* event) {
  State& s = *GST_OPEN_AI_STT(parent)->state;
  return gstpp::guarded(parent, gboolean{FALSE}, [&] {
    return s.live ? s.stream->sink_event(event) : s.turns->pads().sink_event(event);
  });
}

static gboolean answer_caps(GstOpenAiStt* self, GstQuery* query) {
  gstpp::CapsPtr caps{gst_static_caps_get(is_live(settings_of(self)) ? &live_caps : &turn_caps)};
  GstCaps* filter = nullptr;
  gst_query_parse_caps(query, &filter);
  if (filter) {
    caps.reset(gst_caps_intersect_full(filter, caps.get(), GST_CAPS_INTERSECT_FIRST));
  }
  gst_query_set_caps_result(query, caps.get());
  return TRUE;
}

static gboolean gst_open_ai_stt_sink_query(GstPad*, GstObject* parent, GstQuery* query) {
  auto* self = GST_OPEN_AI_STT(parent);
  State& s = *self->state;
  return gstpp::guarded(parent, gboolean{FALSE}, [&] {
    if (GST_QUERY_TYPE(query) == GST_QUERY_CAPS) return answer_caps(self, query);
    return s.live ? s.stream->sink_query(query) : s.turns->pads().sink_query(query);
  });
}

// ---- The element ----

static bool prepare(GstOpenAiStt* self) {
  State& s = *self->state;
  const SttSettings set = settings_of(self);
  const bool live = is_live(set);
  auto service = prepare_service(GST_ELEMENT_CAST(self), set, live);
  if (!service) return false;
  s.service = std::move(*service);
  s.live = live;
  return true;
}

static bool start(GstOpenAiStt* self) {
  State& s = *self->state;
  if (s.live) {
    if (!jackfield::is_trial(GST_ELEMENT_CAST(self)))
      s.stream->start(make_live_setup(settings_of(self), s.service));
  } else {
    s.turns->start(s.service);
  }
  return true;
}

static GstStateChangeReturn gst_open_ai_stt_change_state(GstElement* element,
                                                         GstStateChange transition) {
  auto* self = GST_OPEN_AI_STT(element);
  State& s = *self->state;
  if (transition == GST_STATE_CHANGE_NULL_TO_READY) {
    if (!gstpp::guarded(self, false, [&] { return prepare(self); }))
      return GST_STATE_CHANGE_FAILURE;
  } else if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    if (!gstpp::guarded(self, false, [&] { return start(self); })) return GST_STATE_CHANGE_FAILURE;
  } else if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    s.live ? s.stream->begin_stop() : s.turns->begin_stop();
  }
  const auto result =
      GST_ELEMENT_CLASS(gst_open_ai_stt_parent_class)->change_state(element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    s.live ? s.stream->finish_stop() : s.turns->finish_stop();
  }
  return result;
}

static void gst_open_ai_stt_set_property(GObject* object, guint id, const GValue* value,
                                         GParamSpec* spec) {
  const gstpp::ObjectLock lock(object);
  SttSettings& set = GST_OPEN_AI_STT(object)->state->settings;
  if (set_service_property(set, id, value)) return;
  switch (id) {
    case kPropApi:
      set.api = static_cast<SttApi>(g_value_get_enum(value));
      break;
    case kPropPath:
      set.path = gstpp::get_string(value);
      break;
    case kPropLanguage:
      set.language = gstpp::get_string(value);
      break;
    case kPropPrompt:
      set.prompt = gstpp::get_string(value);
      break;
    case kPropStream:
      set.stream = g_value_get_boolean(value);
      break;
    case kPropPreRoll:
      set.pre_roll = g_value_get_uint64(value);
      break;
    case kPropMaxTurn:
      set.max_turn = g_value_get_uint64(value);
      break;
    case kPropAnswerTimeout:
      set.answer_timeout = g_value_get_uint64(value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
      break;
  }
}

// The figures of the API in use; those that only the other has are zero.
static GstStructure* make_stats(State& s) {
  gstpp::StructurePtr turns{s.turns->make_stats()};
  gstpp::StructurePtr stream{s.stream->make_stats()};
  if (s.live) turns.swap(stream);
  for (gint i = 0; i < gst_structure_n_fields(stream.get()); ++i) {
    const gchar* name = gst_structure_nth_field_name(stream.get(), i);
    if (gst_structure_has_field(turns.get(), name)) continue;
    gst_structure_set_value(turns.get(), name, gst_structure_get_value(stream.get(), name));
  }
  return turns.release();
}

static void gst_open_ai_stt_get_property(GObject* object, guint id, GValue* value,
                                         GParamSpec* spec) {
  State& s = *GST_OPEN_AI_STT(object)->state;
  if (id == kPropStats) return g_value_take_boxed(value, make_stats(s));
  const gstpp::ObjectLock lock(object);
  const SttSettings& set = s.settings;
  if (get_service_property(set, id, value)) return;
  switch (id) {
    case kPropApi:
      g_value_set_enum(value, static_cast<gint>(set.api));
      break;
    case kPropPath:
      g_value_set_string(value, set.path.c_str());
      break;
    case kPropLanguage:
      g_value_set_string(value, set.language.c_str());
      break;
    case kPropPrompt:
      g_value_set_string(value, set.prompt.c_str());
      break;
    case kPropStream:
      g_value_set_boolean(value, set.stream);
      break;
    case kPropPreRoll:
      g_value_set_uint64(value, set.pre_roll);
      break;
    case kPropMaxTurn:
      g_value_set_uint64(value, set.max_turn);
      break;
    case kPropAnswerTimeout:
      g_value_set_uint64(value, set.answer_timeout);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
      break;
  }
}

static void gst_open_ai_stt_init(GstOpenAiStt* self) {
  self->state = new State;
  State& s = *self->state;
  GstPad* sink = gst_pad_new_from_static_template(&sink_template, "sink");
  gst_pad_set_chain_function(sink, gst_open_ai_stt_chain);
  gst_pad_set_event_function(sink, gst_open_ai_stt_sink_event);
  gst_pad_set_query_function(sink, gst_open_ai_stt_sink_query);
  gst_element_add_pad(GST_ELEMENT_CAST(self), sink);
  GstPad* src = gst_pad_new_from_static_template(&src_template, "src");
  gst_pad_use_fixed_caps(src);
  gst_element_add_pad(GST_ELEMENT_CAST(self), src);
  s.turns = std::make_unique<TurnStt>(GST_ELEMENT_CAST(self), sink, src, s.settings);
  s.stream = std::make_unique<jackfield::StreamingStt>(GST_ELEMENT_CAST(self), sink, src,
                                                       "openaistt", openaistt_debug);
}

static void gst_open_ai_stt_finalize(GObject* object) {
  delete GST_OPEN_AI_STT(object)->state;
  G_OBJECT_CLASS(gst_open_ai_stt_parent_class)->finalize(object);
}

static void gst_open_ai_stt_class_init(GstOpenAiSttClass* klass) {
  using namespace jackfield;
  auto* object_class = G_OBJECT_CLASS(klass);
  object_class->set_property = gst_open_ai_stt_set_property;
  object_class->get_property = gst_open_ai_stt_get_property;
  object_class->finalize = gst_open_ai_stt_finalize;
  const SttSettings def;
  install_service_properties(object_class,
                             "Name of the model, as the service knows it; empty: not sent");
  g_object_class_install_property(
      object_class, kPropApi,
      g_param_spec_enum("api", "API", "How the service is asked", gst_open_ai_stt_api_get_type(),
                        static_cast<gint>(def.api), kReadWriteReady));
  g_object_class_install_property(
      object_class, kPropPath,
      g_param_spec_string("path", "Path", "Of transcriptions, below the base URL", def.path.c_str(),
                          kReadWriteReady));
  g_object_class_install_property(
      object_class, kPropLanguage,
      g_param_spec_string("language", "Language", "Of the caller (ISO 639-1); empty: not sent", "",
                          kReadWritePlaying));
  g_object_class_install_property(
      object_class, kPropPrompt,
      g_param_spec_string("prompt", "Prompt",
                          "Words to expect, names for instance; empty: not sent", "",
                          kReadWritePlaying));
  g_object_class_install_property(
      object_class, kPropStream,
      g_param_spec_boolean("stream", "Stream",
                           "Ask for the text as it is recognized (whisper-1 cannot)", def.stream,
                           kReadWritePlaying));
  g_object_class_install_property(
      object_class, kPropPreRoll,
      g_param_spec_uint64("pre-roll", "Pre-roll",
                          "Audio before the announced start of speech that is sent, too (ns)", 0,
                          GST_SECOND, def.pre_roll, kReadWritePlaying));
  g_object_class_install_property(
      object_class, kPropMaxTurn,
      g_param_spec_uint64("max-turn", "Longest turn", "Audio of a turn beyond it is not sent (ns)",
                          GST_SECOND, 600 * GST_SECOND, def.max_turn, kReadWritePlaying));
  g_object_class_install_property(
      object_class, kPropAnswerTimeout,
      g_param_spec_uint64("answer-timeout", "Answer time-out",
                          "For the beginning of an answer, and between its pieces (ns)",
                          GST_MSECOND, 600 * GST_SECOND, def.answer_timeout, kReadWritePlaying));
  g_object_class_install_property(
      object_class, kPropStats,
      g_param_spec_boxed("stats", "Statistics", "Figures since the element was made (times in ns)",
                         GST_TYPE_STRUCTURE, kReadOnly));

  auto* element_class = GST_ELEMENT_CLASS(klass);
  element_class->change_state = gst_open_ai_stt_change_state;
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(
      element_class, "OpenAI speech to text", "Converter/Audio/Text/Network",
      "Recognizes speech by a service behind the OpenAI API, a turn at a time or as it is spoken",
      "Jackfield project");
  gst_type_mark_as_plugin_api(gst_open_ai_stt_api_get_type(), static_cast<GstPluginAPIFlags>(0));
}
