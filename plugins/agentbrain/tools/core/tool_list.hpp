// The tools of an MCP server, which come in pages. One thread at a time.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "json_reader.hpp"
#include "parameter_headers.hpp"

namespace agentbrain::tools {

struct McpTool {
  std::string name;
  std::string description;
  jackfield::JsonValue schema;  // of its arguments; an object
  std::vector<ParameterHeader> headers{};
};

using CallHeaders = std::vector<std::pair<std::string, std::string>>;

// The headers of a call of `tool` with `arguments`, JSON. Throws std::range_error as
// parameter_headers() does.
CallHeaders call_headers(const std::vector<McpTool>& tools, const std::string& tool,
                         const std::string& arguments);

class ToolList {
 public:
  // `headers`: what says wrongly that arguments are headers is unusable, as the protocol has it.
  ToolList(std::size_t most_tools, bool headers) : most_tools_(most_tools), headers_(headers) {}

  // One page: "result" of tools/list. False when it is none.
  bool take(const jackfield::JsonValue& result);
  // Asks for the next page; "" when all is there.
  const std::string& cursor() const { return cursor_; }
  std::size_t dropped() const { return dropped_; }  // unusable, or beyond the limit
  // What is wrong with some of the unusable ones, for people.
  const std::vector<std::string>& mistakes() const { return mistakes_; }
  std::vector<McpTool> take_tools() { return std::move(tools_); }

 private:
  bool usable(const McpTool& tool, const jackfield::JsonValue* schema);

  std::size_t most_tools_;
  bool headers_;
  std::vector<McpTool> tools_;
  std::string cursor_;
  std::size_t pages_ = 0;
  std::size_t schema_bytes_ = 0;
  std::size_t dropped_ = 0;
  std::vector<std::string> mistakes_;
};

}  // namespace agentbrain::tools
