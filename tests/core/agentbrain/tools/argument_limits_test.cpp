#include "argument_limits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "json_serialize.hpp"
#include "tool_runner.hpp"

namespace {

using namespace agentbrain::tools;
using jackfield::read_json;
using testing::HasSubstr;

// As the element's: nothing for what is no regular expression, and for texts that are too long.
std::optional<bool> matches(const std::string& pattern, const std::string& text) {
  if (text.size() > 1000) return std::nullopt;
  try {
    return std::regex_search(text, std::regex(pattern));
  } catch (const std::regex_error&) {
    return std::nullopt;
  }
}

std::optional<std::string> variable(std::string_view name) {
  if (name == "HOST") return "a.b";
  return std::nullopt;
}

ToolsFile with_arguments(const std::string& arguments) {
  return read_tools_file(
      R"({"mcpServers":{"web":{"command":"x","tools":{"go":{"arguments":)" + arguments + "}}}}}",
      variable, matches);
}

std::string limits(const std::string& arguments) {
  return jackfield::to_json(with_arguments(arguments).servers.at(0).argument_limits.at("go"));
}

TEST(ArgumentLimits, AreASchemaThatTakesNoOtherArguments) {
  EXPECT_EQ(limits("{}"), R"({"properties":{},"additionalProperties":false})");
  EXPECT_EQ(
      limits(R"({"to":{"type":["string","null"],"items":{"enum":["a","${HOST}"]}},"body":true})"),
      R"({"properties":{"to":{"type":["string","null"],"items":{"enum":["a","a.b"]}},"body":true},)"
      R"("additionalProperties":false})");
}

TEST(ArgumentLimits, AValueOfAVariableInAPatternMeansItself) {
  EXPECT_THAT(limits(R"({"url":{"pattern":"^https://${HOST}/.*$"}})"),
              HasSubstr(R"("^https://a\\.b/.*$")"));
  EXPECT_THAT(limits(R"({"url":{"const":"${HOST}"}})"), HasSubstr(R"("a.b")"));
}

TEST(ArgumentLimits, NothingThatIsNotCheckedStandsInThem) {
  const std::pair<const char*, const char*> cases[] = {
      {"[]", "\"mcpServers.web.tools.go.arguments\": it must be an object"},
      {R"({"to":"a"})", "\"mcpServers.web.tools.go.arguments.to\": it must be an object"},
      {R"({"to":{"format":"email"}})",
       "\"mcpServers.web.tools.go.arguments.to.format\": this keyword of JSON Schema is not"},
      {R"({"to":{"items":{"$ref":"#/x"}}})", "items.$ref\": this keyword"},
      {R"({"to":{"pattern":1}})", "pattern\": it must be a string, not a number"},
      {R"({"to":{"pattern":"("}})", "pattern\": it is no regular expression"},
      {R"({"to":{"pattern":"${NOBODY}"}})", "the variable \"NOBODY\" has no value"},
      {R"({"to":{"enum":"a"}})", "enum\": it must be an array"},
      {R"({"to":{"enum":[]}})", "enum\": it is empty"},
      {R"({"to":{"anyOf":[]}})", "anyOf\": it is empty"},
      {R"({"to":{"anyOf":[{"format":"x"}]}})", "anyOf[0].format\": this keyword"},
      {R"({"to":{"items":[true]}})", "items\": it must be an object"},
      {R"({"to":{"maxItems":"1"}})", "maxItems\": it must be a number"},
      {R"({"to":{"uniqueItems":1}})", "uniqueItems\": it must be"},
      {R"({"to":{"type":"text"}})", "type\": it is no type"},
      {R"({"to":{"type":[]}})", "type\": it is no type"},
      {R"({"to":{"required":[1]}})", "required[0]\": it must be a string"},
      {R"({"to":{"properties":{"a":1}}})", "properties.a\": it must be an object"},
  };
  for (const auto& [arguments, why] : cases) {
    try {
      with_arguments(arguments);
      ADD_FAILURE() << arguments;
    } catch (const jackfield::PositionedError& mistake) {
      EXPECT_THAT(mistake.what(), HasSubstr(why)) << arguments;
    }
  }
}

TEST(ArgumentLimits, TheModelIsToldOfWhatItMayGive) {
  const auto schema = read_json(
      R"({"type":"object","properties":{"to":{"type":"array","items":{"type":"string"}},)"
      R"("bcc":{"type":"string"},"body":{"type":"string","description":"d"}},"required":["to"]})");
  const auto told = limited_schema(
      schema,
      read_json(
          R"({"properties":{"to":{"maxItems":1,"items":{"pattern":"@"}},"body":true,"x":true}})"));
  EXPECT_EQ(
      jackfield::to_json(told),
      R"({"type":"object","properties":{"to":{"type":"array","items":{"type":"string","pattern":"@"},)"
      R"("maxItems":1},"body":{"type":"string","description":"d"}},"required":["to"]})");
  EXPECT_EQ(jackfield::to_json(limited_schema(read_json("{}"), read_json(R"({"properties":{}})"))),
            "{}");
}

// What a model that a page has talked into something may try.
TEST(ArgumentLimits, HoldWhateverTheModelTries) {
  ToolRunner runner(with_arguments(R"({"url":{"pattern":"^https://${HOST}/"},"n":{"maximum":3}})"),
                    {.filler = "", .matches = matches});
  runner.set_tools(0,
                   {{.name = "go",
                     .description = "",
                     .schema = read_json(R"({"properties":{"url":{"type":"string"},"bcc":{}}})")}});
  const auto offer = runner.take_actions().back().text;
  EXPECT_THAT(offer, HasSubstr(R"("pattern":"^https://a\\.b/")"));
  EXPECT_THAT(offer, testing::Not(HasSubstr("bcc")));
  const auto outcome = [&](const std::string& arguments) {
    EXPECT_TRUE(runner.called(0, "c", 1, "go", arguments, kSecond));
    std::string found = "started";
    for (const ToolAction& action : runner.take_actions()) {
      if (action.kind == ToolAction::Kind::kReport) found = action.outcome;
      if (action.kind == ToolAction::Kind::kAnswer) {
        EXPECT_THAT(action.text, testing::StartsWith("error: "));
      }
    }
    return found;
  };
  EXPECT_EQ(outcome(R"({"url":"https://a.b/x"})"), "started");
  for (const std::string arguments : {
           R"({"url":"file:///etc/passwd"})",
           R"({"url":"http://127.0.0.1:8080/api"})",
           R"({"url":"https://aXb/"})",
           R"({"url":"https://a.b@evil.example/"})",
           R"({"url":" https://a.b/"})",
           R"({"url":["https://evil.example/"]})",
           R"({"url":"https://a.b/","url":"https://evil.example/"})",
           R"({"url":"https://a.b/","bcc":"x"})",
           R"({"url":"https://a.b/","__proto__":{}})",
           R"({"url":"https://a.b/","n":4})",
       })
    EXPECT_EQ(outcome(arguments), "refused") << arguments;
  // What cannot be looked at is not let through, though the tool's own pattern would not be heeded.
  EXPECT_EQ(outcome(R"({"url":"https://a.b/)" + std::string(1000, 'x') + R"("})"), "refused");
}

TEST(ArgumentLimits, WhatCannotBeCheckedDoesNotFit) {
  const auto fits = [](const char* limit, const std::string& value) {
    const auto checked = read_json(std::string(R"({"properties":{"a":)") + limit + "}}");
    return check_schema(checked, read_json(R"({"a":)" + value + "}"), matches, true).empty();
  };
  const std::string long_text = '"' + std::string(2000, 'x') + '"';
  EXPECT_TRUE(fits(R"({"pattern":"x"})", R"("x")"));
  EXPECT_FALSE(fits(R"({"pattern":"x"})", long_text));
  EXPECT_TRUE(fits(R"({"not":{"pattern":"y"}})", R"("x")"));
  EXPECT_FALSE(fits(R"({"not":{"pattern":"y"}})", long_text));
  // A tool that takes one or a list.
  EXPECT_FALSE(fits(R"({"pattern":"x"})", R"(["y"])"));
  EXPECT_FALSE(fits(R"({"items":{"pattern":"x"}})", R"("y")"));
  EXPECT_FALSE(fits(R"({"maximum":3})", R"("4")"));
  EXPECT_FALSE(fits(R"({"properties":{"b":true},"additionalProperties":false})", "[]"));
  EXPECT_TRUE(fits(R"({"anyOf":[{"pattern":"x"},{"items":{"pattern":"x"}}]})", R"(["x"])"));
  EXPECT_TRUE(fits(R"({"type":["string","null"],"pattern":"x"})", "null"));
  std::string many = "[";
  for (int i = 0; i < 1000; ++i) many += std::to_string(i) + ",";
  EXPECT_FALSE(fits(R"({"not":{"uniqueItems":true}})", many + "1000]"));
}

}  // namespace
