#include "tts_settings.hpp"

#include "param_flags.hpp"

namespace elevenlabs {

using Settings = TtsSettings;

namespace {

GType gst_elevenlabs_tts_api_get_type() {
  static const GEnumValue values[] = {
      {kApiMultiContext, "Several contexts a connection, multi-stream-input", "multi-context"},
      {kApiStreamInput, "A connection for each reply, stream-input", "stream-input"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GstElevenlabsTtsApi", values);
  return type;
}

GType gst_elevenlabs_tts_transport_get_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(Transport::kAuto), "A WebSocket where one is to be had, else HTTP", "auto"},
      {static_cast<int>(Transport::kWebSocket), "WebSocket only", "websocket"},
      {static_cast<int>(Transport::kHttp), "HTTP only", "http"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GstElevenlabsTtsTransport", values);
  return type;
}

GType gst_elevenlabs_tts_format_get_type() {
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

std::string string_of(const GValue* value) {
  const gchar* text = g_value_get_string(value);
  return text ? text : "";
}

}  // namespace

bool set_property(Settings& settings, guint id, const GValue* value) {
  switch (id) {
    case Settings::kPropApi:
      settings.url.multi_context = g_value_get_enum(value) == kApiMultiContext;
      break;
    case Settings::kPropTransport:
      settings.session.transport = static_cast<Transport>(g_value_get_enum(value));
      break;
    case Settings::kPropWordTimings:
      settings.session.http.timestamps = g_value_get_boolean(value) != FALSE;
      break;
    case Settings::kPropApiKey:
      settings.api_key = string_of(value);
      break;
    case Settings::kPropBaseUrl:
      settings.url.base_url = string_of(value);
      break;
    case Settings::kPropVoice:
      settings.url.voice = string_of(value);
      break;
    case Settings::kPropModel:
      settings.url.model = string_of(value);
      break;
    case Settings::kPropLanguage:
      settings.url.language = string_of(value);
      break;
    case Settings::kPropOutputFormat:
      settings.format = g_value_get_enum(value);
      break;
    case Settings::kPropStability:
      settings.session.voice.stability = g_value_get_double(value);
      break;
    case Settings::kPropSimilarityBoost:
      settings.session.voice.similarity_boost = g_value_get_double(value);
      break;
    case Settings::kPropStyle:
      settings.session.voice.style = g_value_get_double(value);
      break;
    case Settings::kPropSpeed:
      settings.session.voice.speed = g_value_get_double(value);
      break;
    case Settings::kPropAutoMode:
      settings.url.auto_mode = g_value_get_boolean(value) != FALSE;
      break;
    case Settings::kPropAudioTimeout:
      settings.session.audio_timeout_ns = g_value_get_uint64(value);
      break;
    case Settings::kPropExtraQuery:
      settings.url.extra = string_of(value);
      break;
    default:
      return false;
  }
  return true;
}

bool get_property(const Settings& settings, guint id, GValue* value) {
  switch (id) {
    case Settings::kPropApi:
      g_value_set_enum(value, settings.url.multi_context ? kApiMultiContext : kApiStreamInput);
      break;
    case Settings::kPropTransport:
      g_value_set_enum(value, static_cast<int>(settings.session.transport));
      break;
    case Settings::kPropWordTimings:
      g_value_set_boolean(value, settings.session.http.timestamps);
      break;
    case Settings::kPropBaseUrl:
      g_value_set_string(value, settings.url.base_url.c_str());
      break;
    case Settings::kPropVoice:
      g_value_set_string(value, settings.url.voice.c_str());
      break;
    case Settings::kPropModel:
      g_value_set_string(value, settings.url.model.c_str());
      break;
    case Settings::kPropLanguage:
      g_value_set_string(value, settings.url.language.c_str());
      break;
    case Settings::kPropOutputFormat:
      g_value_set_enum(value, settings.format);
      break;
    case Settings::kPropStability:
      g_value_set_double(value, settings.session.voice.stability);
      break;
    case Settings::kPropSimilarityBoost:
      g_value_set_double(value, settings.session.voice.similarity_boost);
      break;
    case Settings::kPropStyle:
      g_value_set_double(value, settings.session.voice.style);
      break;
    case Settings::kPropSpeed:
      g_value_set_double(value, settings.session.voice.speed);
      break;
    case Settings::kPropAutoMode:
      g_value_set_boolean(value, settings.url.auto_mode);
      break;
    case Settings::kPropAudioTimeout:
      g_value_set_uint64(value, settings.session.audio_timeout_ns);
      break;
    case Settings::kPropExtraQuery:
      g_value_set_string(value, settings.url.extra.c_str());
      break;
    default:
      return false;
  }
  return true;
}

void install_tts_properties(GObjectClass* klass) {
  const Settings defaults;
  static GParamSpec* properties[Settings::kPropCount];

  using jackfield::kReadWriteReady;
  const TtsUrl& url = defaults.url;
  const TtsSession::Config& session = defaults.session;
  properties[Settings::kPropApi] =
      g_param_spec_enum("api", "API", "Which of ElevenLabs' WebSocket services speaks",
                        gst_elevenlabs_tts_api_get_type(), kApiMultiContext, kReadWriteReady);
  properties[Settings::kPropTransport] =
      g_param_spec_enum("transport", "Transport", "How ElevenLabs is spoken to",
                        gst_elevenlabs_tts_transport_get_type(),
                        static_cast<int>(session.transport), kReadWriteReady);
  properties[Settings::kPropWordTimings] = g_param_spec_boolean(
      "word-timings", "Word timings",
      "Over HTTP, ask for the times of the words; otherwise for audio alone, a quarter less to "
      "transfer",
      session.http.timestamps, kReadWriteReady);
  properties[Settings::kPropApiKey] = g_param_spec_string(
      "api-key", "API key", "ElevenLabs' key; empty: the environment variable ELEVENLABS_API_KEY",
      "", jackfield::kWriteOnlyReady);
  properties[Settings::kPropBaseUrl] = g_param_spec_string(
      "base-url", "Base URL", "Where the service is (wss:// or ws://), without /v1/...",
      url.base_url.c_str(), kReadWriteReady);
  properties[Settings::kPropVoice] = g_param_spec_string(
      "voice", "Voice", "Id of the voice in ElevenLabs' library; must be set", "", kReadWriteReady);
  properties[Settings::kPropModel] = g_param_spec_string(
      "model", "Model", "ElevenLabs' name of the model", kDefaultModel, kReadWriteReady);
  properties[Settings::kPropLanguage] = g_param_spec_string(
      "language", "Language", "ISO 639-1 code of the text's language; empty: found by the model",
      "", kReadWriteReady);
  properties[Settings::kPropOutputFormat] = g_param_spec_enum(
      "output-format", "Output format", "Format of the audio, by ElevenLabs' name",
      gst_elevenlabs_tts_format_get_type(), kDefaultFormat, kReadWriteReady);
  properties[Settings::kPropStability] = g_param_spec_double(
      "stability", "Stability", "How even the voice is (0 to 1); -1: the voice's own", -1.0, 1.0,
      session.voice.stability, kReadWriteReady);
  properties[Settings::kPropSimilarityBoost] =
      g_param_spec_double("similarity-boost", "Similarity boost",
                          "How close to the original voice (0 to 1); -1: the voice's own", -1.0,
                          1.0, session.voice.similarity_boost, kReadWriteReady);
  properties[Settings::kPropStyle] = g_param_spec_double(
      "style", "Style", "Exaggeration of the voice's style (0 to 1); -1: the voice's own", -1.0,
      1.0, session.voice.style, kReadWriteReady);
  properties[Settings::kPropSpeed] =
      g_param_spec_double("speed", "Speed", "Speed of speech, as a factor", 0.7, 1.2,
                          session.voice.speed, kReadWriteReady);
  properties[Settings::kPropAutoMode] = g_param_spec_boolean(
      "auto-mode", "Auto mode", "The service speaks each text at once; otherwise each is flushed",
      url.auto_mode, kReadWriteReady);
  properties[Settings::kPropAudioTimeout] = g_param_spec_uint64(
      "audio-timeout", "Audio time-out",
      "A reply whose audio stays away for so long is given up (ns)", 100 * GST_MSECOND,
      120 * GST_SECOND, session.audio_timeout_ns, kReadWriteReady);
  properties[Settings::kPropExtraQuery] = g_param_spec_string(
      "extra-query", "Extra query",
      "Further parameters of the address, percent-encoded, such as \"enable_logging=false\"", "",
      kReadWriteReady);
  properties[Settings::kPropStats] =
      g_param_spec_boxed("stats", "Statistics", "Figures since the element was made (times in ns)",
                         GST_TYPE_STRUCTURE, jackfield::kReadOnly);
  g_object_class_install_properties(klass, Settings::kPropCount, properties);
  gst_type_mark_as_plugin_api(gst_elevenlabs_tts_api_get_type(), static_cast<GstPluginAPIFlags>(0));
  gst_type_mark_as_plugin_api(gst_elevenlabs_tts_transport_get_type(),
                              static_cast<GstPluginAPIFlags>(0));
  gst_type_mark_as_plugin_api(gst_elevenlabs_tts_format_get_type(),
                              static_cast<GstPluginAPIFlags>(0));
}

}  // namespace elevenlabs
