// Element messages as JSON and as plain values.
#pragma once

#include <gst/gst.h>
#include <json-glib/json-glib.h>

#include <optional>
#include <string>

#include "plugins/common/gstpp.hpp"
#include "records/core/call_events.hpp"
#include "records/core/task_result.hpp"

namespace jackfield {

using JsonObjectPtr = std::unique_ptr<JsonObject, gstpp::FreeWith<json_object_unref>>;

// Every field under its own name, nested structures as objects, arrays and lists as arrays. Numbers
// that do not fit JSON's integers (GST_CLOCK_TIME_NONE) become null, what has no JSON form its
// text. The stream's token is left out: it is a secret.
JsonObjectPtr structure_to_json(const GstStructure& structure);

// Belongs to `message`; nullptr: there is no structure of that name.
const GstStructure* structure_in(const GstStructure& message, const char* field);

// One line, without a line break.
std::string to_text(JsonObject* object, bool pretty = false);

// Is this one of the messages of docs/events-and-messages.md, which are kept?
bool is_recorded(const GstStructure& message);

// nullopt for messages that are none of ours.
std::optional<CallEvent> to_call_event(const GstStructure& message);
// The same in a session that works on a task, where an agentloop speaks for itself and not for an
// agent who talks with somebody.
std::optional<CallEvent> to_task_event(const GstStructure& message);

// Of an agentloop that has ended; nullopt for other messages.
std::optional<TaskResult> to_task_result(const GstStructure& message);

}  // namespace jackfield
