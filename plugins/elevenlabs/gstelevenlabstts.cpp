// elevenlabstts: text to speech by ElevenLabs, over a WebSocket or HTTP. See
// docs/elements/elevenlabstts.md. Pads, connection and queue are TtsStream's, the messages those of
// core/; here are the properties, which are under the object lock.
#include "gstelevenlabstts.hpp"

#include <string>

#include "gstpp.hpp"
#include "http_speech.hpp"
#include "param_flags.hpp"
#include "service_error.hpp"
#include "trial.hpp"
#include "tts_stream.hpp"

GST_DEBUG_CATEGORY(elevenlabstts_debug);
#define GST_CAT_DEFAULT elevenlabstts_debug

using elevenlabs::TtsStream;

namespace {

constexpr char kKeyVariable[] = "ELEVENLABS_API_KEY";
constexpr char kDefaultModel[] = "eleven_flash_v2_5";
constexpr guint64 kAutomaticConnectTimeout = 4 * GST_SECOND;
enum Api { kApiMultiContext, kApiStreamInput };
using Transport = elevenlabs::TtsSession::Transport;

struct Format {
  const char* nick;  // ElevenLabs' name
  const char* description;
  elevenlabs::AudioFormat format;
};
constexpr Format kFormats[] = {
    {"pcm_8000", "16 bits, 8 kHz", {.mulaw = false, .rate = 8000}},
    {"pcm_16000", "16 bits, 16 kHz", {.mulaw = false, .rate = 16000}},
    {"pcm_22050", "16 bits, 22.05 kHz", {.mulaw = false, .rate = 22050}},
    {"pcm_24000", "16 bits, 24 kHz", {.mulaw = false, .rate = 24000}},
    {"pcm_44100", "16 bits, 44.1 kHz", {.mulaw = false, .rate = 44100}},
    {"ulaw_8000", "mu-law, 8 kHz", {.mulaw = true, .rate = 8000}},
};
constexpr int kDefaultFormat = 1;

struct Settings {
  elevenlabs::TtsUrl url;
  elevenlabs::TtsSession::Config session;
  std::string api_key;
  int format = kDefaultFormat;
};

struct State {
  Settings settings;  // under the object lock
  std::unique_ptr<TtsStream> stream;
};

}  // namespace

struct _GstElevenlabsTts {
  GstElement parent;
  State* state;
};

enum {
  kPropApi = 1,
  kPropTransport,
  kPropWordTimings,
  kPropApiKey,
  kPropBaseUrl,
  kPropVoice,
  kPropModel,
  kPropLanguage,
  kPropOutputFormat,
  kPropStability,
  kPropSimilarityBoost,
  kPropStyle,
  kPropSpeed,
  kPropAutoMode,
  kPropAudioTimeout,
  kPropExtraQuery,
  kPropStats,
  kPropCount
};
static GParamSpec* properties[kPropCount];

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

static GType gst_elevenlabs_tts_api_get_type() {
  static const GEnumValue values[] = {
      {kApiMultiContext, "Several contexts a connection, multi-stream-input", "multi-context"},
      {kApiStreamInput, "A connection for each reply, stream-input", "stream-input"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GstElevenlabsTtsApi", values);
  return type;
}

static GType gst_elevenlabs_tts_transport_get_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(Transport::kAuto), "A WebSocket where one is to be had, else HTTP", "auto"},
      {static_cast<int>(Transport::kWebSocket), "WebSocket only", "websocket"},
      {static_cast<int>(Transport::kHttp), "HTTP only", "http"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GstElevenlabsTtsTransport", values);
  return type;
}

static GType gst_elevenlabs_tts_format_get_type() {
  static const GType type = [] {
    // GObject keeps the pointer.
    static GEnumValue values[G_N_ELEMENTS(kFormats) + 1] = {};
    for (std::size_t i = 0; i < G_N_ELEMENTS(kFormats); ++i) {
      values[i] = {static_cast<gint>(i), kFormats[i].description, kFormats[i].nick};
    }
    return g_enum_register_static("GstElevenlabsTtsFormat", values);
  }();
  return type;
}

static std::string string_of(const GValue* value) {
  const gchar* text = g_value_get_string(value);
  return text ? text : "";
}

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
  if (settings.url.model.empty()) settings.url.model = kDefaultModel;
  settings.url.output_format = kFormats[settings.format].nick;
  TtsStream::Setup setup{.session = settings.session, .format = kFormats[settings.format].format};
  setup.session.multi_context = settings.url.multi_context;
  setup.session.auto_mode = settings.url.auto_mode;
  setup.options.url = elevenlabs::tts_url(settings.url);
  if (!settings.api_key.empty()) {
    setup.options.headers.emplace_back("xi-api-key", settings.api_key);
  }
  const bool automatic = setup.session.transport == Transport::kAuto;
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

static void gst_elevenlabs_tts_set_property(GObject* object, guint id, const GValue* value,
                                            GParamSpec* spec) {
  const gstpp::ObjectLock lock(object);
  Settings& settings = GST_ELEVENLABS_TTS(object)->state->settings;
  switch (id) {
    case kPropApi:
      settings.url.multi_context = g_value_get_enum(value) == kApiMultiContext;
      break;
    case kPropTransport:
      settings.session.transport = static_cast<Transport>(g_value_get_enum(value));
      break;
    case kPropWordTimings:
      settings.session.http.timestamps = g_value_get_boolean(value) != FALSE;
      break;
    case kPropApiKey:
      settings.api_key = string_of(value);
      break;
    case kPropBaseUrl:
      settings.url.base_url = string_of(value);
      break;
    case kPropVoice:
      settings.url.voice = string_of(value);
      break;
    case kPropModel:
      settings.url.model = string_of(value);
      break;
    case kPropLanguage:
      settings.url.language = string_of(value);
      break;
    case kPropOutputFormat:
      settings.format = g_value_get_enum(value);
      break;
    case kPropStability:
      settings.session.voice.stability = g_value_get_double(value);
      break;
    case kPropSimilarityBoost:
      settings.session.voice.similarity_boost = g_value_get_double(value);
      break;
    case kPropStyle:
      settings.session.voice.style = g_value_get_double(value);
      break;
    case kPropSpeed:
      settings.session.voice.speed = g_value_get_double(value);
      break;
    case kPropAutoMode:
      settings.url.auto_mode = g_value_get_boolean(value) != FALSE;
      break;
    case kPropAudioTimeout:
      settings.session.audio_timeout_ns = g_value_get_uint64(value);
      break;
    case kPropExtraQuery:
      settings.url.extra = string_of(value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
      break;
  }
}

static void gst_elevenlabs_tts_get_property(GObject* object, guint id, GValue* value,
                                            GParamSpec* spec) {
  if (id == kPropStats) {
    g_value_take_boxed(value, GST_ELEVENLABS_TTS(object)->state->stream->make_stats());
    return;
  }
  const gstpp::ObjectLock lock(object);
  const Settings& settings = GST_ELEVENLABS_TTS(object)->state->settings;
  switch (id) {
    case kPropApi:
      g_value_set_enum(value, settings.url.multi_context ? kApiMultiContext : kApiStreamInput);
      break;
    case kPropTransport:
      g_value_set_enum(value, static_cast<int>(settings.session.transport));
      break;
    case kPropWordTimings:
      g_value_set_boolean(value, settings.session.http.timestamps);
      break;
    case kPropBaseUrl:
      g_value_set_string(value, settings.url.base_url.c_str());
      break;
    case kPropVoice:
      g_value_set_string(value, settings.url.voice.c_str());
      break;
    case kPropModel:
      g_value_set_string(value, settings.url.model.c_str());
      break;
    case kPropLanguage:
      g_value_set_string(value, settings.url.language.c_str());
      break;
    case kPropOutputFormat:
      g_value_set_enum(value, settings.format);
      break;
    case kPropStability:
      g_value_set_double(value, settings.session.voice.stability);
      break;
    case kPropSimilarityBoost:
      g_value_set_double(value, settings.session.voice.similarity_boost);
      break;
    case kPropStyle:
      g_value_set_double(value, settings.session.voice.style);
      break;
    case kPropSpeed:
      g_value_set_double(value, settings.session.voice.speed);
      break;
    case kPropAutoMode:
      g_value_set_boolean(value, settings.url.auto_mode);
      break;
    case kPropAudioTimeout:
      g_value_set_uint64(value, settings.session.audio_timeout_ns);
      break;
    case kPropExtraQuery:
      g_value_set_string(value, settings.url.extra.c_str());
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
      break;
  }
}

static void gst_elevenlabs_tts_init(GstElevenlabsTts* self) {
  self->state = new State;
  self->state->settings.url.model = kDefaultModel;
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

static void install_properties(GObjectClass* klass) {
  using jackfield::kReadWriteReady;
  const elevenlabs::TtsUrl url;
  const elevenlabs::TtsSession::Config session;
  properties[kPropApi] =
      g_param_spec_enum("api", "API", "Which of ElevenLabs' WebSocket services speaks",
                        gst_elevenlabs_tts_api_get_type(), kApiMultiContext, kReadWriteReady);
  properties[kPropTransport] =
      g_param_spec_enum("transport", "Transport", "How ElevenLabs is spoken to",
                        gst_elevenlabs_tts_transport_get_type(),
                        static_cast<int>(session.transport), kReadWriteReady);
  properties[kPropWordTimings] = g_param_spec_boolean(
      "word-timings", "Word timings",
      "Over HTTP, ask for the times of the words; otherwise for audio alone, a quarter less to "
      "transfer",
      session.http.timestamps, kReadWriteReady);
  properties[kPropApiKey] = g_param_spec_string(
      "api-key", "API key", "ElevenLabs' key; empty: the environment variable ELEVENLABS_API_KEY",
      "", jackfield::kWriteOnlyReady);
  properties[kPropBaseUrl] = g_param_spec_string(
      "base-url", "Base URL", "Where the service is (wss:// or ws://), without /v1/...",
      url.base_url.c_str(), kReadWriteReady);
  properties[kPropVoice] = g_param_spec_string(
      "voice", "Voice", "Id of the voice in ElevenLabs' library; must be set", "", kReadWriteReady);
  properties[kPropModel] = g_param_spec_string("model", "Model", "ElevenLabs' name of the model",
                                               kDefaultModel, kReadWriteReady);
  properties[kPropLanguage] = g_param_spec_string(
      "language", "Language", "ISO 639-1 code of the text's language; empty: found by the model",
      "", kReadWriteReady);
  properties[kPropOutputFormat] = g_param_spec_enum(
      "output-format", "Output format", "Format of the audio, by ElevenLabs' name",
      gst_elevenlabs_tts_format_get_type(), kDefaultFormat, kReadWriteReady);
  properties[kPropStability] = g_param_spec_double(
      "stability", "Stability", "How even the voice is (0 to 1); -1: the voice's own", -1.0, 1.0,
      session.voice.stability, kReadWriteReady);
  properties[kPropSimilarityBoost] =
      g_param_spec_double("similarity-boost", "Similarity boost",
                          "How close to the original voice (0 to 1); -1: the voice's own", -1.0,
                          1.0, session.voice.similarity_boost, kReadWriteReady);
  properties[kPropStyle] = g_param_spec_double(
      "style", "Style", "Exaggeration of the voice's style (0 to 1); -1: the voice's own", -1.0,
      1.0, session.voice.style, kReadWriteReady);
  properties[kPropSpeed] = g_param_spec_double("speed", "Speed", "Speed of speech, as a factor",
                                               0.7, 1.2, session.voice.speed, kReadWriteReady);
  properties[kPropAutoMode] = g_param_spec_boolean(
      "auto-mode", "Auto mode", "The service speaks each text at once; otherwise each is flushed",
      url.auto_mode, kReadWriteReady);
  properties[kPropAudioTimeout] = g_param_spec_uint64(
      "audio-timeout", "Audio time-out",
      "A reply whose audio stays away for so long is given up (ns)", 100 * GST_MSECOND,
      120 * GST_SECOND, session.audio_timeout_ns, kReadWriteReady);
  properties[kPropExtraQuery] = g_param_spec_string(
      "extra-query", "Extra query",
      "Further parameters of the address, percent-encoded, such as \"enable_logging=false\"", "",
      kReadWriteReady);
  properties[kPropStats] =
      g_param_spec_boxed("stats", "Statistics", "Figures since the element was made (times in ns)",
                         GST_TYPE_STRUCTURE, jackfield::kReadOnly);
  g_object_class_install_properties(klass, kPropCount, properties);
}

static void gst_elevenlabs_tts_class_init(GstElevenlabsTtsClass* klass) {
  auto* object_class = G_OBJECT_CLASS(klass);
  object_class->set_property = gst_elevenlabs_tts_set_property;
  object_class->get_property = gst_elevenlabs_tts_get_property;
  object_class->finalize = gst_elevenlabs_tts_finalize;
  install_properties(object_class);

  auto* element_class = GST_ELEMENT_CLASS(klass);
  element_class->change_state = gst_elevenlabs_tts_change_state;
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(
      element_class, "ElevenLabs text to speech", "Converter/Text/Audio/Network",
      "Speaks text with ElevenLabs' voices while it is still being written", "Jackfield project");
  gst_type_mark_as_plugin_api(gst_elevenlabs_tts_api_get_type(), static_cast<GstPluginAPIFlags>(0));
  gst_type_mark_as_plugin_api(gst_elevenlabs_tts_transport_get_type(),
                              static_cast<GstPluginAPIFlags>(0));
  gst_type_mark_as_plugin_api(gst_elevenlabs_tts_format_get_type(),
                              static_cast<GstPluginAPIFlags>(0));
}
