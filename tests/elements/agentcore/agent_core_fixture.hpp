// agentcorellm beside an agent core of the test.
#pragma once

#include <gmock/gmock.h>

#include <string>

#include "fake_core.hpp"
#include "llm_harness.hpp"

namespace test_support {

constexpr char kApology[] = "I am sorry, I cannot answer that right now.";

class AgentCoreLlmTest : public LlmHarnessTest {
 protected:
  void start(const std::string& settings = "", const std::string& token = "") {
    start_element("agentcorellm address=" + core_.address() + " " + settings, [&](GstElement* llm) {
      if (!token.empty()) g_object_set(llm, "token", token.c_str(), nullptr);
    });
  }
  static bool connected(GstElement* llm) {
    GstStructure* stats = nullptr;
    g_object_get(llm, "stats", &stats, nullptr);
    const gstpp::StructurePtr owner{stats};
    return gstpp::get_bool(stats, "connected", false);
  }
  bool connected() { return connected(llm_.get()); }
  template <typename F>
  bool wait(F&& condition) {
    for (int i = 0; i < 6000; ++i) {
      if (condition()) return true;
      g_usleep(5'000);
    }
    return false;
  }
  bool offer(const char* tools) {
    gboolean taken = FALSE;
    g_signal_emit_by_name(llm_.get(), "offer-tools", tools, &taken);
    return taken != FALSE;
  }
  bool answer_tool(const std::string& id, const char* output) {
    gboolean taken = FALSE;
    g_signal_emit_by_name(llm_.get(), "answer-tool-call", id.c_str(), output, &taken);
    return taken != FALSE;
  }

  FakeCore core_;
};

inline constexpr auto kHasTurn = [](const v1::ToCore& m) { return m.has_turn(); };
inline constexpr auto kHasOpen = [](const v1::ToCore& m) { return m.has_open(); };
inline constexpr auto kHasCancel = [](const v1::ToCore& m) { return m.has_cancel(); };
inline constexpr auto kHasHeard = [](const v1::ToCore& m) { return m.has_heard(); };
inline constexpr auto kHasClose = [](const v1::ToCore& m) { return m.has_close(); };
inline constexpr auto kHasHistory = [](const v1::ToCore& m) { return m.has_history(); };
inline constexpr auto kHasCaller = [](const v1::ToCore& m) { return m.has_caller(); };
inline constexpr auto kHasToolOffer = [](const v1::ToCore& m) { return m.has_tool_offer(); };
inline constexpr auto kHasToolResult = [](const v1::ToCore& m) { return m.has_tool_result(); };

}  // namespace test_support
