#include "control/media_json.hpp"

#include "control/session_view.hpp"

namespace jackfield {
namespace {

JsonNode* member_of(JsonObject* object, const char* name, JsonNodeType type) {
  JsonNode* node = json_object_get_member(object, name);
  return node && json_node_get_node_type(node) == type ? node : nullptr;
}

void copy_ms(JsonObject* from, const char* name, JsonObject* to, const char* as) {
  JsonNode* node = member_of(from, name, JSON_NODE_VALUE);
  if (node && json_node_get_value_type(node) == G_TYPE_INT64)
    json_object_set_double_member(to, as, rounded_ms(static_cast<double>(json_node_get_int(node))));
}

void copy_text(JsonObject* from, const char* name, JsonObject* to) {
  JsonNode* node = member_of(from, name, JSON_NODE_VALUE);
  const char* text = node ? json_node_get_string(node) : nullptr;
  if (text) json_object_set_string_member(to, name, text);
}

JsonObject* part_json(JsonObject* told) {
  JsonObject* part = json_object_new();
  copy_text(told, "name", part);
  copy_ms(told, "time", part, "ms");
  copy_text(told, "origin", part);
  copy_ms(told, "budget-min", part, "budget-min");
  copy_ms(told, "budget-max", part, "budget-max");
  return part;
}

JsonObject* way_json(JsonObject* told) {
  JsonObject* way = json_object_new();
  copy_ms(told, "total", way, "total");
  copy_ms(told, "assumed", way, "assumed");
  JsonArray* parts = json_array_new();
  if (JsonNode* node = member_of(told, "parts", JSON_NODE_ARRAY)) {
    JsonArray* array = json_node_get_array(node);
    for (guint i = 0; i < json_array_get_length(array); ++i) {
      JsonNode* element = json_array_get_element(array, i);
      if (JSON_NODE_HOLDS_OBJECT(element))
        json_array_add_object_element(parts, part_json(json_node_get_object(element)));
    }
  }
  json_object_set_array_member(way, "parts", parts);
  return way;
}

}  // namespace

JsonObjectPtr media_json(JsonObject* latency) {
  JsonObjectPtr media{json_object_new()};
  for (const char* name : {"incoming", "outgoing"}) {
    if (JsonNode* node = member_of(latency, name, JSON_NODE_OBJECT))
      json_object_set_object_member(media.get(), name, way_json(json_node_get_object(node)));
  }
  return media;
}

}  // namespace jackfield
