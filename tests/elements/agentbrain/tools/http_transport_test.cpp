// What servers tell unasked over HTTP, and servers without a handshake, made with the protocol's
// own SDKs.
#include <gmock/gmock.h>
#include <gst/gst.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tool_servers.hpp"

GST_DEBUG_CATEGORY(gst_agent_brain_debug);

namespace {

using namespace test_support;
using testing::HasSubstr;

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}

bool has_tool(const McpServerState& state, const std::string& name) {
  return std::any_of(state.tools.begin(), state.tools.end(),
                     [&](const McpTool& tool) { return tool.name == name; });
}

// The first list that has it.
McpServerState state_with(Watched& server, const std::string& tool) {
  for (std::size_t number = 0;; ++number) {
    const McpServerState state = server.state(number);
    if (has_tool(state, tool) || testing::Test::HasFailure()) return state;
  }
}

void wait_for(const OverHttp& http, const std::string& what) {
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (http.get("/seen").find(what) == std::string::npos) {
    ASSERT_LT(std::chrono::steady_clock::now(), give_up) << what;
    g_usleep(50'000);
  }
}

class HttpTransportTest : public McpServerTest {};

TEST_F(HttpTransportTest, ChangesAreToldByAStreamOfTheirOwn) {
  const OverHttp http("http");
  Watched server({.name = "web", .url = http.url() + "/mcp"});
  ASSERT_TRUE(server.state(0).ready);
  wait_for(http, R"("method":"GET")");
  http.get("/learn?name=sing");
  state_with(server, "sing");
  EXPECT_EQ(server.call("sing", "{}").text, "I am sing");
  // What was told while the stream was away is asked for.
  http.get("/learn?name=dance&cut");
  state_with(server, "dance");
  http.get("/learn?name=juggle");
  state_with(server, "juggle");
  EXPECT_EQ(server.call("echo", R"({"text":"meanwhile"})").text, "meanwhile");
  const std::string seen = http.get("/seen");
  EXPECT_EQ(count(seen, R"("method":"GET")"), 2u);
  EXPECT_EQ(count(seen, R"("method":"GET","session":null)"), 0u);
}

// Which it tells by 404, too: then it has not forgotten the session.
TEST_F(HttpTransportTest, AServerNeedNotHaveThatStream) {
  const OverHttp http("http-no-stream");
  Watched server({.name = "web", .url = http.url() + "/mcp"});
  ASSERT_TRUE(server.state(0).ready);
  wait_for(http, R"("method":"GET")");
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(server.call("echo", R"({"text":"still here"})").text, "still here");
  const std::string seen = http.get("/seen");
  EXPECT_EQ(count(seen, R"("method":"GET")"), 1u);
  EXPECT_EQ(count(seen, R"("session":null)"), 1u);  // one handshake
  // That of a change it may tell where it answers a call.
  EXPECT_EQ(server.call("learn", R"({"name":"sing"})").text, "learned");
}

class ModernServerTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!g_getenv("JACKFIELD_TEST_MCP_MODERN_SDK")) GTEST_SKIP() << "./dev test fetches the SDK";
  }
};

// The SDK refuses calls whose headers do not agree with their arguments.
TEST_F(ModernServerTest, ArgumentsTravelAsHeaders) {
  const OverHttp http("http", kModernServer);
  Watched server({.name = "web", .url = http.url() + "/mcp"});
  const McpServerState state = server.state(0);
  ASSERT_TRUE(state.ready) << state.text;
  EXPECT_EQ(state.text, "modern-server (MCP 2026-07-28)");
  const std::string all = R"({"region":"Zürich, \"Süd\"","limit":7,"options":{"dry":true}})";
  EXPECT_EQ(server.call("query", all).text, all);
  EXPECT_EQ(server.call("query", R"({"region":" eu "})").text, R"({"region":" eu "})");
  const std::string seen = http.get("/seen");
  EXPECT_THAT(seen, HasSubstr(R"("mcp-param-limit":"7")"));
  EXPECT_THAT(seen, HasSubstr(R"("mcp-param-dry-run":"true")"));
  EXPECT_THAT(seen, HasSubstr(R"("mcp-param-region":"=?base64?)"));
  EXPECT_THAT(seen, HasSubstr(R"("mcp-name":"query")"));
  EXPECT_EQ(count(seen, "mcp-session-id"), 0u);
  EXPECT_EQ(count(seen, R"("method":"GET")"), 0u);
  server.server().call(1, "slow", R"({"ms":60000})", kSecond / 5);
  EXPECT_EQ(server.result(1).outcome, CallOutcome::kTimeOut);
}

TEST_F(ModernServerTest, ChangesAreToldToThoseWhoListen) {
  const OverHttp http("http", kModernServer);
  Watched server({.name = "web", .url = http.url() + "/mcp"});
  ASSERT_TRUE(server.state(0).ready);
  wait_for(http, "subscriptions/listen");
  // The answer to it may be on its way yet: asked until it has been heard.
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  for (int number = 0; !server.has_state(1); ++number) {
    ASSERT_LT(std::chrono::steady_clock::now(), give_up);
    http.get("/learn?name=tool" + std::to_string(number));
  }
  EXPECT_EQ(state_with(server, "tool0").ready, true);
  EXPECT_EQ(server.call("tool0", "{}").text, "I am tool0");
}

TEST_F(ModernServerTest, AProgramIsSpokenToLikewise) {
  Watched server(sdk_settings(kModernServer));
  const McpServerState state = server.state(0);
  ASSERT_TRUE(state.ready) << state.text;
  EXPECT_EQ(state.text, "modern-server (MCP 2026-07-28)");
  EXPECT_EQ(server.call("query", R"({"region":"eu"})").text, R"({"region":"eu"})");
  EXPECT_EQ(server.call("learn", R"({"name":"sing"})").text, "learned");
  state_with(server, "sing");
  EXPECT_EQ(server.call("sing", "{}").text, "I am sing");
}

}  // namespace

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  GST_DEBUG_CATEGORY_INIT(gst_agent_brain_debug, "agentbrain", 0, "voice agent");
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
