// The tools of one agent in virtual time.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "tool_runner.hpp"

namespace agentbrain::tools {

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
  std::vector<ToolAction> of(ToolAction::Kind kind) {
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

inline constexpr const char* kOne = R"({"mcpServers":{"files":{"command":"x","timeout":5}}})";

}  // namespace agentbrain::tools
