// What the settings of openaillm come to: on the way to READY.
#include <stdexcept>
#include <string>
#include <utility>

#include "end_call.hpp"
#include "json_reader.hpp"
#include "llm_state.hpp"
#include "persona_texts.hpp"
#include "settings_text.hpp"

#define GST_CAT_DEFAULT openaillm_debug

namespace openai::llm {
namespace {

constexpr unsigned kWarmUpTokens = 16;  // the least that the Responses API takes
constexpr GstClockTime kWarmUpTime = 120 * GST_SECOND;

}  // namespace

// Everything that can be wrong is found before the call begins.
bool prepare(GstOpenAiLlm* self) {
  Prepared prepared;
  ServiceProperties service;
  jackfield::PersonaSettings persona;
  std::string tools;
  ApiChoice api = ApiChoice::kAuto;
  bool end_call = false;
  {
    const gstpp::ObjectLock lock(self);
    const Settings& set = self->state->settings;
    service = set.service;
    persona = {.file = set.persona,
               .instructions = set.instructions,
               .greeting = set.greeting,
               .variables = jackfield::copy_variables(set.variables.get())};
    tools = set.tools;
    api = set.api;
    end_call = set.end_call;
  }
  auto texts = jackfield::prepare_persona_texts(GST_ELEMENT_CAST(self), std::move(persona));
  if (!texts) return false;
  prepared.instructions = std::move(texts->instructions);
  prepared.greeting = std::move(texts->greeting);
  try {
    prepared.tools = jackfield::read_tools(tools);
  } catch (const jackfield::PositionedError& mistake) {
    GST_ELEMENT_ERROR(self, RESOURCE, SETTINGS,
                      ("%s", jackfield::mistake_in("tools", mistake).c_str()), (nullptr));
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
