// Real MCP servers, made with the protocol's own SDK, rude ones, and what they tell.
#pragma once

#include <gio/gio.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <fstream>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "gstpp.hpp"
#include "mcp_server.hpp"

namespace test_support {

using namespace agentbrain::tools;

inline constexpr std::chrono::seconds kPatience{30};

inline std::string support(const std::string& file) {
  return std::string(g_getenv("JACKFIELD_SOURCE_DIR")) + "/tests/support/mcp/" + file;
}

// A server of the SDK: its program, and the variable that names the SDK's folder.
struct SdkServer {
  const char* program = "sdk_server.cjs";
  const char* modules = "JACKFIELD_TEST_MCP_SDK";
};
inline constexpr SdkServer kModernServer{"sdk_modern_server.cjs", "JACKFIELD_TEST_MCP_MODERN_SDK"};

inline ServerSettings sdk_settings(const SdkServer& server = {}) {
  return {.name = "test",
          .command = g_getenv("JACKFIELD_TEST_NODE"),
          .arguments = {support(server.program), g_getenv(server.modules), "stdio"}};
}

inline ServerSettings rude(const std::string& what, const std::string& file = {}) {
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
  bool has_state(std::size_t number) {
    const std::lock_guard lock(told_->mutex);
    return told_->states.size() > number;
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
  // As `state`, of a server that is `ready` or not, from `first` on.
  McpServerState state_that_is(bool ready, std::size_t first = 0) {
    for (std::size_t number = first;; ++number) {
      const McpServerState one = state(number);
      if (one.ready == ready || testing::Test::HasFailure()) return one;
    }
  }
  std::size_t states() {
    const std::lock_guard lock(told_->mutex);
    return told_->states.size();
  }
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

// Whether it has ended. One that nobody waits for stays a zombie where there is no init.
inline bool has_gone(int pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string number, name, state;
  return !(stat >> number >> name >> state) || state == "Z";
}
inline bool goes(int pid) {
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (!has_gone(pid) && std::chrono::steady_clock::now() < give_up) g_usleep(50'000);
  return has_gone(pid);
}

class McpServerTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!g_getenv("JACKFIELD_TEST_MCP_SDK")) GTEST_SKIP() << "./dev test fetches the SDK";
  }
};

// The HTTP server of the SDK, as a process.
class OverHttp {
 public:
  explicit OverHttp(const char* how, const SdkServer& server = {}) {
    gstpp::ErrorPtr error;
    process_.reset(g_subprocess_new(static_cast<GSubprocessFlags>(G_SUBPROCESS_FLAGS_STDIN_PIPE |
                                                                  G_SUBPROCESS_FLAGS_STDOUT_PIPE),
                                    gstpp::OutPtr{error}, g_getenv("JACKFIELD_TEST_NODE"),
                                    support(server.program).c_str(), g_getenv(server.modules), how,
                                    nullptr));
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

}  // namespace test_support
