// agentbrain with tools in a conversation: the strict fake of OpenAI's API calls them, rude servers
// and the application carry them out.
#pragma once

#include <glib/gstdio.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <optional>
#include <string>

#include "brain_stages.hpp"
#include "fake_server.hpp"

namespace agent_tools_test {

using brain_test::Call;
using test_support::FakeServer;

class AgentToolsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    gst_init(nullptr, nullptr);
    brain_test::register_stages();
  }
  void SetUp() override {
    brain_test::new_world();
    gchar* folder = g_dir_make_tmp("jackfield-tools-XXXXXX", nullptr);
    folder_ = folder;
    g_free(folder);
  }
  void TearDown() override {
    call_.reset();
    g_unlink(file().c_str());
    g_rmdir(folder_.c_str());
  }
  std::string file() const { return folder_ + "/tools.json"; }
  static std::string rude(const std::string& what, const std::string& more = "") {
    return R"({"mcpServers":{"rude":{"command":"/usr/bin/python3","args":[")" +
           std::string(g_getenv("JACKFIELD_SOURCE_DIR")) +
           R"(/tests/support/mcp/rude_server.py",")" + what + "\"]" +
           (more.empty() ? "" : "," + more) + "}}}";
  }
  void start(const std::string& tools, const std::string& properties = "") {
    std::ofstream(file()) << tools;
    call_.emplace("speak-first=false stt=teststt tts=testtts tools=" + file() +
                  " llm=\"openaillm check-model=false model=gpt-5.2 api-key=sk-test-0123456789 "
                  "base-url=" +
                  server_.base_url() + "\" " + properties);
    call_->play();
  }
  void start_with_server(const std::string& what, const std::string& more = "",
                         const std::string& properties = "") {
    start(rude(what, more), properties);
    ASSERT_TRUE(call_->wait("agentbrain/tool-server", 30 * GST_SECOND, [](const GstStructure* s) {
      return gstpp::get_bool(s, "ready", false);
    }));
  }
  gstpp::StructurePtr result() { return call_->wait("agentbrain/tool-result", 30 * GST_SECOND); }
  std::string reply() {
    const auto message = call_->wait("agentbrain/reply", 30 * GST_SECOND);
    return message ? gstpp::get_string(message.get(), "full-text") : "(none)";
  }
  static std::string calls(const std::string& name, const std::string& arguments = "{}") {
    return R"({"tool_calls":[{"name":")" + name + R"(","arguments":)" + arguments + "}]}";
  }

  FakeServer server_{"openai_server.py"};
  std::string folder_;
  std::optional<Call> call_;
};

inline std::string text(const gstpp::StructurePtr& s, const char* field) {
  return s ? gstpp::get_string(s.get(), field) : "(none)";
}

struct Application {
  GstElement* agent = nullptr;
  std::string id, name, arguments;
  std::atomic<int> calls{0};
  bool at_once = false;
  bool takes = true;
};

inline gboolean on_tool_call(GstElement* agent, const gchar* id, const gchar* name,
                             const gchar* arguments, gpointer data) {
  auto* application = static_cast<Application*>(data);
  application->id = id;
  application->name = name;
  application->arguments = arguments;
  if (application->at_once) {
    gboolean waited = FALSE;
    g_signal_emit_by_name(agent, "tool-result", id, "booked at once", &waited);
    EXPECT_TRUE(waited);
  }
  ++application->calls;
  return application->takes;
}

}  // namespace agent_tools_test
