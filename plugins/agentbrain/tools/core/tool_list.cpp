#include "tool_list.hpp"

#include <algorithm>

#include "json_members.hpp"
#include "json_serialize.hpp"
#include "utf8.hpp"

namespace agentbrain::tools {

using jackfield::JsonValue;

namespace {

constexpr std::size_t kMostPages = 64;
constexpr std::size_t kMostDescription = 4096;     // bytes; the model reads it with every request
constexpr std::size_t kMostSchema = 64 * 1024;     // bytes, as JSON; so does this
constexpr std::size_t kMostSchemas = 1024 * 1024;  // bytes, of all tools of a server
constexpr std::size_t kMostName = 256;
constexpr std::size_t kMostMistakes = 10;

}  // namespace

CallHeaders call_headers(const std::vector<McpTool>& tools, const std::string& tool,
                         const std::string& arguments) {
  const auto known = std::find_if(tools.begin(), tools.end(),
                                  [&](const McpTool& one) { return one.name == tool; });
  if (known == tools.end() || known->headers.empty()) return {};
  const auto read = jackfield::parse_json(arguments);
  return read.value ? parameter_headers(known->headers, *read.value) : CallHeaders{};
}

bool ToolList::take(const JsonValue& result) {
  const JsonValue* tools = jackfield::array_member(result, "tools");
  if (!tools) return false;
  for (const JsonValue& tool : tools->items) {
    McpTool read{.name = jackfield::string_member(tool, "name"),
                 .description = jackfield::string_member(tool, "description"),
                 .schema = {}};
    const JsonValue* schema = jackfield::object_member(tool, "inputSchema");
    ParameterHeaders headers;
    if (headers_ && schema) headers = read_parameter_headers(*schema);
    if (!headers.mistake.empty() && mistakes_.size() < kMostMistakes) {
      const auto name = jackfield::truncate_utf8(read.name, kMostName);
      mistakes_.push_back("tool " + std::string(name) + ": " + headers.mistake);
    }
    if (!usable(read, schema) || !headers.mistake.empty()) {
      ++dropped_;
      continue;
    }
    const std::size_t bytes = jackfield::to_json(*schema).size();
    if (bytes > kMostSchema || schema_bytes_ + bytes > kMostSchemas) {
      ++dropped_;
      continue;
    }
    schema_bytes_ += bytes;
    read.description = jackfield::truncate_utf8(read.description, kMostDescription);
    read.schema = *schema;
    read.headers = std::move(headers.all);
    tools_.push_back(std::move(read));
  }
  cursor_ = jackfield::string_member(result, "nextCursor");
  if (++pages_ >= kMostPages || tools_.size() >= most_tools_) cursor_.clear();
  return true;
}

bool ToolList::usable(const McpTool& tool, const JsonValue* schema) {
  return schema && !tool.name.empty() && tool.name.size() <= kMostName &&
         tools_.size() < most_tools_ &&
         std::none_of(tools_.begin(), tools_.end(),
                      [&](const McpTool& other) { return other.name == tool.name; });
}

}  // namespace agentbrain::tools
