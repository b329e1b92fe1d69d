// The properties of openaillm. Private to the element.
#pragma once

#include <gst/gst.h>

#include <string>

#include "gstpp.hpp"
#include "member_properties.hpp"
#include "service_properties.hpp"

namespace openai::llm {

enum class ApiChoice { kAuto, kChat, kResponses };

struct Settings {
  ServiceProperties service;
  ApiChoice api = ApiChoice::kAuto;
  std::string instructions =
      "You are on the telephone. Answer in short, spoken sentences, without lists or formatting.";
  std::string persona;
  gstpp::StructurePtr variables;
  std::string greeting;
  std::string greeting_prompt =
      "(The call has just begun. Greet the caller in one short sentence.)";
  std::string apology = "I am sorry, I cannot answer that right now.";
  std::string reasoning_effort;
  double temperature = -1.0;
  guint max_output_tokens = 0;
  guint history_tokens = 8000;
  std::string tools;
  bool end_call = false;
  std::string goodbye = "Goodbye.";
  GstClockTime tool_timeout = 10 * GST_SECOND;
  guint max_tool_rounds = 8;
  GstClockTime first_token_timeout = 15 * GST_SECOND;
  GstClockTime hedge_after = 0;
  bool warm_up = false;
};

// For class_init: installs them, behind those of the service (service_properties.hpp), which are
// set and got by their own functions. They are there as long as the class.
const jackfield::MemberProperties<Settings>* make_properties(GObjectClass* klass);

}  // namespace openai::llm
