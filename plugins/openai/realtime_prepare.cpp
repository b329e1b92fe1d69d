// What the settings of openairealtime come to: on the way to PAUSED.
#include <utility>

#include "end_call.hpp"
#include "persona_texts.hpp"
#include "realtime_state.hpp"
#include "service.hpp"

GST_DEBUG_CATEGORY_EXTERN(openairealtime_debug);
#define GST_CAT_DEFAULT openairealtime_debug

namespace openai::realtime {
namespace {

// Who the agent is, and what it is told. False after an element error.
bool prepare_texts(GstElement* element, Settings& used) {
  auto texts = jackfield::prepare_persona_texts(
      element, {.file = used.persona,
                .instructions = used.call.session.instructions,
                .greeting = used.call.greeting,
                .variables = jackfield::copy_variables(used.variables.get())});
  if (!texts) return false;
  used.call.session.instructions = std::move(texts->instructions);
  // The persona's are the words themselves.
  used.call.greeting =
      texts->greeting_of_persona ? say_exactly(texts->greeting) : std::move(texts->greeting);
  return true;
}

// Offers the model a tool for the end of the call, if it is to have one. Why it cannot, if so.
std::string add_end_call(Settings& used) {
  SessionSettings& session = used.call.session;
  if (!used.end_call) return {};
  if (!used.call.hang_up_tool.empty())
    return "\"end-call\" has a tool of its own: leave \"hang-up-tool\" empty, or \"end-call\" off";
  if (names_of_tools(session.tools).contains(kEndCallName)) return kEndCallTaken;
  session.tools = join_tools(session.tools, {end_call_tool()});
  used.call.hang_up_tool = kEndCallName;
  return {};
}

bool prepare_tools(GstElement* element, Settings& used) {
  std::string bad = check_tools(used.call.session.tools);
  bad = bad.empty() ? add_end_call(used) : "tools: " + bad;
  if (!bad.empty()) GST_ELEMENT_ERROR(element, RESOURCE, SETTINGS, ("%s", bad.c_str()), (nullptr));
  return bad.empty();
}

}  // namespace

std::string websocket_address(const Settings& used) {
  std::string base = used.base_url;
  if (base.starts_with("http")) base.replace(0, 4, "ws");
  const gstpp::CharPtr escaped{g_uri_escape_string(used.model.c_str(), nullptr, FALSE)};
  return base + "/realtime?model=" + escaped.get();
}

std::optional<Settings> prepare(const State& s) {
  GstElement* const element = GST_ELEMENT_CAST(s.self);
  Settings used;
  {
    const gstpp::ObjectLock lock(element);
    used = s.settings;
  }
  used.call.model = used.model;
  if (!prepare_tools(element, used) || !prepare_texts(element, used)) return std::nullopt;
  const Service service =
      find_service({.base_url = used.base_url, .api_key = used.api_key, .headers = {}});
  used.base_url = service.base_url;
  used.api_key = service.key;
  if (service.key.empty() && service.openai_itself) {
    GST_ELEMENT_ERROR(element, RESOURCE, NOT_AUTHORIZED,
                      ("There is no key: set api-key, or OPENAI_API_KEY in the environment"),
                      (nullptr));
    return std::nullopt;
  }
  return used;
}

}  // namespace openai::realtime
