// Arguments of tools that travel as headers, too, so that what stands between can route by them:
// "x-mcp-header" of MCP's revision 2026-07-28, over HTTP. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json_reader.hpp"

namespace agentbrain::tools {

struct ParameterHeader {
  std::string name;               // of the header: "Mcp-Param-Region"
  std::vector<std::string> path;  // of the argument, by the names of properties
};

struct ParameterHeaders {
  std::vector<ParameterHeader> all;
  std::string mistake;  // such a tool must not be used; "" none
};

// What the schema of a tool's arguments says of it.
ParameterHeaders read_parameter_headers(const jackfield::JsonValue& schema);

// The headers of a call: of what is absent or null there is none. Throws std::range_error when a
// number is none that a header can have.
std::vector<std::pair<std::string, std::string>> parameter_headers(
    const std::vector<ParameterHeader>& wanted, const jackfield::JsonValue& arguments);

// `value` as the value of a header: in base64, marked as such, when it is not plain.
std::string header_value(std::string_view value);

}  // namespace agentbrain::tools
