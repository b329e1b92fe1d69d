// A running MCP server and the agents that use it: its session over its transport, started again
// when it ends. Everything happens in the thread of IoContext::patient().
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "backoff.hpp"
#include "call_queue.hpp"
#include "io_context.hpp"
#include "masking.hpp"
#include "mcp_server.hpp"
#include "mcp_session.hpp"
#include "tools_file.hpp"
#include "transport.hpp"

namespace agentbrain::tools {

class ServerConnection : public std::enable_shared_from_this<ServerConnection> {
 public:
  // One of its own, or for `shared` settings the one that all agents of the process have. It is
  // started with its first agent.
  static std::shared_ptr<ServerConnection> of(const ServerSettings& settings);

  explicit ServerConnection(const ServerSettings& settings);
  ServerConnection(const ServerConnection&) = delete;
  ServerConnection& operator=(const ServerConnection&) = delete;

  // `agent`: a number of its own, which is told the state of the server, and of its own calls.
  void attach(std::uint64_t agent, McpServer::Listener listener);
  // What it has under way is cancelled. A server that nobody uses any more is ended, a shared one
  // after a while.
  void detach(std::uint64_t agent);
  void call(CallQueue::Owner owner, const std::string& tool, const std::string& arguments,
            Time timeout);
  void cancel(CallQueue::Owner owner, const std::string& why);

 private:
  void connect();
  void begin_calls();
  void carry_out();
  void take(const McpEvent& event);
  void give_up(const std::string& why);
  void end();
  void arm();
  void due();
  void tell_state(McpServerState state);
  void tell(CallQueue::Owner owner, CallOutcome outcome, const std::string& text);

  const ServerSettings settings_;
  Masking masking_;
  std::map<std::uint64_t, McpServer::Listener> agents_;
  CallQueue calls_;
  McpServerState state_;  // as it was told last
  bool told_ = false;     // there is such a state
  jackfield::Backoff restarts_;
  std::shared_ptr<Transport> transport_;
  std::unique_ptr<McpSession> session_;
  std::unique_ptr<jackfield::IoTimer> timer_;
  unsigned generation_ = 0;
  bool carrying_out_ = false;
  bool ended_ = false;
  Time started_at_ = 0;
  Time restart_at_ = kNever;
  Time idle_until_ = kNever;  // then it is ended
};

}  // namespace agentbrain::tools
