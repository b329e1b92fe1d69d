#include "scenario/agent_callers.hpp"

#include <utility>

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
  const GParamSpec* spec = g_object_class_find_property(G_OBJECT_GET_CLASS(element), name);
  return spec && spec->value_type == G_TYPE_STRING && (spec->flags & G_PARAM_WRITABLE);
}

std::string text_of(GstElement* element, const char* name) {
  gchar* value = nullptr;
  g_object_get(element, name, &value, nullptr);
  const gstpp::CharPtr text{value};
  return text ? text.get() : "";
}

}  // namespace

AgentCallers::AgentCallers(GstElement* pipeline, const std::string& directory,
                           const std::string& session) {
  for (gstpp::ElementPtr& element : elements_of(gst_bin_iterate_recurse(GST_BIN(pipeline)))) {
    GstElement* agent = element.get();
    if (!has_text(agent, kCaller) || !has_text(agent, kDirectory)) continue;
    if (!directory.empty() && text_of(agent, kDirectory).empty())
      g_object_set(agent, kDirectory, directory.c_str(), nullptr);
    if (has_text(agent, kSession)) g_object_set(agent, kSession, session.c_str(), nullptr);
    agents_.push_back(std::move(element));
  }
}

void AgentCallers::wait() {
  for (const gstpp::ElementPtr& agent : agents_) {
    // Without a directory there is nothing that a greeting could say of them.
    if (text_of(agent.get(), kDirectory).empty()) continue;
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
