// What an MCP server sends, one message a line, while it is started and asked: what the session
// makes of it, and whether what is sent in return is JSON on one line.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "json_schema.hpp"
#include "mcp_session.hpp"

namespace {

using namespace agentbrain::tools;

void take(McpSession& session) {
  for (const auto& outgoing : session.take_outgoing()) {
    if (outgoing.text.find('\n') != std::string::npos) std::abort();
    if (!jackfield::parse_json(outgoing.text).value) std::abort();
  }
  session.take_events();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  McpSession session({.client_version = "1", .most_malformed = 20, .most_unasked = 100});
  Time now = kSecond;
  session.start(now);
  take(session);
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const auto arguments = jackfield::read_json(R"({"path":"a","list":[1,"b"],"n":3})");
  for (std::uint64_t lines = 0; !rest.empty() && lines < 200; ++lines) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    session.receive(rest.substr(0, end), now);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    now += kSecond / 2;
    for (const McpTool& tool : session.tools()) check_schema(tool.schema, arguments, nullptr);
    if (session.ready() && !session.tools().empty())
      session.call(lines, session.tools().front().name, "{}", kSecond, now);
    session.timer(now);
    take(session);
  }
  session.lost("it ended");
  take(session);
  return 0;
}
