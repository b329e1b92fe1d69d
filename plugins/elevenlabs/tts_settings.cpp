#include "tts_settings.hpp"

#include "streaming_service_properties.hpp"

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

}  // namespace

const jackfield::MemberProperties<Settings>* make_tts_properties(GObjectClass* klass) {
  using jackfield::kReadWriteReady;
  const Settings defaults;
  const TtsSession::Config& session = defaults.session;
  const auto url = [](auto& settings) -> auto& { return settings.url; };
  auto* properties = new jackfield::MemberProperties<Settings>(klass);

  properties->add(
      g_param_spec_enum("api", "API", "Which of ElevenLabs' WebSocket services speaks",
                        gst_elevenlabs_tts_api_get_type(), kApiMultiContext, kReadWriteReady),
      [](Settings& s, const GValue* value) {
        s.url.multi_context = g_value_get_enum(value) == kApiMultiContext;
      },
      [](const Settings& s, GValue* value) {
        g_value_set_enum(value, s.url.multi_context ? kApiMultiContext : kApiStreamInput);
      });
  properties->add(
      g_param_spec_enum("transport", "Transport", "How ElevenLabs is spoken to",
                        gst_elevenlabs_tts_transport_get_type(),
                        static_cast<int>(session.transport), kReadWriteReady),
      [](auto& s) -> auto& { return s.session.transport; });
  properties->add(
      g_param_spec_boolean("word-timings", "Word timings",
                           "Over HTTP, ask for the times of the words; otherwise for audio alone, "
                           "a quarter less to transfer",
                           session.http.timestamps, kReadWriteReady),
      [](auto& s) -> auto& { return s.session.http.timestamps; });
  add_api_key(*properties, "ElevenLabs' key; empty: the environment variable ELEVENLABS_API_KEY");
  add_base_url(*properties, url, "Where the service is (wss:// or ws://), without /v1/...");
  properties->add(
      g_param_spec_string("voice", "Voice", "Id of the voice in ElevenLabs' library; must be set",
                          "", kReadWriteReady),
      [](auto& s) -> auto& { return s.url.voice; });
  add_model(*properties, url, "ElevenLabs' name of the model", kDefaultModel);
  add_language(*properties, url,
               "ISO 639-1 code of the text's language; empty: found by the model");
  properties->add(
      g_param_spec_enum("output-format", "Output format",
                        "Format of the audio, by ElevenLabs' name",
                        gst_elevenlabs_tts_format_get_type(), kDefaultFormat, kReadWriteReady),
      [](Settings& s, const GValue* value) { s.format = g_value_get_enum(value); },
      [](const Settings& s, GValue* value) { g_value_set_enum(value, s.format); });
  properties->add(
      g_param_spec_double("stability", "Stability",
                          "How even the voice is (0 to 1); -1: the voice's own", -1.0, 1.0,
                          session.voice.stability, kReadWriteReady),
      [](auto& s) -> auto& { return s.session.voice.stability; });
  properties->add(
      g_param_spec_double("similarity-boost", "Similarity boost",
                          "How close to the original voice (0 to 1); -1: the voice's own", -1.0,
                          1.0, session.voice.similarity_boost, kReadWriteReady),
      [](auto& s) -> auto& { return s.session.voice.similarity_boost; });
  properties->add(
      g_param_spec_double("style", "Style",
                          "Exaggeration of the voice's style (0 to 1); -1: the voice's own", -1.0,
                          1.0, session.voice.style, kReadWriteReady),
      [](auto& s) -> auto& { return s.session.voice.style; });
  properties->add(
      g_param_spec_double("speed", "Speed", "Speed of speech, as a factor", 0.7, 1.2,
                          session.voice.speed, kReadWriteReady),
      [](auto& s) -> auto& { return s.session.voice.speed; });
  properties->add(
      g_param_spec_boolean("auto-mode", "Auto mode",
                           "The service speaks each text at once; otherwise each is flushed",
                           defaults.url.auto_mode, kReadWriteReady),
      [](auto& s) -> auto& { return s.url.auto_mode; });
  properties->add(
      g_param_spec_uint64("audio-timeout", "Audio time-out",
                          "A reply whose audio stays away for so long is given up (ns)",
                          100 * GST_MSECOND, 120 * GST_SECOND, session.audio_timeout_ns,
                          kReadWriteReady),
      [](auto& s) -> auto& { return s.session.audio_timeout_ns; });
  add_extra_query(
      *properties, url,
      "Further parameters of the address, percent-encoded, such as \"enable_logging=false\"");
  properties->add_stats();
  gst_type_mark_as_plugin_api(gst_elevenlabs_tts_api_get_type(), static_cast<GstPluginAPIFlags>(0));
  gst_type_mark_as_plugin_api(gst_elevenlabs_tts_transport_get_type(),
                              static_cast<GstPluginAPIFlags>(0));
  gst_type_mark_as_plugin_api(gst_elevenlabs_tts_format_get_type(),
                              static_cast<GstPluginAPIFlags>(0));
  return properties;
}

}  // namespace elevenlabs
