// What the settings of openaillm come to: on the way to READY.
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "end_call.hpp"
#include "filled_setting.hpp"
#include "json_reader.hpp"
#include "llm_state.hpp"
#include "utf8.hpp"

#define GST_CAT_DEFAULT openaillm_debug

namespace openai::llm {
namespace {

constexpr gsize kMaxPersonaFile = 1024 * 1024;  // bytes
constexpr unsigned kWarmUpTokens = 16;          // the least that the Responses API takes
constexpr GstClockTime kWarmUpTime = 120 * GST_SECOND;

// False after an element error.
bool fill(GstOpenAiLlm* self, const std::string& what, const std::string& text, std::string& out) {
  gstpp::StructurePtr variables;
  {
    const gstpp::ObjectLock lock(self);
    if (const auto& set = self->state->settings.variables)
      variables.reset(gst_structure_copy(set.get()));
  }
  auto filled = jackfield::fill_setting(GST_ELEMENT_CAST(self), what, text, variables.get());
  if (filled) out = std::move(*filled);
  return filled.has_value();
}

bool read_persona(GstOpenAiLlm* self, const std::string& path, std::string& out) {
  gchar* raw = nullptr;
  gsize size = 0;
  gstpp::ErrorPtr error;
  const gboolean loaded = g_file_get_contents(path.c_str(), &raw, &size, gstpp::OutPtr{error});
  const gstpp::CharPtr text{raw};
  if (!loaded) {
    GST_ELEMENT_ERROR(self, RESOURCE, NOT_FOUND, ("The persona cannot be read: %s", error->message),
                      (nullptr));
    return false;
  }
  if (size > kMaxPersonaFile || !jackfield::is_utf8({text.get(), size})) {
    GST_ELEMENT_ERROR(self, RESOURCE, SETTINGS,
                      ("%s: a persona is UTF-8 text of at most 1 MiB.", path.c_str()), (nullptr));
    return false;
  }
  return fill(self, path, std::string(text.get(), size), out);
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
  if (!fill(self, "instructions", instructions, prepared.instructions) ||
      !fill(self, "greeting", greeting, prepared.greeting)) {
    return false;
  }
  if (!persona.empty()) {
    std::string text;
    if (!read_persona(self, persona, text)) return false;
    if (!prepared.instructions.empty()) text += "\n\n" + prepared.instructions;
    prepared.instructions = std::move(text);
  }
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
