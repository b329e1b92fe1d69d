#include "mcp_session.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "json_members.hpp"
#include "json_serialize.hpp"
#include "mcp_greeting.hpp"
#include "utf8.hpp"

namespace agentbrain::tools {

using jackfield::JsonValue;
using Kind = JsonValue::Kind;

namespace {

constexpr Time kListenAgain = 30 * kSecond;
constexpr int kRpcHeaderMismatch = -32020;
constexpr std::size_t kMostRequests = 256;  // under way at once

std::string short_text(const std::string& text) {
  return std::string(jackfield::truncate_utf8(text, 500));
}

}  // namespace

void McpSession::start(Time now) {
  phase_ = Phase::kInitializing;
  modern_ = false;
  listen_at_ = kNever;
  version_.clear();
  send(Asked::kInitialize, "initialize", initialize_params(config_.client_version), 0,
       config_.start_timeout, now);
}

void McpSession::send(Asked asked, std::string_view method, std::string params, std::uint64_t call,
                      Time timeout, Time now, const std::string& tool) {
  const std::uint64_t number = next_number_++;
  if (modern_) params = with_metadata(params, config_.client_version);
  requests_[number] = {
      .asked = asked, .call = call, .deadline = timeout == kNever ? kNever : now + timeout};
  outgoing_.push_back({.text = rpc_request(number, method, params),
                       .number = number,
                       .method = std::string(method),
                       .tool = tool,
                       .cancels = {},
                       .headers = {}});
}

void McpSession::notify(std::string_view method, std::string_view params) {
  outgoing_.push_back({.text = rpc_notification(method, params),
                       .number = std::nullopt,
                       .method = std::string(method),
                       .tool = {},
                       .cancels = {},
                       .headers = {}});
}

void McpSession::tell_cancelled(std::uint64_t number, std::string_view why) {
  notify("notifications/cancelled", R"({"requestId":)" + std::to_string(number) + R"(,"reason":)" +
                                        jackfield::quote_json(why) + "}");
  outgoing_.back().cancels = number;
}

void McpSession::ask_for_tools(const std::string& cursor, Time now) {
  if (cursor.empty()) {
    listed_.emplace(config_.most_tools, modern_ && config_.over_http);
    list_again_ = false;
  }
  const std::string params =
      cursor.empty() ? "" : R"({"cursor":)" + jackfield::quote_json(cursor) + "}";
  send(Asked::kList, "tools/list", params, 0, config_.start_timeout, now);
}

void McpSession::receive(std::string_view message, Time now) {
  if (phase_ == Phase::kFailed || phase_ == Phase::kIdle) return;
  RpcReading reading = read_rpc(message);
  if (reading.malformed) malformed(reading.malformed, reading.mistake, now);
  for (RpcMessage& one : reading.messages) {
    if (phase_ == Phase::kFailed) return;
    take(one, now);
  }
}

// Which request it was the answer to is not known; if only one waits, it was that.
void McpSession::receive_too_large(Time now) {
  malformed(1, "a message was too large", now);
  if (phase_ == Phase::kFailed) return;
  std::vector<std::uint64_t> waiting;
  for (const auto& [number, request] : requests_)
    if (request.asked != Asked::kListen) waiting.push_back(number);
  if (waiting.size() == 1) request_failed(waiting.front(), "the answer was too large", now);
}

void McpSession::malformed(unsigned count, const std::string& mistake, Time now) {
  stats_.malformed += count;
  if (!malformed_.count(count, config_.most_malformed, now)) fail("it talks rubbish: " + mistake);
}

void McpSession::count_unasked(Time now) {
  ++stats_.unasked;
  if (!unasked_.count(1, config_.most_unasked, now)) fail("it floods the connection");
}

void McpSession::take(RpcMessage& message, Time now) {
  switch (message.kind) {
    case RpcMessage::Kind::kNotification:
      count_unasked(now);
      if (message.method == "notifications/tools/list_changed") tools_may_have_changed(now);
      if (message.method == "notifications/cancelled") stop_listening(message, now);
      return;
    case RpcMessage::Kind::kRequest:
      count_unasked(now);
      if (phase_ != Phase::kFailed) answer_server(message);
      return;
    case RpcMessage::Kind::kResult:
    case RpcMessage::Kind::kError:
      break;
  }
  const auto found = message.number ? requests_.find(*message.number) : requests_.end();
  if (found == requests_.end()) {
    ++stats_.late;
    if (message.kind == RpcMessage::Kind::kError && !message.number) count_unasked(now);
    return;
  }
  const Request request = found->second;
  requests_.erase(found);
  if (message.kind == RpcMessage::Kind::kError) {
    take_error(request, message, now);
  } else {
    take_result(request, message.value, now);
  }
}

void McpSession::tools_may_have_changed(Time now) {
  if (phase_ == Phase::kFailed || phase_ == Phase::kIdle) return;
  const bool asked = std::any_of(requests_.begin(), requests_.end(),
                                 [](const auto& one) { return one.second.asked == Asked::kList; });
  if (phase_ == Phase::kReady && !asked) {
    ask_for_tools("", now);
  } else {
    list_again_ = true;
  }
}

// Where there is no handshake the server tells of changes only to those who listen.
void McpSession::listen(Time now) {
  listen_at_ = kNever;
  send(Asked::kListen, "subscriptions/listen", R"({"notifications":{"toolsListChanged":true}})", 0,
       kNever, now);
}

// A server cancels nothing else of ours, and says so only where no stream can end.
void McpSession::stop_listening(const RpcMessage& message, Time now) {
  const double number = jackfield::number_member(message.params, "requestId");
  const auto found = std::find_if(requests_.begin(), requests_.end(), [&](const auto& one) {
    return one.second.asked == Asked::kListen && static_cast<double>(one.first) == number;
  });
  if (found == requests_.end()) return;
  requests_.erase(found);
  listen_at_ = now + kListenAgain;
}

void McpSession::answer_server(const RpcMessage& message) {
  const bool ping = message.method == "ping";
  // Of what else a server may ask (roots, sampling, elicitation) it was told that we have nothing.
  outgoing_.push_back({.text = ping ? rpc_result(message.id, "{}")
                                    : rpc_error(message.id, kRpcMethodNotFound, "Method not found"),
                       .number = std::nullopt,
                       .method = {},
                       .tool = {},
                       .cancels = {},
                       .headers = {}});
}

void McpSession::take_result(const Request& request, const JsonValue& result, Time now) {
  switch (request.asked) {
    case Asked::kInitialize:
      return take_initialize(result, now);
    case Asked::kDiscover:
      return take_discover(result, now);
    case Asked::kList:
      return take_tools(result, now);
    case Asked::kListen:  // it has ended in good order
      listen_at_ = now + kListenAgain;
      return;
    case Asked::kCall:
      break;
  }
  if (!result.is(Kind::kObject)) {
    malformed(1, "the result of a call is no object", now);
    return this->result(request.call, CallOutcome::kUnavailable, "its answer makes no sense");
  }
  const std::string type = jackfield::string_member(result, "resultType");
  if (!type.empty() && type != "complete")
    return this->result(request.call, CallOutcome::kError,
                        "the tool asks for further input, which is not possible on a call");
  ToolResult read = read_tool_result(result);
  this->result(request.call, read.error ? CallOutcome::kError : CallOutcome::kOk,
               std::move(read.text));
}

void McpSession::take_initialize(const JsonValue& result, Time now) {
  const McpGreeting greeting = read_initialize(result);
  if (!greeting.mistake.empty()) return fail(greeting.mistake);
  version_ = greeting.version;
  server_name_ = greeting.server_name;
  notify("notifications/initialized", "");
  phase_ = Phase::kListing;
  if (greeting.tools) return ask_for_tools("", now);
  tools_.clear();
  phase_ = Phase::kReady;
  events_.push_back({.kind = McpEvent::Kind::kReady, .text = {}});
}

void McpSession::take_discover(const JsonValue& result, Time now) {
  const McpGreeting greeting = read_discover(result);
  if (!greeting.mistake.empty()) return fail(greeting.mistake);
  version_ = greeting.version;
  server_name_ = greeting.server_name;
  if (greeting.list_changes) listen(now);
  phase_ = Phase::kListing;
  ask_for_tools("", now);
}

void McpSession::take_tools(const JsonValue& result, Time now) {
  if (!listed_ || !listed_->take(result)) {
    malformed(1, "the list of tools is none", now);
    if (phase_ == Phase::kListing) fail("its list of tools makes no sense");
    return;
  }
  if (!listed_->cursor().empty()) return ask_for_tools(listed_->cursor(), now);
  dropped_tools_ = listed_->dropped();
  mistakes_ = listed_->mistakes();
  tools_ = listed_->take_tools();
  listed_.reset();
  phase_ = Phase::kReady;
  events_.push_back({.kind = McpEvent::Kind::kReady, .text = {}});
  if (list_again_) ask_for_tools("", now);
}

// A server without a handshake refuses it; how is left to it.
void McpSession::discover(Time now) {
  modern_ = true;
  send(Asked::kDiscover, "server/discover", "", 0, config_.start_timeout, now);
}

void McpSession::take_error(const Request& request, const RpcMessage& error, Time now) {
  const std::string why = short_text(error.text);
  switch (request.asked) {
    case Asked::kInitialize:
      return discover(now);
    case Asked::kDiscover:
      return fail("it refuses to speak with us: " + why);
    case Asked::kList:
      // The list it has given stays.
      if (phase_ == Phase::kListing) fail("it does not tell its tools: " + why);
      return;
    case Asked::kListen:  // then its list is taken to stay
      return;
    case Asked::kCall:
      break;
  }
  if (error.code == kRpcHeaderMismatch) {
    // Its list of tools is old, which says what travels as a header.
    tools_may_have_changed(now);
    return result(request.call, CallOutcome::kError, "its tools have changed; try once more");
  }
  result(request.call, CallOutcome::kError, why.empty() ? "the tool failed" : why);
}

void McpSession::request_failed(std::uint64_t number, const std::string& why, Time now) {
  const auto found = requests_.find(number);
  if (found == requests_.end()) return;
  const Request request = found->second;
  requests_.erase(found);
  switch (request.asked) {
    case Asked::kInitialize:
      return discover(now);
    case Asked::kDiscover:
      return fail(why);
    case Asked::kList:
      if (phase_ == Phase::kListing) fail(why);
      return;
    case Asked::kListen:
      listen_at_ = now + kListenAgain;
      return;
    case Asked::kCall:
      return result(request.call, CallOutcome::kUnavailable, why);
  }
}

void McpSession::call(std::uint64_t call, const std::string& tool, const std::string& arguments,
                      Time timeout, Time now) {
  if (phase_ != Phase::kReady || requests_.size() >= kMostRequests)
    return result(call, CallOutcome::kUnavailable, "the tool's server is not there");
  CallHeaders headers;
  try {
    headers = call_headers(tools_, tool, arguments);
  } catch (const std::range_error& mistake) {
    return result(call, CallOutcome::kError, mistake.what());
  }
  send(Asked::kCall, "tools/call",
       R"({"name":)" + jackfield::quote_json(tool) + R"(,"arguments":)" + arguments + "}", call,
       timeout, now, tool);
  outgoing_.back().headers = std::move(headers);
}

void McpSession::cancel(std::uint64_t call, const std::string& why) {
  for (auto it = requests_.begin(); it != requests_.end(); ++it) {
    if (it->second.asked != Asked::kCall || it->second.call != call) continue;
    tell_cancelled(it->first, why);
    requests_.erase(it);
    return result(call, CallOutcome::kCancelled, why);
  }
}

void McpSession::result(std::uint64_t call, CallOutcome outcome, std::string text) {
  events_.push_back(
      {.kind = McpEvent::Kind::kResult, .call = call, .outcome = outcome, .text = std::move(text)});
}

void McpSession::fail(const std::string& why) {
  if (phase_ == Phase::kFailed) return;
  phase_ = Phase::kFailed;
  for (const auto& [number, request] : std::exchange(requests_, {})) {
    if (request.asked == Asked::kCall) result(request.call, CallOutcome::kUnavailable, why);
  }
  outgoing_.clear();
  events_.push_back({.kind = McpEvent::Kind::kFailed, .text = why});
}

void McpSession::lost(const std::string& why) { fail(why); }

void McpSession::forgotten(Time now) {
  if (phase_ == Phase::kFailed) return;
  for (const auto& [number, request] : std::exchange(requests_, {})) {
    if (request.asked == Asked::kCall)
      result(request.call, CallOutcome::kUnavailable, "the tool's server has started anew");
  }
  start(now);
}

Time McpSession::deadline() const {
  Time next = phase_ == Phase::kReady ? listen_at_ : kNever;
  for (const auto& [number, request] : requests_) next = std::min(next, request.deadline);
  return next;
}

void McpSession::timer(Time now) {
  std::vector<std::pair<std::uint64_t, Request>> due;
  for (const auto& [number, request] : requests_) {
    if (request.deadline <= now) due.emplace_back(number, request);
  }
  for (const auto& [number, request] : due) {
    requests_.erase(number);
    if (request.asked == Asked::kCall) {
      tell_cancelled(number, "time-out");
      result(request.call, CallOutcome::kTimeOut, "the tool did not answer in time");
    } else if (phase_ != Phase::kReady) {
      return fail("it did not answer in time when it was started");
    }
  }
  if (now >= listen_at_ && phase_ == Phase::kReady) {
    listen(now);
    tools_may_have_changed(now);  // meanwhile
  }
}

}  // namespace agentbrain::tools
