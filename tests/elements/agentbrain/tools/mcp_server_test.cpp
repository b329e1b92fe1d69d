// Real MCP servers, made with the protocol's own SDK, and rude ones.
#include "mcp_server.hpp"

#include <glib/gstdio.h>
#include <gmock/gmock.h>
#include <gst/gst.h>
#include <gtest/gtest.h>

#include "tool_servers.hpp"

GST_DEBUG_CATEGORY(gst_agent_brain_debug);

namespace {

using namespace test_support;
using testing::HasSubstr;
using testing::StartsWith;

TEST_F(McpServerTest, AServerOfTheSdkIsSpokenTo) {
  g_setenv("JACKFIELD_SECRET_OF_OURS", "sk-1234567890", TRUE);
  ServerSettings settings = sdk_settings();
  settings.environment = {{"OWN", "given"}};
  Watched server(settings);
  const McpServerState state = server.state(0);
  ASSERT_TRUE(state.ready) << state.text;
  EXPECT_EQ(state.text, "test-server (MCP 2025-11-25)");
  ASSERT_GE(state.tools.size(), 10u);
  EXPECT_EQ(state.tools[0].name, "echo");
  EXPECT_EQ(state.tools[0].description, "Says it again.");
  EXPECT_EQ(server.call("echo", R"({"text":"J\u00fcrgen says \"hi\"\n"})").text,
            "J\u00fcrgen says \"hi\"\n");
  EXPECT_EQ(server.call("fail", "{}").outcome, CallOutcome::kError);
  EXPECT_EQ(server.call("throw", "{}").text, "thrown");
  EXPECT_EQ(server.call("echo", "{}").outcome, CallOutcome::kError);  // the SDK checks, too
  EXPECT_EQ(server.call("nothing", "{}").outcome, CallOutcome::kError);
  // Only what it is given, and what a process needs.
  EXPECT_EQ(server.call("environment", R"({"name":"OWN"})").text, "given");
  EXPECT_EQ(server.call("environment", R"({"name":"JACKFIELD_SECRET_OF_OURS"})").text, "(unset)");
  EXPECT_EQ(server.call("environment", R"({"name":"PATH"})").text, g_getenv("PATH"));
  // A list that changes is told anew.
  EXPECT_EQ(server.call("learn", R"({"name":"sing"})").text, "learned");
  EXPECT_EQ(server.state(1).tools.size(), state.tools.size() + 1);
  EXPECT_EQ(server.call("sing", "{}").text, "I am sing");
  EXPECT_EQ(server.call("notify", R"({"count":500})").text, "notified");
  EXPECT_EQ(server.call("big", R"({"bytes":5000000})").text.size(), 5'000'000u);
}

TEST_F(McpServerTest, CallsRunAtOnceTimeOutAndAreCancelled) {
  Watched server(sdk_settings());
  ASSERT_TRUE(server.state(0).ready);
  server.server().call(1, "slow", R"({"ms":60000})", 60 * kSecond);
  server.server().call(2, "slow", R"({"ms":60000})", kSecond / 5);
  server.server().call(3, "slow", R"({"ms":1})", 20 * kSecond);
  EXPECT_EQ(server.result(3).text, "after 1 ms");
  EXPECT_EQ(server.result(2).outcome, CallOutcome::kTimeOut);
  EXPECT_FALSE(server.has_result(1));
  server.server().cancel(1, "the caller interrupted");
  EXPECT_EQ(server.result(1).outcome, CallOutcome::kCancelled);
  // The server was told of both.
  EXPECT_EQ(server.call("cancelled", "{}").text, "2");
}

TEST_F(McpServerTest, AServerThatCrashesIsStartedAgain) {
  Watched server(sdk_settings());
  ASSERT_TRUE(server.state(0).ready);
  server.server().call(1, "slow", R"({"ms":60000})", 60 * kSecond);
  const Result crashed = server.call("crash", "{}");
  EXPECT_EQ(crashed.outcome, CallOutcome::kUnavailable);
  EXPECT_EQ(crashed.text, "it ended with code 3: out of order");
  EXPECT_EQ(server.result(1).outcome, CallOutcome::kUnavailable);
  EXPECT_FALSE(server.state(1).ready);
  EXPECT_TRUE(server.state(1).tools.empty());
  ASSERT_TRUE(server.state(2).ready);
  EXPECT_EQ(server.call("echo", R"({"text":"again"})").text, "again");
}

TEST(RudeServer, AProgramThatDoesNotExist) {
  Watched server({.name = "none", .command = "/nonexistent/program"});
  EXPECT_THAT(server.state(0).text, StartsWith("it cannot be started: "));
  EXPECT_FALSE(server.state(0).ready);
  EXPECT_EQ(server.call("work", "{}").outcome, CallOutcome::kUnavailable);
}

TEST(RudeServer, OneThatEndsAtOnceTellsWhy) {
  Watched server(rude("dead"));
  EXPECT_EQ(server.state(0).text, "it ended with code 1: no such database");
  EXPECT_FALSE(server.state(1).ready);  // tried again
}

TEST(RudeServer, AHangingToolTimesOut) {
  Watched server(rude("hang"));
  ASSERT_TRUE(server.state(0).ready);
  EXPECT_EQ(server.call("work", "{}", kSecond / 5).outcome, CallOutcome::kTimeOut);
}

TEST(RudeServer, AFloodRubbishAndHugeAnswersAreBounded) {
  for (const char* what : {"flood", "rubbish"}) {
    Watched server(rude(what));
    ASSERT_TRUE(server.state(0).ready);
    const Result result = server.call("work", "{}");
    EXPECT_EQ(result.outcome, CallOutcome::kUnavailable);
    EXPECT_THAT(result.text, HasSubstr(what)) << what;
    EXPECT_FALSE(server.state(1).ready);
  }
  Watched huge(rude("huge"));
  ASSERT_TRUE(huge.state(0).ready);
  EXPECT_EQ(huge.call("work", "{}").text, "the answer was too large");
}

TEST(RudeServer, NothingOfAStubbornServerIsLeft) {
  gchar* folder = g_dir_make_tmp("jackfield-mcp-XXXXXX", nullptr);
  const std::string file = std::string(folder) + "/pids";
  int leader = 0;
  int child = 0;
  {
    Watched server(rude("stubborn", file));
    ASSERT_TRUE(server.state(0).ready);
    std::ifstream(file) >> leader >> child;
    ASSERT_GT(leader, 1);
    ASSERT_GT(child, 1);
  }
  EXPECT_TRUE(goes(leader));
  EXPECT_TRUE(goes(child));
  g_unlink(file.c_str());
  g_rmdir(folder);
  g_free(folder);
}

TEST_F(McpServerTest, AServerIsReachedOverHttp) {
  for (const char* how : {"http", "http-json"}) {
    const OverHttp http(how);
    {
      Watched server({.name = "web", .url = http.url() + "/mcp", .headers = {{"X-Key", "sk-123"}}});
      const McpServerState state = server.state(0);
      ASSERT_TRUE(state.ready) << state.text;
      EXPECT_EQ(state.text, "test-server (MCP 2025-11-25)");
      EXPECT_EQ(server.call("echo", R"({"text":"over the wire"})").text, "over the wire");
      EXPECT_EQ(server.call("fail", "{}").outcome, CallOutcome::kError);
      server.server().call(1, "slow", R"({"ms":60000})", kSecond / 5);
      server.server().call(2, "slow", R"({"ms":1})", 20 * kSecond);
      EXPECT_EQ(server.result(2).text, "after 1 ms");
      EXPECT_EQ(server.result(1).outcome, CallOutcome::kTimeOut);
      EXPECT_EQ(server.call("big", R"({"bytes":2000000})").text.size(), 2'000'000u);
      EXPECT_EQ(server.call("big", R"({"bytes":11000000})").text, "the answer was too large");
      // A server that was started anew knows nobody.
      http.get("/forget");
      EXPECT_EQ(server.call("echo", R"({"text":"x"})").outcome, CallOutcome::kUnavailable);
      ASSERT_TRUE(server.state(1).ready);
      EXPECT_EQ(server.call("echo", R"({"text":"anew"})").text, "anew");
    }
    // The session is ended.
    std::string seen;
    for (int i = 0; i < 300 && seen.find("DELETE") == std::string::npos; ++i) {
      seen = http.get("/seen");
      g_usleep(50'000);
    }
    EXPECT_THAT(seen, HasSubstr(R"("method":"DELETE","session":")"));
    EXPECT_THAT(seen,
                HasSubstr(R"({"method":"POST","session":null,"version":null,"key":"sk-123"})"));
    EXPECT_THAT(seen, HasSubstr(R"("version":"2025-11-25","key":"sk-123"})"));
  }
}

TEST(RudeServer, NobodyListens) {
  Watched server({.name = "web", .url = "http://127.0.0.1:1/mcp"});
  EXPECT_FALSE(server.state(0).ready);
  EXPECT_FALSE(server.state(0).text.empty());
}

}  // namespace

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  GST_DEBUG_CATEGORY_INIT(gst_agent_brain_debug, "agentbrain", 0, "voice agent");
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
