#include "tool_result.hpp"

#include "json_members.hpp"
#include "json_serialize.hpp"
#include "utf8.hpp"

namespace agentbrain::tools {

using jackfield::JsonValue;
using Kind = JsonValue::Kind;

namespace {

std::string describe(const JsonValue& block) {
  const std::string type = jackfield::string_member(block, "type");
  if (type == "text") return jackfield::string_member(block, "text");
  if (type == "resource_link") return "[" + jackfield::string_member(block, "uri") + "]";
  if (type == "resource") {
    const JsonValue* resource = jackfield::object_member(block, "resource");
    if (!resource) return "";
    std::string text = jackfield::string_member(*resource, "text");
    if (!text.empty()) return text;
    return "[" + jackfield::string_member(*resource, "uri") + ", not shown]";
  }
  const std::string media = jackfield::string_member(block, "mimeType");
  return "[" + type + (media.empty() ? "" : ", " + media) + ", not shown]";
}

}  // namespace

ToolResult read_tool_result(const JsonValue& result) {
  ToolResult read{.error = jackfield::true_member(result, "isError")};
  if (const JsonValue* content = jackfield::array_member(result, "content")) {
    for (const JsonValue& block : content->items) {
      if (!block.is(Kind::kObject)) continue;
      const std::string text = describe(block);
      if (text.empty()) continue;
      if (!read.text.empty()) read.text += '\n';
      read.text += text;
    }
  }
  const JsonValue* structured =
      result.is(Kind::kObject) ? result.find("structuredContent") : nullptr;
  if (read.text.empty() && structured && !structured->is(Kind::kNull))
    read.text = jackfield::to_json(*structured);
  return read;
}

std::string cut_result(std::string_view text, std::size_t max_bytes) {
  const std::string_view kept = jackfield::truncate_utf8(text, max_bytes);
  std::string out;
  out.reserve(kept.size());
  for (std::size_t at = 0; at < kept.size();) {
    const char32_t c = jackfield::decode_utf8(kept, at);
    jackfield::append_utf8(out, c == jackfield::kInvalidUtf8 || c == 0 ? 0xFFFD : c);
  }
  if (kept.size() < text.size())
    out += "\n[cut here: " + std::to_string(text.size() - kept.size()) + " bytes more]";
  return out;
}

}  // namespace agentbrain::tools
