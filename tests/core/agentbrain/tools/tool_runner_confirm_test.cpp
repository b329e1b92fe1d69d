// Calls that the caller has to agree to.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tool_runner.hpp"

namespace {

using namespace agentbrain::tools;
using testing::HasSubstr;
using Kind = ToolAction::Kind;

class ToolRunnerConfirmTest : public testing::Test {
 protected:
  void make(const std::string& json, bool has_caller = true) {
    runner.emplace(
        read_tools_file(json, {}),
        ToolRunner::Config{.filler = "One moment.", .matches = {}, .has_caller = has_caller});
    runner->set_tools(0, {tool("send"), tool("read")});
    runner->take_actions();
  }
  static McpTool tool(const std::string& name) {
    return {.name = name,
            .description = "d",
            .schema = jackfield::read_json(R"({"type":"object","required":["to"]})")};
  }
  // What comes of a call: of the actions that one.
  std::vector<ToolAction> call(const std::string& id, unsigned turn,
                               const std::string& arguments = R"({"to":"anna","text":"hi"})",
                               const std::string& name = "send") {
    EXPECT_TRUE(runner->called(0, id, turn, name, arguments, now));
    return runner->take_actions();
  }
  static const ToolAction* of(const std::vector<ToolAction>& actions, Kind kind) {
    for (const auto& one : actions)
      if (one.kind == kind) return &one;
    return nullptr;
  }
  void speak(unsigned turn) {
    runner->caller_speaks(true);
    runner->caller_said(turn, false);
    runner->caller_speaks(false);
  }

  std::optional<ToolRunner> runner;
  Time now = 1000 * kSecond;
};

constexpr const char* kSend =
    R"({"mcpServers":{"mail":{"command":"x","tools":{"send":{"confirm":true}}}}})";

TEST_F(ToolRunnerConfirmTest, TheModelIsToldToAskAndRunsItWhenTheCallerHasSpoken) {
  make(kSend);
  const auto asked = call("a", 1);
  EXPECT_FALSE(of(asked, Kind::kStart));
  ASSERT_TRUE(of(asked, Kind::kAnswer));
  EXPECT_THAT(of(asked, Kind::kAnswer)->text,
              HasSubstr("not done: this needs the caller's agreement"));
  EXPECT_EQ(of(asked, Kind::kReport)->outcome, "asked");
  EXPECT_FALSE(of(asked, Kind::kWaiting));
  EXPECT_EQ(runner->running(), 0u);
  // A model that obeys a page calls it again, and again.
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(of(call("b", 1), Kind::kStart));
  // In a turn that is a note's, too.
  EXPECT_FALSE(of(call("c", 2), Kind::kStart));
  speak(3);
  // In other words the same.
  const auto done = call("d", 3, R"({ "text":"h\u0069", "to":"anna" })");
  ASSERT_TRUE(of(done, Kind::kStart));
  EXPECT_TRUE(of(done, Kind::kStart)->confirmed);
  runner->finished(of(done, Kind::kStart)->run, CallOutcome::kOk, "sent", now);
  EXPECT_EQ(of(runner->take_actions(), Kind::kAnswer)->text, "sent");
  // Once.
  EXPECT_FALSE(of(call("e", 3), Kind::kStart));
  EXPECT_EQ(runner->stats().refused, 0u);
}

TEST_F(ToolRunnerConfirmTest, ChangedArgumentsAreAskedAboutAnew) {
  make(kSend);
  call("a", 1);
  speak(2);
  EXPECT_FALSE(of(call("b", 2, R"({"to":"mallory","text":"hi"})"), Kind::kStart));
  EXPECT_FALSE(of(call("c", 2), Kind::kStart));
  speak(3);
  EXPECT_TRUE(of(call("d", 3, R"({"to":"mallory","text":"hi"})"), Kind::kStart));
}

TEST_F(ToolRunnerConfirmTest, OtherToolsRunAtOnce) {
  make(kSend);
  const auto read = call("a", 1, R"({"to":"x"})", "read");
  ASSERT_TRUE(of(read, Kind::kStart));
  EXPECT_FALSE(of(read, Kind::kStart)->confirmed);
}

// What cannot be called is not asked about.
TEST_F(ToolRunnerConfirmTest, WrongArgumentsAreRefusedFirst) {
  make(kSend);
  EXPECT_EQ(of(call("a", 1, "{}"), Kind::kReport)->outcome, "refused");
  speak(2);
  EXPECT_EQ(of(call("b", 2, "{}"), Kind::kReport)->outcome, "refused");
}

TEST_F(ToolRunnerConfirmTest, AServerMayNeedItForAllItsTools) {
  make(R"({"mcpServers":{"mail":{"command":"x","confirm":true,"tools":{"read":{"confirm":false}}}},
           "functions":[{"name":"transfer","confirm":true},{"name":"look"}]})");
  EXPECT_FALSE(of(call("a", 1), Kind::kStart));
  EXPECT_TRUE(of(call("b", 1, R"({"to":"x"})", "read"), Kind::kStart));
  EXPECT_FALSE(of(call("c", 1, "{}", "transfer"), Kind::kEmit));
  EXPECT_TRUE(of(call("d", 1, "{}", "look"), Kind::kEmit));
  speak(2);
  EXPECT_TRUE(of(call("e", 2, "{}", "transfer"), Kind::kEmit));
}

TEST_F(ToolRunnerConfirmTest, TheModelKnowsBefore) {
  make(kSend);
  ASSERT_EQ(runner->functions().size(), 2u);
  EXPECT_THAT(runner->functions()[0].description, HasSubstr("It needs the caller's agreement"));
  EXPECT_THAT(runner->functions()[1].description,
              testing::Not(HasSubstr("It needs the caller's agreement")));
}

TEST_F(ToolRunnerConfirmTest, WhereThereIsNoCallerItIsRefused) {
  make(kSend, false);
  for (unsigned turn : {1u, 2u}) {
    speak(turn);
    const auto refused = call("a", turn);
    EXPECT_FALSE(of(refused, Kind::kStart));
    EXPECT_EQ(of(refused, Kind::kReport)->outcome, "refused");
    EXPECT_EQ(of(refused, Kind::kAnswer)->text,
              "error: it needs a caller's agreement, and there is no caller here");
  }
}

TEST_F(ToolRunnerConfirmTest, TheNextConversationIsAnothersOwn) {
  make(kSend);
  call("a", 1);
  speak(2);
  runner->stop(now);
  EXPECT_FALSE(of(call("b", 2), Kind::kStart));
}

TEST_F(ToolRunnerConfirmTest, TheAuditLogTellsBoth) {
  make(kSend);
  runner->set_audited(true);
  const auto asked = call("a", 1);
  ASSERT_TRUE(of(asked, Kind::kAudit));
  EXPECT_EQ(of(asked, Kind::kAudit)->event, AuditEntry::Event::kRefused);
  EXPECT_EQ(of(asked, Kind::kAudit)->outcome, "asked");
  EXPECT_FALSE(of(asked, Kind::kAudit)->confirmed);
  speak(2);
  const auto begun = call("b", 2);
  ASSERT_TRUE(of(begun, Kind::kAudit));
  EXPECT_EQ(of(begun, Kind::kAudit)->event, AuditEntry::Event::kBegin);
  EXPECT_TRUE(of(begun, Kind::kAudit)->confirmed);
  EXPECT_TRUE(audit_entry(*of(begun, Kind::kAudit)).confirmed);
  runner->recorded(of(begun, Kind::kAudit)->run, "", now);
  const auto started = runner->take_actions();
  ASSERT_TRUE(of(started, Kind::kStart));
  runner->finished(of(started, Kind::kStart)->run, CallOutcome::kOk, "sent", now);
  EXPECT_TRUE(of(runner->take_actions(), Kind::kAudit)->confirmed);
}

// The caller agreed once, and the reply that sent it was cut: it is not sent twice.
TEST_F(ToolRunnerConfirmTest, WhatIsFinishedInTheBackgroundIsNotAskedAboutAgain) {
  make(
      R"({"mcpServers":{"mail":{"command":"x","tools":{"send":{"confirm":true,"on-interruption":"finish"}}}}})");
  call("a", 1);
  speak(2);
  const auto begun = call("b", 2);
  ASSERT_TRUE(of(begun, Kind::kStart));
  runner->interrupted(now);
  runner->finished(of(begun, Kind::kStart)->run, CallOutcome::kOk, "sent", now);
  runner->take_actions();
  speak(3);
  const auto again = call("c", 3);
  EXPECT_FALSE(of(again, Kind::kStart));
  EXPECT_EQ(of(again, Kind::kAnswer)->text, "sent");
}

}  // namespace
