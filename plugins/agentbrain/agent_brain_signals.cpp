// The signals of agentbrain.
#include <stdexcept>
#include <string>

#include "agent_brain_state.hpp"
#include "tool_signals.hpp"

#define GST_CAT_DEFAULT gst_agent_brain_debug

namespace agentbrain::brain {
namespace {

// Empty: no text.
std::string trimmed(const gchar* text) {
  if (!text || !g_utf8_validate(text, -1, nullptr)) return {};
  const gstpp::CharPtr copy{g_strstrip(g_strdup(text))};
  return copy.get();
}

// Of the action signal: what the application found.
gboolean tool_result(GstElement* element, const gchar* call_id, const gchar* output) {
  GstAgentBrain* self = GST_AGENT_BRAIN(element);
  return gstpp::guarded(self, static_cast<gboolean>(FALSE), [&]() -> gboolean {
    return self->state->tools->answered(call_id, output);
  });
}

// Of the action signal: what the application can do.
gboolean offer_functions(GstElement* element, const gchar* functions) {
  GstAgentBrain* self = GST_AGENT_BRAIN(element);
  return gstpp::guarded(self, static_cast<gboolean>(FALSE), [&]() -> gboolean {
    try {
      self->state->tools->offer_functions(functions ? functions : "[]");
      return TRUE;
    } catch (const std::runtime_error& wrong) {
      GST_WARNING_OBJECT(self, "%s", wrong.what());
      return FALSE;
    }
  });
}

// Of the action signal: for lines that open after the pipeline plays.
void greet(GstElement* element) {
  GstAgentBrain* self = GST_AGENT_BRAIN(element);
  gstpp::guarded(self, 0, [&] {
    State& s = *self->state;
    if (!s.conductor) return 0;
    const auto now = [&s] { s.realtime->expected() ? s.realtime->greet() : s.conductor->greet(); };
    if (!s.caller->greet_later(now)) now();
    return 0;
  });
}

// Of the action signal: what nobody has said.
gboolean tell(GstElement* element, const gchar* told, gboolean speak) {
  GstAgentBrain* self = GST_AGENT_BRAIN(element);
  return gstpp::guarded(self, static_cast<gboolean>(FALSE), [&]() -> gboolean {
    return tell_agent(*self->state, told, speak != FALSE);
  });
}

// Of the action signal: what the caller types.
gboolean user_text(GstElement* element, const gchar* typed) {
  GstAgentBrain* self = GST_AGENT_BRAIN(element);
  return gstpp::guarded(self, static_cast<gboolean>(FALSE), [&]() -> gboolean {
    State& s = *self->state;
    const std::string text = trimmed(typed);
    if (!s.conductor || text.empty()) return FALSE;
    return s.realtime->expected() ? s.realtime->user_text(text.c_str())
                                  : s.conductor->user_text(text);
  });
}

}  // namespace

bool tell_agent(State& s, const gchar* told, bool speak) {
  const std::string text = trimmed(told);
  if (!s.conductor || text.empty()) return false;
  return s.realtime->expected() ? s.realtime->tell(text.c_str(), speak)
                                : s.conductor->tell(text, speak);
}

void install_signals(GObjectClass* klass) {
  /**
   * GstAgentBrain::greet:
   *
   * Asks the LLM for a greeting (turn 0), as speak-first does when PLAYING begins. Without effect
   * before that, and while somebody speaks. With a speech-to-speech stage the signal of the same
   * name of that stage is emitted, if it has one. Any thread.
   *
   * Since: 0.1
   */
  g_signal_new_class_handler("greet", G_TYPE_FROM_CLASS(klass),
                             static_cast<GSignalFlags>(G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION),
                             G_CALLBACK(greet), nullptr, nullptr, nullptr, G_TYPE_NONE, 0);
  /**
   * GstAgentBrain::user-text:
   * @text: UTF-8, 64 KiB at most
   *
   * A whole turn of the caller in writing, as if it had been said: it ends a reply that sounds, or
   * one that is being prepared, and is answered at once. With a speech-to-speech stage the signal
   * of the same name of that stage is emitted, if it has one. Any thread.
   *
   * Returns: FALSE when it is not taken: the text is empty or no text, the agent is not PLAYING,
   * the call is ending, or the stage takes no text.
   *
   * Since: 0.1
   */
  g_signal_new_class_handler("user-text", G_TYPE_FROM_CLASS(klass),
                             static_cast<GSignalFlags>(G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION),
                             G_CALLBACK(user_text), nullptr, nullptr, nullptr, G_TYPE_BOOLEAN, 1,
                             G_TYPE_STRING);
  install_tool_signals(klass, tool_result);
  /**
   * GstAgentBrain::tell:
   * @text: UTF-8, 64 KiB at most
   * @speak: it is not to wait for the caller
   *
   * The agent learns something that nobody has said: the result of a task, what is known of the
   * caller. The model reads it as "(Note: ...)" before the caller's next question, or the greeting;
   * with @speak as soon as nobody has the word, and says what follows from it. With a
   * speech-to-speech stage the signal of the same name of that stage is emitted, if it has one. Any
   * thread.
   *
   * Returns: FALSE when it is not taken: the text is empty or no text, too much was told since the
   * last question, the agent is not PAUSED or PLAYING, the call is ending, or the stage takes none.
   *
   * Since: 0.1
   */
  g_signal_new_class_handler("tell", G_TYPE_FROM_CLASS(klass),
                             static_cast<GSignalFlags>(G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION),
                             G_CALLBACK(tell), nullptr, nullptr, nullptr, G_TYPE_BOOLEAN, 2,
                             G_TYPE_STRING, G_TYPE_BOOLEAN);
  /**
   * GstAgentBrain::offer-functions:
   * @functions: a JSON list of functions as in the tools file
   *
   * Functions of the application that the model may call from now on, in place of those offered in
   * this way before. Answer the signal tool-call. They are kept in all states. Any thread.
   *
   * Returns: FALSE when the list is malformed (GST_DEBUG says how), or the stage takes no tools.
   *
   * Since: 0.1
   */
  g_signal_new_class_handler("offer-functions", G_TYPE_FROM_CLASS(klass),
                             static_cast<GSignalFlags>(G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION),
                             G_CALLBACK(offer_functions), nullptr, nullptr, nullptr, G_TYPE_BOOLEAN,
                             1, G_TYPE_STRING);
}

}  // namespace agentbrain::brain
