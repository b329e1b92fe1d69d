// One MCP server of one agent: its session over its transport, started again when it ends. Its
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
    std::function<std::string(const std::string&)> mask;
  };
  McpServer(ServerSettings settings, Listener listener);
  // The server is ended in the background. The listener may be called a little longer: it holds
  // its owner weakly.
  ~McpServer();
  McpServer(const McpServer&) = delete;
  McpServer& operator=(const McpServer&) = delete;

  void start();
  void call(std::uint64_t call, const std::string& tool, const std::string& arguments,
            std::uint64_t timeout_ns);
  void cancel(std::uint64_t call, const std::string& why);

 private:
  class Worker;
  std::shared_ptr<Worker> worker_;
};

}  // namespace agentbrain::tools
