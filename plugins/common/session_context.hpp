// What the supervisor tells the elements of a pipeline about the session that they belong to. It is
// set before the pipeline leaves NULL; bins hand it on to what is in them, now or later.
#pragma once

#include <gst/gst.h>

#include <string>

#include "gstpp.hpp"

namespace jackfield {

inline constexpr char kSessionContext[] = "jackfield.session";

struct SessionContext {
  std::string session;    // its id
  std::string line;       // its name
  std::string audit_log;  // file for what tools do; "": none
};

inline void set_session_context(GstElement* element, const SessionContext& session) {
  GstContext* context = gst_context_new(kSessionContext, TRUE);
  gst_structure_set(gst_context_writable_structure(context), "session", G_TYPE_STRING,
                    session.session.c_str(), "line", G_TYPE_STRING, session.line.c_str(),
                    "audit-log", G_TYPE_STRING, session.audit_log.c_str(), nullptr);
  gst_element_set_context(element, context);
  gst_context_unref(context);
}

// Empty without a supervisor.
inline SessionContext session_context(GstElement* element) {
  GstContext* context = gst_element_get_context(element, kSessionContext);
  if (!context) return {};
  const GstStructure* told = gst_context_get_structure(context);
  SessionContext session{.session = gstpp::get_string(told, "session"),
                         .line = gstpp::get_string(told, "line"),
                         .audit_log = gstpp::get_string(told, "audit-log")};
  gst_context_unref(context);
  return session;
}

}  // namespace jackfield
