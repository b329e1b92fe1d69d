#include "agent_element.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "plugins/common/gstpp.hpp"

namespace jackfield::test {
namespace {

struct Agent {
  GstElement parent;
};

gboolean offer(GstElement*, const gchar* list) {
  const std::lock_guard guard(agent_notes().lock);
  agent_notes().offered.emplace_back(list);
  return TRUE;
}
gboolean result(GstElement*, const gchar* call_id, const gchar* output) {
  const std::lock_guard guard(agent_notes().lock);
  agent_notes().answers.push_back(std::string{call_id} + ": " + output);
  return static_cast<gboolean>(agent_notes().waits);
}
gboolean tell(GstElement*, const gchar* text, gboolean speak) {
  const std::lock_guard guard(agent_notes().lock);
  agent_notes().told.push_back(std::string{text} + (speak ? " (speak)" : ""));
  return TRUE;
}

void init_class(gpointer klass, gpointer) {
  const GType type = G_TYPE_FROM_CLASS(klass);
  const auto action = static_cast<GSignalFlags>(G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION);
  g_signal_new("tool-call", type, G_SIGNAL_RUN_LAST, 0, g_signal_accumulator_true_handled, nullptr,
               nullptr, G_TYPE_BOOLEAN, 3, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING);
  g_signal_new_class_handler("tool-result", type, action, G_CALLBACK(result), nullptr, nullptr,
                             nullptr, G_TYPE_BOOLEAN, 2, G_TYPE_STRING, G_TYPE_STRING);
  g_signal_new_class_handler("offer-functions", type, action, G_CALLBACK(offer), nullptr, nullptr,
                             nullptr, G_TYPE_BOOLEAN, 1, G_TYPE_STRING);
  g_signal_new_class_handler("tell", type, action, G_CALLBACK(tell), nullptr, nullptr, nullptr,
                             G_TYPE_BOOLEAN, 2, G_TYPE_STRING, G_TYPE_BOOLEAN);
  gst_element_class_set_static_metadata(GST_ELEMENT_CLASS(klass), "Agent", "Generic", "A test",
                                        "Jackfield");
}

void init(GTypeInstance* instance, gpointer) {
  const std::lock_guard guard(agent_notes().lock);
  agent_notes().element = GST_ELEMENT(instance);
}

}  // namespace

AgentNotes& agent_notes() {
  static AgentNotes notes;
  return notes;
}

std::vector<std::string> noted(std::vector<std::string> AgentNotes::*which) {
  const std::lock_guard guard(agent_notes().lock);
  return agent_notes().*which;
}

void clear_agent_notes() {
  AgentNotes& notes = agent_notes();
  const std::lock_guard guard(notes.lock);
  notes.offered.clear(), notes.answers.clear(), notes.told.clear();
  notes.waits = true;
}

SessionManager::Config agent_sessions(const TemporaryFolder& folder, const std::string& line,
                                      const std::string& pipeline) {
  folder.write("desk.gst", pipeline);
  std::string error;
  const auto file = PipelineFile::read(folder.file("desk.gst"), error);
  EXPECT_TRUE(file) << error;
  return {.line = line,
          .kind = "once",
          .file = file.value(),
          .variables = {},
          .recordings = folder.path(),
          .limits = {}};
}

void register_agent_element() {
  static const bool once = [] {
    GTypeInfo info{};
    info.class_size = sizeof(GstElementClass);
    info.class_init = init_class;
    info.instance_size = sizeof(Agent);
    info.instance_init = init;
    return gst_element_register(
        nullptr, "agentbrain", GST_RANK_NONE,
        g_type_register_static(GST_TYPE_ELEMENT, "TestAgent", &info, static_cast<GTypeFlags>(0)));
  }();
  static_cast<void>(once);
}

bool model_calls(const std::string& call_id, const std::string& name,
                 const std::string& arguments) {
  gboolean taken = FALSE;
  std::thread{[&] {
    g_signal_emit_by_name(agent_notes().element, "tool-call", call_id.c_str(), name.c_str(),
                          arguments.c_str(), &taken);
  }}.join();
  return taken != FALSE;
}

}  // namespace jackfield::test
