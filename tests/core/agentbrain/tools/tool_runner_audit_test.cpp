// Calls that are carried out only when they stand in the audit log.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tool_runner.hpp"

namespace {

using namespace agentbrain::tools;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Event = AuditEntry::Event;
using Kind = ToolAction::Kind;

class ToolRunnerAuditTest : public testing::Test {
 protected:
  explicit ToolRunnerAuditTest(const char* more = "")
      : runner(read_tools_file(
                   std::string(R"({"mcpServers":{"files":{"command":"x","timeout":5)") + more +
                       R"(}},"functions":[{"name":"book"}]})",
                   [](std::string_view) -> std::optional<std::string> { return std::nullopt; }),
               {.filler = "", .matches = {}}) {
    runner.set_audited(true);
    runner.set_tools(0, {{.name = "read",
                          .description = "d",
                          .schema = jackfield::read_json(R"({"type":"object"})")}});
    runner.take_actions();
  }
  // Of the actions since the last time those of that kind.
  std::vector<ToolAction> take(Kind kind) {
    for (auto& one : runner.take_actions()) log.push_back(std::move(one));
    std::vector<ToolAction> found;
    for (const auto& one : log)
      if (one.kind == kind) found.push_back(one);
    std::erase_if(log, [&](const auto& one) { return one.kind == kind; });
    return found;
  }
  ToolAction only(Kind kind) {
    const auto all = take(kind);
    EXPECT_EQ(all.size(), 1u);
    return all.empty() ? ToolAction{} : all.front();
  }
  std::uint64_t ask(const std::string& id, const std::string& name = "read",
                    const std::string& arguments = R"({"token":"abc"})") {
    EXPECT_TRUE(runner.called(0, id, 1, name, arguments, now));
    const ToolAction line = only(Kind::kAudit);
    EXPECT_EQ(line.event, Event::kBegin);
    EXPECT_EQ(line.call_id, id);
    return line.run;
  }
  ToolRunner runner;
  std::vector<ToolAction> log;
  Time now = 1000 * kSecond;
};

TEST_F(ToolRunnerAuditTest, ACallBeginsWhenItsLineStandsInTheLog) {
  EXPECT_TRUE(runner.called(0, "c1", 3, "read", R"({"token":"abc"})", now));
  const ToolAction begin = only(Kind::kAudit);
  EXPECT_EQ(begin.event, Event::kBegin);
  EXPECT_EQ(begin.server_name, "files");
  EXPECT_EQ(begin.tool, "read");
  EXPECT_EQ(begin.turn, 3u);
  EXPECT_EQ(begin.arguments, R"({"token":"***"})");
  EXPECT_NE(begin.run, 0u);
  EXPECT_THAT(take(Kind::kStart), IsEmpty());
  runner.recorded(begin.run, "", now + kSecond);
  const ToolAction start = only(Kind::kStart);
  EXPECT_EQ(start.arguments, R"({"token":"abc"})");
  EXPECT_EQ(start.timeout, 4 * kSecond);
  runner.finished(start.run, CallOutcome::kOk, "done", now + 2 * kSecond);
  const ToolAction end = only(Kind::kAudit);
  EXPECT_EQ(end.event, Event::kEnd);
  EXPECT_EQ(end.run, 0u);  // nothing waits for it
  EXPECT_EQ(end.outcome, "ok");
  EXPECT_EQ(end.text, "");
  EXPECT_EQ(end.duration, 2 * kSecond);
  EXPECT_EQ(end.bytes, 4u);
  EXPECT_EQ(end.arguments, R"({"token":"***"})");
}

TEST_F(ToolRunnerAuditTest, OneThatCannotBeWrittenIsRefused) {
  const std::uint64_t run = ask("c1");
  runner.recorded(run, "No space left on device", now);
  EXPECT_THAT(take(Kind::kStart), IsEmpty());
  EXPECT_EQ(only(Kind::kAnswer).text,
            "error: the call cannot be written to the audit log, so it is not carried out: "
            "No space left on device");
  EXPECT_EQ(only(Kind::kReport).outcome, "refused");
  EXPECT_EQ(only(Kind::kAudit).event, Event::kRefused);
  EXPECT_EQ(runner.stats().refused, 1u);
  EXPECT_EQ(runner.stats().unaudited, 1u);
  EXPECT_EQ(runner.running(), 0u);
  EXPECT_EQ(take(Kind::kWaiting).back().until, 0u);
}

TEST_F(ToolRunnerAuditTest, TheApplicationIsAskedOnlyThen) {
  const std::uint64_t run = ask("c1", "book");
  EXPECT_FALSE(runner.answered("c1", "too early", now));
  EXPECT_THAT(take(Kind::kEmit), IsEmpty());
  runner.recorded(run, "", now);
  EXPECT_THAT(take(Kind::kEmit), SizeIs(1));
  EXPECT_TRUE(runner.answered("c1", "booked", now));
  EXPECT_EQ(only(Kind::kAnswer).text, "booked");
  EXPECT_EQ(only(Kind::kAudit).server_name, "");
}

TEST_F(ToolRunnerAuditTest, WhatIsRefusedIsWritten) {
  runner.called(0, "c1", 1, "read", "[1]", now);
  const ToolAction refused = only(Kind::kAudit);
  EXPECT_EQ(refused.event, Event::kRefused);
  EXPECT_EQ(refused.outcome, "refused");
  EXPECT_EQ(refused.text, "the arguments are no JSON object");
  EXPECT_EQ(refused.arguments, "[1]");
  EXPECT_FALSE(runner.called(0, "c2", 1, "erase_all", R"({"pin":1})", now));
  EXPECT_THAT(take(Kind::kAudit), IsEmpty());  // it may be somebody else's
  runner.unknown("c2", 1, "erase_all", R"({"pin":1})");
  const ToolAction unknown = only(Kind::kAudit);
  EXPECT_EQ(unknown.event, Event::kRefused);
  EXPECT_EQ(unknown.outcome, "unknown");
  EXPECT_EQ(unknown.tool, "erase_all");
  EXPECT_EQ(unknown.arguments, R"({"pin":"***"})");
}

TEST_F(ToolRunnerAuditTest, ADiskThatHangsEndsInATimeOut) {
  const std::uint64_t run = ask("c1");
  EXPECT_EQ(runner.deadline(), now + 5 * kSecond);
  runner.timer(now + 5 * kSecond);
  EXPECT_EQ(only(Kind::kReport).outcome, "time-out");
  EXPECT_THAT(take(Kind::kCancel), IsEmpty());
  EXPECT_EQ(only(Kind::kAudit).event, Event::kEnd);
  runner.recorded(run, "", now + 6 * kSecond);
  EXPECT_THAT(take(Kind::kStart), IsEmpty());
}

TEST_F(ToolRunnerAuditTest, AnInterruptionBeforeItStandsThere) {
  const std::uint64_t run = ask("c1");
  runner.interrupted(now);
  EXPECT_EQ(only(Kind::kAudit).outcome, "cancelled");
  runner.recorded(run, "", now);
  EXPECT_THAT(take(Kind::kStart), IsEmpty());
}

TEST_F(ToolRunnerAuditTest, AtTheEndOfTheConversationTheEndsAreWritten) {
  runner.recorded(ask("c1"), "", now);
  ask("c2");
  runner.stop(now + kSecond);
  const auto lines = take(Kind::kAudit);
  ASSERT_EQ(lines.size(), 2u);
  for (const auto& line : lines) {
    EXPECT_EQ(line.event, Event::kEnd);
    EXPECT_EQ(line.outcome, "cancelled");
    EXPECT_TRUE(line.background);
  }
}

class ToolRunnerAuditInOrder : public ToolRunnerAuditTest {
 protected:
  ToolRunnerAuditInOrder() : ToolRunnerAuditTest(R"(,"parallel":false)") {}
};

TEST_F(ToolRunnerAuditInOrder, TheOrderIsThatOfTheCalls) {
  const std::uint64_t first = ask("c1");
  const std::uint64_t second = ask("c2");
  runner.recorded(second, "", now);
  EXPECT_THAT(take(Kind::kStart), IsEmpty());
  runner.recorded(first, "", now);
  EXPECT_EQ(only(Kind::kStart).run, first);
  runner.finished(first, CallOutcome::kOk, "", now);
  EXPECT_EQ(only(Kind::kStart).run, second);
}

TEST_F(ToolRunnerAuditInOrder, OneThatIsRefusedDoesNotHoldUpTheNext) {
  const std::uint64_t first = ask("c1");
  const std::uint64_t second = ask("c2");
  runner.recorded(second, "", now);
  runner.recorded(first, "full", now);
  EXPECT_EQ(only(Kind::kStart).run, second);
}

class ToolRunnerAuditFinishes : public ToolRunnerAuditTest {
 protected:
  ToolRunnerAuditFinishes() : ToolRunnerAuditTest(R"(,"on-interruption":"finish")") {}
};

// Each call has its own line; the end is that of the one that was carried out.
TEST_F(ToolRunnerAuditFinishes, ACallThatIsNotDoneTwice) {
  const std::uint64_t run = ask("c1");
  runner.recorded(run, "", now);
  runner.interrupted(now);
  runner.called(0, "c2", 2, "read", R"({"token":"abc"})", now);
  const ToolAction joined = only(Kind::kAudit);
  EXPECT_EQ(joined.event, Event::kRefused);
  EXPECT_EQ(joined.outcome, "reused");
  EXPECT_EQ(joined.call_id, "c2");
  runner.finished(run, CallOutcome::kOk, "done", now);
  const ToolAction end = only(Kind::kAudit);
  EXPECT_EQ(end.call_id, "c1");
  EXPECT_EQ(only(Kind::kReport).call_id, "c2");
}

}  // namespace
