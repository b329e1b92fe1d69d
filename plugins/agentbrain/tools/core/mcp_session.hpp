// The client's side of one connection to an MCP server (modelcontextprotocol.io/specification), in
// virtual time: who it is, which tools it has, what it is asked. Times are nanoseconds of one clock
// that never goes back; one thread at a time.
//
// Spoken are the revisions with a handshake (2024-11-05 to 2025-11-25); a server that refuses the
// handshake is asked for revision 2026-07-28, which has none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "call_outcome.hpp"
#include "json_reader.hpp"
#include "json_rpc.hpp"
#include "message_limit.hpp"
#include "tool_list.hpp"
#include "tool_result.hpp"

namespace agentbrain::tools {

using Time = std::uint64_t;
inline constexpr Time kNever = UINT64_MAX;
inline constexpr Time kSecond = 1'000'000'000;

struct McpEvent {
  enum class Kind {
    kReady,   // `tools` are what it has, from now on
    kResult,  // of call `call`
    kFailed,  // `text`: nothing more can be had of this connection
  };
  Kind kind = Kind::kReady;
  std::uint64_t call = 0;
  CallOutcome outcome = CallOutcome::kOk;
  std::string text;
};

// A message that is to be sent.
struct McpOutgoing {
  std::string text;
  // Of a request: its number, method and the tool it calls. For transports that send them apart.
  std::optional<std::uint64_t> number;
  std::string method;
  std::string tool;
  std::optional<std::uint64_t> cancels;  // the request that nobody waits for any more
  CallHeaders headers;                   // over HTTP
};

class McpSession {
 public:
  struct Config {
    std::string client_version;
    bool over_http = false;
    Time start_timeout = 30 * kSecond;  // for the handshake and each page of tools
    std::size_t most_tools = 256;
    std::size_t most_malformed = 100;   // messages that make no sense, in a minute
    std::size_t most_unasked = 10'000;  // messages that nobody asked for, in ten seconds
  };
  struct Stats {
    std::uint64_t malformed = 0;  // messages that made no sense
    std::uint64_t late = 0;       // answers that nobody waits for any more
    std::uint64_t unasked = 0;    // notifications and requests of the server
  };

  explicit McpSession(Config config) : config_(std::move(config)) {}

  // So many use the server that it may send more.
  void set_most_unasked(std::size_t messages) { config_.most_unasked = messages; }
  // The connection stands: the handshake begins.
  void start(Time now);
  // A message came, whole.
  void receive(std::string_view message, Time now);
  // A message came that was too large to be read.
  void receive_too_large(Time now);
  // The connection ended, or must be given up.
  void lost(const std::string& why);
  // The server forgot the session (HTTP 404): calls fail, and the handshake begins anew.
  void forgotten(Time now);
  // One request could not be sent, or its answer not be read.
  void request_failed(std::uint64_t number, const std::string& why, Time now);

  // `arguments`: a JSON object on one line. Only while ready().
  void call(std::uint64_t call, const std::string& tool, const std::string& arguments, Time timeout,
            Time now);
  // Nobody waits for it any more: the server is told, and kResult comes with kCancelled.
  void cancel(std::uint64_t call, const std::string& why);

  // What it told of changes may have been lost.
  void tools_may_have_changed(Time now);

  void timer(Time now);
  Time deadline() const;

  bool ready() const { return phase_ == Phase::kReady; }
  const std::vector<McpTool>& tools() const { return tools_; }
  // What was agreed on; "" before.
  const std::string& version() const { return version_; }
  bool modern() const { return modern_; }  // revision 2026-07-28 or later
  const std::string& server_name() const { return server_name_; }
  const Stats& stats() const { return stats_; }
  std::size_t dropped_tools() const { return dropped_tools_; }  // unusable, or beyond the limit
  // What is wrong with some of them, for people.
  const std::vector<std::string>& mistakes() const { return mistakes_; }

  std::vector<McpOutgoing> take_outgoing() { return std::exchange(outgoing_, {}); }
  std::vector<McpEvent> take_events() { return std::exchange(events_, {}); }

 private:
  enum class Phase { kIdle, kInitializing, kListing, kReady, kFailed };
  enum class Asked { kInitialize, kDiscover, kList, kListen, kCall };
  struct Request {
    Asked asked = Asked::kCall;
    std::uint64_t call = 0;
    Time deadline = kNever;
  };

  void send(Asked asked, std::string_view method, std::string params, std::uint64_t call,
            Time timeout, Time now, const std::string& tool = {});
  void notify(std::string_view method, std::string_view params);
  void tell_cancelled(std::uint64_t number, std::string_view why);
  void listen(Time now);
  void stop_listening(const RpcMessage& message, Time now);
  void ask_for_tools(const std::string& cursor, Time now);
  void take(RpcMessage& message, Time now);
  void take_result(const Request& request, const jackfield::JsonValue& result, Time now);
  void discover(Time now);
  void take_error(const Request& request, const RpcMessage& error, Time now);
  void take_initialize(const jackfield::JsonValue& result, Time now);
  void take_discover(const jackfield::JsonValue& result, Time now);
  void take_tools(const jackfield::JsonValue& result, Time now);
  void answer_server(const RpcMessage& message);
  void count_unasked(Time now);
  void malformed(unsigned count, const std::string& mistake, Time now);
  void result(std::uint64_t call, CallOutcome outcome, std::string text);
  void fail(const std::string& why);

  Config config_;
  Phase phase_ = Phase::kIdle;
  std::uint64_t next_number_ = 1;
  std::map<std::uint64_t, Request> requests_;
  std::vector<McpTool> tools_;
  std::optional<ToolList> listed_;  // that is being read
  std::size_t dropped_tools_ = 0;
  std::vector<std::string> mistakes_;
  bool list_again_ = false;
  std::string version_;
  bool modern_ = false;
  std::string server_name_;
  Time listen_at_ = kNever;
  MessageLimit malformed_{60 * kSecond};
  MessageLimit unasked_{10 * kSecond};
  Stats stats_;
  std::vector<McpOutgoing> outgoing_;
  std::vector<McpEvent> events_;
};

}  // namespace agentbrain::tools
