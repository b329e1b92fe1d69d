#include "simulate/core/json_writer.hpp"

#include <gtest/gtest.h>

#include "json_reader.hpp"

namespace jackfield::simulate {
namespace {

using Kind = JsonValue::Kind;

TEST(JsonWriterTest, WritesWhatTheReaderReads) {
  JsonWriter json;
  json.begin_object().member("text", "a\"b\\c\n\x01");
  json.member("number", 1.5).member("count", std::int64_t{-3}).member("flag", true);
  json.key("empty").begin_array().end_array();
  json.key("list").begin_array().value(1).begin_object().member("x", "y").end_object().end_array();
  json.end_object();
  const auto result = parse_json(json.text());
  ASSERT_TRUE(result.value) << result.error << json.text();
  EXPECT_EQ(result.value->find("text")->string, "a\"b\\c\n\x01");
  EXPECT_EQ(result.value->find("number")->number, 1.5);
  EXPECT_EQ(result.value->find("count")->number, -3);
  EXPECT_TRUE(result.value->find("empty")->items.empty());
  EXPECT_EQ(result.value->find("list")->items[1].find("x")->string, "y");
}

TEST(JsonWriterTest, WhatIsNotANumberIsNull) {
  JsonWriter json;
  json.begin_array().value(0.0 / 0.0).end_array();
  EXPECT_TRUE(parse_json(json.text()).value->items[0].is(Kind::kNull));
}

}  // namespace
}  // namespace jackfield::simulate
