// Messages of JSON-RPC 2.0 (jsonrpc.org/specification), as MCP uses it. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json_reader.hpp"

namespace agentbrain::tools {

struct RpcMessage {
  enum class Kind {
    kRequest,       // of the peer: `id`, `method`, `params`
    kNotification,  // `method`, `params`
    kResult,        // of our request `number`: `value`
    kError,         // of our request `number`: `code`, `text`, `value` (its data)
  };
  Kind kind = Kind::kNotification;
  std::string id;                       // as JSON, to be sent back as it came
  std::optional<std::uint64_t> number;  // of an answer: which request of ours; none for an error
                                        // that names no request
  std::string method;
  jackfield::JsonValue params;  // kNull when there are none
  jackfield::JsonValue value;
  int code = 0;
  std::string text;
};

struct RpcReading {
  std::vector<RpcMessage> messages;
  unsigned malformed = 0;  // what was no message
  std::string mistake;     // the first one
};

// One message, or a batch (an array of messages, as protocol version 2025-03-26 has them).
RpcReading read_rpc(std::string_view text);

// `params`: a JSON object, "" for none. Each is one line without its end.
std::string rpc_request(std::uint64_t number, std::string_view method, std::string_view params);
std::string rpc_notification(std::string_view method, std::string_view params);
std::string rpc_result(std::string_view id, std::string_view result);
std::string rpc_error(std::string_view id, int code, std::string_view text);

inline constexpr int kRpcMethodNotFound = -32601;

}  // namespace agentbrain::tools
