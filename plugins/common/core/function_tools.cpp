#include "function_tools.hpp"

#include "json_members.hpp"
#include "json_reader.hpp"
#include "json_serialize.hpp"

namespace jackfield {

using Kind = JsonValue::Kind;

std::vector<Tool> read_tools(std::string_view json) {
  std::vector<Tool> tools;
  if (json.empty()) return tools;
  const JsonValue list = read_json(json);
  if (!list.is(Kind::kArray)) throw PositionedError(list.where, "tools are a list");
  for (const JsonValue& item : list.items) {
    if (!item.is(Kind::kObject)) throw PositionedError(item.where, "a tool is an object");
    const JsonValue* wrapped = item.find("function");
    const JsonValue& tool = wrapped && wrapped->is(Kind::kObject) ? *wrapped : item;
    Tool read{.name = string_member(tool, "name"),
              .description = string_member(tool, "description")};
    const bool fine = !read.name.empty() && read.name.size() <= 64 &&
                      read.name.find_first_not_of(
                          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                          "0123456789_-") == std::string::npos;
    if (!fine) {
      throw PositionedError(
          tool.where, "a tool needs a \"name\" of at most 64 letters, digits, \"_\" and \"-\"");
    }
    const JsonValue* parameters = tool.find("parameters");
    if (parameters && !parameters->is(Kind::kObject))
      throw PositionedError(parameters->where, "\"parameters\" is a JSON Schema object");
    read.parameters = parameters ? to_json(*parameters) : R"({"type":"object","properties":{}})";
    for (const Tool& other : tools) {
      if (other.name == read.name)
        throw PositionedError(tool.where, "there are two tools \"" + read.name + "\"");
    }
    tools.push_back(std::move(read));
    if (tools.size() > kMostTools)
      throw PositionedError(tool.where, "there are more than 128 tools");
  }
  return tools;
}

}  // namespace jackfield
