// A session beside an agent core that the test plays, in virtual time.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "core_session.hpp"

namespace agentcore {

class CoreSessionTest : public testing::Test {
 protected:
  static constexpr Time kMillisecond = 1'000'000;

  // ---- The driver ----
  // What the session wants of it: "open", "cut", "dead".
  std::vector<std::string> actions() {
    std::vector<std::string> names;
    while (const auto action = session_.next_action()) {
      names.push_back(*action == CoreSession::Action::kOpen  ? "open"
                      : *action == CoreSession::Action::kCut ? "cut"
                                                             : "dead");
    }
    return names;
  }
  // What it sends.
  std::vector<v1::ToCore> sent() {
    std::vector<v1::ToCore> messages;
    while (const auto bytes = session_.next_message())
      EXPECT_TRUE(messages.emplace_back().ParseFromString(*bytes));
    return messages;
  }
  std::vector<std::string> sent_names() {
    std::vector<std::string> names;
    for (const v1::ToCore& message : sent()) names.push_back(name_of(message));
    return names;
  }
  static std::string name_of(const v1::ToCore& message) {
    using Case = v1::ToCore::MessageCase;
    switch (message.message_case()) {
      case Case::kOpen:
        return "open";
      case Case::kTurnStarted:
        return "turn_started";
      case Case::kTurn:
        return "turn";
      case Case::kCancel:
        return "cancel";
      case Case::kHeard:
        return "heard";
      case Case::kHistory:
        return "history";
      case Case::kToolOffer:
        return "tool_offer";
      case Case::kToolResult:
        return "tool_result";
      case Case::kPing:
        return "ping";
      case Case::kPong:
        return "pong";
      case Case::kCaller:
        return "caller:" + message.caller().caller();
      case Case::kClose:
        return "close";
      case Case::MESSAGE_NOT_SET:
        break;
    }
    return "none";
  }
  void pass(Time time) {
    for (const Time until = now_ + time; now_ < until;) {
      now_ = std::min(until, std::max(now_, session_.deadline()));
      session_.tick(now_);
    }
  }

  // ---- The agent core ----
  void receive(const v1::FromCore& message) {
    session_.received(message.SerializeAsString(), now_);
  }
  void ready() {
    v1::FromCore message;
    message.mutable_ready()->set_name("test core");
    receive(message);
  }
  void text(std::uint64_t request, const std::string& delta) {
    v1::FromCore message;
    message.mutable_text()->set_request_id(request);
    message.mutable_text()->set_delta(delta);
    receive(message);
  }
  void call(std::uint64_t request, const std::string& id, const std::string& name,
            const std::string& arguments = "{}") {
    v1::FromCore message;
    message.mutable_tool_call()->set_request_id(request);
    message.mutable_tool_call()->set_call_id(id);
    message.mutable_tool_call()->set_name(name);
    message.mutable_tool_call()->set_arguments(arguments);
    receive(message);
  }
  void reply_end(std::uint64_t request, bool hang_up = false) {
    v1::FromCore message;
    message.mutable_reply_end()->set_request_id(request);
    message.mutable_reply_end()->set_hang_up(hang_up);
    receive(message);
  }
  void close(int code, const std::string& why = "") { session_.closed({code, why}, now_); }

  // ---- The call ----
  void begin() {
    v1::Open open;
    open.set_session_id("one");
    session_.begin(open, now_);
  }
  // Until the core is ready; what was sent is read.
  void connect() {
    begin();
    actions();
    ready();
    sent();
    notices();
  }
  void ask(std::uint32_t turn, const std::string& question) {
    session_.ask(turn, question, false, limits_, now_);
  }
  // "text:Hello", "call:ID", "end", "end+", "failed:cause"
  std::vector<std::string> events() {
    std::vector<std::string> all;
    while (const auto event = session_.next_event()) {
      using Kind = ReplyEvent::Kind;
      all.push_back(event->kind == Kind::kText       ? "text:" + event->text
                    : event->kind == Kind::kToolCall ? "call:" + event->call.id
                    : event->kind == Kind::kFailed   ? "failed:" + event->failure.cause
                    : event->hang_up                 ? "end+"
                                                     : "end");
    }
    return all;
  }
  std::vector<Notice> notices() {
    std::vector<Notice> all;
    while (auto notice = session_.next_notice()) all.push_back(std::move(*notice));
    return all;
  }
  static v1::Tool tool(const std::string& name) {
    v1::Tool made;
    made.set_name(name);
    return made;
  }

  Time now_ = 1000 * kSecond;
  CoreSession::Limits limits_;
  CoreSession session_{{}, [] { return 0.0; }};
};

}  // namespace agentcore
