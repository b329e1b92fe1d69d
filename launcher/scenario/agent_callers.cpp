#include "scenario/agent_callers.hpp"

#include <memory>
#include <utility>

#include "plugins/common/element_properties.hpp"
#include "scenario/pipeline_elements.hpp"

namespace jackfield {
namespace {

constexpr char kDirectory[] = "callers";
constexpr char kCaller[] = "caller";
constexpr char kSession[] = "call-id";
constexpr char kSpeakFirst[] = "speak-first";
// What withheld numbers are called.
constexpr char kNobody[] = "anonymous";

bool has_text(GstElement* element, const char* name) {
  return property_of(element, name, G_TYPE_STRING) != nullptr;
}

// Whether one of the elements of a stage that is not made yet wants to know.
bool asks_who_calls(const std::string& description) {
  const std::unique_ptr<gchar*, gstpp::FreeWith<g_strfreev>> words{
      g_strsplit_set(description.c_str(), " \t\n!()\"'", -1)};
  for (gchar** word = words.get(); *word; ++word) {
    const gstpp::ObjectPtr<GstElementFactory> found{gst_element_factory_find(*word)};
    if (!found) continue;
    const gstpp::ObjectPtr<GstPluginFeature> loaded{
        gst_plugin_feature_load(GST_PLUGIN_FEATURE(found.get()))};
    if (!loaded) continue;
    gpointer klass =
        g_type_class_ref(gst_element_factory_get_element_type(GST_ELEMENT_FACTORY(loaded.get())));
    const bool asks = g_object_class_find_property(G_OBJECT_CLASS(klass), kCaller) != nullptr;
    g_type_class_unref(klass);
    if (asks) return true;
  }
  return false;
}

// Without a directory, or a stage that asks, there is nothing that a greeting could say of them.
bool greets_who_calls(GstElement* agent) {
  if (!text_property(agent, kDirectory).empty()) return true;
  for (const char* stage : {"llm", "llm-fallback", "realtime"}) {
    if (has_text(agent, stage) && asks_who_calls(text_property(agent, stage))) return true;
  }
  return false;
}

}  // namespace

AgentCallers::AgentCallers(GstElement* pipeline, const std::string& directory,
                           const std::string& session) {
  for (gstpp::ElementPtr& element : elements_of(gst_bin_iterate_recurse(GST_BIN(pipeline)))) {
    GstElement* agent = element.get();
    if (!has_text(agent, kCaller) || !has_text(agent, kDirectory)) continue;
    if (!directory.empty() && text_property(agent, kDirectory).empty())
      g_object_set(agent, kDirectory, directory.c_str(), nullptr);
    if (has_text(agent, kSession)) g_object_set(agent, kSession, session.c_str(), nullptr);
    agents_.push_back(std::move(element));
  }
}

void AgentCallers::wait() {
  for (const gstpp::ElementPtr& agent : agents_) {
    if (!greets_who_calls(agent.get())) continue;
    gboolean speaks_first = FALSE;
    g_object_get(agent.get(), kSpeakFirst, &speaks_first, nullptr);
    if (!speaks_first) continue;
    g_object_set(agent.get(), kSpeakFirst, FALSE, nullptr);
    greeters_.push_back(gstpp::share_object(agent.get()));
  }
}

void AgentCallers::known(const std::string& caller) {
  if (std::exchange(known_, true)) return;
  for (const gstpp::ElementPtr& agent : agents_)
    g_object_set(agent.get(), kCaller, caller.empty() ? kNobody : caller.c_str(), nullptr);
  greet();
}

void AgentCallers::running() {
  running_ = true;
  greet();
}

// An agent that does not play yet would not hear of it.
void AgentCallers::greet() {
  if (!known_ || !running_) return;
  for (const gstpp::ElementPtr& agent : std::exchange(greeters_, {}))
    g_signal_emit_by_name(agent.get(), "greet");
}

}  // namespace jackfield
