#include "stt_settings.hpp"

#include "param_flags.hpp"

namespace elevenlabs {

using Settings = SttSettings;
using jackfield::SttSession;
using Segmentation = SttSession::Segmentation;

namespace {

GType gst_elevenlabs_stt_segmentation_get_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(Segmentation::kEvents), "VoiceTurnStart and VoiceTurnEnd", "events"},
      {static_cast<int>(Segmentation::kService),
       "Pauses that ElevenLabs finds, announced downstream as turn events", "service"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GstElevenlabsSttSegmentation", values);
  return type;
}

std::string string_of(const GValue* value) {
  const gchar* text = g_value_get_string(value);
  return text ? text : "";
}

}  // namespace

bool set_property(Settings& settings, guint id, const GValue* value) {
  ScribeSettings& scribe = settings.scribe;
  switch (id) {
    case Settings::kPropApiKey:
      settings.api_key = string_of(value);
      break;
    case Settings::kPropBaseUrl:
      scribe.base_url = string_of(value);
      break;
    case Settings::kPropModel:
      scribe.model = string_of(value);
      break;
    case Settings::kPropLanguage:
      scribe.language = string_of(value);
      break;
    case Settings::kPropKeyterms:
      settings.keyterms = string_of(value);
      break;
    case Settings::kPropTimestamps:
      scribe.timestamps = g_value_get_boolean(value) != FALSE;
      break;
    case Settings::kPropVadSilence:
      scribe.vad_silence_ns = g_value_get_uint64(value);
      break;
    case Settings::kPropVadThreshold:
      scribe.vad_threshold = g_value_get_double(value);
      break;
    case Settings::kPropMinSpeech:
      scribe.min_speech_ns = g_value_get_uint64(value);
      break;
    case Settings::kPropMinSilence:
      scribe.min_silence_ns = g_value_get_uint64(value);
      break;
    case Settings::kPropExtraQuery:
      scribe.extra = string_of(value);
      break;
    case Settings::kPropSegmentation:
      settings.session.segmentation = static_cast<Segmentation>(g_value_get_enum(value));
      break;
    case Settings::kPropPreRoll:
      settings.session.pre_roll_ns = g_value_get_uint64(value);
      break;
    case Settings::kPropResultTimeout:
      settings.session.result_timeout_ns = g_value_get_uint64(value);
      break;
    default:
      return false;
  }
  return true;
}

bool get_property(const Settings& settings, guint id, GValue* value) {
  const ScribeSettings& scribe = settings.scribe;
  switch (id) {
    case Settings::kPropBaseUrl:
      g_value_set_string(value, scribe.base_url.c_str());
      break;
    case Settings::kPropModel:
      g_value_set_string(value, scribe.model.c_str());
      break;
    case Settings::kPropLanguage:
      g_value_set_string(value, scribe.language.c_str());
      break;
    case Settings::kPropKeyterms:
      g_value_set_string(value, settings.keyterms.c_str());
      break;
    case Settings::kPropTimestamps:
      g_value_set_boolean(value, scribe.timestamps);
      break;
    case Settings::kPropVadSilence:
      g_value_set_uint64(value, scribe.vad_silence_ns);
      break;
    case Settings::kPropVadThreshold:
      g_value_set_double(value, scribe.vad_threshold);
      break;
    case Settings::kPropMinSpeech:
      g_value_set_uint64(value, scribe.min_speech_ns);
      break;
    case Settings::kPropMinSilence:
      g_value_set_uint64(value, scribe.min_silence_ns);
      break;
    case Settings::kPropExtraQuery:
      g_value_set_string(value, scribe.extra.c_str());
      break;
    case Settings::kPropSegmentation:
      g_value_set_enum(value, static_cast<int>(settings.session.segmentation));
      break;
    case Settings::kPropPreRoll:
      g_value_set_uint64(value, settings.session.pre_roll_ns);
      break;
    case Settings::kPropResultTimeout:
      g_value_set_uint64(value, settings.session.result_timeout_ns);
      break;
    default:
      return false;
  }
  return true;
}

void install_stt_properties(GObjectClass* klass) {
  const Settings defaults;
  static GParamSpec* properties[Settings::kPropCount];

  using jackfield::kReadWriteReady;
  const ScribeSettings& scribe = defaults.scribe;
  const SttSession::Config& session = defaults.session;
  properties[Settings::kPropApiKey] = g_param_spec_string(
      "api-key", "API key", "ElevenLabs' key; empty: the environment variable ELEVENLABS_API_KEY",
      "", jackfield::kWriteOnlyReady);
  properties[Settings::kPropBaseUrl] = g_param_spec_string(
      "base-url", "Base URL", "Where the service is (wss:// or ws://), without /v1/...",
      scribe.base_url.c_str(), kReadWriteReady);
  properties[Settings::kPropModel] = g_param_spec_string(
      "model", "Model", "ElevenLabs' name of the model", scribe.model.c_str(), kReadWriteReady);
  properties[Settings::kPropLanguage] =
      g_param_spec_string("language", "Language",
                          "Code of the speech's language, such as \"en\"; empty: found by the "
                          "model",
                          "", kReadWriteReady);
  properties[Settings::kPropKeyterms] = g_param_spec_string(
      "keyterms", "Key terms",
      "Names and words that are to be expected, separated by commas: at most 50, each of at most "
      "20 characters",
      "", kReadWriteReady);
  properties[Settings::kPropTimestamps] = g_param_spec_boolean(
      "timestamps", "Timestamps", "Post elevenlabsstt/words with the time of each word",
      scribe.timestamps, kReadWriteReady);
  properties[Settings::kPropVadSilence] = g_param_spec_uint64(
      "vad-silence", "VAD silence", "Pause that ends a turn (segmentation=service, ns)",
      300 * GST_MSECOND, 3 * GST_SECOND, scribe.vad_silence_ns, kReadWriteReady);
  properties[Settings::kPropVadThreshold] =
      g_param_spec_double("vad-threshold", "VAD threshold",
                          "Probability from which sound is speech (segmentation=service)", 0.1, 0.9,
                          scribe.vad_threshold, kReadWriteReady);
  properties[Settings::kPropMinSpeech] = g_param_spec_uint64(
      "min-speech", "Shortest speech", "What is shorter is no speech (segmentation=service, ns)",
      50 * GST_MSECOND, 2 * GST_SECOND, scribe.min_speech_ns, kReadWriteReady);
  properties[Settings::kPropMinSilence] = g_param_spec_uint64(
      "min-silence", "Shortest silence", "What is shorter is no pause (segmentation=service, ns)",
      50 * GST_MSECOND, 2 * GST_SECOND, scribe.min_silence_ns, kReadWriteReady);
  properties[Settings::kPropExtraQuery] = g_param_spec_string(
      "extra-query", "Extra query",
      "Further parameters of the address, percent-encoded, such as \"enable_logging=false\"", "",
      kReadWriteReady);
  properties[Settings::kPropSegmentation] =
      g_param_spec_enum("segmentation", "Segmentation", "What decides where a turn begins and ends",
                        gst_elevenlabs_stt_segmentation_get_type(),
                        static_cast<int>(session.segmentation), kReadWriteReady);
  properties[Settings::kPropPreRoll] = g_param_spec_uint64(
      "pre-roll", "Pre-roll", "Audio sent from before the announced start of speech (ns)", 0,
      GST_SECOND, session.pre_roll_ns, kReadWriteReady);
  properties[Settings::kPropResultTimeout] = g_param_spec_uint64(
      "result-timeout", "Result time-out",
      "How long the text may take from the end of a turn (ns); three times that with a "
      "reconnection between",
      100 * GST_MSECOND, 60 * GST_SECOND, session.result_timeout_ns, kReadWriteReady);
  properties[Settings::kPropStats] =
      g_param_spec_boxed("stats", "Statistics", "Figures since the element was made (times in ns)",
                         GST_TYPE_STRUCTURE, jackfield::kReadOnly);
  g_object_class_install_properties(klass, Settings::kPropCount, properties);
  gst_type_mark_as_plugin_api(gst_elevenlabs_stt_segmentation_get_type(),
                              static_cast<GstPluginAPIFlags>(0));
}

}  // namespace elevenlabs
