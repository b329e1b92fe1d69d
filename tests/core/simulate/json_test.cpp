#include "simulate/core/json.hpp"

#include <gtest/gtest.h>

namespace jackfield::simulate {
namespace {

using Kind = JsonValue::Kind;

TEST(JsonTest, ReadsEveryKind) {
  const auto result =
      parse_json(R"({"a":[1,-2.5e3,true,false,null,"x\u00e9\ud83d\ude00\n"],"b":{"c":""},"d":0})");
  ASSERT_TRUE(result.value) << result.error.text;
  const JsonValue& a = *result.value->find("a");
  ASSERT_EQ(a.items.size(), 6u);
  EXPECT_EQ(a.items[0].number, 1);
  EXPECT_EQ(a.items[1].number, -2500);
  EXPECT_TRUE(a.items[2].boolean);
  EXPECT_TRUE(a.items[3].is(Kind::kBool));
  EXPECT_TRUE(a.items[4].is(Kind::kNull));
  EXPECT_EQ(a.items[5].text, "x\xc3\xa9\xf0\x9f\x98\x80\n");
  EXPECT_EQ(result.value->find("b")->find("c")->text, "");
  EXPECT_EQ(result.value->find("nothing"), nullptr);
}

TEST(JsonTest, KnowsWhereValuesStand) {
  const auto result = parse_json("{\n  \"a\": 1,\n  \"b\": [\n    \"x\"]}");
  ASSERT_TRUE(result.value);
  const JsonValue& b = *result.value->find("b");
  EXPECT_EQ(b.line, 3);
  EXPECT_EQ(b.column, 8);
  EXPECT_EQ(b.items[0].line, 4);
  EXPECT_EQ(b.items[0].column, 5);
  EXPECT_EQ(result.value->members[1].column, 3);
}

struct Bad {
  const char* text;
  int line;
  int column;
};

TEST(JsonTest, RejectsWithAPosition) {
  const Bad kBad[] = {{"", 1, 1},
                      {"{", 1, 2},
                      {"{\"a\":1,}", 1, 8},
                      {"[1,]", 1, 4},
                      {"[1 2]", 1, 4},
                      {"{\"a\" 1}", 1, 6},
                      {"{\n\"a\":1,\n \"a\":2}", 3, 2},
                      {"tru", 1, 1},
                      {"01", 1, 1},
                      {"1.", 1, 1},
                      {"+1", 1, 1},
                      {"NaN", 1, 1},
                      {"1e999", 1, 1},
                      {"{} x", 1, 4},
                      {"\"\\q\"", 1, 3},
                      {"\"\\ud800\"", 1, 8},
                      {"\"\\u12g4\"", 1, 4},
                      {"\"abc", 1, 1},
                      {"\"a\nb\"", 1, 3},
                      {"'a'", 1, 1},
                      {"// c\n1", 1, 1}};
  for (const Bad& bad : kBad) {
    const auto result = parse_json(bad.text);
    EXPECT_FALSE(result.value) << bad.text;
    EXPECT_EQ(result.error.line, bad.line) << bad.text << ": " << result.error.text;
    EXPECT_EQ(result.error.column, bad.column) << bad.text << ": " << result.error.text;
    EXPECT_FALSE(result.error.text.empty());
  }
}

TEST(JsonTest, DepthIsBounded) {
  EXPECT_FALSE(parse_json(std::string(100000, '[')).value);
  EXPECT_TRUE(parse_json(std::string(50, '[') + std::string(50, ']')).value);
}

}  // namespace
}  // namespace jackfield::simulate
