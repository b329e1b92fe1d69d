#include "tool_runner_fixture.hpp"

namespace {

using namespace agentbrain::tools;
using testing::HasSubstr;
using Kind = ToolAction::Kind;

constexpr Time kMs = 1'000'000;

TEST_F(ToolRunnerTest, TheTimeOutAnswersForTheTool) {
  make(kOne);
  runner->set_tools(0, {tool("read")});
  ask("c1");
  EXPECT_EQ(runner->deadline(), now + 600 * kMs);  // the filler
  now += 5 * kSecond;
  runner->timer(now);
  EXPECT_EQ(of(Kind::kCancel).size(), 1u);
  EXPECT_EQ(of(Kind::kAnswer).at(0).text, "error: the tool did not answer in time");
  EXPECT_EQ(of(Kind::kReport).at(0).outcome, "time-out");
  EXPECT_TRUE(of(Kind::kFiller).empty());
}

TEST_F(ToolRunnerTest, OneFillerAReply) {
  make(
      R"({"mcpServers":{"files":{"command":"x","tools":{"slow":{"filler":"Patience."},"mute":{"filler":""}}}}})");
  runner->set_tools(0, {tool("read"), tool("slow"), tool("mute")});
  ask("c1", "mute");
  EXPECT_EQ(runner->deadline(), now + 30 * kSecond);
  ask("c2", "slow");
  now += 600 * kMs;
  runner->timer(now);
  EXPECT_EQ(of(Kind::kFiller).at(0).text, "Patience.");
  ask("c3", "read");
  now += 600 * kMs;
  runner->timer(now);
  EXPECT_EQ(of(Kind::kFiller).size(), 1u);
  // The next turn has its own; a quick tool needs none.
  forget();
  runner->interrupted(now);
  ask("c4", "read", R"({"path":"b"})", 2);
  EXPECT_EQ(runner->deadline(), now + 600 * kMs);
  runner->finished(of(Kind::kStart).at(0).run, CallOutcome::kOk, "", now + 599 * kMs);
  EXPECT_EQ(of(Kind::kAnswer).back().text, "(the tool answered nothing)");
  EXPECT_EQ(runner->deadline(), kNever);
}

TEST_F(ToolRunnerTest, AServerThatCanDoOneThingIsAskedOneThing) {
  make(R"({"mcpServers":{"a":{"command":"x","parallel":false},"b":{"command":"x"}}})");
  runner->set_tools(0, {tool("one")});
  runner->set_tools(1, {tool("many")});
  for (const char* id : {"1", "2", "3"}) ask(id, "one");
  for (const char* id : {"4", "5"}) ask(id, "many");
  auto started = of(Kind::kStart);
  ASSERT_EQ(started.size(), 3u);
  EXPECT_EQ(started[0].call_id, "1");
  runner->finished(started[0].run, CallOutcome::kOk, "x", now);
  EXPECT_EQ(of(Kind::kStart).back().call_id, "2");
  // What has not begun is dropped.
  forget();
  runner->interrupted(now);
  EXPECT_EQ(of(Kind::kCancel).size(), 3u);  // 2, 4, 5
  EXPECT_EQ(of(Kind::kReport).size(), 4u);
  EXPECT_TRUE(of(Kind::kStart).empty());
  EXPECT_TRUE(of(Kind::kAnswer).empty());
  EXPECT_EQ(runner->running(), 0u);
}

TEST_F(ToolRunnerTest, WhatIsToBeFinishedIsFinishedAndNotDoneTwice) {
  make(R"({"mcpServers":{"files":{"command":"x","on-interruption":"finish"}}})");
  runner->set_tools(0, {tool("book")});
  ask("c1", "book");
  const auto run = of(Kind::kStart).at(0).run;
  runner->interrupted(now);
  EXPECT_TRUE(of(Kind::kCancel).empty());
  EXPECT_EQ(of(Kind::kWaiting).back().until, 0u);
  // Asked again while it runs: it is the same one.
  ask("c2", "book", R"({"path":"a"})", 2);
  EXPECT_EQ(of(Kind::kStart).size(), 1u);
  runner->interrupted(now);
  forget();
  runner->finished(run, CallOutcome::kOk, "booked", now);
  EXPECT_TRUE(of(Kind::kReport).at(0).background);
  EXPECT_TRUE(of(Kind::kAnswer).empty());
  // And after it.
  ask("c3", "book", R"({"path":"a"})", 3);
  EXPECT_EQ(of(Kind::kAnswer).at(0).text, "booked");
  EXPECT_EQ(of(Kind::kReport).back().outcome, "reused");
  EXPECT_TRUE(of(Kind::kStart).empty());
  // Once; the next time it is meant anew.
  ask("c4", "book", R"({"path":"a"})", 4);
  EXPECT_EQ(of(Kind::kStart).size(), 1u);
}

TEST_F(ToolRunnerTest, AResultIsNotKeptForEver) {
  make(R"({"mcpServers":{"files":{"command":"x","on-interruption":"finish"}}})");
  runner->set_tools(0, {tool("book")});
  ask("c1", "book");
  const auto run = of(Kind::kStart).at(0).run;
  runner->interrupted(now);
  runner->finished(run, CallOutcome::kOk, "booked", now);
  now += 60 * kSecond;
  ask("c2", "book", R"({"path":"a"})", 2);
  EXPECT_EQ(of(Kind::kStart).size(), 2u);
}

// The same agent may answer somebody else next.
TEST_F(ToolRunnerTest, NoResultIsKeptForTheNextConversation) {
  make(R"({"mcpServers":{"files":{"command":"x","on-interruption":"finish"}}})");
  runner->set_tools(0, {tool("account")});
  ask("c1", "account");
  const auto run = of(Kind::kStart).at(0).run;
  runner->interrupted(now);
  runner->finished(run, CallOutcome::kOk, "1000 euros", now);
  runner->stop(now);
  forget();
  ask("c1", "account");
  EXPECT_TRUE(of(Kind::kAnswer).empty());
  EXPECT_EQ(of(Kind::kStart).size(), 1u);
}

TEST_F(ToolRunnerTest, TheFirstTurnOfTheNextConversationHasItsFillerToo) {
  make(kOne);
  runner->set_tools(0, {tool("read")});
  for (int conversation = 0; conversation < 2; ++conversation) {
    forget();
    ask("c1");
    runner->timer(now += kSecond);
    EXPECT_EQ(of(Kind::kFiller).size(), 1u) << conversation;
    runner->stop(now);
  }
}

TEST_F(ToolRunnerTest, TheApplicationAnswersItsFunctions) {
  make(R"({"functions":[{"name":"book","timeout":2}]})");
  ask("c1", "book", "{}");
  const auto emitted = of(Kind::kEmit);
  ASSERT_EQ(emitted.size(), 1u);
  EXPECT_FALSE(runner->answered("c2", "x", now));
  EXPECT_TRUE(runner->answered("c1", "done", now));
  EXPECT_FALSE(runner->answered("c1", "done", now));
  EXPECT_EQ(of(Kind::kAnswer).at(0).text, "done");
  forget();
  ask("c3", "book", "{}");
  runner->nobody(of(Kind::kEmit).at(0).run, now);
  EXPECT_EQ(of(Kind::kReport).at(0).outcome, "unavailable");
  // One that only the model's own stage knows.
  EXPECT_TRUE(runner->called(0, "c4", 1, "other", "{}", now, true));
  forget();
  runner->timer(now + 30 * kSecond);
  EXPECT_EQ(of(Kind::kReport).at(0).outcome, "time-out");
}

TEST_F(ToolRunnerTest, ManyCallsAtOnceAreBounded) {
  make(kOne);
  runner->set_tools(0, {tool("read")});
  for (int i = 0; i < 40; ++i) ask("c" + std::to_string(i));
  EXPECT_EQ(of(Kind::kStart).size(), 32u);
  EXPECT_EQ(of(Kind::kAnswer).size(), 8u);
  forget();
  runner->stop(now);
  EXPECT_EQ(of(Kind::kCancel).size(), 32u);
  EXPECT_EQ(runner->running(), 0u);
}

}  // namespace
