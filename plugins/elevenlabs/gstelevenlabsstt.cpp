// elevenlabsstt: speech to text by ElevenLabs' Scribe. See docs/elements/elevenlabsstt.md. The
// pads, the connection and the turns are StreamingStt's (plugins/common), the messages those of
// core/, the properties those of stt_settings.cpp, under the object lock.
#include "gstelevenlabsstt.hpp"

#include <string>

#include "gstpp.hpp"
#include "scribe_protocol.hpp"
#include "service_error.hpp"
#include "settings_text.hpp"
#include "streaming_stt.hpp"
#include "stt_settings.hpp"
#include "trial.hpp"
#include "turn_events.hpp"

GST_DEBUG_CATEGORY_STATIC(elevenlabsstt_debug);
#define GST_CAT_DEFAULT elevenlabsstt_debug

using elevenlabs::ScribeSettings;
using jackfield::StreamingStt;
using jackfield::SttSession;
using Segmentation = SttSession::Segmentation;
using Settings = elevenlabs::SttSettings;

namespace {

constexpr char kKeyVariable[] = "ELEVENLABS_API_KEY";

struct State {
  Settings settings;  // under the object lock
  std::unique_ptr<StreamingStt> stt;
};

}  // namespace

struct _GstElevenlabsStt {
  GstElement parent;
  State* state;
};

G_DEFINE_FINAL_TYPE(GstElevenlabsStt, gst_elevenlabs_stt, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE(elevenlabsstt, "elevenlabsstt", GST_RANK_NONE,
                                      GST_TYPE_ELEVENLABS_STT,
                                      GST_DEBUG_CATEGORY_INIT(elevenlabsstt_debug, "elevenlabsstt",
                                                              0, "speech to text by ElevenLabs"))

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS("audio/x-raw, format = (string) S16LE, layout = (string) interleaved, "
                    "rate = (int) { 8000, 16000, 22050, 24000, 44100, 48000 }, channels = (int) 1; "
                    "audio/x-mulaw, rate = (int) 8000, channels = (int) 1"));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS("text/x-raw, format = (string) utf8"));

// ---- Streams ----

static std::optional<SttSession::Failure> explain(const jackfield::WebSocketEnd& end) {
  const auto error = elevenlabs::explain_end(end.http_status, end.close_code, end.details);
  if (!error) return std::nullopt;
  return SttSession::Failure{
      .cause = error->code, .text = error->text, .retryable = error->retryable};
}

static GstStructure* make_error(const SttSession::Failure& failure) {
  return gst_structure_new("elevenlabsstt/error", "cause", G_TYPE_STRING, failure.cause.c_str(),
                           "text", G_TYPE_STRING, failure.text.c_str(), "retryable", G_TYPE_BOOLEAN,
                           failure.retryable, "http-status", G_TYPE_INT, failure.http_status,
                           "close-code", G_TYPE_INT, failure.close_code, nullptr);
}

static guint64 nanoseconds(double seconds) { return static_cast<guint64>(seconds * 1e9); }

static GstStructure* make_words(const SttSession::Note& note) {
  GstStructure* message = gst_structure_new("elevenlabsstt/words", "language", G_TYPE_STRING,
                                            note.language.c_str(), nullptr);
  std::vector<jackfield::Word> words;
  for (const jackfield::SttWord& word : note.words) {
    words.push_back({.text = word.text,
                     .offset = nanoseconds(word.start_s),
                     .duration = nanoseconds(word.end_s - word.start_s)});
  }
  jackfield::append_words(message, words);
  return message;
}

static bool start(GstElevenlabsStt* self) {
  Settings settings;
  {
    const gstpp::ObjectLock lock(self);
    settings = self->state->settings;
  }
  ScribeSettings& scribe = settings.scribe;
  scribe.keyterms = jackfield::split_terms(settings.keyterms);
  scribe.find_turns = settings.session.segmentation == Segmentation::kService;
  const ScribeSettings defaults;
  if (scribe.base_url.empty()) scribe.base_url = defaults.base_url;
  if (scribe.model.empty()) scribe.model = defaults.model;
  if (const std::string wrong = elevenlabs::check_scribe_settings(scribe); !wrong.empty()) {
    GST_ELEMENT_ERROR(self, RESOURCE, SETTINGS, ("elevenlabsstt: %s.", wrong.c_str()), (nullptr));
    return false;
  }
  if (jackfield::is_trial(GST_ELEMENT_CAST(self))) return true;
  if (settings.api_key.empty()) {
    const gchar* key = g_getenv(kKeyVariable);
    settings.api_key = key ? key : "";
  }
  self->state->stt->start({.session = settings.session,
                           .make_service = [scribe](const jackfield::SttFormat& format)
                               -> std::unique_ptr<jackfield::SttService> {
                             return std::make_unique<elevenlabs::ScribeProtocol>(scribe, format);
                           },
                           .make_options =
                               [settings](const jackfield::SttFormat& format) {
                                 jackfield::WebSocketOptions options;
                                 options.url = elevenlabs::scribe_url(settings.scribe, format);
                                 if (!settings.api_key.empty()) {
                                   options.headers.emplace_back("xi-api-key", settings.api_key);
                                 }
                                 return options;
                               },
                           .explain = explain,
                           .make_error = make_error,
                           .make_note = make_words});
  return true;
}

static GstStateChangeReturn gst_elevenlabs_stt_change_state(GstElement* element,
                                                            GstStateChange transition) {
  auto* self = GST_ELEVENLABS_STT(element);
  StreamingStt& stt = *self->state->stt;
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    if (!gstpp::guarded(self, false, [&] { return start(self); })) return GST_STATE_CHANGE_FAILURE;
  } else if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    stt.begin_stop();
  }
  const auto result =
      GST_ELEMENT_CLASS(gst_elevenlabs_stt_parent_class)->change_state(element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) stt.finish_stop();
  return result;
}

static GstFlowReturn gst_elevenlabs_stt_chain(GstPad*, GstObject* parent, GstBuffer* buffer) {
  return gstpp::guarded(parent, GST_FLOW_ERROR,
                        [&] { return GST_ELEVENLABS_STT(parent)->state->stt->chain(buffer); });
}

static gboolean gst_elevenlabs_stt_sink_event(GstPad*, GstObject* parent, GstEvent* event) {
  return gstpp::guarded(parent, gboolean{FALSE},
                        [&] { return GST_ELEVENLABS_STT(parent)->state->stt->sink_event(event); });
}

static gboolean gst_elevenlabs_stt_sink_query(GstPad*, GstObject* parent, GstQuery* query) {
  return GST_ELEVENLABS_STT(parent)->state->stt->sink_query(query);
}

// ---- The element ----

static const jackfield::MemberProperties<Settings>* properties;  // since class_init

static void gst_elevenlabs_stt_set_property(GObject* object, guint id, const GValue* value,
                                            GParamSpec* spec) {
  const gstpp::ObjectLock lock(object);
  if (!properties->set(GST_ELEVENLABS_STT(object)->state->settings, id, value)) {
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

static void gst_elevenlabs_stt_get_property(GObject* object, guint id, GValue* value,
                                            GParamSpec* spec) {
  State& state = *GST_ELEVENLABS_STT(object)->state;
  if (properties->is_stats(id)) {
    g_value_take_boxed(value, state.stt->make_stats());
    return;
  }
  const gstpp::ObjectLock lock(object);
  if (!properties->get(state.settings, id, value)) {
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

static void gst_elevenlabs_stt_init(GstElevenlabsStt* self) {
  self->state = new State;
  GstPad* sink = gst_pad_new_from_static_template(&sink_template, "sink");
  gst_pad_set_chain_function(sink, gst_elevenlabs_stt_chain);
  gst_pad_set_event_function(sink, gst_elevenlabs_stt_sink_event);
  gst_pad_set_query_function(sink, gst_elevenlabs_stt_sink_query);
  gst_element_add_pad(GST_ELEMENT_CAST(self), sink);
  GstPad* src = gst_pad_new_from_static_template(&src_template, "src");
  gst_pad_use_fixed_caps(src);
  gst_element_add_pad(GST_ELEMENT_CAST(self), src);
  self->state->stt = std::make_unique<StreamingStt>(GST_ELEMENT_CAST(self), sink, src,
                                                    "elevenlabsstt", elevenlabsstt_debug);
}

static void gst_elevenlabs_stt_finalize(GObject* object) {
  delete GST_ELEVENLABS_STT(object)->state;
  G_OBJECT_CLASS(gst_elevenlabs_stt_parent_class)->finalize(object);
}

static void gst_elevenlabs_stt_class_init(GstElevenlabsSttClass* klass) {
  auto* object_class = G_OBJECT_CLASS(klass);
  object_class->set_property = gst_elevenlabs_stt_set_property;
  object_class->get_property = gst_elevenlabs_stt_get_property;
  object_class->finalize = gst_elevenlabs_stt_finalize;
  properties = elevenlabs::make_stt_properties(object_class);

  auto* element_class = GST_ELEMENT_CLASS(klass);
  element_class->change_state = gst_elevenlabs_stt_change_state;
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(
      element_class, "ElevenLabs speech to text", "Converter/Audio/Text/Network",
      "Recognizes speech with ElevenLabs' Scribe while it is spoken", "Jackfield project");
}
