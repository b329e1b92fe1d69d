#include "json_members.hpp"

#include <gtest/gtest.h>

namespace jackfield {
namespace {

TEST(JsonMembersTest, MembersOfTheRightKind) {
  const JsonValue json = read_json(R"({"s":"x","b":true,"f":false,"n":1.5,"a":[1],"o":{"s":"y"}})");
  EXPECT_EQ(string_member(json, "s"), "x");
  EXPECT_TRUE(true_member(json, "b"));
  EXPECT_FALSE(true_member(json, "f"));
  EXPECT_EQ(number_member(json, "n"), 1.5);
  ASSERT_TRUE(array_member(json, "a"));
  EXPECT_EQ(array_member(json, "a")->items.size(), 1U);
  ASSERT_TRUE(object_member(json, "o"));
  EXPECT_EQ(string_member(*object_member(json, "o"), "s"), "y");
}

TEST(JsonMembersTest, WhatIsAbsentOrOfAnotherKind) {
  const JsonValue json = read_json(R"({"s":"x","n":1,"a":[]})");
  for (const char* key : {"n", "a", "z"}) EXPECT_EQ(string_member(json, key), "");
  EXPECT_FALSE(true_member(json, "s"));
  EXPECT_EQ(number_member(json, "s"), 0.0);
  EXPECT_FALSE(array_member(json, "s"));
  EXPECT_FALSE(object_member(json, "a"));
  // Not even an object.
  EXPECT_EQ(string_member(read_json("[1]"), "s"), "");
  EXPECT_FALSE(object_member(read_json("3"), "s"));
}

TEST(JsonMembersTest, TypedMessages) {
  const auto message = parse_typed_message(R"({"type":"Results","x":1})", "type");
  ASSERT_TRUE(message);
  EXPECT_EQ(string_member(*message, "type"), "Results");
  for (const char* text : {"", "x", "[]", "3", "{}", R"({"type":1})", R"({"kind":"a"})",
                           R"({"type":"a","type":"b"})", R"({"type":"a"} b)"}) {
    EXPECT_FALSE(parse_typed_message(text, "type")) << text;
  }
}

}  // namespace
}  // namespace jackfield
