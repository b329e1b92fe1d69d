#include "json_reader.hpp"

#include <gtest/gtest.h>

namespace {

using namespace jackfield;

// "line:column: text" of the mistake, "" when there is none.
std::string mistake(std::string_view text) {
  try {
    read_json(text);
    return "";
  } catch (const PositionedError& e) {
    return std::to_string(e.where().line) + ":" + std::to_string(e.where().column) + ": " +
           e.what();
  }
}

TEST(JsonReaderTest, ReadsEveryKindOfValue) {
  const JsonValue v = read_json(
      R"( {"s": "a\n\u00e9\ud83d\ude00", "n": -1.5e2, "b": [true, false, null], "o": {}} )");
  EXPECT_EQ(v.find("s")->string, "a\n\u00E9\U0001F600");
  EXPECT_TRUE(v.find("s")->escaped);
  EXPECT_DOUBLE_EQ(v.find("n")->number, -150);
  EXPECT_EQ(v.find("b")->items.size(), 3u);
  EXPECT_TRUE(v.find("b")->items[0].boolean);
  EXPECT_EQ(v.find("o")->kind, JsonValue::Kind::kObject);
  EXPECT_EQ(v.find("x"), nullptr);
}

TEST(JsonReaderTest, KnowsWhereValuesAndKeysStand) {
  const JsonValue v = read_json("{\n  \"\u00E9\": [\n    1, \"text\"]}");
  EXPECT_EQ(v.members[0].where.line, 2u);
  EXPECT_EQ(v.members[0].where.column, 3u);
  EXPECT_EQ(v.members[0].value.where.column, 8u) << "columns count characters, not bytes";
  EXPECT_EQ(v.members[0].value.items[1].where.line, 3u);
  EXPECT_EQ(v.members[0].value.items[1].where.column, 8u);
  EXPECT_EQ(v.members[0].value.items[1].inside(2).column, 11u);
}

TEST(JsonReaderTest, NamesThePlaceOfAMistake) {
  EXPECT_EQ(mistake("{\"a\": 1,\n \"b\" 2}"), "2:6: ':' expected");
  EXPECT_EQ(mistake("{\"a\": 1\n \"b\": 2}"), "2:2: ',' or '}' expected");
  EXPECT_EQ(mistake("[1, 2"), "1:6: the text ends where ',' or ']' is expected");
  EXPECT_EQ(mistake("[1,\n]"), "2:1: a value expected (text needs double quotes)");
  EXPECT_EQ(mistake("{\"a\": 1, }"), "1:10: a key in double quotes expected");
  EXPECT_EQ(mistake("{\"a\": hello}"), "1:7: a value expected (text needs double quotes)");
  EXPECT_EQ(mistake("{\"a\": \"x\n\"}"), "1:7: this string has no end on its line");
  EXPECT_EQ(mistake("[\"x"), "1:2: this string has no end");
  EXPECT_EQ(mistake("[\"\\q\"]"), "1:4: unknown escape in a string");
  EXPECT_EQ(mistake("[\"\\ud800\"]"), "1:4: half of a surrogate pair");
  EXPECT_EQ(mistake("[\"\\u12g4\"]"), "1:7: four hexadecimal digits expected behind \\u");
  EXPECT_EQ(mistake("{\"a\":1,\n\"a\":2}"), "2:1: the key \"a\" is there twice");
  EXPECT_EQ(mistake("[01]"), "1:2: a number may not begin with 0");
  EXPECT_EQ(mistake("[1.]"), "1:2: not a number");
  EXPECT_EQ(mistake("[1e999]"), "1:2: number out of range");
  EXPECT_EQ(mistake("[1] 2"), "1:5: text behind the end of the value");
  EXPECT_EQ(mistake(""), "1:1: the text ends where a value is expected");
  EXPECT_EQ(mistake("[\"\xFF\"]"), "1:3: not UTF-8");
  EXPECT_EQ(mistake("[\"\t\"]"), "1:3: control character in a string");
}

TEST(JsonReaderTest, DeepNestingIsAMistakeNotACrash) {
  EXPECT_NE(mistake(std::string(100000, '[')).find("nested too deeply"), std::string::npos);
  EXPECT_NE(mistake(std::string(65, '[') + std::string(65, ']')), "");
  EXPECT_EQ(mistake(std::string(64, '[') + std::string(64, ']')), "");
}

TEST(JsonReaderTest, ManyKeysAndValuesAreBounded) {
  // Quadratic searching would take minutes.
  std::string object = "{\"k\": 0";
  for (int i = 0; i < 100'000; ++i) object += ",\"k" + std::to_string(i) + "\":0";
  EXPECT_EQ(mistake(object + "}"), "");
  EXPECT_NE(mistake(object + ",\"k7\":0}").find("the key \"k7\" is there twice"),
            std::string::npos);
  std::string array = "[0";
  for (int i = 0; i < 300'000; ++i) array += ",0";
  EXPECT_NE(mistake(array + "]").find("too many values"), std::string::npos);
}

TEST(JsonReaderTest, WhatRfc8259DoesNotAllow) {
  for (const char* text : {"{",
                           "{\"a\":1,}",
                           "[1,]",
                           "tru",
                           "nul",
                           "+1",
                           ".5",
                           "1.e5",
                           "0x1",
                           "NaN",
                           "-",
                           "-Infinity",
                           "'a'",
                           "// c\n1",
                           "{a:1}",
                           "[1 2]",
                           "\"a\" \"b\"",
                           "\xEF\xBB\xBF",
                           "\xEF\xBB\xBF\xEF\xBB\xBF"
                           "1",
                           "[\"\\uDC00\"]",
                           "[\"\\uD800\\u0041\"]",
                           "[\"\x7f\xC0\xAF\"]",
                           "\v1"}) {
    EXPECT_NE(mistake(text), "") << text;
  }
  EXPECT_NE(mistake(std::string_view{"[\"a\0\"]", 6}), "");
  EXPECT_EQ(mistake("\xEF\xBB\xBF[1]"), "");
  EXPECT_EQ(mistake("\"\\u0000 \\/\""), "");
}

TEST(JsonReaderTest, ParsingTellsTheSameWithoutThrowing) {
  const JsonResult bad = parse_json("{\n \"\u00E9\u00E9\": x}");
  EXPECT_FALSE(bad.value);
  EXPECT_EQ(bad.where.line, 2u);
  EXPECT_EQ(bad.where.column, 8u);
  EXPECT_EQ(bad.error, "a value expected (text needs double quotes)");
  EXPECT_TRUE(parse_json("[1]").value);
}

TEST(JsonReaderTest, QuotedTextReadsBack) {
  const std::string text = "a\"b\\c\n\x01 \u00E9";
  EXPECT_EQ(read_json(quote_json(text)).string, text);
  EXPECT_EQ(read_json(quote_json("x\xFF")).string, "x\uFFFD");
}

}  // namespace
