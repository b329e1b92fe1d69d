#include "llm_settings.hpp"

#include "param_flags.hpp"

namespace openai::llm {

namespace {

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

}  // namespace

const jackfield::MemberProperties<Settings>* make_properties(GObjectClass* klass) {
  using namespace jackfield;
  install_service_properties(klass, "Name of the model, as the service knows it");
  const Settings defaults;
  auto* properties = new MemberProperties<Settings>(klass, kOwnProperties);
  const auto text = [&](const char* name, const char* nick, const char* blurb,
                        const std::string& value, GParamFlags flags, auto member) {
    properties->add(g_param_spec_string(name, nick, blurb, value.c_str(), flags), member);
  };
  const auto time = [&](const char* name, const char* nick, const char* blurb, GstClockTime least,
                        GstClockTime most, GstClockTime value, auto member) {
    properties->add(g_param_spec_uint64(name, nick, blurb, least, most, value, kReadWritePlaying),
                    member);
  };
  const auto count = [&](const char* name, const char* nick, const char* blurb, guint least,
                         guint most, guint value, auto member) {
    properties->add(g_param_spec_uint(name, nick, blurb, least, most, value, kReadWritePlaying),
                    member);
  };
  properties->add(
      g_param_spec_enum("api", "API", "Which of the two ways to ask a model is used", api_type(),
                        static_cast<gint>(defaults.api), kReadWriteReady),
      [](auto& s) -> auto& { return s.api; });
  text(
      "instructions", "Instructions", "What the model is told to do; may hold ${variables}",
      defaults.instructions, kReadWriteReady, [](auto& s) -> auto& { return s.instructions; });
  text(
      "persona", "Persona", "Text file that goes before the instructions; may hold ${variables}",
      "", kReadWriteReady, [](auto& s) -> auto& { return s.persona; });
  properties->add(
      g_param_spec_boxed("variables", "Variables",
                         "Values of ${variables}; ${date}, ${time} and ${weekday} are always there",
                         GST_TYPE_STRUCTURE, kReadWriteReady),
      [](auto& s) -> auto& { return s.variables; });
  text(
      "greeting", "Greeting",
      "What is said when the agent is to speak first; empty: the model says it", "",
      kReadWriteReady, [](auto& s) -> auto& { return s.greeting; });
  text(
      "greeting-prompt", "Greeting prompt",
      "What the model is told to greet the caller; empty: it does not speak first",
      defaults.greeting_prompt, kReadWritePlaying,
      [](auto& s) -> auto& { return s.greeting_prompt; });
  text(
      "apology", "Apology", "What is said when the service failed; empty: nothing",
      defaults.apology, kReadWritePlaying, [](auto& s) -> auto& { return s.apology; });
  text(
      "reasoning-effort", "Reasoning effort",
      "How much the model thinks (none, minimal, low, medium, high, xhigh, max; each model takes "
      "some of them); empty: the model's default",
      "", kReadWritePlaying, [](auto& s) -> auto& { return s.reasoning_effort; });
  properties->add(
      g_param_spec_double("temperature", "Temperature",
                          "Of sampling; below 0, or with an effort to reason: the model's default",
                          -1.0, 2.0, defaults.temperature, kReadWritePlaying),
      [](auto& s) -> auto& { return s.temperature; });
  count(
      "max-output-tokens", "Most output tokens", "Of one reply (tokens); 0: the model's limit", 0,
      1000000, defaults.max_output_tokens, [](auto& s) -> auto& { return s.max_output_tokens; });
  count(
      "history-tokens", "History tokens",
      "How much of the conversation is sent (tokens, estimated), in whole turns", 0, 10000000,
      defaults.history_tokens, [](auto& s) -> auto& { return s.history_tokens; });
  text(
      "tools", "Tools", "Functions the model may call (JSON list)", "", kReadWriteReady,
      [](auto& s) -> auto& { return s.tools; });
  properties->add(
      g_param_spec_boolean("end-call", "End call",
                           "Offer the model a tool \"end_call\" that hangs up when its reply was "
                           "heard",
                           defaults.end_call, kReadWriteReady),
      [](auto& s) -> auto& { return s.end_call; });
  text(
      "goodbye", "Goodbye",
      "What is said when the model ends the call without a word; empty: nothing", defaults.goodbye,
      kReadWritePlaying, [](auto& s) -> auto& { return s.goodbye; });
  time(
      "tool-timeout", "Tool time-out", "How long the answer of a tool is waited for (ns)", 0,
      600 * GST_SECOND, defaults.tool_timeout, [](auto& s) -> auto& { return s.tool_timeout; });
  count(
      "max-tool-rounds", "Most rounds of tools",
      "How often within one reply functions are carried out and their results sent; then the "
      "model has to answer with what it knows",
      1, 100, defaults.max_tool_rounds, [](auto& s) -> auto& { return s.max_tool_rounds; });
  time(
      "first-token-timeout", "First token time-out",
      "For the beginning of an answer, and between its pieces (ns)", GST_MSECOND, 600 * GST_SECOND,
      defaults.first_token_timeout, [](auto& s) -> auto& { return s.first_token_timeout; });
  time(
      "hedge-after", "Hedge after",
      "A request without an answer for so long is sent once more beside it (ns); 0: never", 0,
      60 * GST_SECOND, defaults.hedge_after, [](auto& s) -> auto& { return s.hedge_after; });
  properties->add(
      g_param_spec_boolean("warm-up", "Warm up",
                           "Have the model loaded, and the instructions read, before the first "
                           "turn",
                           defaults.warm_up, kReadWriteReady),
      [](auto& s) -> auto& { return s.warm_up; });
  properties->add_history();
  properties->add_stats();
  gst_type_mark_as_plugin_api(api_type(), static_cast<GstPluginAPIFlags>(0));
  return properties;
}

}  // namespace openai::llm
