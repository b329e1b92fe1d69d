#include "function_signals.hpp"

#include "json_reader.hpp"

namespace jackfield {

std::optional<std::vector<Tool>> read_offered_tools(GstElement* element, const gchar* json) {
  try {
    return read_tools(json ? json : "");
  } catch (const PositionedError& mistake) {
    GST_WARNING_OBJECT(element, "tools that are offered: %s", mistake.what());
    return std::nullopt;
  }
}

void install_function_signals(GObjectClass* klass,
                              gboolean (*offer)(GstElement* element, const gchar* json),
                              gboolean (*answer)(GstElement* element, const gchar* id,
                                                 const gchar* output)) {
  const auto action = static_cast<GSignalFlags>(G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION);
  g_signal_new_class_handler("offer-tools", G_TYPE_FROM_CLASS(klass), action, G_CALLBACK(offer),
                             nullptr, nullptr, nullptr, G_TYPE_BOOLEAN, 1, G_TYPE_STRING);
  g_signal_new_class_handler("answer-tool-call", G_TYPE_FROM_CLASS(klass), action,
                             G_CALLBACK(answer), nullptr, nullptr, nullptr, G_TYPE_BOOLEAN, 2,
                             G_TYPE_STRING, G_TYPE_STRING);
}

}  // namespace jackfield
