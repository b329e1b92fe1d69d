#include "tool_runner_fixture.hpp"

namespace {

using namespace agentbrain::tools;
using testing::HasSubstr;
using Kind = ToolAction::Kind;

constexpr Time kMs = 1'000'000;

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

}  // namespace
