#include "stt_settings.hpp"

#include "streaming_service_properties.hpp"

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

}  // namespace

const jackfield::MemberProperties<Settings>* make_stt_properties(GObjectClass* klass) {
  using jackfield::kReadWriteReady;
  const ScribeSettings defaults;
  const auto scribe = [](auto& settings) -> auto& { return settings.scribe; };
  auto* properties = new jackfield::MemberProperties<Settings>(klass);

  add_api_key(*properties, "ElevenLabs' key; empty: the environment variable ELEVENLABS_API_KEY");
  add_base_url(*properties, scribe, "Where the service is (wss:// or ws://), without /v1/...");
  add_model(*properties, scribe, "ElevenLabs' name of the model");
  add_language(*properties, scribe,
               "Code of the speech's language, such as \"en\"; empty: found by the model");
  add_keyterms(*properties,
               "Names and words that are to be expected, separated by commas: at most 50, each of "
               "at most 20 characters");
  properties->add(
      g_param_spec_boolean("timestamps", "Timestamps",
                           "Post elevenlabsstt/words with the time of each word",
                           defaults.timestamps, kReadWriteReady),
      [](auto& s) -> auto& { return s.scribe.timestamps; });
  properties->add(
      g_param_spec_uint64("vad-silence", "VAD silence",
                          "Pause that ends a turn (segmentation=service, ns)", 300 * GST_MSECOND,
                          3 * GST_SECOND, defaults.vad_silence_ns, kReadWriteReady),
      [](auto& s) -> auto& { return s.scribe.vad_silence_ns; });
  properties->add(
      g_param_spec_double("vad-threshold", "VAD threshold",
                          "Probability from which sound is speech (segmentation=service)", 0.1, 0.9,
                          defaults.vad_threshold, kReadWriteReady),
      [](auto& s) -> auto& { return s.scribe.vad_threshold; });
  properties->add(
      g_param_spec_uint64("min-speech", "Shortest speech",
                          "What is shorter is no speech (segmentation=service, ns)",
                          50 * GST_MSECOND, 2 * GST_SECOND, defaults.min_speech_ns,
                          kReadWriteReady),
      [](auto& s) -> auto& { return s.scribe.min_speech_ns; });
  properties->add(
      g_param_spec_uint64("min-silence", "Shortest silence",
                          "What is shorter is no pause (segmentation=service, ns)",
                          50 * GST_MSECOND, 2 * GST_SECOND, defaults.min_silence_ns,
                          kReadWriteReady),
      [](auto& s) -> auto& { return s.scribe.min_silence_ns; });
  add_extra_query(
      *properties, scribe,
      "Further parameters of the address, percent-encoded, such as \"enable_logging=false\"");
  add_turns(*properties, gst_elevenlabs_stt_segmentation_get_type());
  properties->add_stats();
  gst_type_mark_as_plugin_api(gst_elevenlabs_stt_segmentation_get_type(),
                              static_cast<GstPluginAPIFlags>(0));
  return properties;
}

}  // namespace elevenlabs
