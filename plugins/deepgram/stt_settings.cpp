#include "stt_settings.hpp"

#include "streaming_service_properties.hpp"

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

}  // namespace

const jackfield::MemberProperties<Settings>* make_stt_properties(GObjectClass* klass) {
  using jackfield::kReadWriteReady;
  const ListenSettings defaults;
  const auto listen = [](auto& settings) -> auto& { return settings.listen; };
  auto* properties = new jackfield::MemberProperties<Settings>(klass);

  properties->add(
      g_param_spec_enum("api", "API", "Which of Deepgram's services recognizes",
                        gst_deepgram_stt_api_get_type(), kApiNova, kReadWriteReady),
      [](Settings& s, const GValue* value) { s.listen.flux = g_value_get_enum(value) == kApiFlux; },
      [](const Settings& s, GValue* value) {
        g_value_set_enum(value, s.listen.flux ? kApiFlux : kApiNova);
      });
  add_api_key(*properties, "Deepgram's key; empty: the environment variable DEEPGRAM_API_KEY");
  add_base_url(*properties, listen, "Where the service is (wss:// or ws://), without /v1/listen");
  add_model(*properties, listen,
            "Deepgram's name of the model; empty: nova-3, with api=flux flux-general-en");
  add_language(*properties, listen,
               "Language of the speech, such as \"en\" or \"multi\"; with api=flux a hint for "
               "flux-general-multi; empty: the model's own");
  add_keyterms(*properties, "Names and words that are to be expected, separated by commas");
  properties->add(
      g_param_spec_boolean("smart-format", "Smart format",
                           "Punctuation, numbers and dates as they are written (nova)",
                           defaults.smart_format, kReadWriteReady),
      [](auto& s) -> auto& { return s.listen.smart_format; });
  properties->add(
      g_param_spec_uint64("endpointing", "Endpointing",
                          "Silence that ends an utterance where no turn events do (nova, ns)",
                          10 * GST_MSECOND, 10 * GST_SECOND, defaults.endpointing_ns,
                          kReadWriteReady),
      [](auto& s) -> auto& { return s.listen.endpointing_ns; });
  properties->add(
      g_param_spec_double("eot-threshold", "End-of-turn threshold",
                          "Confidence that ends a turn (flux)", 0.5, 0.9, defaults.eot_threshold,
                          kReadWriteReady),
      [](auto& s) -> auto& { return s.listen.eot_threshold; });
  properties->add(
      g_param_spec_double("eager-eot-threshold", "Eager end-of-turn threshold",
                          "Confidence from which an end of turn is expected (flux); 0: never", 0.0,
                          0.9, defaults.eager_eot_threshold, kReadWriteReady),
      [](auto& s) -> auto& { return s.listen.eager_eot_threshold; });
  properties->add(
      g_param_spec_uint64("eot-timeout", "End-of-turn time-out",
                          "Silence that ends a turn in any case (flux, ns)", 500 * GST_MSECOND,
                          10 * GST_SECOND, defaults.eot_timeout_ns, kReadWriteReady),
      [](auto& s) -> auto& { return s.listen.eot_timeout_ns; });
  add_extra_query(
      *properties, listen,
      "Further parameters of the address, percent-encoded, such as \"tag=desk&numerals=true\"");
  add_turns(*properties, gst_deepgram_stt_segmentation_get_type());
  properties->add_stats();
  gst_type_mark_as_plugin_api(gst_deepgram_stt_api_get_type(), static_cast<GstPluginAPIFlags>(0));
  gst_type_mark_as_plugin_api(gst_deepgram_stt_segmentation_get_type(),
                              static_cast<GstPluginAPIFlags>(0));
  return properties;
}

}  // namespace deepgram
