// The file that says which tools an agent has: JSON in the shape of `mcpServers` that other
// programs use, with members of our own (docs/tools.md). Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json_reader.hpp"
#include "json_schema.hpp"

namespace agentbrain::tools {

// How a tool is treated. What is not said of a tool is as its server's, then as here.
struct CallRules {
  std::uint64_t timeout = 30'000'000'000;  // ns
  bool finish_on_interruption = false;     // otherwise it is cancelled
  std::optional<std::string> filler;       // nothing: the agent's own; "": none
  std::string permission;                  // that the caller must have; "" none
  bool confirm = false;                    // the caller is asked before
};

struct ServerSettings {
  std::string name;
  // Of a server that is started: a program and how. Of one that is reached: its address.
  std::string command;
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> environment;
  std::string folder;
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;

  std::optional<std::vector<std::string>> allow;  // nothing: all its tools
  CallRules rules;
  std::map<std::string, CallRules> tool_rules;
  // By tool: a schema that the arguments must fit besides the tool's own.
  std::map<std::string, jackfield::JsonValue> argument_limits;
  bool parallel = true;
  std::size_t max_result = 16 * 1024;  // bytes of a result that the model is told
  // One process or session for all agents, kept for so long after the last one.
  bool shared = false;
  std::uint64_t keep = 60'000'000'000;  // ns
  std::vector<std::string> secrets;     // of its own values; they must not be shown
};

// A function that the application answers, or the agent itself.
struct FunctionSettings {
  std::string name;
  std::string description;
  jackfield::JsonValue schema;
  CallRules rules;
};

struct ToolsFile {
  std::vector<ServerSettings> servers;
  std::vector<FunctionSettings> functions;
  std::vector<std::string> secrets;  // values that must not be shown
};

// `variable` gives the value of ${NAME}. With `matches` regular expressions are tried. Throws
// jackfield::PositionedError, whose text names the member.
ToolsFile read_tools_file(
    std::string_view json,
    const std::function<std::optional<std::string>(std::string_view)>& variable,
    const PatternMatcher& matches = {});

// A list in the shape of the file's member "functions", without variables. Throws likewise.
std::vector<FunctionSettings> read_functions(std::string_view json);

}  // namespace agentbrain::tools
