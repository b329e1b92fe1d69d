#include "agent_brain_settings.hpp"

#include "gstturndetector.h"
#include "param_flags.hpp"
#include "settings_text.hpp"

namespace agentbrain::brain {
namespace {

void set_text(std::string& field, const GValue* value) {
  const gchar* text = g_value_get_string(value);
  field = text ? text : "";
}

// The name of a file, or the description of a stage: blanks alone are none.
void set_unless_blank(std::string& field, const GValue* value) {
  set_text(field, value);
  if (jackfield::is_blank(field)) field.clear();
}

}  // namespace

bool set_setting(Settings& s, guint id, const GValue* value) {
  auto& turns = s.conversation.turns;
  if (id >= kPropStt && id <= kPropTtsFallback) {
    const gchar* given = g_value_get_string(value);
    s.stages_given = s.stages_given || (given && !jackfield::is_blank(given));
  }
  switch (id) {
    case kPropStt:
      set_text(s.stages.stt, value);
      return true;
    case kPropLlm:
      set_text(s.stages.llm, value);
      return true;
    case kPropTts:
      set_text(s.stages.tts, value);
      return true;
    case kPropSttFallback:
      set_text(s.stages.stt_fallback, value);
      return true;
    case kPropSttFallbackAfter:
      s.stt_fallback_after = g_value_get_uint64(value);
      return true;
    case kPropLlmFallback:
      set_text(s.stages.llm_fallback, value);
      return true;
    case kPropLlmFallbackAfter:
      s.llm_fallback_after = g_value_get_uint64(value);
      return true;
    case kPropTtsFallback:
      set_text(s.stages.tts_fallback, value);
      return true;
    case kPropTtsFallbackAfter:
      s.tts_fallback_after = g_value_get_uint64(value);
      return true;
    case kPropFallbackFor:
      s.fallback_for = g_value_get_uint64(value);
      return true;
    case kPropRealtime:
      set_unless_blank(s.realtime, value);
      return true;
    case kPropSpeakFirst:
      s.conversation.speak_first = g_value_get_boolean(value) != FALSE;
      return true;
    case kPropResumeAfter:
      turns.resume_after = g_value_get_uint64(value);
      return true;
    case kPropMinWords:
      turns.min_words = g_value_get_uint(value);
      return true;
    case kPropInterruptWords:
      turns.interrupt_words = g_value_get_uint(value);
      return true;
    case kPropBackchannels:
      set_text(s.conversation.backchannels, value);
      turns.backchannels = jackfield::Backchannels(s.conversation.backchannels);
      return true;
    case kPropAnswerWhen:
      turns.addressee.named = g_value_get_enum(value) == static_cast<int>(AnswerWhen::kNamed);
      s.addressee_given = true;
      return true;
    case kPropNames:
      set_text(s.names, value);
      turns.addressee.names = jackfield::SpokenNames(s.names);
      s.addressee_given = true;
      return true;
    case kPropNamedWindow:
      turns.addressee.window = g_value_get_uint64(value);
      s.addressee_given = true;
      return true;
    case kPropMinInterruption:
      turns.min_interruption = g_value_get_uint64(value);
      return true;
    case kPropSilence:
      turns.silence = s.reply.silence = g_value_get_uint64(value);
      return true;
    case kPropThinkTimeout:
      turns.think_timeout = s.reply.stall = g_value_get_uint64(value);
      return true;
    case kPropEosTimeout:
      turns.eos_timeout = g_value_get_uint64(value);
      return true;
    case kPropFiller:
      set_text(s.conversation.filler, value);
      return true;
    case kPropFillerAfter:
      turns.filler_after = g_value_get_uint64(value);
      return true;
    case kPropPersona:
      set_unless_blank(s.persona, value);
      return true;
    case kPropTools:
      set_unless_blank(s.tools, value);
      return true;
    case kPropAuditLog:
      set_unless_blank(s.audit_log, value);
      return true;
    case kPropToolFiller:
      set_text(s.tool_filler, value);
      return true;
    case kPropToolFillerAfter:
      s.tool_filler_after = g_value_get_uint64(value);
      return true;
    case kPropThinker:
      set_unless_blank(s.thinker, value);
      return true;
    case kPropThinkLimit:
      s.think_limit = g_value_get_uint64(value);
      return true;
    case kPropCallers:
      set_unless_blank(s.caller.directory, value);
      return true;
    case kPropCaller:
      set_text(s.caller.caller, value);
      return true;
    case kPropCallId:
      set_text(s.caller.source, value);
      return true;
    case kPropErrorReply:
      set_text(s.conversation.error_reply, value);
      turns.has_error_reply = !s.conversation.error_reply.empty();
      return true;
    case kPropErrorGoodbye:
      set_text(s.conversation.error_goodbye, value);
      turns.has_error_goodbye = !s.conversation.error_goodbye.empty();
      return true;
    case kPropMaxErrors:
      turns.max_errors = g_value_get_uint(value);
      return true;
    case kPropLead:
      s.reply.lead = g_value_get_uint64(value);
      return true;
    case kPropMaxQueued:
      s.reply.max_queued = g_value_get_uint64(value);
      return true;
    default:
      return false;
  }
}

bool get_setting(const Settings& s, guint id, GValue* value) {
  const auto& turns = s.conversation.turns;
  switch (id) {
    case kPropStt:
      g_value_set_string(value, s.stages.stt.c_str());
      return true;
    case kPropLlm:
      g_value_set_string(value, s.stages.llm.c_str());
      return true;
    case kPropTts:
      g_value_set_string(value, s.stages.tts.c_str());
      return true;
    case kPropSttFallback:
      g_value_set_string(value, s.stages.stt_fallback.c_str());
      return true;
    case kPropSttFallbackAfter:
      g_value_set_uint64(value, s.stt_fallback_after);
      return true;
    case kPropLlmFallback:
      g_value_set_string(value, s.stages.llm_fallback.c_str());
      return true;
    case kPropLlmFallbackAfter:
      g_value_set_uint64(value, s.llm_fallback_after);
      return true;
    case kPropTtsFallback:
      g_value_set_string(value, s.stages.tts_fallback.c_str());
      return true;
    case kPropTtsFallbackAfter:
      g_value_set_uint64(value, s.tts_fallback_after);
      return true;
    case kPropFallbackFor:
      g_value_set_uint64(value, s.fallback_for);
      return true;
    case kPropRealtime:
      g_value_set_string(value, s.realtime.c_str());
      return true;
    case kPropSpeakFirst:
      g_value_set_boolean(value, s.conversation.speak_first);
      return true;
    case kPropResumeAfter:
      g_value_set_uint64(value, turns.resume_after);
      return true;
    case kPropMinWords:
      g_value_set_uint(value, turns.min_words);
      return true;
    case kPropInterruptWords:
      g_value_set_uint(value, turns.interrupt_words);
      return true;
    case kPropBackchannels:
      g_value_set_string(value, s.conversation.backchannels.c_str());
      return true;
    case kPropAnswerWhen:
      g_value_set_enum(value, static_cast<int>(turns.addressee.named ? AnswerWhen::kNamed
                                                                     : AnswerWhen::kAlways));
      return true;
    case kPropNames:
      g_value_set_string(value, s.names.c_str());
      return true;
    case kPropNamedWindow:
      g_value_set_uint64(value, turns.addressee.window);
      return true;
    case kPropMinInterruption:
      g_value_set_uint64(value, turns.min_interruption);
      return true;
    case kPropSilence:
      g_value_set_uint64(value, turns.silence);
      return true;
    case kPropThinkTimeout:
      g_value_set_uint64(value, turns.think_timeout);
      return true;
    case kPropEosTimeout:
      g_value_set_uint64(value, turns.eos_timeout);
      return true;
    case kPropFiller:
      g_value_set_string(value, s.conversation.filler.c_str());
      return true;
    case kPropFillerAfter:
      g_value_set_uint64(value, turns.filler_after);
      return true;
    case kPropPersona:
      g_value_set_string(value, s.persona.c_str());
      return true;
    case kPropTools:
      g_value_set_string(value, s.tools.c_str());
      return true;
    case kPropAuditLog:
      g_value_set_string(value, s.audit_log.c_str());
      return true;
    case kPropToolFiller:
      g_value_set_string(value, s.tool_filler.c_str());
      return true;
    case kPropToolFillerAfter:
      g_value_set_uint64(value, s.tool_filler_after);
      return true;
    case kPropThinker:
      g_value_set_string(value, s.thinker.c_str());
      return true;
    case kPropThinkLimit:
      g_value_set_uint64(value, s.think_limit);
      return true;
    case kPropCallers:
      g_value_set_string(value, s.caller.directory.c_str());
      return true;
    case kPropCaller:
      g_value_set_string(value, s.caller.caller.c_str());
      return true;
    case kPropCallId:
      g_value_set_string(value, s.caller.source.c_str());
      return true;
    case kPropErrorReply:
      g_value_set_string(value, s.conversation.error_reply.c_str());
      return true;
    case kPropErrorGoodbye:
      g_value_set_string(value, s.conversation.error_goodbye.c_str());
      return true;
    case kPropMaxErrors:
      g_value_set_uint(value, turns.max_errors);
      return true;
    case kPropLead:
      g_value_set_uint64(value, s.reply.lead);
      return true;
    case kPropMaxQueued:
      g_value_set_uint64(value, s.reply.max_queued);
      return true;
    default:
      return false;
  }
}

GType answer_when_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(AnswerWhen::kAlways), "All that is said is meant for the agent", "always"},
      {static_cast<int>(AnswerWhen::kNamed), "When one of its names is said", "named"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GstAgentBrainAnswerWhen", values);
  return type;
}

void install_properties(GObjectClass* klass) {
  using jackfield::kReadOnly;
  using jackfield::kReadWritePlaying;
  using jackfield::kReadWriteReady;
  const Settings defaults;
  static GParamSpec* properties[kPropCount];
  const auto& turns = defaults.conversation.turns;
  const auto text = [](const char* name, const char* nick, const char* blurb,
                       const std::string& value, GParamFlags flags) {
    return g_param_spec_string(name, nick, blurb, value.c_str(), flags);
  };
  const auto time = [](const char* name, const char* nick, const char* blurb, guint64 least,
                       guint64 most, guint64 value) {
    return g_param_spec_uint64(name, nick, blurb, least, most, value, kReadWritePlaying);
  };
  properties[kPropStt] =
      text("stt", "STT stage", "Bin description of the stage that makes text of speech",
           defaults.stages.stt, kReadWriteReady);
  properties[kPropLlm] =
      text("llm", "LLM stage", "Bin description of the stage that answers text with text",
           defaults.stages.llm, kReadWriteReady);
  properties[kPropTts] =
      text("tts", "TTS stage", "Bin description of the stage that makes speech of text",
           defaults.stages.tts, kReadWriteReady);
  properties[kPropSttFallback] =
      text("stt-fallback", "STT fallback",
           "Bin description of the STT stage that takes over when the first fails (empty: none)",
           "", kReadWriteReady);
  properties[kPropSttFallbackAfter] =
      time("stt-fallback-after", "STT fallback after",
           "It also takes over when the first gives nothing for so long (ns, 0: never)", 0,
           60 * GST_SECOND, defaults.stt_fallback_after);
  properties[kPropLlmFallback] =
      text("llm-fallback", "LLM fallback",
           "Bin description of the LLM stage that takes over when the first fails (empty: none)",
           "", kReadWriteReady);
  properties[kPropLlmFallbackAfter] =
      time("llm-fallback-after", "LLM fallback after",
           "It also takes over when the first gives nothing for so long (ns, 0: never)", 0,
           60 * GST_SECOND, defaults.llm_fallback_after);
  properties[kPropTtsFallback] =
      text("tts-fallback", "TTS fallback",
           "Bin description of the TTS stage that takes over when the first fails (empty: none)",
           "", kReadWriteReady);
  properties[kPropTtsFallbackAfter] =
      time("tts-fallback-after", "TTS fallback after",
           "It also takes over when the first gives nothing for so long (ns, 0: never)", 0,
           60 * GST_SECOND, defaults.tts_fallback_after);
  properties[kPropFallbackFor] =
      time("fallback-for", "Fallback for",
           "How long a fallback stays before the first stage is tried again (ns)", 0,
           24 * 3600 * GST_SECOND, defaults.fallback_for);
  properties[kPropRealtime] =
      text("realtime", "Speech-to-speech stage",
           "Bin description of one stage that takes and gives audio, in place of all others", "",
           kReadWriteReady);
  properties[kPropSpeakFirst] = g_param_spec_boolean(
      "speak-first", "Speak first", "The agent is asked for a greeting when PLAYING begins",
      defaults.conversation.speak_first, kReadWriteReady);
  properties[kPropResumeAfter] =
      time("resume-after", "Resume after",
           "A paused reply goes on when no words came for so long after the speech (ns)", 0,
           60 * GST_SECOND, turns.resume_after);
  properties[kPropMinWords] =
      g_param_spec_uint("min-words", "Minimum words", "Words that make speech an interruption", 1,
                        100, turns.min_words, kReadWritePlaying);
  properties[kPropInterruptWords] = g_param_spec_uint(
      "interrupt-words", "Words to interrupt", "The same once the reply sounds (0: min-words)", 0,
      100, turns.interrupt_words, kReadWritePlaying);
  properties[kPropBackchannels] =
      text("backchannels", "Backchannels",
           "Phrases, separated by commas, that do not interrupt a reply that sounds (empty: none)",
           defaults.conversation.backchannels, kReadWritePlaying);
  properties[kPropAnswerWhen] = g_param_spec_enum(
      "answer-when", "Answer when",
      "To which turns the agent answers: where several people talk, to those that name it",
      answer_when_type(), static_cast<int>(AnswerWhen::kAlways), kReadWritePlaying);
  properties[kPropNames] =
      text("names", "Names", "What the agent is called, separated by commas; for answer-when=named",
           "", kReadWritePlaying);
  properties[kPropNamedWindow] =
      time("named-window", "Named window",
           "Behind the reply to a turn that named it, and behind a question of its own, the agent "
           "also answers without its name for so long (ns)",
           0, 3600 * GST_SECOND, turns.addressee.window);
  properties[kPropMinInterruption] =
      time("min-interruption", "Minimum interruption",
           "Speech that was not understood interrupts from this length on (ns)", 0, 60 * GST_SECOND,
           turns.min_interruption);
  properties[kPropSilence] =
      time("silence", "Silence",
           "For stages that send no turn events: text (or audio of a reply) followed by nothing "
           "for so long is complete (ns)",
           10 * GST_MSECOND, 60 * GST_SECOND, turns.silence);
  properties[kPropThinkTimeout] = time("think-timeout", "Think timeout",
                                       "A stage that gives nothing for so long fails the turn (ns)",
                                       100 * GST_MSECOND, 600 * GST_SECOND, turns.think_timeout);
  properties[kPropEosTimeout] =
      time("eos-timeout", "EOS timeout",
           "How long the last reply may take after the end of the caller's stream (ns)", 0,
           600 * GST_SECOND, turns.eos_timeout);
  properties[kPropFiller] =
      text("filler", "Filler", "Said when the LLM stage gives nothing within filler-after", "",
           kReadWritePlaying);
  properties[kPropFillerAfter] =
      time("filler-after", "Filler after", "When to say the filler (ns, 0: never)", 0,
           60 * GST_SECOND, turns.filler_after);
  properties[kPropPersona] =
      text("persona", "Persona",
           "File that says who the agent is: its text, name, language, voice, greeting and tools "
           "(empty: none)",
           "", kReadWriteReady);
  properties[kPropTools] =
      text("tools", "Tools", "File that says which tools the model may use (JSON, mcpServers)", "",
           kReadWriteReady);
  properties[kPropToolFiller] =
      text("tool-filler", "Tool filler",
           "Said when a tool takes longer than tool-filler-after (empty: nothing)",
           defaults.tool_filler, kReadWritePlaying);
  properties[kPropToolFillerAfter] =
      time("tool-filler-after", "Tool filler after", "When to say the tool filler (ns, 0: never)",
           0, 60 * GST_SECOND, defaults.tool_filler_after);
  properties[kPropAuditLog] = text(
      "audit-log", "Audit log",
      "File that each call of a tool is written to before it is carried out, JSON lines (empty: "
      "that of the supervisor, if any)",
      "", kReadWriteReady);
  properties[kPropThinker] = g_param_spec_string(
      "thinker", "Thinker",
      "Bin description of a stage (text to text) that thinks: the model's function \"think\"; "
      "empty: none",
      "", kReadWriteReady);
  properties[kPropThinkLimit] = g_param_spec_uint64(
      "think-limit", "Think limit", "How long the thinker may take for a question (ns)", GST_SECOND,
      600 * GST_SECOND, defaults.think_limit, kReadWriteReady);
  properties[kPropCallers] =
      text("callers", "Directory of callers",
           "SQLite file with what is known of callers; made when it is not there (empty: none)", "",
           kReadWriteReady);
  properties[kPropCaller] =
      text("caller", "Caller",
           "Who calls: a number (+15551234567), sip:, client: or browser:NAME; set it from what "
           "somebody vouches for only (empty: unknown so far)",
           "", kReadWritePlaying);
  properties[kPropCallId] =
      text("call-id", "Call", "What notes about the caller name as where they come from", "",
           kReadWritePlaying);
  properties[kPropErrorReply] =
      text("error-reply", "Error reply",
           "Said when a turn cannot be answered because a stage failed (empty: nothing)",
           defaults.conversation.error_reply, kReadWritePlaying);
  properties[kPropErrorGoodbye] = text("error-goodbye", "Error goodbye",
                                       "Said before max-errors ends the call (empty: nothing)",
                                       defaults.conversation.error_goodbye, kReadWritePlaying);
  properties[kPropMaxErrors] = g_param_spec_uint(
      "max-errors", "Maximum errors",
      "So many failed turns in a row end the call (0: the call never ends for that)", 0, 1000,
      turns.max_errors, kReadWritePlaying);
  properties[kPropLead] =
      time("lead", "Lead", "How far ahead of its time the reply goes downstream at most (ns)",
           20 * GST_MSECOND, 10 * GST_SECOND, defaults.reply.lead);
  properties[kPropMaxQueued] =
      time("max-queued", "Maximum queued",
           "Unheard audio kept of a reply; the TTS stage waits beyond (ns)", 100 * GST_MSECOND,
           600 * GST_SECOND, defaults.reply.max_queued);
  properties[kPropStats] = g_param_spec_boxed(
      "stats", "Statistics", "Counters, state and the latency of the last turn (times in ns)",
      GST_TYPE_STRUCTURE, kReadOnly);
  // The detector's own descriptions.
  auto* detector = static_cast<GObjectClass*>(g_type_class_ref(GST_TYPE_TURN_DETECTOR));
  const auto handed_on = [&](guint id, const char* name) {
    GParamSpec* spec = g_object_class_find_property(detector, name);
    if (!spec) return;
    const GParamFlags flags = spec->flags;
    const char* nick = g_param_spec_get_nick(spec);
    const char* blurb = g_param_spec_get_blurb(spec);
    if (G_IS_PARAM_SPEC_FLOAT(spec)) {
      auto* f = G_PARAM_SPEC_FLOAT(spec);
      properties[id] =
          g_param_spec_float(name, nick, blurb, f->minimum, f->maximum, f->default_value, flags);
    } else if (G_IS_PARAM_SPEC_UINT64(spec)) {
      auto* u = G_PARAM_SPEC_UINT64(spec);
      properties[id] =
          g_param_spec_uint64(name, nick, blurb, u->minimum, u->maximum, u->default_value, flags);
    } else if (G_IS_PARAM_SPEC_STRING(spec)) {
      properties[id] = g_param_spec_string(name, nick, blurb, nullptr, flags);
    }
  };
  handed_on(kPropModel, "model");
  handed_on(kPropThreshold, "threshold");
  handed_on(kPropThresholdThinking, "threshold-thinking");
  handed_on(kPropThresholdSpeaking, "threshold-speaking");
  handed_on(kPropHangOver, "hang-over");
  handed_on(kPropHangOverMin, "hang-over-min");
  handed_on(kPropHangOverMax, "hang-over-max");
  for (guint id = 1; id < kPropCount; ++id) {
    if (properties[id]) g_object_class_install_property(klass, id, properties[id]);
  }
  g_type_class_unref(detector);
}

}  // namespace agentbrain::brain
