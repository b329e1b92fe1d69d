// How a client and an MCP server begin to speak: which revision of the protocol, and what the
// server has. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "json_reader.hpp"

namespace agentbrain::tools {

// The revision that has no handshake: each request tells what the handshake told before.
inline constexpr const char* kMcpModern = "2026-07-28";

struct McpGreeting {
  std::string version;
  std::string server_name;
  bool tools = false;         // it has some
  bool list_changes = false;  // and tells when they change
  std::string mistake;        // why it cannot be spoken to; "" it can
};

// "params" of the request "initialize".
std::string initialize_params(std::string_view client_version);
// "result" of it.
McpGreeting read_initialize(const jackfield::JsonValue& result);

// "params" (a JSON object, or "") with what each request of kMcpModern tells.
std::string with_metadata(const std::string& params, std::string_view client_version);
// "result" of the request "server/discover" of kMcpModern.
McpGreeting read_discover(const jackfield::JsonValue& result);

}  // namespace agentbrain::tools
