#include "tool_signals.hpp"

namespace agentbrain {

void install_tool_signals(GObjectClass* klass,
                          gboolean (*tool_result)(GstElement* element, const gchar* call_id,
                                                  const gchar* output)) {
  /**
   * tool-call:
   * @call_id: names the call
   * @name: of the function
   * @arguments: JSON, fits the function's schema if the tools file has one
   *
   * The model calls a function of the application: one of the tools file, or one that the element
   * does not know. Answer with tool-result, now or later. Emitted in the stage's thread, or that of
   * the tools; it must not block.
   *
   * Returns: TRUE when the application takes the call.
   *
   * Since: 0.1
   */
  g_signal_new("tool-call", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0,
               g_signal_accumulator_true_handled, nullptr, nullptr, G_TYPE_BOOLEAN, 3,
               G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING);
  /**
   * tool-result:
   * @call_id: of tool-call
   * @output: what the model is told
   *
   * Answers tool-call. Any thread.
   *
   * Returns: FALSE when nobody waits for it (any more).
   *
   * Since: 0.1
   */
  g_signal_new_class_handler("tool-result", G_TYPE_FROM_CLASS(klass),
                             static_cast<GSignalFlags>(G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION),
                             G_CALLBACK(tool_result), nullptr, nullptr, nullptr, G_TYPE_BOOLEAN, 2,
                             G_TYPE_STRING, G_TYPE_STRING);
}

}  // namespace agentbrain
