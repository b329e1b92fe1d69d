#include "tool_runner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace agentbrain::tools;
using testing::HasSubstr;
using Kind = ToolAction::Kind;

constexpr Time kMs = 1'000'000;

class ToolRunnerTest : public testing::Test {
 protected:
  void make(const std::string& json) {
    runner.emplace(read_tools_file(json,
                                   [](std::string_view name) -> std::optional<std::string> {
                                     if (name == "KEY") return "sk-123456";
                                     return std::nullopt;
                                   }),
                   ToolRunner::Config{.filler = "One moment.", .matches = {}});
    runner->take_actions();
  }
  static McpTool tool(const std::string& name) {
    return {
        .name = name,
        .description = "d",
        .schema = jackfield::read_json(
            R"({"type":"object","properties":{"path":{"type":"string"}},"required":["path"]})")};
  }
  // The actions of that kind since the last time.
  std::vector<ToolAction> of(Kind kind) {
    for (auto& one : runner->take_actions()) log.push_back(std::move(one));
    std::vector<ToolAction> found;
    for (const auto& one : log)
      if (one.kind == kind) found.push_back(one);
    return found;
  }
  void forget() {
    runner->take_actions();
    log.clear();
  }
  void ask(const std::string& id, const std::string& name = "read",
           const std::string& arguments = R"({"path":"a"})", unsigned turn = 1) {
    ASSERT_TRUE(runner->called(0, id, turn, name, arguments, now));
  }

  std::optional<ToolRunner> runner;
  std::vector<ToolAction> log;
  Time now = 1000 * kSecond;
};

constexpr const char* kOne = R"({"mcpServers":{"files":{"command":"x","timeout":5}}})";

TEST_F(ToolRunnerTest, OffersWhatIsAllowedUnderNamesThatModelsTake) {
  make(
      R"({"mcpServers":{"files":{"command":"x","allow":["read","b.c","gone"]},"web":{"command":"x"}},
          "functions":[{"name":"book","description":"Books."}]})");
  runner->set_tools(0, {tool("read"), tool("write"), tool("b.c")});
  runner->set_tools(1, {tool("read"), tool("b_c"), tool("b c"), tool(std::string(100, 'x'))});
  std::vector<std::string> names;
  for (const auto& function : runner->functions()) names.push_back(function.name);
  EXPECT_EQ(names, (std::vector<std::string>{"book", "read", "b_c", "web_read", "web_b_c",
                                             "web_b_c_2", std::string(64, 'x')}));
  const auto offers = of(Kind::kOffer);
  ASSERT_EQ(offers.size(), 2u);
  EXPECT_THAT(
      offers[1].text,
      testing::StartsWith(
          R"([{"name":"book","description":"Books.","parameters":{"type":"object","properties":{}}},{"name":"read")"));
  EXPECT_FALSE(runner->called(0, "c", 1, "write", "{}", now));
}

FunctionSettings function(const std::string& name, const std::string& filler) {
  FunctionSettings made{.name = name, .description = "d"};
  made.schema.kind = jackfield::JsonValue::Kind::kObject;
  made.rules.filler = filler;
  return made;
}

TEST_F(ToolRunnerTest, TheAgentsOwnFunctionsComeFirstThenTheFilesThenTheApplications) {
  runner.emplace(read_tools_file(R"({"mcpServers":{"files":{"command":"x"}},
                          "functions":[{"name":"think"},{"name":"book","filler":"file"}]})",
                                 {}),
                 ToolRunner::Config{.matches = {}, .built_in = {function("think", "hm")}});
  runner->set_functions({function("book", "application"), function("ask", "I ask.")});
  runner->set_tools(0, {tool("read"), tool("ask"), tool("think")});
  std::vector<std::string> names;
  for (const auto& one : runner->functions())
    names.push_back(one.name + ":" + one.rules.filler.value_or("-"));
  EXPECT_EQ(names, (std::vector<std::string>{"think:hm", "book:file", "ask:I ask.", "read:-",
                                             "files_ask:-", "files_think:-"}));
  forget();
  ask("c1", "think", "{}");
  ASSERT_EQ(of(Kind::kStart).size(), 1u);
  EXPECT_EQ(of(Kind::kStart)[0].server, kBuiltIn);
  EXPECT_EQ(of(Kind::kAnnounce)[0].server_name, "agent");
  EXPECT_TRUE(runner->finished(of(Kind::kStart)[0].run, CallOutcome::kOk, "42", now));
  EXPECT_EQ(of(Kind::kAnswer)[0].text, "42");
  // Not the application's to answer; cancelled like a server's.
  forget();
  ask("c2", "think", "{}", 2);
  EXPECT_FALSE(runner->answered("c2", "x", now));
  runner->interrupted(now);
  EXPECT_EQ(of(Kind::kCancel)[0].server, kBuiltIn);
  ask("c3", "ask", "{}", 3);
  EXPECT_EQ(of(Kind::kEmit).size(), 1u);
  // Those that are offered no more are not called any more; what runs is still answered.
  runner->set_functions({});
  runner->set_tools(0, {});
  EXPECT_FALSE(runner->called(0, "c4", 3, "ask", "{}", now));
  EXPECT_TRUE(runner->answered("c3", "yes", now));
}

TEST_F(ToolRunnerTest, OnlyWhatIsAllowedIsOfferedAndCalled) {
  make(
      R"({"mcpServers":{"files":{"command":"x"}},"functions":[{"name":"book"},{"name":"cancel"}]})");
  runner->set_allowed(std::vector<std::string>{"read", "book"});
  runner->set_tools(0, {tool("read"), tool("write")});
  std::vector<std::string> names;
  for (const auto& one : runner->functions()) names.push_back(one.name);
  EXPECT_EQ(names, (std::vector<std::string>{"book", "read"}));
  EXPECT_FALSE(runner->called(0, "c1", 1, "write", R"({"path":"a"})", now));
  runner->set_allowed(std::vector<std::string>{});
  EXPECT_TRUE(runner->functions().empty());
  runner->set_allowed(std::nullopt);
  EXPECT_EQ(runner->functions().size(), 4u);
}

TEST_F(ToolRunnerTest, ACallIsAnsweredAndRecorded) {
  make(kOne);
  runner->set_tools(0, {tool("read")});
  ask("c1", "read", "{\"path\":\r\n\"a\"}", 3);
  const auto started = of(Kind::kStart);
  ASSERT_EQ(started.size(), 1u);
  EXPECT_EQ(started[0].arguments, "{\"path\":  \"a\"}");
  EXPECT_EQ(started[0].timeout, 5 * kSecond);
  EXPECT_EQ(of(Kind::kAnnounce).at(0).arguments, R"({"path":"a"})");
  EXPECT_EQ(of(Kind::kWaiting).back().until, now + 6 * kSecond);
  now += 120 * kMs;
  EXPECT_TRUE(runner->finished(started[0].run, CallOutcome::kOk, "found", now));
  EXPECT_EQ(of(Kind::kAnswer).at(0).text, "found");
  EXPECT_EQ(of(Kind::kAnswer).at(0).call_id, "c1");
  const auto report = of(Kind::kReport).at(0);
  EXPECT_EQ(report.outcome, "ok");
  EXPECT_EQ(report.duration, 120 * kMs);
  EXPECT_EQ(report.server_name, "files");
  EXPECT_EQ(report.turn, 3u);
  EXPECT_EQ(of(Kind::kWaiting).back().until, 0u);
  EXPECT_FALSE(runner->finished(started[0].run, CallOutcome::kOk, "again", now));
  EXPECT_EQ(runner->deadline(), kNever);
}

TEST_F(ToolRunnerTest, ArgumentsOutsideTheSchemaNeverReachTheServer) {
  make(kOne);
  runner->set_tools(0, {tool("read")});
  const std::pair<const char*, const char*> cases[] = {
      {"{}", "\"path\" is missing"}, {R"({"path":7})", "path: it must be of type string"},
      {"[]", "no JSON object"},      {"{", "no JSON object"},
      {"", "no JSON object"},
  };
  for (const auto& [arguments, why] : cases) {
    forget();
    ask("c", "read", arguments);
    EXPECT_TRUE(of(Kind::kStart).empty());
    EXPECT_THAT(of(Kind::kAnswer).at(0).text, HasSubstr(why));
    EXPECT_EQ(of(Kind::kReport).at(0).outcome, "refused");
  }
  EXPECT_EQ(runner->running(), 0u);
}

TEST_F(ToolRunnerTest, ResultsAreCutAndFailuresToldApart) {
  make(R"({"mcpServers":{"files":{"command":"x","max-result":256}}})");
  runner->set_tools(0, {tool("read")});
  ask("c1");
  runner->finished(of(Kind::kStart).at(0).run, CallOutcome::kOk, std::string(1000, 'x'), now);
  EXPECT_EQ(of(Kind::kAnswer).at(0).text, std::string(256, 'x') + "\n[cut here: 744 bytes more]");
  EXPECT_EQ(of(Kind::kReport).at(0).bytes, 1000u);
  forget();
  ask("c2");
  runner->finished(of(Kind::kStart).at(0).run, CallOutcome::kError, "no such file", now);
  EXPECT_EQ(of(Kind::kAnswer).at(0).text, "error: no such file");
}

TEST_F(ToolRunnerTest, SecretsStayOutOfRecordsOnly) {
  make(R"({"mcpServers":{"web":{"url":"http://h","headers":{"x":"${KEY}"}}}})");
  runner->set_tools(0, {tool("read")});
  ask("c", "read", R"({"path":"sk-123456","password":"p"})");
  EXPECT_EQ(of(Kind::kAnnounce).at(0).arguments, R"({"path":"***","password":"***"})");
  EXPECT_THAT(of(Kind::kStart).at(0).arguments, HasSubstr("sk-123456"));
  runner->finished(of(Kind::kStart).at(0).run, CallOutcome::kOk, "key sk-123456", now);
  EXPECT_EQ(of(Kind::kReport).at(0).text, "key ***");
}

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

// Offered is what the persona and the permissions leave; a model may be talked into more.
TEST_F(ToolRunnerTest, WhatIsWithheldIsNotTheApplicationsEither) {
  make(R"({"mcpServers":{"files":{"command":"x","permission":"staff"}},
          "functions":[{"name":"pay","permission":"staff"},{"name":"book"}]})");
  runner->set_functions({function("start_task", "")});
  runner->set_tools(0, {tool("wipe")});
  runner->set_allowed(std::vector<std::string>{"book", "pay", "wipe"});
  for (const char* name : {"pay", "start_task", "wipe"}) {
    forget();
    EXPECT_FALSE(runner->called(0, "c1", 1, name, "{}", now)) << name;
    EXPECT_TRUE(runner->called(0, "c1", 1, name, "{}", now, true)) << name;
    EXPECT_TRUE(of(Kind::kEmit).empty()) << name;
    EXPECT_EQ(of(Kind::kReport).at(0).outcome, "refused");
    EXPECT_EQ(of(Kind::kAnswer).at(0).text, "error: there is no tool of that name");
  }
  forget();
  runner->set_permissions({"staff"});
  ask("c2", "pay", "{}");
  EXPECT_EQ(of(Kind::kEmit).size(), 1u);
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
