#include "json_scanner.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace twilio {
namespace {

bool is_json(std::string_view text) {
  JsonScanner scanner{text};
  for (;;) {
    switch (scanner.next()) {
      case JsonToken::kEnd:
        return true;
      case JsonToken::kError:
        return false;
      default:
        break;
    }
  }
}

TEST(JsonScannerTest, YieldsTokensInOrder) {
  JsonScanner scanner{R"( {"a" : [1, -2.5e3, true], "b":{"c":null}, "d":"x\"y"} )"};
  const std::vector<JsonToken> expected{
      JsonToken::kBeginObject, JsonToken::kKey,    JsonToken::kBeginArray, JsonToken::kNumber,
      JsonToken::kNumber,      JsonToken::kTrue,   JsonToken::kEndArray,   JsonToken::kKey,
      JsonToken::kBeginObject, JsonToken::kKey,    JsonToken::kNull,       JsonToken::kEndObject,
      JsonToken::kKey,         JsonToken::kString, JsonToken::kEndObject,  JsonToken::kEnd};
  for (const JsonToken token : expected) EXPECT_EQ(scanner.next(), token);
}

TEST(JsonScannerTest, GivesTextAsWritten) {
  JsonScanner scanner{R"({"k\/":"a\u00e9"})"};
  scanner.next();
  scanner.next();
  EXPECT_EQ(scanner.raw(), R"(k\/)");
  EXPECT_TRUE(scanner.escaped());
  scanner.next();
  EXPECT_EQ(scanner.raw(), R"(a\u00e9)");
}

TEST(JsonScannerTest, AcceptsJson) {
  for (const char* text : {"0", "-0.0", "1e9", "\"\"", "[]", "{}", "[[],{}]", "true", " null ",
                           "\"\xc3\xa9\"", "[1 , 2]", R"("\ud83d\ude00")"}) {
    EXPECT_TRUE(is_json(text)) << text;
  }
}

TEST(JsonScannerTest, RefusesOthers) {
  for (const char* text : {"",
                           " ",
                           "{",
                           "}",
                           "[1,]",
                           "[,1]",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{\"a\":1,}",
                           "{a:1}",
                           "01",
                           "1.",
                           ".5",
                           "+1",
                           "1e",
                           "tru",
                           "nul",
                           "\"",
                           "\"\\x\"",
                           "\"\\u12g4\"",
                           "\"\n\"",
                           "\"\xff\"",
                           "\"\xc3\"",
                           "\"\xed\xa0\x80\"",
                           "\"\xc0\xaf\"",
                           "\"\xf4\x90\x80\x80\"",
                           "1 2",
                           "{} {}",
                           "[1 2]",
                           "{\"a\":1 \"b\":2}",
                           "]",
                           "[}",
                           "{]",
                           "-",
                           "'a'",
                           "NaN"}) {
    EXPECT_FALSE(is_json(text)) << text;
  }
}

TEST(JsonScannerTest, BoundsNesting) {
  EXPECT_TRUE(is_json(std::string(32, '[') + std::string(32, ']')));
  EXPECT_FALSE(is_json(std::string(33, '[') + std::string(33, ']')));
  EXPECT_FALSE(is_json(std::string(60000, '[')));
}

TEST(JsonScannerTest, SkipsValues) {
  JsonScanner scanner{R"({"skip":{"deep":[1,{"x":[]}]},"also":"s","keep":7})"};
  scanner.next();
  scanner.next();
  EXPECT_TRUE(scanner.skip_value());
  scanner.next();
  EXPECT_TRUE(scanner.skip_value());
  EXPECT_EQ(scanner.next(), JsonToken::kKey);
  EXPECT_EQ(scanner.raw(), "keep");
  EXPECT_EQ(scanner.next(), JsonToken::kNumber);
  EXPECT_EQ(scanner.raw(), "7");
}

TEST(JsonScannerTest, Unescapes) {
  EXPECT_EQ(json_unescape(R"(a\/b\\\"\b\f\n\r\t)"), "a/b\\\"\b\f\n\r\t");
  EXPECT_EQ(json_unescape(R"(\u0041\u00e9\u20ac\ud83d\ude00)"),
            "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
  for (const char* raw :
       {R"(\ud83d)", R"(\ude00)", R"(\ud83dx)", R"(\ud83d\u0041)", R"(\u0000)", "\\"}) {
    EXPECT_FALSE(json_unescape(raw)) << raw;
  }
}

}  // namespace
}  // namespace twilio
