// How messages reach an MCP server and come back. Everything happens in the thread of
// IoContext::patient().
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "mcp_session.hpp"
#include "tools_file.hpp"

namespace agentbrain::tools {

constexpr std::size_t kMaxMessage =
    10 * 1024 * 1024;  // bytes of one message; larger ones are refused

class Transport {
 public:
  struct Listener {
    std::function<void(const std::string& message)> on_message;
    std::function<void()> on_too_large;
    // Nothing more comes; not called after close().
    std::function<void(const std::string& why)> on_closed;
    std::function<void(std::uint64_t number, const std::string& why)> on_request_failed;
    std::function<void()> on_forgotten;  // the server does not know our session any more
    std::function<void()> on_gap;        // what the server tells unasked may have been lost
    std::function<std::string(const std::string&)> mask;  // for what is logged
  };
  virtual ~Transport() = default;

  // False: on_closed was called.
  virtual bool start() = 0;
  virtual void send(const McpOutgoing& message) = 0;
  // What the handshake came to.
  virtual void agreed(const std::string& version, bool modern) = 0;
  // Ends it in good order, in the background; the listener is not called any more.
  virtual void close() = 0;
};

// By the settings' command or url.
std::shared_ptr<Transport> make_stdio_transport(const ServerSettings& settings,
                                                Transport::Listener listener);
std::shared_ptr<Transport> make_http_transport(const ServerSettings& settings,
                                               Transport::Listener listener);

}  // namespace agentbrain::tools
