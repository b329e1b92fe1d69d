// elevenlabstts: text to speech by ElevenLabs, over a WebSocket or HTTP. See
// docs/elements/elevenlabstts.md. Pads, connection and queue are TtsStream's, the messages those of
// core/, the properties those of tts_settings.cpp, under the object lock.
#include "gstelevenlabstts.hpp"

#include <string>

#include "gstpp.hpp"
#include "http_speech.hpp"
#include "service_error.hpp"
#include "trial.hpp"
#include "tts_settings.hpp"
#include "tts_stream.hpp"

GST_DEBUG_CATEGORY(elevenlabstts_debug);
#define GST_CAT_DEFAULT elevenlabstts_debug

using elevenlabs::TtsStream;
using Settings = elevenlabs::TtsSettings;

namespace {

constexpr char kKeyVariable[] = "ELEVENLABS_API_KEY";
constexpr guint64 kAutomaticConnectTimeout = 4 * GST_SECOND;

struct State {
  Settings settings;  // under the object lock
  std::unique_ptr<TtsStream> stream;
};

}  // namespace

struct _GstElevenlabsTts {
  GstElement parent;
  State* state;
};

G_DEFINE_FINAL_TYPE(GstElevenlabsTts, gst_elevenlabs_tts, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE(elevenlabstts, "elevenlabstts", GST_RANK_NONE,
                                      GST_TYPE_ELEVENLABS_TTS,
                                      GST_DEBUG_CATEGORY_INIT(elevenlabstts_debug, "elevenlabstts",
                                                              0, "text to speech by ElevenLabs"))

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS("text/x-raw, format = (string) utf8"));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS("audio/x-raw, format = (string) S16LE, layout = (string) interleaved, "
                    "rate = (int) { 8000, 16000, 22050, 24000, 44100 }, channels = (int) 1; "
                    "audio/x-mulaw, rate = (int) 8000, channels = (int) 1"));

static bool start(GstElevenlabsTts* self) {
  Settings settings;
  {
    const gstpp::ObjectLock lock(self);
    settings = self->state->settings;
  }
  if (settings.url.voice.empty()) {
    GST_ELEMENT_ERROR(self, RESOURCE, SETTINGS,
                      ("No voice is set: give elevenlabstts the property \"voice\", an id from "
                       "ElevenLabs' library."),
                      (nullptr));
    return false;
  }
  if (jackfield::is_trial(GST_ELEMENT_CAST(self))) return true;
  if (settings.api_key.empty()) {
    const gchar* key = g_getenv(kKeyVariable);
    settings.api_key = key ? key : "";
  }
  if (settings.url.model.empty()) settings.url.model = elevenlabs::kDefaultModel;
  settings.url.output_format = elevenlabs::kFormats[settings.format].nick;
  TtsStream::Setup setup{.session = settings.session,
                         .format = elevenlabs::kFormats[settings.format].format};
  setup.session.multi_context = settings.url.multi_context;
  setup.session.auto_mode = settings.url.auto_mode;
  setup.options.url = elevenlabs::tts_url(settings.url);
  if (!settings.api_key.empty()) {
    setup.options.headers.emplace_back("xi-api-key", settings.api_key);
  }
  const bool automatic = setup.session.transport == elevenlabs::Transport::kAuto;
  setup.session.try_websocket =
      !elevenlabs::needs_http(settings.url.model) && !TtsStream::is_websocket_refused(settings.url);
  setup.session.http.bytes_per_second =
      setup.format.frame_bytes() * static_cast<std::size_t>(setup.format.rate);
  // Somebody waits for the voice meanwhile.
  if (automatic) setup.options.connect_timeout_ns = kAutomaticConnectTimeout;
  setup.http.method = "POST";
  setup.http.url = elevenlabs::speech_url(settings.url, setup.session.http.timestamps);
  setup.http.content_type = "application/json";
  if (!settings.api_key.empty()) {
    setup.http.headers.push_back({.name = "xi-api-key", .value = settings.api_key});
  }
  setup.http.first_byte_timeout = setup.http.idle_timeout = settings.session.audio_timeout_ns;
  setup.http.hopeless = [](int status, std::string_view body) {
    return !elevenlabs::explain_answer(status, body).retryable;
  };
  setup.url = settings.url;
  self->state->stream->start(std::move(setup));
  return true;
}

static GstStateChangeReturn gst_elevenlabs_tts_change_state(GstElement* element,
                                                            GstStateChange transition) {
  auto* self = GST_ELEVENLABS_TTS(element);
  TtsStream& stream = *self->state->stream;
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    if (!gstpp::guarded(self, false, [&] { return start(self); })) return GST_STATE_CHANGE_FAILURE;
  } else if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    stream.begin_stop();
  }
  const auto result =
      GST_ELEMENT_CLASS(gst_elevenlabs_tts_parent_class)->change_state(element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) stream.finish_stop();
  return result;
}

static GstFlowReturn gst_elevenlabs_tts_chain(GstPad*, GstObject* parent, GstBuffer* buffer) {
  return gstpp::guarded(parent, GST_FLOW_ERROR,
                        [&] { return GST_ELEVENLABS_TTS(parent)->state->stream->chain(buffer); });
}

static gboolean gst_elevenlabs_tts_sink_event(GstPad*, GstObject* parent, GstEvent* event) {
  return gstpp::guarded(parent, gboolean{FALSE}, [&] {
    return GST_ELEVENLABS_TTS(parent)->state->stream->sink_event(event);
  });
}

static const jackfield::MemberProperties<Settings>* properties;  // since class_init

static void gst_elevenlabs_tts_set_property(GObject* object, guint id, const GValue* value,
                                            GParamSpec* spec) {
  const gstpp::ObjectLock lock(object);
  if (!properties->set(GST_ELEVENLABS_TTS(object)->state->settings, id, value)) {
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

static void gst_elevenlabs_tts_get_property(GObject* object, guint id, GValue* value,
                                            GParamSpec* spec) {
  State& state = *GST_ELEVENLABS_TTS(object)->state;
  if (properties->is_stats(id)) {
    g_value_take_boxed(value, state.stream->make_stats());
    return;
  }
  const gstpp::ObjectLock lock(object);
  if (!properties->get(state.settings, id, value)) {
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

static void gst_elevenlabs_tts_init(GstElevenlabsTts* self) {
  self->state = new State;
  self->state->settings.url.model = elevenlabs::kDefaultModel;
  GstPad* sink = gst_pad_new_from_static_template(&sink_template, "sink");
  gst_pad_set_chain_function(sink, gst_elevenlabs_tts_chain);
  gst_pad_set_event_function(sink, gst_elevenlabs_tts_sink_event);
  gst_element_add_pad(GST_ELEMENT_CAST(self), sink);
  GstPad* src = gst_pad_new_from_static_template(&src_template, "src");
  gst_pad_use_fixed_caps(src);
  gst_element_add_pad(GST_ELEMENT_CAST(self), src);
  self->state->stream = std::make_unique<TtsStream>(GST_ELEMENT_CAST(self), sink, src);
}

static void gst_elevenlabs_tts_finalize(GObject* object) {
  delete GST_ELEVENLABS_TTS(object)->state;
  G_OBJECT_CLASS(gst_elevenlabs_tts_parent_class)->finalize(object);
}

static void gst_elevenlabs_tts_class_init(GstElevenlabsTtsClass* klass) {
  auto* object_class = G_OBJECT_CLASS(klass);
  object_class->set_property = gst_elevenlabs_tts_set_property;
  object_class->get_property = gst_elevenlabs_tts_get_property;
  object_class->finalize = gst_elevenlabs_tts_finalize;
  properties = elevenlabs::make_tts_properties(object_class);

  auto* element_class = GST_ELEMENT_CLASS(klass);
  element_class->change_state = gst_elevenlabs_tts_change_state;
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(
      element_class, "ElevenLabs text to speech", "Converter/Text/Audio/Network",
      "Speaks text with ElevenLabs' voices while it is still being written", "Jackfield project");
}
