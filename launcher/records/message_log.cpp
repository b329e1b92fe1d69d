#include "records/message_log.hpp"

#include <string>

#include "json_reader.hpp"
#include "records/core/iso_time.hpp"

namespace jackfield {
namespace {

using Kind = JsonValue::Kind;

constexpr int kMaxDepth = 8;       // as they are written
constexpr double kLargest = 9e15;  // whole numbers are exact below

// GStreamer takes only some names, and strangers may have written this one.
bool is_name(const std::string& name) {
  if (name.empty() || !g_ascii_isalpha(name.front())) return false;
  for (const char c : name)
    if (!g_ascii_isalnum(c) && !g_strrstr("/-_.:+", std::string{c}.c_str())) return false;
  return true;
}

gstpp::StructurePtr structure_of(const std::string& name, const JsonValue& object, int depth) {
  gstpp::StructurePtr structure{gst_structure_new_empty(name.c_str())};
  for (const auto& [key, where, value] : object.members) {
    if (!is_name(key)) continue;
    switch (value.kind) {
      case Kind::kBoolean:
        gst_structure_set(structure.get(), key.c_str(), G_TYPE_BOOLEAN, value.boolean, nullptr);
        break;
      case Kind::kString:
        gst_structure_set(structure.get(), key.c_str(), G_TYPE_STRING, value.string.c_str(),
                          nullptr);
        break;
      case Kind::kNumber:
        if (value.number < 0 || value.number > kLargest) break;
        if (key == "turn-id")
          gst_structure_set(structure.get(), key.c_str(), G_TYPE_UINT,
                            static_cast<guint>(std::min(value.number, double{G_MAXUINT})), nullptr);
        else
          gst_structure_set(structure.get(), key.c_str(), G_TYPE_UINT64,
                            static_cast<guint64>(value.number), nullptr);
        break;
      case Kind::kObject:
        if (depth < kMaxDepth) {
          const auto inner = structure_of(key, value, depth + 1);
          gst_structure_set(structure.get(), key.c_str(), GST_TYPE_STRUCTURE, inner.get(), nullptr);
        }
        break;
      case Kind::kNull:
      case Kind::kArray:
        break;
    }
  }
  return structure;
}

}  // namespace

std::optional<LoggedMessage> read_logged_message(std::string_view line) {
  const JsonResult read = parse_json(line);
  if (!read.value || !read.value->is(Kind::kObject)) return std::nullopt;
  const JsonValue* time = read.value->find("time");
  const JsonValue* name = read.value->find("message");
  const JsonValue* fields = read.value->find("fields");
  if (!time || !time->is(Kind::kString) || !name || !name->is(Kind::kString) || !fields ||
      !fields->is(Kind::kObject) || !is_name(name->string))
    return std::nullopt;
  const auto real_time = read_iso_time(time->string);
  if (!real_time) return std::nullopt;
  return LoggedMessage{.real_time = *real_time * 1000,
                       .message = structure_of(name->string, *fields, 0)};
}

}  // namespace jackfield
