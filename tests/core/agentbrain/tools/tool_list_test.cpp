#include "tool_list.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace {

using namespace agentbrain::tools;
using testing::HasSubstr;

bool take(ToolList& list, const std::string& result) {
  return list.take(jackfield::read_json(result));
}

std::string tool(const std::string& name, const std::string& schema = R"({"type":"object"})") {
  return R"({"name":")" + name + R"(","description":"d","inputSchema":)" + schema + "}";
}

constexpr const char* kRegion =
    R"({"type":"object","properties":{"region":{"type":"string","x-mcp-header":"Region"}}})";
constexpr const char* kWrong =
    R"({"type":"object","properties":{"n":{"type":"number","x-mcp-header":"N"}}})";

TEST(ToolList, ComesInPages) {
  ToolList list(10, false);
  ASSERT_TRUE(take(list, R"({"nextCursor":"2","tools":[)" + tool("a") + "]}"));
  EXPECT_EQ(list.cursor(), "2");
  ASSERT_TRUE(take(list, R"({"tools":[)" + tool("b") + "]}"));
  EXPECT_EQ(list.cursor(), "");
  const auto tools = list.take_tools();
  ASSERT_EQ(tools.size(), 2u);
  EXPECT_EQ(tools[1].name, "b");
  EXPECT_EQ(tools[1].description, "d");
}

TEST(ToolList, WhatIsNoListIsRefused) {
  ToolList list(10, false);
  EXPECT_FALSE(take(list, "{}"));
  EXPECT_FALSE(take(list, R"({"tools":{}})"));
}

TEST(ToolList, WhatCannotBeUsedIsDropped) {
  ToolList list(10, false);
  EXPECT_TRUE(take(list, R"({"tools":[7,{"name":"no schema"},)" + tool("") + "," + tool("a") + "," +
                             tool("a") + "," + tool(std::string(257, 'n')) + "]}"));
  EXPECT_EQ(list.dropped(), 5u);
  EXPECT_EQ(list.take_tools().size(), 1u);
}

TEST(ToolList, HasAnEnd) {
  ToolList few(2, false);
  take(few,
       R"({"nextCursor":"2","tools":[)" + tool("a") + "," + tool("b") + "," + tool("c") + "]}");
  EXPECT_EQ(few.cursor(), "");
  EXPECT_EQ(few.dropped(), 1u);
  ToolList endless(100, false);
  int pages = 0;
  do {
    take(endless, R"({"nextCursor":"more","tools":[]})");
    ++pages;
  } while (!endless.cursor().empty() && pages < 1000);
  EXPECT_EQ(pages, 64);
}

TEST(ToolList, LongDescriptionsAreCut) {
  ToolList list(2, false);
  take(list, R"({"tools":[{"name":"a","inputSchema":{},"description":")" + std::string(5000, 'x') +
                 "\"}]}");
  EXPECT_EQ(list.take_tools().at(0).description.size(), 4096u);
}

TEST(ToolList, WrongHeadersExcludeATool) {
  ToolList list(20, true);
  EXPECT_TRUE(
      take(list, R"({"tools":[)" + tool("right", kRegion) + "," + tool("wrong", kWrong) + "]}"));
  EXPECT_EQ(list.dropped(), 1u);
  ASSERT_EQ(list.mistakes().size(), 1u);
  EXPECT_THAT(list.mistakes()[0], HasSubstr("tool wrong: x-mcp-header: "));
  const auto tools = list.take_tools();
  ASSERT_EQ(tools.size(), 1u);
  ASSERT_EQ(tools[0].headers.size(), 1u);
  EXPECT_EQ(tools[0].headers[0].name, "Mcp-Param-Region");
  // Where there are no headers they are of no interest.
  ToolList piped(20, false);
  take(piped, R"({"tools":[)" + tool("right", kRegion) + "," + tool("wrong", kWrong) + "]}");
  EXPECT_EQ(piped.dropped(), 0u);
  EXPECT_TRUE(piped.take_tools().at(0).headers.empty());
}

TEST(ToolList, MistakesAreBounded) {
  ToolList list(100, true);
  std::string tools = tool("t", kWrong);
  for (int i = 0; i < 50; ++i) tools += "," + tool("t" + std::to_string(i), kWrong);
  take(list, R"({"tools":[)" + tools + "]}");
  EXPECT_EQ(list.dropped(), 51u);
  EXPECT_EQ(list.mistakes().size(), 10u);
}

TEST(ToolList, ACallHasTheHeadersOfItsTool) {
  ToolList list(20, true);
  take(list, R"({"tools":[)" + tool("plain") + "," + tool("query", kRegion) + "]}");
  const auto tools = list.take_tools();
  EXPECT_EQ(call_headers(tools, "query", R"({"region":"eu"})"),
            (CallHeaders{{"Mcp-Param-Region", "eu"}}));
  EXPECT_TRUE(call_headers(tools, "plain", R"({"region":"eu"})").empty());
  EXPECT_TRUE(call_headers(tools, "unknown", R"({"region":"eu"})").empty());
  EXPECT_TRUE(call_headers(tools, "query", "rubbish").empty());
  EXPECT_THROW(call_headers(tools, "query", R"({"region":1.5})"), std::range_error);
}

}  // namespace
