#include "mcp_greeting.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace agentbrain::tools;
using jackfield::read_json;
using testing::HasSubstr;

TEST(McpGreeting, EveryRevisionWithAHandshakeIsSpoken) {
  EXPECT_THAT(initialize_params("1.0\""), HasSubstr(R"("protocolVersion":"2025-11-25")"));
  EXPECT_THAT(initialize_params("1.0\""), HasSubstr(R"("version":"1.0\"")"));
  for (const char* version : {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"}) {
    const McpGreeting greeting =
        read_initialize(read_json(R"({"protocolVersion":")" + std::string(version) + "\"}"));
    EXPECT_EQ(greeting.mistake, "");
    EXPECT_EQ(greeting.version, version);
  }
  for (const char* answer : {R"({"protocolVersion":"2026-07-28"})", "{}", "7"})
    EXPECT_NE(read_initialize(read_json(answer)).mistake, "") << answer;
}

TEST(McpGreeting, TellsWhatTheServerHas) {
  const McpGreeting all = read_initialize(read_json(
      R"({"protocolVersion":"2025-11-25","capabilities":{"tools":{"listChanged":true}},"serverInfo":{"name":"s"}})"));
  EXPECT_TRUE(all.tools);
  EXPECT_TRUE(all.list_changes);
  EXPECT_EQ(all.server_name, "s");
  const McpGreeting some =
      read_initialize(read_json(R"({"protocolVersion":"2025-11-25","capabilities":{"tools":{}}})"));
  EXPECT_TRUE(some.tools);
  EXPECT_FALSE(some.list_changes);
  EXPECT_FALSE(
      read_initialize(read_json(R"({"protocolVersion":"2025-11-25","capabilities":{}})")).tools);
}

TEST(McpGreeting, WithoutAHandshakeTheServerListsItsRevisions) {
  const McpGreeting greeting = read_discover(read_json(
      R"({"supportedVersions":["2025-11-25","2026-07-28"],"capabilities":{"tools":{"listChanged":true}},"_meta":{"io.modelcontextprotocol/serverInfo":{"name":"m"}}})"));
  EXPECT_EQ(greeting.mistake, "");
  EXPECT_EQ(greeting.version, "2026-07-28");
  EXPECT_EQ(greeting.server_name, "m");
  EXPECT_TRUE(greeting.list_changes);
  for (const char* answer : {R"({"supportedVersions":["2031-01-01",7]})", "{}", "[]"})
    EXPECT_NE(read_discover(read_json(answer)).mistake, "") << answer;
}

TEST(McpGreeting, EachRequestTellsItself) {
  const std::string meta =
      R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
      R"("io.modelcontextprotocol/clientInfo":{"name":"jackfield","version":"1"},)"
      R"("io.modelcontextprotocol/clientCapabilities":{}}})";
  EXPECT_EQ(with_metadata("", "1"), "{" + meta);
  EXPECT_EQ(with_metadata("{}", "1"), "{" + meta);
  EXPECT_EQ(with_metadata(R"({"cursor":"2"})", "1"), R"({"cursor":"2",)" + meta);
}

}  // namespace
