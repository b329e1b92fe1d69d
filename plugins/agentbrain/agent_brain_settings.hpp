// The properties of agentbrain and the settings behind them. Private to the element, which guards
// the settings with its object lock.
#pragma once

#include <gst/gst.h>

#include <optional>
#include <string>
#include <vector>

#include "callers/brain_caller.hpp"
#include "conductor.hpp"
#include "gstreplygate.hpp"
#include "stages.hpp"

namespace agentbrain::brain {

enum {
  kPropStt = 1,
  kPropLlm,
  kPropTts,
  kPropSttFallback,
  kPropLlmFallback,
  kPropTtsFallback,
  kPropSttFallbackAfter,
  kPropLlmFallbackAfter,
  kPropTtsFallbackAfter,
  kPropFallbackFor,
  kPropRealtime,
  kPropSpeakFirst,
  kPropResumeAfter,
  kPropMinWords,
  kPropInterruptWords,
  kPropBackchannels,
  kPropAnswerWhen,
  kPropNames,
  kPropNamedWindow,
  kPropMinInterruption,
  kPropSilence,
  kPropThinkTimeout,
  kPropEosTimeout,
  kPropFiller,
  kPropFillerAfter,
  kPropPersona,
  kPropTools,
  kPropToolFiller,
  kPropToolFillerAfter,
  kPropAuditLog,
  kPropThinker,
  kPropThinkLimit,
  kPropCallers,
  kPropCaller,
  kPropCallId,
  kPropErrorReply,
  kPropErrorGoodbye,
  kPropMaxErrors,
  kPropLead,
  kPropMaxQueued,
  kPropStats,
  // Handed on to the turndetector inside.
  kPropModel,
  kPropThreshold,
  kPropThresholdThinking,
  kPropThresholdSpeaking,
  kPropHangOver,
  kPropHangOverMin,
  kPropHangOverMax,
  kPropCount
};

struct Settings {
  Settings() {
    conversation.turns.has_error_reply = conversation.turns.has_error_goodbye = true;
    conversation.turns.max_errors = 3;
  }
  StageDescriptions stages{.stt = "pocketsphinxstt", .llm = "scriptedllm", .tts = "flitetts"};
  GstClockTime stt_fallback_after = 0;
  GstClockTime llm_fallback_after = 0;
  GstClockTime tts_fallback_after = 0;
  GstClockTime fallback_for = 60 * GST_SECOND;
  std::string realtime;
  bool addressee_given = false;  // one of answer-when, names and named-window was set
  std::string names;
  bool stages_given = false;                    // one of the three, or of their fallbacks, was set
  std::string persona;                          // path of a file, "" none
  std::optional<std::vector<std::string>> may;  // of the persona, when it has been read
  std::string tools;                            // path of a file, "" none
  std::string audit_log;                        // likewise
  std::string tool_filler = "One moment, please.";
  GstClockTime tool_filler_after = 600 * GST_MSECOND;
  std::string thinker;  // description of a stage, "" none
  GstClockTime think_limit = 60 * GST_SECOND;
  BrainCaller::Settings caller;
  Conductor::Settings conversation;
  ReplyGateSettings reply;
};

// To which turns the agent answers.
enum class AnswerWhen { kAlways, kNamed };
GType answer_when_type();

void install_properties(GObjectClass* klass);

// False when the property is not one of the settings.
bool set_setting(Settings& settings, guint id, const GValue* value);
bool get_setting(const Settings& settings, guint id, GValue* value);

}  // namespace agentbrain::brain
