// The properties of agentcorellm. Private to the element.
#pragma once

#include <gst/gst.h>

#include <string>

#include "gstpp.hpp"
#include "member_properties.hpp"

namespace agentcore {

struct Settings {
  std::string address = "127.0.0.1:50051";
  bool tls = false;
  bool insecure = false;
  std::string token;
  std::string caller;
  std::string line;
  std::string language;
  std::string instructions;
  std::string persona;
  gstpp::StructurePtr variables;
  std::string greeting;
  std::string apology = "I am sorry, I cannot answer that right now.";
  GstClockTime connect_timeout = 3 * GST_SECOND;
  GstClockTime first_text_timeout = 15 * GST_SECOND;
  GstClockTime text_timeout = 10 * GST_SECOND;
  GstClockTime ping_interval = 5 * GST_SECOND;
};

// For class_init: installs them. They are there as long as the class.
const jackfield::MemberProperties<Settings>* make_properties(GObjectClass* klass);

}  // namespace agentcore
