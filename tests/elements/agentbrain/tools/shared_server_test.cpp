// One server for several agents: results, time-outs, cancellation and order stay each agent's own.
#include <gmock/gmock.h>
#include <gst/gst.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "mcp_server.hpp"
#include "tool_servers.hpp"

GST_DEBUG_CATEGORY(gst_agent_brain_debug);

namespace {

using namespace test_support;
using testing::HasSubstr;
using testing::StartsWith;

class SharedServerTest : public McpServerTest {
 protected:
  // Each test has a process of its own.
  static ServerSettings shared(double keep = 0) {
    ServerSettings settings = sdk_settings();
    settings.name = testing::UnitTest::GetInstance()->current_test_info()->name();
    settings.shared = true;
    settings.keep = static_cast<std::uint64_t>(keep * 1e9);
    return settings;
  }
  static int process_of(Watched& agent) {
    return std::atoi(agent.call("process", "{}").text.c_str());
  }
};

TEST_F(SharedServerTest, AgentsHaveOneProcessAndTheirOwnResults) {
  Watched one(shared());
  Watched two(shared());
  ASSERT_TRUE(one.state(0).ready);
  ASSERT_TRUE(two.state(0).ready);
  EXPECT_EQ(two.state(0).text, "test-server (MCP 2025-11-25)");
  EXPECT_EQ(process_of(one), process_of(two));
  // The same number of two agents.
  one.server().call(1, "slow", R"({"ms":60000})", 60 * kSecond);
  two.server().call(1, "echo", R"({"text":"mine"})", 20 * kSecond);
  EXPECT_EQ(two.result(1).text, "mine");
  EXPECT_FALSE(one.has_result(1));
  two.server().cancel(1, "nobody's");
  EXPECT_EQ(two.call("echo", R"({"text":"x"})").text, "x");
  EXPECT_FALSE(one.has_result(1));
  two.server().call(2, "slow", R"({"ms":60000})", kSecond / 5);
  EXPECT_EQ(two.result(2).outcome, CallOutcome::kTimeOut);
  one.server().cancel(1, "the caller interrupted");
  EXPECT_EQ(one.result(1).outcome, CallOutcome::kCancelled);
  EXPECT_EQ(one.call("cancelled", "{}").text, "2");
  // What one does the other sees.
  EXPECT_EQ(one.call("learn", R"({"name":"sing"})").text, "learned");
  EXPECT_EQ(two.state(1).tools.size(), one.state(1).tools.size());
  EXPECT_EQ(two.call("sing", "{}").text, "I am sing");
}

TEST_F(SharedServerTest, OneAtATimeHoldsForAllAgents) {
  ServerSettings settings = shared();
  settings.parallel = false;
  Watched one(settings);
  Watched two(settings);
  ASSERT_TRUE(one.state(0).ready);
  ASSERT_TRUE(two.state(0).ready);
  for (std::uint64_t call = 1; call <= 3; ++call) {
    one.server().call(call, "work", R"({"ms":30})", 20 * kSecond);
    two.server().call(call, "work", R"({"ms":30})", 20 * kSecond);
  }
  for (std::uint64_t call = 1; call <= 3; ++call) {
    EXPECT_EQ(one.result(call).text, "1");
    EXPECT_EQ(two.result(call).text, "1");
  }
  // Who waits for the other one's call too long is told so, and whoever leaves makes room.
  one.server().call(10, "work", R"({"ms":60000})", 60 * kSecond);
  EXPECT_EQ(two.call("work", R"({"ms":1})", kSecond / 5).outcome, CallOutcome::kTimeOut);
  two.server().call(11, "work", R"({"ms":1})", 20 * kSecond);
  two.server().cancel(11, "the caller interrupted");
  EXPECT_EQ(two.result(11).outcome, CallOutcome::kCancelled);
  two.server().call(12, "echo", R"({"text":"at last"})", 60 * kSecond);
  one.end();
  EXPECT_EQ(two.result(12).text, "at last");
}

TEST_F(SharedServerTest, ACrashFailsTheCallsOfAllAndItIsStartedAgainOnce) {
  Watched one(shared());
  Watched two(shared());
  ASSERT_TRUE(one.state(0).ready);
  ASSERT_TRUE(two.state(0).ready);
  const int before = process_of(one);
  two.server().call(1, "slow", R"({"ms":60000})", 60 * kSecond);
  EXPECT_EQ(one.call("crash", "{}").text, "it ended with code 3: out of order");
  EXPECT_EQ(two.result(1).outcome, CallOutcome::kUnavailable);
  ASSERT_TRUE(one.state_that_is(true, 1).ready);
  ASSERT_TRUE(two.state_that_is(true, 1).ready);
  EXPECT_NE(process_of(one), before);
  EXPECT_EQ(process_of(one), process_of(two));
}

TEST_F(SharedServerTest, ItIsKeptForAWhileAndThenEnded) {
  int process = 0;
  {
    Watched one(shared(1));
    ASSERT_TRUE(one.state(0).ready);
    process = process_of(one);
    one.server().call(1, "slow", R"({"ms":60000})", 60 * kSecond);
  }
  {
    Watched next(shared(1));
    ASSERT_TRUE(next.state(0).ready);
    EXPECT_EQ(process_of(next), process);
    // What the first one left under way was cancelled.
    EXPECT_EQ(next.call("cancelled", "{}").text, "1");
  }
  EXPECT_TRUE(goes(process));
  Watched late(shared(1));
  ASSERT_TRUE(late.state(0).ready);
  EXPECT_NE(process_of(late), process);
}

TEST_F(SharedServerTest, OtherSettingsAreAnotherProcess) {
  ServerSettings other = shared();
  other.environment = {{"OWN", "given"}};
  Watched one(shared());
  Watched two(other);
  ASSERT_TRUE(one.state(0).ready);
  ASSERT_TRUE(two.state(0).ready);
  EXPECT_NE(process_of(one), process_of(two));
  EXPECT_EQ(one.call("environment", R"({"name":"OWN"})").text, "(unset)");
  EXPECT_EQ(two.call("environment", R"({"name":"OWN"})").text, "given");
  ServerSettings alone = sdk_settings();
  Watched three(alone);
  Watched four(alone);
  ASSERT_TRUE(three.state(0).ready);
  ASSERT_TRUE(four.state(0).ready);
  EXPECT_NE(process_of(three), process_of(four));
}

TEST_F(SharedServerTest, OverHttpAgentsHaveOneSession) {
  const OverHttp http("http");
  ServerSettings settings{.name = "web", .url = http.url() + "/mcp", .shared = true, .keep = 0};
  Watched one(settings);
  Watched two(settings);
  ASSERT_TRUE(one.state(0).ready);
  ASSERT_TRUE(two.state(0).ready);
  EXPECT_EQ(one.call("learn", R"({"name":"sing"})").text, "learned");
  EXPECT_EQ(two.call("sing", "{}").text, "I am sing");
  const std::string seen = http.get("/seen");
  const auto first = seen.find(R"("session":null)");
  EXPECT_NE(first, std::string::npos);
  EXPECT_EQ(seen.find(R"("session":null)", first + 1), std::string::npos) << seen;
}

// An agent that comes when all attempts are used up begins them anew.
TEST(SharedRudeServer, OneThatDoesNotBeginIsToldToEverybody) {
  ServerSettings settings = rude("dead");
  settings.name = "dead and shared";
  settings.shared = true;
  Watched one(settings);
  EXPECT_EQ(one.state(0).text, "it ended with code 1: no such database");
  Watched two(settings);
  EXPECT_THAT(two.state(0).text, StartsWith("it ended with code 1"));
  EXPECT_EQ(two.call("work", "{}").outcome, CallOutcome::kUnavailable);
}

TEST(SharedRudeServer, AFloodThatOneCausesEndsTheCallsOfBoth) {
  ServerSettings settings = rude("flood");
  settings.name = "flood and shared";
  settings.shared = true;
  settings.keep = 0;
  Watched one(settings);
  Watched two(settings);
  ASSERT_TRUE(one.state(0).ready);
  ASSERT_TRUE(two.state(0).ready);
  two.server().call(1, "work", "{}", 60 * kSecond);
  EXPECT_THAT(one.call("work", "{}", 60 * kSecond).text, HasSubstr("flood"));
  EXPECT_THAT(two.result(1).text, HasSubstr("flood"));
}

}  // namespace

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  GST_DEBUG_CATEGORY_INIT(gst_agent_brain_debug, "agentbrain", 0, "voice agent");
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
