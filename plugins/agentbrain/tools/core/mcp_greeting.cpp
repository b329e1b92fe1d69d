#include "mcp_greeting.hpp"

#include <algorithm>
#include <array>

#include "json_members.hpp"
#include "json_serialize.hpp"
#include "utf8.hpp"

namespace agentbrain::tools {

using jackfield::JsonValue;
using Kind = JsonValue::Kind;

namespace {

constexpr const char* kPreferred = "2025-11-25";
constexpr std::array<std::string_view, 4> kSpoken{"2025-11-25", "2025-06-18", "2025-03-26",
                                                  "2024-11-05"};
constexpr std::size_t kMostText = 500;  // bytes, of what it says of itself

std::string client(std::string_view version) {
  return R"({"name":"jackfield","version":)" + jackfield::quote_json(version) + "}";
}

std::string short_member(const JsonValue& object, std::string_view key) {
  return std::string(jackfield::truncate_utf8(jackfield::string_member(object, key), kMostText));
}

void take_capabilities(const JsonValue& result, McpGreeting& greeting) {
  const JsonValue* info = jackfield::object_member(result, "serverInfo");
  if (const JsonValue* meta = jackfield::object_member(result, "_meta"); meta && !info)
    info = jackfield::object_member(*meta, "io.modelcontextprotocol/serverInfo");
  if (info) greeting.server_name = short_member(*info, "name");
  const JsonValue* capabilities = jackfield::object_member(result, "capabilities");
  const JsonValue* tools =
      capabilities ? jackfield::object_member(*capabilities, "tools") : nullptr;
  greeting.tools = tools;
  greeting.list_changes = tools && jackfield::true_member(*tools, "listChanged");
}

}  // namespace

std::string initialize_params(std::string_view client_version) {
  return std::string(R"({"protocolVersion":")") + kPreferred +
         R"(","capabilities":{},"clientInfo":)" + client(client_version) + "}";
}

McpGreeting read_initialize(const JsonValue& result) {
  McpGreeting greeting{.version = short_member(result, "protocolVersion")};
  if (std::find(kSpoken.begin(), kSpoken.end(), greeting.version) == kSpoken.end())
    greeting.mistake = "it speaks another version of the protocol: \"" + greeting.version + "\"";
  take_capabilities(result, greeting);
  return greeting;
}

std::string with_metadata(const std::string& params, std::string_view client_version) {
  const std::string meta = std::string(R"("_meta":{"io.modelcontextprotocol/protocolVersion":")") +
                           kMcpModern + R"(","io.modelcontextprotocol/clientInfo":)" +
                           client(client_version) +
                           R"(,"io.modelcontextprotocol/clientCapabilities":{}}})";
  if (params.empty() || params == "{}") return "{" + meta;
  return params.substr(0, params.size() - 1) + "," + meta;
}

McpGreeting read_discover(const JsonValue& result) {
  McpGreeting greeting{.version = kMcpModern};
  const JsonValue* versions = jackfield::array_member(result, "supportedVersions");
  const bool speaks =
      versions &&
      std::any_of(versions->items.begin(), versions->items.end(), [](const JsonValue& version) {
        return version.is(Kind::kString) && version.string == kMcpModern;
      });
  if (!speaks) greeting.mistake = "it speaks another version of the protocol";
  take_capabilities(result, greeting);
  return greeting;
}

}  // namespace agentbrain::tools
