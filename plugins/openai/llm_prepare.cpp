// What the settings of openaillm come to: on the way to READY.
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "end_call.hpp"
#include "filled_setting.hpp"
#include "json_reader.hpp"
#include "llm_state.hpp"
#include "persona_file.hpp"

#define GST_CAT_DEFAULT openaillm_debug

namespace openai::llm {
namespace {

constexpr unsigned kWarmUpTokens = 16;  // the least that the Responses API takes
constexpr GstClockTime kWarmUpTime = 120 * GST_SECOND;

// Those of the property count before the persona's.
gstpp::StructurePtr variables_of(GstOpenAiLlm* self, const jackfield::Persona& persona) {
  gstpp::StructurePtr variables;
  {
    const gstpp::ObjectLock lock(self);
    const auto& set = self->state->settings.variables;
    variables.reset(set ? gst_structure_copy(set.get())
                        : gst_structure_new_empty("application/x-variables"));
  }
  for (const auto& [name, value] : persona.variables) {
    if (!gst_structure_has_field(variables.get(), name.c_str()))
      gst_structure_set(variables.get(), name.c_str(), G_TYPE_STRING, value.c_str(), nullptr);
  }
  return variables;
}

// Who the agent is, and what it is told. False after an element error.
bool prepare_texts(GstOpenAiLlm* self, const std::string& persona_file,
                   const std::string& instructions, std::string greeting, Prepared& prepared) {
  jackfield::Persona persona;
  try {
    if (!persona_file.empty()) persona = jackfield::load_persona(persona_file);
  } catch (const std::runtime_error& mistake) {
    GST_ELEMENT_ERROR(self, RESOURCE, SETTINGS, ("%s", mistake.what()), (nullptr));
    return false;
  }
  const auto variables = variables_of(self, persona);
  const auto fill = [&](const std::string& what, const std::string& text, std::string& out) {
    auto filled = jackfield::fill_setting(GST_ELEMENT_CAST(self), what, text, variables.get());
    if (filled) out = std::move(*filled);
    return filled.has_value();
  };
  std::string text;
  if (greeting.empty()) greeting = persona.greeting;
  if (!fill("instructions", instructions, prepared.instructions) ||
      !fill("greeting", greeting, prepared.greeting) || !fill(persona_file, persona.text, text)) {
    return false;
  }
  text.erase(0, text.find_first_not_of("\r\n"));
  if (text.empty()) return true;
  if (!prepared.instructions.empty()) text += "\n\n" + prepared.instructions;
  prepared.instructions = std::move(text);
  return true;
}

}  // namespace

// Everything that can be wrong is found before the call begins.
bool prepare(GstOpenAiLlm* self) {
  Prepared prepared;
  ServiceProperties service;
  std::string persona;
  std::string instructions;
  std::string greeting;
  std::string tools;
  ApiChoice api = ApiChoice::kAuto;
  bool end_call = false;
  {
    const gstpp::ObjectLock lock(self);
    const Settings& set = self->state->settings;
    service = set.service;
    persona = set.persona;
    instructions = set.instructions;
    greeting = set.greeting;
    tools = set.tools;
    api = set.api;
    end_call = set.end_call;
  }
  if (!prepare_texts(self, persona, instructions, std::move(greeting), prepared)) return false;
  try {
    prepared.tools = jackfield::read_tools(tools);
  } catch (const jackfield::PositionedError& mistake) {
    GST_ELEMENT_ERROR(self, RESOURCE, SETTINGS,
                      ("tools:%" G_GSIZE_FORMAT ":%" G_GSIZE_FORMAT ": %s", mistake.where().line,
                       mistake.where().column, mistake.what()),
                      (nullptr));
    return false;
  }
  try {
    if (end_call) add_end_call(prepared.tools);
  } catch (const std::invalid_argument& mistake) {
    GST_ELEMENT_ERROR(self, RESOURCE, SETTINGS, ("%s", mistake.what()), (nullptr));
    return false;
  }
  prepared.end_call = end_call;
  auto found = prepare_service(GST_ELEMENT_CAST(self), service, true);
  if (!found) return false;
  prepared.service = std::move(*found);
  const bool responses =
      api == ApiChoice::kResponses || (api == ApiChoice::kAuto && prepared.service.openai_itself);
  prepared.api = responses ? Api::kResponses : Api::kChat;
  self->state->prepared = std::move(prepared);
  return true;
}

void warm_up(GstOpenAiLlm* self) {
  State& s = *self->state;
  ModelRequest request;
  jackfield::HttpRequest http = make_request(s.prepared.service, path_of(s.prepared.api));
  {
    const gstpp::ObjectLock lock(self);
    const Settings& set = s.settings;
    if (!set.warm_up) return;
    request.model = set.service.model;
    request.reasoning_effort = set.reasoning_effort;
    request.last_words = set.greeting_prompt.empty() ? "Hello." : set.greeting_prompt;
    http.connect_timeout = set.service.connect_timeout;
  }
  request.openai_itself = s.prepared.service.openai_itself;
  request.instructions = s.prepared.instructions;
  request.tools = s.prepared.tools;
  request.max_output_tokens = kWarmUpTokens;
  http.method = "POST";
  http.content_type = "application/json";
  http.headers.push_back({"Accept", "text/event-stream"});
  http.first_byte_timeout = http.idle_timeout = http.total_timeout = kWarmUpTime;
  http.patient = true;
  // A server that loads its model says "unavailable" meanwhile.
  http.retry = {.max_retries = 60, .first_delay = GST_SECOND, .budget = kWarmUpTime};
  http.body = make_body(s.prepared.api, request);
  GST_INFO_OBJECT(self, "warming up");
  // It ends by itself; what it says is not looked at.
  s.warm_up = jackfield::HttpExchange::start(std::move(http), nullptr);
}

}  // namespace openai::llm
