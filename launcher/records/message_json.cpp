#include "records/message_json.hpp"

#include <charconv>
#include <cmath>
#include <limits>
#include <string_view>

#include "json_reader.hpp"

namespace jackfield {
namespace {

using gstpp::get_bool;
using gstpp::get_string;
using gstpp::get_uint;

constexpr int kMaxDepth = 8;  // deeper than any message of ours

using JsonNodePtr = std::unique_ptr<JsonNode, gstpp::FreeWith<json_node_unref>>;

JsonObject* object_of(const GstStructure& structure, int depth);

JsonNode* node_of(const GValue* value, int depth) {
  JsonNode* node = json_node_alloc();
  const auto integer = [&](gint64 number) { return json_node_init_int(node, number); };
  const auto real = [&](double number) {
    // JSON has neither infinities nor NaN.
    return std::isfinite(number) ? json_node_init_double(node, number) : json_node_init_null(node);
  };
  switch (G_VALUE_TYPE(value)) {
    case G_TYPE_STRING:
      return g_value_get_string(value) ? json_node_init_string(node, g_value_get_string(value))
                                       : json_node_init_null(node);
    case G_TYPE_BOOLEAN:
      return json_node_init_boolean(node, g_value_get_boolean(value));
    case G_TYPE_INT:
      return integer(g_value_get_int(value));
    case G_TYPE_UINT:
      return integer(g_value_get_uint(value));
    case G_TYPE_INT64:
      return integer(g_value_get_int64(value));
    case G_TYPE_UINT64: {
      const guint64 number = g_value_get_uint64(value);
      return number > static_cast<guint64>(std::numeric_limits<gint64>::max())
                 ? json_node_init_null(node)
                 : integer(static_cast<gint64>(number));
    }
    case G_TYPE_DOUBLE:
      return real(g_value_get_double(value));
    case G_TYPE_FLOAT:
      return real(static_cast<double>(g_value_get_float(value)));
    default:
      break;
  }
  const bool array = GST_VALUE_HOLDS_ARRAY(value);
  const bool container = array || GST_VALUE_HOLDS_LIST(value) || GST_VALUE_HOLDS_STRUCTURE(value);
  if (container && depth >= kMaxDepth) return json_node_init_null(node);
  if (GST_VALUE_HOLDS_STRUCTURE(value)) {
    if (const GstStructure* inner = gst_value_get_structure(value)) {
      JsonObjectPtr object{object_of(*inner, depth + 1)};
      return json_node_init_object(node, object.get());
    }
    return json_node_init_null(node);
  }
  if (container) {
    const guint size = array ? gst_value_array_get_size(value) : gst_value_list_get_size(value);
    JsonArray* items = json_array_sized_new(size);
    for (guint i = 0; i < size; ++i) {
      const GValue* item =
          array ? gst_value_array_get_value(value, i) : gst_value_list_get_value(value, i);
      json_array_add_element(items, node_of(item, depth + 1));
    }
    json_node_init_array(node, items);
    json_array_unref(items);
    return node;
  }
  gstpp::CharPtr text{gst_value_serialize(value)};
  return text ? json_node_init_string(node, text.get()) : json_node_init_null(node);
}

JsonObject* object_of(const GstStructure& structure, int depth) {
  JsonObject* object = json_object_new();
  for (gint i = 0; i < gst_structure_n_fields(&structure); ++i) {
    const gchar* name = gst_structure_nth_field_name(&structure, static_cast<guint>(i));
    if (depth > 0 && (g_str_equal(name, "token") || g_str_equal(name, "from-signature"))) continue;
    json_object_set_member(object, name, node_of(gst_structure_get_value(&structure, name), depth));
  }
  return object;
}

// On one line; numbers as short as they can be without another value, where json-glib writes
// 20.199999999999999 for 20.2.
void append_object(std::string& out, JsonObject* object);

void append_node(std::string& out, JsonNode* node) {
  if (JSON_NODE_HOLDS_OBJECT(node)) return append_object(out, json_node_get_object(node));
  if (JSON_NODE_HOLDS_ARRAY(node)) {
    JsonArray* array = json_node_get_array(node);
    out += '[';
    for (guint i = 0; i < json_array_get_length(array); ++i) {
      if (i > 0) out += ',';
      append_node(out, json_array_get_element(array, i));
    }
    out += ']';
    return;
  }
  const GType type = json_node_get_value_type(node);
  if (const char* text = json_node_get_string(node)) {
    out += quote_json(text);
  } else if (type == G_TYPE_BOOLEAN) {
    out += json_node_get_boolean(node) ? "true" : "false";
  } else if (type == G_TYPE_INT64) {
    out += std::to_string(json_node_get_int(node));
  } else if (const double number = json_node_get_double(node);
             type == G_TYPE_DOUBLE && std::isfinite(number)) {
    char digits[40];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
  } else {
    out += "null";
  }
}

void append_object(std::string& out, JsonObject* object) {
  out += '{';
  const std::unique_ptr<GList, gstpp::FreeWith<g_list_free>> names{json_object_get_members(object)};
  for (const GList* name = names.get(); name; name = name->next) {
    const auto* text = static_cast<const char*>(name->data);
    if (name != names.get()) out += ',';
    out += quote_json(text) + ':';
    append_node(out, json_object_get_member(object, text));
  }
  out += '}';
}

std::uint64_t time_field(const GstStructure* s, const char* name) {
  return gstpp::get_uint64(s, name, kNoTime);
}

CallStarted call_started(const GstStructure* s) {
  CallStarted event{.stream_sid = get_string(s, "stream-sid"),
                    .call_sid = get_string(s, "call-sid"),
                    .account_sid = get_string(s, "account-sid"),
                    .parameters = {}};
  const GstStructure* parameters = structure_in(*s, "parameters");
  for (gint i = 0; parameters && i < gst_structure_n_fields(parameters); ++i) {
    const gchar* name = gst_structure_nth_field_name(parameters, static_cast<guint>(i));
    event.parameters[name] = get_string(parameters, name);
  }
  return event;
}

// Each failure once: an element's own message comes first, and agentbrain's that repeats it names
// the element.
std::optional<CallEvent> stage_error(const std::string& name, const GstStructure* s) {
  const std::string stage = get_string(s, "stage");
  std::string text = get_string(s, "text");
  if (name == "agentbrain/error") {
    if (!get_string(s, "element").empty()) return std::nullopt;
    return StageError{.stage = stage, .text = text};
  }
  const std::string cause = get_string(s, "cause");
  const std::string advice = get_string(s, "advice");
  const std::string element = name.substr(0, name.find('/'));
  // Only of stages: they name a cause, or agentbrain says which stage it is.
  if (cause.empty() && stage.empty()) return std::nullopt;
  if (!cause.empty()) text = text.empty() ? cause : cause + ": " + text;
  if (!advice.empty()) text += " (" + advice + ")";
  if (stage.empty()) return StageError{.stage = element, .text = text};
  return StageError{.stage = stage, .text = text.empty() ? element : element + ": " + text};
}

ToolResult tool_result(const GstStructure* s, unsigned turn_id) {
  return {.turn_id = turn_id,
          .name = get_string(s, "name"),
          .outcome = get_string(s, "outcome"),
          .text = get_string(s, "text"),
          .duration = gstpp::get_uint64(s, "duration", 0)};
}

// A number of whatever type.
std::optional<double> number_field(const GstStructure& s, const char* name) {
  const GValue* value = gst_structure_get_value(&s, name);
  if (!value || !g_value_type_transformable(G_VALUE_TYPE(value), G_TYPE_DOUBLE) ||
      G_VALUE_HOLDS_STRING(value))
    return std::nullopt;
  GValue number = G_VALUE_INIT;
  g_value_init(&number, G_TYPE_DOUBLE);
  const bool good = g_value_transform(value, &number);
  const double result = g_value_get_double(&number);
  return good && std::isfinite(result) ? std::optional{result} : std::nullopt;
}

}  // namespace

const GstStructure* structure_in(const GstStructure& message, const char* field) {
  const GValue* value = gst_structure_get_value(&message, field);
  return value && GST_VALUE_HOLDS_STRUCTURE(value) ? gst_value_get_structure(value) : nullptr;
}

JsonObjectPtr structure_to_json(const GstStructure& structure) {
  return JsonObjectPtr{object_of(structure, 0)};
}

std::string to_text(JsonObject* object, bool pretty) {
  std::string out;
  if (!pretty) {
    append_object(out, object);
    return out;
  }
  JsonNodePtr node{json_node_new(JSON_NODE_OBJECT)};
  json_node_set_object(node.get(), object);
  gstpp::CharPtr text{json_to_string(node.get(), TRUE)};
  // json-glib 1.6 writes U+001F as it is, which RFC 8259 does not allow.
  for (const char* c = text.get(); *c; ++c) {
    if (*c == '\x1f') {
      out += "\\u001f";
    } else {
      out += *c;
    }
  }
  return out;
}

bool is_recorded(const GstStructure& message) {
  const std::string_view name = gst_structure_get_name(&message);
  return name.starts_with("agentbrain/") || name.starts_with("agentloop/") ||
         name.starts_with("twilio/") || name.starts_with("callrecorder/") ||
         name.starts_with("conference/") || name.starts_with("people/") ||
         name.starts_with("sound/") || name.starts_with("webrtc/") ||
         name.starts_with("agentcorellm/") ||
         // Of stages: what failed, what tools were asked, and what models were paid for.
         name.ends_with("/error") || name.ends_with("/tool-call") || name.ends_with("/usage");
}

std::optional<CallEvent> to_call_event(const GstStructure& message) {
  const GstStructure* s = &message;
  const std::string name = gst_structure_get_name(s);
  if (name == "twilio/call-started" || name == "webrtc/call-started") return call_started(s);
  if (name == "twilio/call-ended" || name == "webrtc/call-ended")
    return CallEnded{.reason = get_string(s, "reason")};
  const guint turn_id = get_uint(s, "turn-id", 0);
  if (name == "agentbrain/transcript")
    return CallerSaid{.turn_id = turn_id,
                      .text = get_string(s, "text"),
                      .is_final = get_bool(s, "final", false),
                      .not_understood = get_bool(s, "not-understood", false),
                      .typed = get_bool(s, "typed", false),
                      .addressed = get_bool(s, "addressed", true),
                      .speech_start = time_field(s, "speech-start"),
                      .speech_end = time_field(s, "speech-end")};
  if (name == "agentbrain/reply")
    return AgentSaid{.turn_id = turn_id,
                     .text = get_string(s, "text"),
                     .full_text = get_string(s, "full-text"),
                     .interrupted = get_bool(s, "interrupted", false),
                     .hang_up = get_bool(s, "hang-up", false),
                     .start = time_field(s, "start"),
                     .end = time_field(s, "end")};
  if (name == "agentbrain/turn") {
    const bool typed = get_bool(s, "typed", false);
    const auto spoken = [&](const char* field) { return typed ? kNoTime : time_field(s, field); };
    return TurnLatency{.turn_id = turn_id,
                       .hang_over = spoken("hang-over"),
                       .stt = spoken("stt"),
                       .llm = time_field(s, "llm"),
                       .tts = time_field(s, "tts"),
                       .output = time_field(s, "output"),
                       .total = spoken("total"),
                       .typed = typed};
  }
  if (name == "agentbrain/interrupted")
    return Interrupted{.turn_id = turn_id,
                       .at = time_field(s, "at"),
                       .heard = get_string(s, "heard"),
                       .onset_to_flush = time_field(s, "onset-to-flush"),
                       .confirmed = get_bool(s, "confirmed", false)};
  if (name == "agentbrain/resumed") return Resumed{.turn_id = turn_id, .at = time_field(s, "at")};
  if (name.ends_with("/error")) return stage_error(name, s);
  if (name.ends_with("/tool-call"))
    return ToolCall{
        .turn_id = turn_id, .name = get_string(s, "name"), .arguments = get_string(s, "arguments")};
  if (name == "agentbrain/tool-result") return tool_result(s, turn_id);
  return std::nullopt;
}

std::optional<CallEvent> to_task_event(const GstStructure& message) {
  if (gst_structure_has_name(&message, "agentloop/tool-result")) return tool_result(&message, 0);
  if (const auto result = to_task_result(message); result && !result->text.empty())
    return AgentSaid{.text = result->text, .full_text = result->text};
  return to_call_event(message);
}

std::optional<TaskResult> to_task_result(const GstStructure& message) {
  if (!gst_structure_has_name(&message, "agentloop/result")) return std::nullopt;
  TaskResult result{.outcome = get_string(&message, "outcome"),
                    .text = get_string(&message, "text")};
  if (const auto steps = number_field(message, "steps"))
    result.steps = static_cast<std::int64_t>(*steps);
  result.cost = number_field(message, "cost");
  return result;
}

}  // namespace jackfield
