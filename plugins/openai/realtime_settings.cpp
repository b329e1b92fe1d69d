// The properties of openairealtime.
#include <iterator>
#include <vector>

#include "gstpp.hpp"
#include "param_flags.hpp"
#include "realtime_state.hpp"

namespace openai::realtime {
namespace {

enum : guint {
  kPropBaseUrl = kPropHoldBack + 1,
  kPropApiKey,
  kPropModel,
  kPropVoice,
  kPropInstructions,
  kPropPersona,
  kPropVariables,
  kPropGreeting,
  kPropSpeakFirst,
  kPropTurnDetection,
  kPropThreshold,
  kPropPrefixPadding,
  kPropSilenceDuration,
  kPropEagerness,
  kPropTranscriptionModel,
  kPropLanguage,
  kPropNoiseReduction,
  kPropReasoningEffort,
  kPropSpeed,
  kPropTools,
  kPropToolTimeout,
  kPropMaxToolRounds,
  kPropHangUpTool,
  kPropEndCall,
  kPropLead,
  kPropMaxQueued,
  kPropSessionLimit,
  kPropEosTimeout,
  kPropErrorReply,
  kPropErrorTts,
  kPropFiller,
  kPropFillerAfter,
  kPropOutageLimit,
  kPropThinkTimeout,
  kPropResumeAfter,
  kPropMinInterruption,
  kPropBackchannels,
};

// The texts that the API takes, in the order of the enumerations below.
constexpr const char* kEagerness[] = {"auto", "low", "medium", "high"};
constexpr const char* kNoiseReduction[] = {"", "near_field", "far_field"};

GType turn_detection_type() {
  static const GEnumValue values[] = {
      {0, "The service hears when the caller begins and ends", "server-vad"},
      {1, "The service judges by the words whether the caller is done", "semantic-vad"},
      {2, "VoiceTurnStart and VoiceTurnEnd from upstream (turndetector)", "none"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GstOpenaiRealtimeTurnDetection", values);
  return type;
}
GType eagerness_type() {
  static const GEnumValue values[] = {{0, "As the service likes", "auto"},
                                      {1, "Waits up to 8 s", "low"},
                                      {2, "Waits up to 4 s", "medium"},
                                      {3, "Waits up to 2 s", "high"},
                                      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GstOpenaiRealtimeEagerness", values);
  return type;
}
GType noise_reduction_type() {
  static const GEnumValue values[] = {{0, "None", "none"},
                                      {1, "For headsets and handsets", "near-field"},
                                      {2, "For rooms and hands-free telephones", "far-field"},
                                      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GstOpenaiRealtimeNoiseReduction", values);
  return type;
}

unsigned ms_of(const GValue* value) {
  return static_cast<unsigned>(g_value_get_uint64(value) / GST_MSECOND);
}

std::string* text_setting(Settings& s, guint id) {
  switch (id) {
    case kPropBaseUrl:
      return &s.base_url;
    case kPropModel:
      return &s.model;
    case kPropVoice:
      return &s.call.session.voice;
    case kPropInstructions:
      return &s.call.session.instructions;
    case kPropPersona:
      return &s.persona;
    case kPropGreeting:
      return &s.call.greeting;
    case kPropTranscriptionModel:
      return &s.call.session.transcription_model;
    case kPropLanguage:
      return &s.call.session.language;
    case kPropReasoningEffort:
      return &s.call.session.reasoning_effort;
    case kPropTools:
      return &s.call.session.tools;
    case kPropHangUpTool:
      return &s.call.hang_up_tool;
    case kPropErrorReply:
      return &s.error_reply;
    case kPropErrorTts:
      return &s.error_tts;
    case kPropFiller:
      return &s.filler;
    case kPropBackchannels:
      return &s.call.backchannels;
    default:
      return nullptr;
  }
}

guint64* time_setting(Settings& s, guint id) {
  switch (id) {
    case kPropToolTimeout:
      return &s.call.tool_timeout;
    case kPropLead:
      return &s.lead;
    case kPropMaxQueued:
      return &s.max_queued;
    case kPropSessionLimit:
      return &s.session_limit;
    case kPropEosTimeout:
      return &s.eos_timeout;
    case kPropFillerAfter:
      return &s.call.watch.filler_after;
    case kPropOutageLimit:
      return &s.call.watch.outage_limit;
    case kPropThinkTimeout:
      return &s.call.watch.think_timeout;
    case kPropResumeAfter:
      return &s.call.resume_after;
    case kPropMinInterruption:
      return &s.call.min_interruption;
    default:
      return nullptr;
  }
}

}  // namespace

bool set_setting(Settings& s, guint id, const GValue* value) {
  if (std::string* text = text_setting(s, id)) {
    *text = gstpp::get_string(value);
    return true;
  }
  if (guint64* time = time_setting(s, id)) {
    *time = g_value_get_uint64(value);
    return true;
  }
  SessionSettings& session = s.call.session;
  switch (id) {
    case kPropApiKey:
      s.api_key = gstpp::get_string(value);
      return true;
    case kPropVariables:
      s.variables.reset(static_cast<GstStructure*>(g_value_dup_boxed(value)),
                        [](GstStructure* structure) {
                          if (structure) gst_structure_free(structure);
                        });
      return true;
    case kPropSpeakFirst:
      s.call.speak_first = g_value_get_boolean(value);
      return true;
    case kPropEndCall:
      s.end_call = g_value_get_boolean(value);
      return true;
    case kPropTurnDetection:
      session.turn_detection = static_cast<TurnDetection>(g_value_get_enum(value));
      return true;
    case kPropThreshold:
      session.threshold = g_value_get_double(value);
      return true;
    case kPropPrefixPadding:
      session.prefix_padding_ms = ms_of(value);
      return true;
    case kPropSilenceDuration:
      session.silence_ms = ms_of(value);
      return true;
    case kPropEagerness:
      session.eagerness = kEagerness[g_value_get_enum(value)];
      return true;
    case kPropNoiseReduction:
      session.noise_reduction = kNoiseReduction[g_value_get_enum(value)];
      return true;
    case kPropMaxToolRounds:
      s.call.max_tool_rounds = g_value_get_uint(value);
      return true;
    case kPropSpeed:
      session.speed = g_value_get_double(value);
      return true;
    default:
      return false;
  }
}

bool get_setting(const Settings& settings, guint id, GValue* value) {
  auto& s = const_cast<Settings&>(settings);
  if (const std::string* text = text_setting(s, id)) {
    g_value_set_string(value, text->c_str());
    return true;
  }
  if (const guint64* time = time_setting(s, id)) {
    g_value_set_uint64(value, *time);
    return true;
  }
  const SessionSettings& session = s.call.session;
  const auto index = [](const auto& texts, const std::string& text) {
    for (std::size_t i = 0; i < std::size(texts); ++i) {
      if (text == texts[i]) return static_cast<gint>(i);
    }
    return 0;
  };
  switch (id) {
    case kPropVariables:
      g_value_set_boxed(value, s.variables.get());
      return true;
    case kPropSpeakFirst:
      g_value_set_boolean(value, s.call.speak_first);
      return true;
    case kPropEndCall:
      g_value_set_boolean(value, s.end_call);
      return true;
    case kPropTurnDetection:
      g_value_set_enum(value, static_cast<gint>(session.turn_detection));
      return true;
    case kPropThreshold:
      g_value_set_double(value, session.threshold);
      return true;
    case kPropPrefixPadding:
      g_value_set_uint64(value, session.prefix_padding_ms * GST_MSECOND);
      return true;
    case kPropSilenceDuration:
      g_value_set_uint64(value, session.silence_ms * GST_MSECOND);
      return true;
    case kPropEagerness:
      g_value_set_enum(value, index(kEagerness, session.eagerness));
      return true;
    case kPropNoiseReduction:
      g_value_set_enum(value, index(kNoiseReduction, session.noise_reduction));
      return true;
    case kPropMaxToolRounds:
      g_value_set_uint(value, s.call.max_tool_rounds);
      return true;
    case kPropSpeed:
      g_value_set_double(value, session.speed);
      return true;
    default:
      return false;
  }
}

void install_properties(GObjectClass* klass) {
  using jackfield::kReadWriteReady;
  const Settings d;
  const auto text = [&](guint id, const char* name, const char* nick, const char* blurb,
                        const std::string& value, GParamFlags flags = kReadWriteReady) {
    g_object_class_install_property(
        klass, id,
        g_param_spec_string(name, nick, blurb,
                            g_str_equal(name, "api-key") ? nullptr : value.c_str(), flags));
  };
  const auto time = [&](guint id, const char* name, const char* nick, const char* blurb,
                        guint64 least, guint64 most, guint64 value) {
    g_object_class_install_property(
        klass, id, g_param_spec_uint64(name, nick, blurb, least, most, value, kReadWriteReady));
  };
  text(kPropBaseUrl, "base-url", "Base address",
       "Address of the API, without /realtime; empty: that in OPENAI_BASE_URL, else "
       "https://api.openai.com/v1",
       d.base_url);
  text(kPropApiKey, "api-key", "API key",
       "Key of the service; without it the environment variable OPENAI_API_KEY", "",
       jackfield::kWriteOnlyReady);
  text(kPropModel, "model", "Model", "Name of the model", d.model);
  text(kPropVoice, "voice", "Voice", "Who speaks; empty: the service's own choice", "");
  text(kPropInstructions, "instructions", "Instructions",
       "What the model is and how it behaves; may hold ${variables}", "");
  text(kPropPersona, "persona", "Persona",
       "Text file that goes before the instructions; may hold ${variables}", "");
  g_object_class_install_property(
      klass, kPropVariables,
      g_param_spec_boxed("variables", "Variables",
                         "Values of ${variables}; ${date}, ${time} and ${weekday} are always there",
                         GST_TYPE_STRUCTURE, kReadWriteReady));
  text(kPropGreeting, "greeting", "Greeting",
       "Instructions for the first reply alone, may hold ${variables}; empty: that of the persona "
       "is said, else those of the session",
       "");
  g_object_class_install_property(
      klass, kPropSpeakFirst,
      g_param_spec_boolean("speak-first", "Speak first",
                           "The model speaks as soon as the session stands", d.call.speak_first,
                           kReadWriteReady));
  g_object_class_install_property(
      klass, kPropTurnDetection,
      g_param_spec_enum("turn-detection", "Turn detection", "Who finds the caller's turns",
                        turn_detection_type(), 0, kReadWriteReady));
  g_object_class_install_property(
      klass, kPropThreshold,
      g_param_spec_double("threshold", "Threshold", "Of the service's voice activity detection", 0,
                          1, d.call.session.threshold, kReadWriteReady));
  time(kPropPrefixPadding, "prefix-padding", "Prefix padding",
       "Audio before the speech that counts as part of it (ns)", 0, 5 * GST_SECOND,
       d.call.session.prefix_padding_ms * GST_MSECOND);
  time(kPropSilenceDuration, "silence-duration", "Silence duration",
       "So much silence ends a turn, with server-vad (ns)", 0, 10 * GST_SECOND,
       d.call.session.silence_ms * GST_MSECOND);
  g_object_class_install_property(
      klass, kPropEagerness,
      g_param_spec_enum("eagerness", "Eagerness", "How soon to answer, with semantic-vad",
                        eagerness_type(), 0, kReadWriteReady));
  text(kPropTranscriptionModel, "transcription-model", "Transcription model",
       "Writes down what the caller says; empty: nobody does", "");
  text(kPropLanguage, "language", "Language", "Of the caller, for the transcription (ISO 639-1)",
       "");
  g_object_class_install_property(klass, kPropNoiseReduction,
                                  g_param_spec_enum("noise-reduction", "Noise reduction",
                                                    "On the caller's audio, by the service",
                                                    noise_reduction_type(), 0, kReadWriteReady));
  text(kPropReasoningEffort, "reasoning-effort", "Reasoning effort",
       "minimal, low, medium, high or xhigh; only for models that reason", "");
  g_object_class_install_property(
      klass, kPropSpeed,
      g_param_spec_double("speed", "Speed", "Of the voice, as a factor", 0.25, 1.5,
                          d.call.session.speed, kReadWriteReady));
  text(kPropTools, "tools", "Tools", "Functions the model may call: a JSON array as in the API",
       "");
  time(kPropToolTimeout, "tool-timeout", "Tool timeout",
       "How long the answer of a tool is waited for (ns)", 100 * GST_MSECOND, 600 * GST_SECOND,
       d.call.tool_timeout);
  g_object_class_install_property(
      klass, kPropMaxToolRounds,
      g_param_spec_uint("max-tool-rounds", "Most rounds of tools",
                        "How often within one reply functions are carried out; then the model has "
                        "to answer with what it knows",
                        1, 100, d.call.max_tool_rounds, kReadWriteReady));
  text(kPropHangUpTool, "hang-up-tool", "Hang-up tool",
       "The tool with which the model ends the call; it is among tools", "");
  g_object_class_install_property(
      klass, kPropEndCall,
      g_param_spec_boolean("end-call", "End the call",
                           "The model may end the call, by a tool of its own (end_call)",
                           d.end_call, kReadWriteReady));
  time(kPropLead, "lead", "Lead", "How far ahead of its time audio goes downstream at most (ns)",
       20 * GST_MSECOND, 10 * GST_SECOND, d.lead);
  time(kPropMaxQueued, "max-queued", "Most queued",
       "Audio kept that was not sent downstream yet; more is dropped (ns)", GST_SECOND,
       3600 * GST_SECOND, d.max_queued);
  time(kPropSessionLimit, "session-limit", "Session limit",
       "A session is replaced at the first quiet moment after so long, and 3 minutes later in any "
       "case (ns); the service ends it after 60 minutes",
       GST_SECOND, 3600 * GST_SECOND, d.session_limit);
  time(kPropEosTimeout, "eos-timeout", "End timeout",
       "How long the last reply may take after the end of the caller's stream (ns)", 0,
       600 * GST_SECOND, d.eos_timeout);
  text(
      kPropErrorReply, "error-reply", "Error reply",
      "Said when the service cannot be used, before the call ends; empty: nothing, and the failure "
      "is an error of the pipeline",
      d.error_reply);
  text(
      kPropErrorTts, "error-tts", "TTS for errors",
      "Bin description of the stage that speaks error-reply and filler, text to audio; empty: none",
      d.error_tts);
  text(kPropFiller, "filler", "Filler", "Said when there is no session for filler-after", d.filler);
  time(kPropFillerAfter, "filler-after", "Filler after", "When to say the filler (ns, 0: never)", 0,
       60 * GST_SECOND, d.call.watch.filler_after);
  time(kPropOutageLimit, "outage-limit", "Outage limit",
       "Without a session for so long the call ends (ns)", GST_SECOND, 600 * GST_SECOND,
       d.call.watch.outage_limit);
  time(kPropThinkTimeout, "think-timeout", "Think timeout",
       "A response of which nothing comes for so long is asked for in a new session (ns)",
       100 * GST_MSECOND, 600 * GST_SECOND, d.call.watch.think_timeout);
  time(
      kPropResumeAfter, "resume-after", "Resume after",
      "A paused reply goes on when no words came for so long after the speech (ns); 0: every sound "
      "of the caller ends a reply",
      0, 60 * GST_SECOND, d.call.resume_after);
  time(kPropMinInterruption, "min-interruption", "Minimum interruption",
       "Speech that was not understood, or is not transcribed, interrupts from this length on (ns)",
       0, 60 * GST_SECOND, d.call.min_interruption);
  text(kPropBackchannels, "backchannels", "Backchannels",
       "Phrases, separated by commas, that do not interrupt a reply that sounds (empty: none)",
       d.call.backchannels);
  g_object_class_install_property(
      klass, kPropHoldBack,
      g_param_spec_boolean("hold-back", "Hold back",
                           "Nothing is said while it is set, and nothing is lost: for lines that "
                           "open after the pipeline plays",
                           FALSE, jackfield::kReadWritePlaying));
  g_object_class_install_property(
      klass, kPropStats,
      g_param_spec_boxed("stats", "Statistics", "Figures since READY (times in ns)",
                         GST_TYPE_STRUCTURE, jackfield::kReadOnly));
  for (const GType type : {turn_detection_type(), eagerness_type(), noise_reduction_type()}) {
    gst_type_mark_as_plugin_api(type, static_cast<GstPluginAPIFlags>(0));
  }
}

}  // namespace openai::realtime
