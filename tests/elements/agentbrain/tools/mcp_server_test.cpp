// Real MCP servers, made with the protocol's own SDK, and rude ones.
#include "mcp_server.hpp"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <gmock/gmock.h>
#include <gst/gst.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <fstream>
#include <map>
#include <mutex>

#include "gstpp.hpp"

GST_DEBUG_CATEGORY(gst_agent_brain_debug);

namespace {

using namespace agentbrain::tools;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::chrono::seconds kPatience{30};

std::string support(const std::string& file) {
  return std::string(g_getenv("JACKFIELD_SOURCE_DIR")) + "/tests/support/mcp/" + file;
}

ServerSettings sdk_settings() {
  return {.name = "test",
          .command = g_getenv("JACKFIELD_TEST_NODE"),
          .arguments = {support("sdk_server.cjs"), g_getenv("JACKFIELD_TEST_MCP_SDK"), "stdio"}};
}

ServerSettings rude(const std::string& what, const std::string& file = {}) {
  ServerSettings settings{.name = "rude",
                          .command = "/usr/bin/python3",
                          .arguments = {support("rude_server.py"), what}};
  if (!file.empty()) settings.arguments.push_back(file);
  return settings;
}

struct Result {
  CallOutcome outcome = CallOutcome::kCancelled;
  std::string text;
};

// A server and what it told.
class Watched {
 public:
  explicit Watched(const ServerSettings& settings) : told_(std::make_shared<Told>()) {
    server_ = std::make_unique<McpServer>(
        settings, McpServer::Listener{.on_state =
                                          [told = told_](const McpServerState& state) {
                                            const std::lock_guard lock(told->mutex);
                                            told->states.push_back(state);
                                            told->changed.notify_all();
                                          },
                                      .on_result =
                                          [told = told_](std::uint64_t call, CallOutcome outcome,
                                                         const std::string& text) {
                                            const std::lock_guard lock(told->mutex);
                                            told->results[call] = {outcome, text};
                                            told->changed.notify_all();
                                          }});
    server_->start();
  }
  McpServerState state(std::size_t number) {
    std::unique_lock lock(told_->mutex);
    EXPECT_TRUE(
        told_->changed.wait_for(lock, kPatience, [&] { return told_->states.size() > number; }));
    return told_->states.size() > number ? told_->states[number] : McpServerState{};
  }
  Result result(std::uint64_t call) {
    std::unique_lock lock(told_->mutex);
    EXPECT_TRUE(
        told_->changed.wait_for(lock, kPatience, [&] { return told_->results.contains(call); }));
    return told_->results[call];
  }
  bool has_result(std::uint64_t call) {
    const std::lock_guard lock(told_->mutex);
    return told_->results.contains(call);
  }
  Result call(const std::string& tool, const std::string& arguments,
              std::uint64_t timeout = 20 * kSecond) {
    const std::uint64_t number = ++calls_;
    server_->call(number, tool, arguments, timeout);
    return result(number);
  }
  McpServer& server() { return *server_; }
  void end() { server_.reset(); }

 private:
  struct Told {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<McpServerState> states;
    std::map<std::uint64_t, Result> results;
  };
  std::shared_ptr<Told> told_;
  std::unique_ptr<McpServer> server_;
  std::uint64_t calls_ = 1000;
};

class McpServerTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!g_getenv("JACKFIELD_TEST_MCP_SDK")) GTEST_SKIP() << "./dev test fetches the SDK";
  }
};

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
  // A process that has ended and that nobody waits for stays a zombie where there is no init.
  const auto gone = [](int pid) {
    std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
    std::string number, name, state;
    return !(stat >> number >> name >> state) || state == "Z";
  };
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (!(gone(leader) && gone(child)) && std::chrono::steady_clock::now() < give_up)
    g_usleep(50'000);
  EXPECT_TRUE(gone(leader));
  EXPECT_TRUE(gone(child));
  g_unlink(file.c_str());
  g_rmdir(folder);
  g_free(folder);
}

// The HTTP server of the SDK, as a process.
class OverHttp {
 public:
  explicit OverHttp(const char* how) {
    gstpp::ErrorPtr error;
    process_.reset(g_subprocess_new(static_cast<GSubprocessFlags>(G_SUBPROCESS_FLAGS_STDIN_PIPE |
                                                                  G_SUBPROCESS_FLAGS_STDOUT_PIPE),
                                    gstpp::OutPtr{error}, g_getenv("JACKFIELD_TEST_NODE"),
                                    support("sdk_server.cjs").c_str(),
                                    g_getenv("JACKFIELD_TEST_MCP_SDK"), how, nullptr));
    const gstpp::GObjectPtr<GDataInputStream> lines{
        g_data_input_stream_new(g_subprocess_get_stdout_pipe(process_.get()))};
    const gstpp::CharPtr line{
        g_data_input_stream_read_line(lines.get(), nullptr, nullptr, nullptr)};
    url_ = "http://127.0.0.1:" +
           std::string(line && g_str_has_prefix(line.get(), "port ") ? line.get() + 5 : "1");
  }
  ~OverHttp() {
    g_output_stream_close(g_subprocess_get_stdin_pipe(process_.get()), nullptr, nullptr);
    g_subprocess_wait(process_.get(), nullptr, nullptr);
  }
  const std::string& url() const { return url_; }
  std::string get(const std::string& path) const {
    gchar* text = nullptr;
    const std::string url = url_ + path;
    const gchar* words[] = {
        "/usr/bin/python3", "-c",
        "import sys,urllib.request as r;print(r.urlopen(sys.argv[1]).read().decode())", url.c_str(),
        nullptr};
    g_spawn_sync(nullptr, const_cast<gchar**>(words), nullptr, G_SPAWN_DEFAULT, nullptr, nullptr,
                 &text, nullptr, nullptr, nullptr);
    const gstpp::CharPtr owner{text};
    return text ? text : "";
  }

 private:
  gstpp::GObjectPtr<GSubprocess> process_;
  std::string url_;
};

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
