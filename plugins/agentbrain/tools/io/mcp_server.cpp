#include "mcp_server.hpp"

#include <atomic>
#include <utility>

#include "io_context.hpp"
#include "server_connection.hpp"

namespace agentbrain::tools {

using jackfield::IoContext;

namespace {

std::uint64_t new_agent() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

}  // namespace

// Of the thread of IoContext::patient(), but for what is const.
struct McpServer::Link {
  const std::uint64_t agent = new_agent();
  const ServerSettings settings;
  Listener listener;
  std::shared_ptr<ServerConnection> connection{};
};

McpServer::McpServer(ServerSettings settings, Listener listener)
    : link_(std::make_shared<Link>(
          Link{.settings = std::move(settings), .listener = std::move(listener)})) {}

McpServer::~McpServer() {
  IoContext::patient().post([link = link_] {
    if (link->connection) link->connection->detach(link->agent);
    link->connection.reset();
  });
}

void McpServer::start() {
  IoContext::patient().post([link = link_] {
    link->connection = ServerConnection::of(link->settings);
    link->connection->attach(link->agent, std::move(link->listener));
  });
}

void McpServer::call(std::uint64_t call, const std::string& tool, const std::string& arguments,
                     std::uint64_t timeout_ns) {
  IoContext::patient().post([link = link_, call, tool, arguments, timeout_ns] {
    if (link->connection) link->connection->call({link->agent, call}, tool, arguments, timeout_ns);
  });
}

void McpServer::cancel(std::uint64_t call, const std::string& why) {
  IoContext::patient().post([link = link_, call, why] {
    if (link->connection) link->connection->cancel({link->agent, call}, why);
  });
}

}  // namespace agentbrain::tools
