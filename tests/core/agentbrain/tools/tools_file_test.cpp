#include "tools_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace agentbrain::tools;
using testing::HasSubstr;

std::optional<std::string> variable(std::string_view name) {
  if (name == "HOME") return "/home/somebody";
  if (name == "KEY") return "sk-123456";
  if (name == "BAD") return "a\r\nb";
  return std::nullopt;
}

ToolsFile read(const std::string& json) { return read_tools_file(json, variable); }

TEST(ToolsFile, ReadsTheUsualShape) {
  const ToolsFile file = read(R"({"mcpServers": {
    "files": {"command": "npx", "args": ["-y", "server", "${HOME}/in"], "env": {"A": "1", "API_KEY": "${KEY}"},
              "cwd": "${DIR:-/tmp}"},
    "web": {"type": "http", "url": "https://example.com/mcp", "headers": {"Authorization": "Bearer ${KEY}"}},
    "off": {"command": "x", "disabled": true}}})");
  ASSERT_EQ(file.servers.size(), 2u);
  const ServerSettings& files = file.servers[0];
  EXPECT_EQ(files.name, "files");
  EXPECT_EQ(files.arguments, (std::vector<std::string>{"-y", "server", "/home/somebody/in"}));
  EXPECT_EQ(files.environment[1].second, "sk-123456");
  EXPECT_EQ(files.folder, "/tmp");
  EXPECT_FALSE(files.allow);
  EXPECT_TRUE(files.parallel);
  EXPECT_EQ(file.servers[1].headers[0].second, "Bearer sk-123456");
  // Not the home directory.
  EXPECT_EQ(file.secrets, (std::vector<std::string>{"sk-123456", "sk-123456"}));
}

TEST(ToolsFile, ReadsWhatIsOurs) {
  const ToolsFile file = read(R"({"mcpServers": {"files": {"command": "x", "allow": ["read", "write"],
    "timeout": 2.5, "on-interruption": "finish", "filler": "Looking.", "parallel": false, "max-result": 1000,
    "tools": {"write": {"timeout": 60}}}},
    "functions": [{"name": "book", "description": "Books.", "parameters": {"type": "object"}, "timeout": 5}]})");
  const ServerSettings& server = file.servers.at(0);
  EXPECT_EQ(server.allow, (std::vector<std::string>{"read", "write"}));
  EXPECT_EQ(server.rules.timeout, 2'500'000'000u);
  EXPECT_TRUE(server.rules.finish_on_interruption);
  EXPECT_EQ(server.rules.filler, "Looking.");
  EXPECT_FALSE(server.parallel);
  EXPECT_EQ(server.max_result, 1000u);
  EXPECT_EQ(server.tool_rules.at("write").timeout, 60'000'000'000u);
  EXPECT_TRUE(server.tool_rules.at("write").finish_on_interruption);
  EXPECT_EQ(file.functions.at(0).rules.timeout, 5'000'000'000u);
}

TEST(ToolsFile, MistakesAreNamedByTheirPlace) {
  const std::pair<const char*, const char*> cases[] = {
      {"[]", "a tools file is an object"},
      {R"({"servers": {}})",
       "\"servers\": there is no such member; there are mcpServers, functions"},
      {R"({"mcpServers": []})", "\"mcpServers\": it must be an object, not an array"},
      {R"({"mcpServers": {"a b": {"command": "x"}}})", "the name of a server"},
      {R"({"mcpServers": {"a": {}}})", "\"mcpServers.a\": a server has either"},
      {R"({"mcpServers": {"a": {"command": "x", "url": "http://h"}}})", "a server has either"},
      {R"({"mcpServers": {"a": {"command": ""}}})", "\"mcpServers.a.command\": it is empty"},
      {R"({"mcpServers": {"a": {"command": "x", "headers": {}}}})", "it belongs to a \"url\""},
      {R"({"mcpServers": {"a": {"url": "http://h", "args": []}}})", "it belongs to a \"command\""},
      {R"({"mcpServers": {"a": {"url": "http://h", "type": "sse"}}})", "\"mcpServers.a.type\""},
      {R"({"mcpServers": {"a": {"url": "ftp://h"}}})", "it begins with"},
      {R"({"mcpServers": {"a": {"command": "x", "args": [1]}}})",
       "\"mcpServers.a.args[0]\": it must be a string"},
      {R"({"mcpServers": {"a": {"command": "x", "env": {"TOKEN": "abc"}}}})",
       "a secret does not stand in a file"},
      {R"({"mcpServers": {"a": {"url": "http://h", "headers": {"Authorization": "Bearer abc"}}}})",
       "a secret does not"},
      {R"({"mcpServers": {"a": {"url": "http://h", "headers": {"x": "${BAD}"}}}})",
       "a header has one line"},
      {R"({"mcpServers": {"a": {"url": "http://h", "headers": {"a b": ""}}}})",
       "that is no name of a header"},
      {R"({"mcpServers": {"a": {"url": "http://h", "headers": {"Accept": "x"}}}})",
       "the protocol sets this header"},
      {R"({"mcpServers": {"a": {"command": "${NOBODY}"}}})",
       "the variable \"NOBODY\" has no value in the environment"},
      {R"({"mcpServers": {"a": {"command": "x", "timeout": 0}}})",
       "\"mcpServers.a.timeout\": it must lie from 1 to 600"},
      {R"({"mcpServers": {"a": {"command": "x", "timeout": "1"}}})",
       "it must be a number, not a string"},
      {R"({"mcpServers": {"a": {"command": "x", "on-interruption": "wait"}}})",
       "\"cancel\" or \"finish\""},
      {R"({"mcpServers": {"a": {"command": "x", "tools": {"t": {"parallel": true}}}}})",
       "\"mcpServers.a.tools.t.parallel\": there is no such member"},
      {R"({"mcpServers": {"a": {"command": "x", "allow": ["send"], "tools": {"sned": {}}}}})",
       "\"mcpServers.a.tools.sned\": \"allow\" does not have it"},
      {R"({"functions": [{}]})", "\"functions[0]\": a function has a \"name\""},
      {R"({"functions": [{"name": "a.b"}]})", "\"functions[0].name\""},
      {R"({"functions": [{"name": "a"}, {"name": "a"}]})", "there are two functions \"a\""},
      {R"({"functions": [{"name": "a", "parameters": 1}]})",
       "\"functions[0].parameters\": it must be an object"},
  };
  for (const auto& [json, why] : cases) {
    try {
      read(json);
      ADD_FAILURE() << json;
    } catch (const jackfield::PositionedError& mistake) {
      EXPECT_THAT(mistake.what(), HasSubstr(why)) << json;
    }
  }
  try {
    read("{\"mcpServers\": {\n \"a\": {\"command\": 1}}}");
    FAIL();
  } catch (const jackfield::PositionedError& mistake) {
    EXPECT_EQ(mistake.where().line, 2u);
    EXPECT_EQ(mistake.where().column, 19u);
  }
}

TEST(ToolsFile, SharedServersAndPermissions) {
  const ToolsFile file = read(R"({"mcpServers": {
      "one": {"command": "x", "shared": true, "keep": 1.5, "permission": "staff",
              "env": {"API_KEY": "${KEY}"},
              "tools": {"open": {"permission": ""}, "erase": {"permission": "boss"},
                        "read": {"timeout": 3}}},
      "two": {"command": "y"}}})");
  ASSERT_EQ(file.servers.size(), 2u);
  const ServerSettings& one = file.servers[0];
  EXPECT_TRUE(one.shared);
  EXPECT_EQ(one.keep, 1'500'000'000u);
  EXPECT_EQ(one.rules.permission, "staff");
  EXPECT_EQ(one.tool_rules.at("open").permission, "");
  EXPECT_EQ(one.tool_rules.at("erase").permission, "boss");
  EXPECT_EQ(one.tool_rules.at("read").permission, "staff");
  EXPECT_EQ(one.secrets.size(), 1u);
  EXPECT_FALSE(file.servers[1].shared);
  EXPECT_EQ(file.servers[1].keep, 60 * 1'000'000'000ull);
  EXPECT_TRUE(file.servers[1].secrets.empty());
  const std::pair<const char*, const char*> mistakes[] = {
      {R"({"mcpServers": {"a": {"command": "x", "keep": 3}}})", "belongs to a \"shared\" server"},
      {R"({"mcpServers": {"a": {"command": "x", "shared": true, "keep": 4000}}})", "0 to 3600"},
      {R"({"mcpServers": {"a": {"command": "x", "shared": 1}}})",
       "it must be true or false, not a number"},
      {R"({"mcpServers": {"a": {"command": "x", "permission": "a b"}}})", "at most 64 letters"},
      {R"({"functions": [{"name": "a", "permission": true}]})", "functions[0].permission"},
      {R"({"functions": [{"name": "a", "confirm": "yes"}]})", "functions[0].confirm"},
  };
  for (const auto& [json, why] : mistakes) {
    try {
      read(json);
      ADD_FAILURE() << json;
    } catch (const jackfield::PositionedError& mistake) {
      EXPECT_THAT(mistake.what(), HasSubstr(why)) << json;
    }
  }
}

TEST(ToolsFile, ListsOfFunctionsHaveNoVariables) {
  const auto functions = read_functions(
      R"([{"name":"ask","description":"${HOME} $$ costs","parameters":{"type":"object"},
           "timeout":60,"filler":"I ask."}])");
  ASSERT_EQ(functions.size(), 1u);
  EXPECT_EQ(functions[0].description, "${HOME} $$ costs");
  EXPECT_EQ(functions[0].rules.timeout, 60'000'000'000u);
  for (const char* bad : {"{}", "[1]", R"([{"nam":"x"}])", R"([{"name":"x"},{"name":"x"}])", "["})
    EXPECT_THROW(read_functions(bad), jackfield::PositionedError) << bad;
}

}  // namespace
