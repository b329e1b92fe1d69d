#include "json_schema.hpp"

#include <gtest/gtest.h>

#include <regex>

namespace {

using agentbrain::tools::check_schema;
using jackfield::read_json;

std::string check(const std::string& schema, const std::string& value) {
  return check_schema(
      read_json(schema), read_json(value),
      [](const std::string& pattern, const std::string& text) -> std::optional<bool> {
        if (pattern == "(") return std::nullopt;
        return std::regex_search(text, std::regex(pattern));
      });
}

struct Case {
  const char* schema;
  const char* fits;
  const char* fails;
  const char* why;
};

TEST(JsonSchema, ChecksTheKeywordsThatToolsUse) {
  const Case cases[] = {
      {R"({"type":"string"})", R"("a")", "1",
       "the arguments: it must be of type string, not a number"},
      {R"({"type":["string","null"]})", "null", "1",
       "the arguments: it must be of type string or null, not a number"},
      {R"({"type":"integer"})", "2.0", "2.5",
       "the arguments: it must be of type integer, not a number"},
      {R"({"type":"object","required":["path"]})", R"({"path":1})", "{}",
       "the arguments: \"path\" is missing"},
      {R"({"properties":{"n":{"type":"number"}}})", R"({"n":1,"m":"x"})", R"({"n":"1"})",
       "n: it must be of type number, not a string"},
      {R"({"properties":{"n":{}},"additionalProperties":false})", R"({"n":1})", R"({"n":1,"m":2})",
       "the arguments: there is no member \"m\""},
      {R"({"additionalProperties":{"type":"string"}})", R"({"m":"x"})", R"({"m":2})",
       "m: it must be of type string, not a number"},
      {R"({"items":{"properties":{"a":{"type":"array","items":{"type":"boolean"}}}}})",
       R"([{"a":[true]}])", R"([{},{"a":[true,1]}])",
       "[1].a[1]: it must be of type boolean, not a number"},
      {R"({"items":[{"type":"string"},{"type":"number"}],"additionalItems":false})", R"(["a",1])",
       R"(["a",1,2])", "[2]: it is not allowed"},
      {R"({"enum":["km","mi",3]})", "3", R"("m")",
       R"(the arguments: it must be one of ["km","mi",3])"},
      {R"({"const":{"a":[1]}})", R"({"a":[1]})", R"({"a":[2]})",
       R"(the arguments: it must be {"a":[1]})"},
      {R"({"minimum":1,"maximum":5})", "5", "5.5", "the arguments: it must be at most 5"},
      {R"({"exclusiveMinimum":1})", "1.1", "1", "the arguments: it must be more than 1"},
      {R"({"exclusiveMaximum":1})", "0", "1", "the arguments: it must be less than 1"},
      {R"({"multipleOf":0.01})", "0.07", "0.075", "the arguments: it must be a multiple of 0.01"},
      {R"({"minLength":2})", R"("éé")", R"("é")", "the arguments: its least length is 2"},
      {R"({"maxLength":1})", R"("é")", R"("ab")", "the arguments: its greatest length is 1"},
      {R"({"pattern":"^[0-9]+$"})", R"("12")", R"("1a")", "the arguments: it must match ^[0-9]+$"},
      {R"({"minItems":1})", "[1]", "[]", "the arguments: its least number of items is 1"},
      {R"({"maxItems":1})", "[1]", "[1,2]", "the arguments: its greatest number of items is 1"},
      {R"({"uniqueItems":true})", "[1,2]", "[1,2,1]", "the arguments: no two items may be equal"},
      {R"({"minProperties":1})", R"({"a":1})", "{}",
       "the arguments: its least number of members is 1"},
      {R"({"maxProperties":0})", "{}", R"({"a":1})",
       "the arguments: its greatest number of members is 0"},
      {R"({"anyOf":[{"type":"string"},{"type":"null"}]})", "null", "1",
       "the arguments: it must be of type string, not a number"},
      {R"({"oneOf":[{"minimum":1},{"minimum":5}]})", "3", "6",
       "the arguments: it fits more than one of the kinds it may be of"},
      {R"({"allOf":[{"minimum":1},{"maximum":5}]})", "3", "0",
       "the arguments: it must be at least 1"},
      {R"({"not":{"type":"null"}})", "1", "null",
       "the arguments: it is of a kind that is not allowed"},
      {R"({"$ref":"#/$defs/a~1b","$defs":{"a/b":{"type":"string"}}})", R"("x")", "1",
       "the arguments: it must be of type string, not a number"},
      {"true", "1", nullptr, ""},
      {"{\"properties\":{\"a\":false}}", "{}", R"({"a":1})", "a: it is not allowed"},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(check(one.schema, one.fits), "") << one.schema;
    if (!one.fails) continue;
    EXPECT_EQ(check(one.schema, one.fails), one.why) << one.schema;
  }
}

TEST(JsonSchema, IgnoresWhatItDoesNotKnow) {
  for (const char* schema :
       {R"({"format":"uri","if":{"type":"null"},"then":false,"x-own":1})", R"({"type":7})",
        R"({"minimum":"1"})", R"({"required":"a"})", R"({"enum":1})", R"({"properties":[]})",
        R"({"anyOf":[]})", R"({"$ref":"https://example.com/schema"})", R"({"$ref":"#/nowhere"})",
        R"({"pattern":"("})", "7"}) {
    EXPECT_EQ(check(schema, R"({"a":"b"})"), "") << schema;
    EXPECT_EQ(check(schema, R"("b")"), "") << schema;
  }
}

TEST(JsonSchema, ASchemaThatNeverEndsIsRefused) {
  EXPECT_EQ(check(R"({"$ref":"#"})", "1"), "the arguments: the schema is too deep to check");
  // Each level doubles the work.
  EXPECT_NE(check(R"({"anyOf":[{"$ref":"#"},{"$ref":"#"}]})", "1"), "");
}

}  // namespace
