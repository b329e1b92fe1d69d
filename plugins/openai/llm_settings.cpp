#include "llm_settings.hpp"

#include "gstpp.hpp"
#include "param_flags.hpp"

namespace openai::llm {
namespace {

enum : guint {
  kPropApi = kFirstSetting,
  kPropInstructions,
  kPropPersona,
  kPropVariables,
  kPropGreeting,
  kPropGreetingPrompt,
  kPropApology,
  kPropReasoningEffort,
  kPropTemperature,
  kPropMaxOutputTokens,
  kPropHistoryTokens,
  kPropTools,
  kPropEndCall,
  kPropGoodbye,
  kPropToolTimeout,
  kPropMaxToolRounds,
  kPropFirstTokenTimeout,
  kPropHedgeAfter,
  kPropWarmUp,
};

std::string* text_setting(Settings& s, guint id) {
  switch (id) {
    case kPropInstructions:
      return &s.instructions;
    case kPropPersona:
      return &s.persona;
    case kPropGreeting:
      return &s.greeting;
    case kPropGreetingPrompt:
      return &s.greeting_prompt;
    case kPropApology:
      return &s.apology;
    case kPropReasoningEffort:
      return &s.reasoning_effort;
    case kPropTools:
      return &s.tools;
    case kPropGoodbye:
      return &s.goodbye;
    default:
      return nullptr;
  }
}

GstClockTime* time_setting(Settings& s, guint id) {
  switch (id) {
    case kPropToolTimeout:
      return &s.tool_timeout;
    case kPropFirstTokenTimeout:
      return &s.first_token_timeout;
    case kPropHedgeAfter:
      return &s.hedge_after;
    default:
      return nullptr;
  }
}

guint* count_setting(Settings& s, guint id) {
  switch (id) {
    case kPropMaxOutputTokens:
      return &s.max_output_tokens;
    case kPropHistoryTokens:
      return &s.history_tokens;
    case kPropMaxToolRounds:
      return &s.max_tool_rounds;
    default:
      return nullptr;
  }
}

}  // namespace

GType api_type() {
  static const GType type = [] {
    static const GEnumValue values[] = {
        {static_cast<gint>(ApiChoice::kAuto), "Responses at api.openai.com, else Chat Completions",
         "auto"},
        {static_cast<gint>(ApiChoice::kChat), "Chat Completions", "chat"},
        {static_cast<gint>(ApiChoice::kResponses), "Responses", "responses"},
        {0, nullptr, nullptr}};
    return g_enum_register_static("GstOpenAiLlmApi", values);
  }();
  return type;
}

bool set_setting(Settings& s, guint id, const GValue* value) {
  if (std::string* text = text_setting(s, id)) {
    *text = gstpp::get_string(value);
  } else if (GstClockTime* time = time_setting(s, id)) {
    *time = g_value_get_uint64(value);
  } else if (guint* count = count_setting(s, id)) {
    *count = g_value_get_uint(value);
  } else if (id == kPropEndCall) {
    s.end_call = g_value_get_boolean(value) != FALSE;
  } else if (id == kPropWarmUp) {
    s.warm_up = g_value_get_boolean(value) != FALSE;
  } else if (id == kPropApi) {
    s.api = static_cast<ApiChoice>(g_value_get_enum(value));
  } else if (id == kPropTemperature) {
    s.temperature = g_value_get_double(value);
  } else if (id == kPropVariables) {
    const auto* structure = static_cast<const GstStructure*>(g_value_get_boxed(value));
    s.variables.reset(structure ? gst_structure_copy(structure) : nullptr);
  } else {
    return set_service_property(s.service, id, value);
  }
  return true;
}

bool get_setting(const Settings& settings, guint id, GValue* value) {
  auto& s = const_cast<Settings&>(settings);
  if (const std::string* text = text_setting(s, id)) {
    g_value_set_string(value, text->c_str());
  } else if (const GstClockTime* time = time_setting(s, id)) {
    g_value_set_uint64(value, *time);
  } else if (const guint* count = count_setting(s, id)) {
    g_value_set_uint(value, *count);
  } else if (id == kPropEndCall) {
    g_value_set_boolean(value, s.end_call);
  } else if (id == kPropWarmUp) {
    g_value_set_boolean(value, s.warm_up);
  } else if (id == kPropApi) {
    g_value_set_enum(value, static_cast<gint>(s.api));
  } else if (id == kPropTemperature) {
    g_value_set_double(value, s.temperature);
  } else if (id == kPropVariables) {
    g_value_set_boxed(value, s.variables.get());
  } else {
    return get_service_property(s.service, id, value);
  }
  return true;
}

void install_properties(GObjectClass* klass) {
  using namespace jackfield;
  install_service_properties(klass, "Name of the model, as the service knows it");
  const Settings def;
  const auto add = [klass](guint id, GParamSpec* spec) {
    g_object_class_install_property(klass, id, spec);
  };
  const auto text = [&](guint id, const char* name, const char* nick, const char* blurb,
                        const std::string& value, GParamFlags flags) {
    add(id, g_param_spec_string(name, nick, blurb, value.c_str(), flags));
  };
  const auto time = [&](guint id, const char* name, const char* nick, const char* blurb,
                        GstClockTime least, GstClockTime most, GstClockTime value) {
    add(id, g_param_spec_uint64(name, nick, blurb, least, most, value, kReadWritePlaying));
  };
  const auto count = [&](guint id, const char* name, const char* nick, const char* blurb,
                         guint least, guint most, guint value) {
    add(id, g_param_spec_uint(name, nick, blurb, least, most, value, kReadWritePlaying));
  };
  add(kPropApi, g_param_spec_enum("api", "API", "Which of the two ways to ask a model is used",
                                  api_type(), static_cast<gint>(def.api), kReadWriteReady));
  text(kPropInstructions, "instructions", "Instructions",
       "What the model is told to do; may hold ${variables}", def.instructions, kReadWriteReady);
  text(kPropPersona, "persona", "Persona",
       "Text file that goes before the instructions; may hold ${variables}", "", kReadWriteReady);
  add(kPropVariables,
      g_param_spec_boxed("variables", "Variables",
                         "Values of ${variables}; ${date}, ${time} and ${weekday} are always there",
                         GST_TYPE_STRUCTURE, kReadWriteReady));
  text(kPropGreeting, "greeting", "Greeting",
       "What is said when the agent is to speak first; empty: the model says it", "",
       kReadWriteReady);
  text(kPropGreetingPrompt, "greeting-prompt", "Greeting prompt",
       "What the model is told to greet the caller; empty: it does not speak first",
       def.greeting_prompt, kReadWritePlaying);
  text(kPropApology, "apology", "Apology", "What is said when the service failed; empty: nothing",
       def.apology, kReadWritePlaying);
  text(kPropReasoningEffort, "reasoning-effort", "Reasoning effort",
       "How much the model thinks (none, minimal, low, medium, high, xhigh, max; each model takes "
       "some of them); empty: the model's default",
       "", kReadWritePlaying);
  add(kPropTemperature,
      g_param_spec_double("temperature", "Temperature",
                          "Of sampling; below 0, or with an effort to reason: the model's default",
                          -1.0, 2.0, def.temperature, kReadWritePlaying));
  count(kPropMaxOutputTokens, "max-output-tokens", "Most output tokens",
        "Of one reply (tokens); 0: the model's limit", 0, 1000000, def.max_output_tokens);
  count(kPropHistoryTokens, "history-tokens", "History tokens",
        "How much of the conversation is sent (tokens, estimated), in whole turns", 0, 10000000,
        def.history_tokens);
  text(kPropTools, "tools", "Tools", "Functions the model may call (JSON list)", "",
       kReadWriteReady);
  add(kPropEndCall, g_param_spec_boolean("end-call", "End call",
                                         "Offer the model a tool \"end_call\" that hangs up when "
                                         "its reply was heard",
                                         def.end_call, kReadWriteReady));
  text(kPropGoodbye, "goodbye", "Goodbye",
       "What is said when the model ends the call without a word; empty: nothing", def.goodbye,
       kReadWritePlaying);
  time(kPropToolTimeout, "tool-timeout", "Tool time-out",
       "How long the answer of a tool is waited for (ns)", 0, 600 * GST_SECOND, def.tool_timeout);
  count(kPropMaxToolRounds, "max-tool-rounds", "Most rounds of tools",
        "How often within one reply functions are carried out and their results sent; then the "
        "model has to answer with what it knows",
        1, 100, def.max_tool_rounds);
  time(kPropFirstTokenTimeout, "first-token-timeout", "First token time-out",
       "For the beginning of an answer, and between its pieces (ns)", GST_MSECOND, 600 * GST_SECOND,
       def.first_token_timeout);
  time(kPropHedgeAfter, "hedge-after", "Hedge after",
       "A request without an answer for so long is sent once more beside it (ns); 0: never", 0,
       60 * GST_SECOND, def.hedge_after);
  add(kPropWarmUp, g_param_spec_boolean(
                       "warm-up", "Warm up",
                       "Have the model loaded, and the instructions read, before the first turn",
                       def.warm_up, kReadWriteReady));
  add(kPropHistory,
      g_param_spec_string("history", "History",
                          "What was said and heard in this conversation (JSON)", "[]", kReadOnly));
  add(kPropStats,
      g_param_spec_boxed("stats", "Statistics", "Figures since the element was made (times in ns)",
                         GST_TYPE_STRUCTURE, kReadOnly));
  gst_type_mark_as_plugin_api(api_type(), static_cast<GstPluginAPIFlags>(0));
}

}  // namespace openai::llm
