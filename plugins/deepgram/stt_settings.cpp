#include "stt_settings.hpp"

#include "param_flags.hpp"

namespace deepgram {

using Settings = SttSettings;
using jackfield::SttSession;

namespace {

GType gst_deepgram_stt_api_get_type() {
  static const GEnumValue values[] = {{kApiNova, "Transcription, /v1/listen", "nova"},
                                      {kApiFlux, "Conversation, /v2/listen", "flux"},
                                      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GstDeepgramSttApi", values);
  return type;
}

GType gst_deepgram_stt_segmentation_get_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(SttSession::Segmentation::kAuto),
       "Deepgram's until the first VoiceTurnStart, then events", "auto"},
      {static_cast<int>(SttSession::Segmentation::kEvents), "VoiceTurnStart and VoiceTurnEnd only",
       "events"},
      {static_cast<int>(SttSession::Segmentation::kService),
       "Deepgram's, announced downstream as turn events", "service"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GstDeepgramSttSegmentation", values);
  return type;
}

std::string string_of(const GValue* value) {
  const gchar* text = g_value_get_string(value);
  return text ? text : "";
}

}  // namespace

bool set_property(Settings& settings, guint id, const GValue* value) {
  ListenSettings& listen = settings.listen;
  switch (id) {
    case Settings::kPropApi:
      listen.flux = g_value_get_enum(value) == kApiFlux;
      break;
    case Settings::kPropApiKey:
      settings.api_key = string_of(value);
      break;
    case Settings::kPropBaseUrl:
      listen.base_url = string_of(value);
      break;
    case Settings::kPropModel:
      listen.model = string_of(value);
      break;
    case Settings::kPropLanguage:
      listen.language = string_of(value);
      break;
    case Settings::kPropKeyterms:
      settings.keyterms = string_of(value);
      break;
    case Settings::kPropSmartFormat:
      listen.smart_format = g_value_get_boolean(value) != FALSE;
      break;
    case Settings::kPropEndpointing:
      listen.endpointing_ns = g_value_get_uint64(value);
      break;
    case Settings::kPropEotThreshold:
      listen.eot_threshold = g_value_get_double(value);
      break;
    case Settings::kPropEagerEotThreshold:
      listen.eager_eot_threshold = g_value_get_double(value);
      break;
    case Settings::kPropEotTimeout:
      listen.eot_timeout_ns = g_value_get_uint64(value);
      break;
    case Settings::kPropExtraQuery:
      listen.extra = string_of(value);
      break;
    case Settings::kPropSegmentation:
      settings.session.segmentation =
          static_cast<SttSession::Segmentation>(g_value_get_enum(value));
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
  const ListenSettings& listen = settings.listen;
  switch (id) {
    case Settings::kPropApi:
      g_value_set_enum(value, listen.flux ? kApiFlux : kApiNova);
      break;
    case Settings::kPropBaseUrl:
      g_value_set_string(value, listen.base_url.c_str());
      break;
    case Settings::kPropModel:
      g_value_set_string(value, listen.model.c_str());
      break;
    case Settings::kPropLanguage:
      g_value_set_string(value, listen.language.c_str());
      break;
    case Settings::kPropKeyterms:
      g_value_set_string(value, settings.keyterms.c_str());
      break;
    case Settings::kPropSmartFormat:
      g_value_set_boolean(value, listen.smart_format);
      break;
    case Settings::kPropEndpointing:
      g_value_set_uint64(value, listen.endpointing_ns);
      break;
    case Settings::kPropEotThreshold:
      g_value_set_double(value, listen.eot_threshold);
      break;
    case Settings::kPropEagerEotThreshold:
      g_value_set_double(value, listen.eager_eot_threshold);
      break;
    case Settings::kPropEotTimeout:
      g_value_set_uint64(value, listen.eot_timeout_ns);
      break;
    case Settings::kPropExtraQuery:
      g_value_set_string(value, listen.extra.c_str());
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

  const ListenSettings& listen = defaults.listen;
  const SttSession::Config& session = defaults.session;
  properties[Settings::kPropApi] =
      g_param_spec_enum("api", "API", "Which of Deepgram's services recognizes",
                        gst_deepgram_stt_api_get_type(), kApiNova, jackfield::kReadWriteReady);
  properties[Settings::kPropApiKey] = g_param_spec_string(
      "api-key", "API key", "Deepgram's key; empty: the environment variable DEEPGRAM_API_KEY", "",
      jackfield::kWriteOnlyReady);
  properties[Settings::kPropBaseUrl] = g_param_spec_string(
      "base-url", "Base URL", "Where the service is (wss:// or ws://), without /v1/listen",
      listen.base_url.c_str(), jackfield::kReadWriteReady);
  properties[Settings::kPropModel] = g_param_spec_string(
      "model", "Model",
      "Deepgram's name of the model; empty: nova-3, with api=flux flux-general-en", "",
      jackfield::kReadWriteReady);
  properties[Settings::kPropLanguage] = g_param_spec_string(
      "language", "Language",
      "Language of the speech, such as \"en\" or \"multi\"; with api=flux a hint for "
      "flux-general-multi; empty: the model's own",
      "", jackfield::kReadWriteReady);
  properties[Settings::kPropKeyterms] = g_param_spec_string(
      "keyterms", "Key terms", "Names and words that are to be expected, separated by commas", "",
      jackfield::kReadWriteReady);
  properties[Settings::kPropSmartFormat] = g_param_spec_boolean(
      "smart-format", "Smart format", "Punctuation, numbers and dates as they are written (nova)",
      listen.smart_format, jackfield::kReadWriteReady);
  properties[Settings::kPropEndpointing] = g_param_spec_uint64(
      "endpointing", "Endpointing",
      "Silence that ends an utterance where no turn events do (nova, ns)", 10 * GST_MSECOND,
      10 * GST_SECOND, listen.endpointing_ns, jackfield::kReadWriteReady);
  properties[Settings::kPropEotThreshold] = g_param_spec_double(
      "eot-threshold", "End-of-turn threshold", "Confidence that ends a turn (flux)", 0.5, 0.9,
      listen.eot_threshold, jackfield::kReadWriteReady);
  properties[Settings::kPropEagerEotThreshold] =
      g_param_spec_double("eager-eot-threshold", "Eager end-of-turn threshold",
                          "Confidence from which an end of turn is expected (flux); 0: never", 0.0,
                          0.9, listen.eager_eot_threshold, jackfield::kReadWriteReady);
  properties[Settings::kPropEotTimeout] = g_param_spec_uint64(
      "eot-timeout", "End-of-turn time-out", "Silence that ends a turn in any case (flux, ns)",
      500 * GST_MSECOND, 10 * GST_SECOND, listen.eot_timeout_ns, jackfield::kReadWriteReady);
  properties[Settings::kPropExtraQuery] = g_param_spec_string(
      "extra-query", "Extra query",
      "Further parameters of the address, percent-encoded, such as \"tag=desk&numerals=true\"", "",
      jackfield::kReadWriteReady);
  properties[Settings::kPropSegmentation] =
      g_param_spec_enum("segmentation", "Segmentation", "What decides where a turn begins and ends",
                        gst_deepgram_stt_segmentation_get_type(),
                        static_cast<int>(session.segmentation), jackfield::kReadWriteReady);
  properties[Settings::kPropPreRoll] = g_param_spec_uint64(
      "pre-roll", "Pre-roll", "Audio sent from before the announced start of speech (ns)", 0,
      GST_SECOND, session.pre_roll_ns, jackfield::kReadWriteReady);
  properties[Settings::kPropResultTimeout] = g_param_spec_uint64(
      "result-timeout", "Result time-out",
      "How long the text may take from the end of a turn (ns); three times that with a "
      "reconnection between",
      100 * GST_MSECOND, 60 * GST_SECOND, session.result_timeout_ns, jackfield::kReadWriteReady);
  properties[Settings::kPropStats] =
      g_param_spec_boxed("stats", "Statistics", "Figures since the element was made (times in ns)",
                         GST_TYPE_STRUCTURE, jackfield::kReadOnly);
  g_object_class_install_properties(klass, Settings::kPropCount, properties);
  gst_type_mark_as_plugin_api(gst_deepgram_stt_api_get_type(), static_cast<GstPluginAPIFlags>(0));
  gst_type_mark_as_plugin_api(gst_deepgram_stt_segmentation_get_type(),
                              static_cast<GstPluginAPIFlags>(0));
}

}  // namespace deepgram
