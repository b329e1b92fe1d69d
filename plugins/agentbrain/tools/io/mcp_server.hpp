// One MCP server of one agent, which may share it with others (see server_connection.hpp). Its
// functions may be called by any thread and return at once; the listener is called in the thread of
// IoContext::patient().
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "mcp_session.hpp"
#include "tools_file.hpp"

namespace agentbrain::tools {

struct McpServerState {
  bool ready = false;
  std::string text;  // its name and version of the protocol, or why it is not there
  std::vector<McpTool> tools;
  std::size_t dropped = 0;  // tools that cannot be used
};

class McpServer {
 public:
  struct Listener {
    std::function<void(const McpServerState& state)> on_state;
    std::function<void(std::uint64_t call, CallOutcome outcome, const std::string& text)> on_result;
  };
  McpServer(ServerSettings settings, Listener listener);
  // The server is let go in the background, and ended when nobody else uses it. The listener may be
  // called a little longer: it holds its owner weakly.
  ~McpServer();
  McpServer(const McpServer&) = delete;
  McpServer& operator=(const McpServer&) = delete;

  void start();
  void call(std::uint64_t call, const std::string& tool, const std::string& arguments,
            std::uint64_t timeout_ns);
  void cancel(std::uint64_t call, const std::string& why);

 private:
  struct Link;
  std::shared_ptr<Link> link_;
};

}  // namespace agentbrain::tools
