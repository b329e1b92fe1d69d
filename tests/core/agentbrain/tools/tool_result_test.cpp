#include "tool_result.hpp"

#include <gtest/gtest.h>

namespace {

using namespace agentbrain::tools;

std::string text_of(const std::string& result) {
  return read_tool_result(jackfield::read_json(result)).text;
}

TEST(ToolResult, TextsStandBelowEachOther) {
  EXPECT_EQ(text_of(R"({"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]})"),
            "a\nb");
  EXPECT_EQ(text_of(R"({"content":[{"type":"image","data":"AAAA","mimeType":"image/png"},
                             {"type":"resource","resource":{"uri":"file:///a","text":"in it"}},
                             {"type":"resource","resource":{"uri":"file:///b","blob":"AA"}},
                             {"type":"resource_link","uri":"file:///c"}, 7, {"type":"text"}]})"),
            "[image, image/png, not shown]\nin it\n[file:///b, not shown]\n[file:///c]");
}

TEST(ToolResult, StructuredContentStandsInForMissingText) {
  EXPECT_EQ(text_of(R"({"content":[],"structuredContent":{"a":1}})"), R"({"a":1})");
  EXPECT_EQ(text_of(R"({"content":[{"type":"text","text":"x"}],"structuredContent":{"a":1}})"),
            "x");
  EXPECT_EQ(text_of("{}"), "");
  EXPECT_EQ(text_of("[]"), "");
}

TEST(ToolResult, ErrorsAreToldApart) {
  EXPECT_TRUE(read_tool_result(jackfield::read_json(R"({"isError":true,"content":[]})")).error);
  EXPECT_FALSE(read_tool_result(jackfield::read_json(R"({"content":[]})")).error);
}

TEST(ToolResult, CutBetweenCharactersAndMended) {
  EXPECT_EQ(cut_result("short", 10), "short");
  EXPECT_EQ(cut_result("ab\xC3\xA9", 3), "ab\n[cut here: 2 bytes more]");
  EXPECT_EQ(cut_result(std::string("a\0b\xFF", 4), 10), "a\uFFFDb\uFFFD");
}

}  // namespace
