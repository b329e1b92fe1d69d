#include "parameter_headers.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace {

using namespace agentbrain::tools;
using Headers = std::vector<std::pair<std::string, std::string>>;

ParameterHeaders read(const std::string& schema) {
  return read_parameter_headers(jackfield::read_json(schema));
}

// Of one property "p".
ParameterHeaders property(const std::string& members) {
  return read(R"({"type":"object","properties":{"p":{)" + members + "}}}");
}

Headers headers(const ParameterHeaders& wanted, const std::string& arguments) {
  return parameter_headers(wanted.all, jackfield::read_json(arguments));
}

TEST(ParameterHeaders, ArgumentsTravelAsHeaders) {
  const ParameterHeaders wanted = read(R"({"type":"object","properties":{
    "region":{"type":"string","x-mcp-header":"Region"},
    "query":{"type":"string"},
    "limit":{"type":"integer","x-mcp-header":"Limit"},
    "where":{"type":"object","properties":{"dry":{"type":"boolean","x-mcp-header":"Dry-Run"}}}}})");
  ASSERT_EQ(wanted.mistake, "");
  EXPECT_EQ(
      headers(wanted, R"({"region":"us-west1","query":"SELECT","limit":-7,"where":{"dry":true}})"),
      (Headers{{"Mcp-Param-Region", "us-west1"},
               {"Mcp-Param-Limit", "-7"},
               {"Mcp-Param-Dry-Run", "true"}}));
  // What is absent or null has none; neither has what lies elsewhere.
  EXPECT_EQ(headers(wanted, R"({"region":null,"where":"dry"})"), Headers{});
  EXPECT_EQ(headers(wanted, R"({"where":{"dry":false},"limit":42.0})"),
            (Headers{{"Mcp-Param-Limit", "42"}, {"Mcp-Param-Dry-Run", "false"}}));
}

TEST(ParameterHeaders, APropertyMayHaveTheNameOfTheKeyword) {
  const ParameterHeaders wanted = read(
      R"({"type":"object","properties":{"x-mcp-header":{"type":"string"},"properties":{"type":"string","x-mcp-header":"P"}}})");
  EXPECT_EQ(wanted.mistake, "");
  EXPECT_EQ(headers(wanted, R"({"properties":"v","x-mcp-header":"w"})"),
            (Headers{{"Mcp-Param-P", "v"}}));
}

TEST(ParameterHeaders, WhatTheProtocolForbidsIsAMistake) {
  EXPECT_EQ(property(R"("type":"string","x-mcp-header":"Region")").mistake, "");
  for (const char* name :
       {R"("")", R"("a b")", R"("a:b")", R"("a\r\nHost")", R"("Ä")", "7", "null"})
    EXPECT_NE(property(std::string(R"("type":"string","x-mcp-header":)") + name).mistake, "")
        << name;
  for (const char* type : {"number", "object", "array", "null", ""})
    EXPECT_NE(property(R"("x-mcp-header":"P","type":")" + std::string(type) + "\"").mistake, "")
        << type;
  EXPECT_NE(property(R"("x-mcp-header":"P")").mistake, "");
  EXPECT_NE(read(R"({"properties":{"a":{"type":"string","x-mcp-header":"Same"},
                                   "b":{"type":"string","x-mcp-header":"sAME"}}})")
                .mistake,
            "");
}

TEST(ParameterHeaders, OnlyPropertiesThatAreAlwaysTheSame) {
  const std::string one = R"({"type":"string","x-mcp-header":"P"})";
  for (const std::string& schema :
       {R"({"type":"string","x-mcp-header":"P"})" + std::string(),
        R"({"properties":{"l":{"type":"array","items":)" + one + "}}}",
        R"({"properties":{"l":{"anyOf":[)" + one + "]}}}",
        R"({"oneOf":[{"properties":{"p":)" + one + "}}]}", R"({"$defs":{"d":)" + one + "}}",
        R"({"if":{"properties":{"p":)" + one + "}}}", R"({"additionalProperties":)" + one + "}"})
    EXPECT_NE(read(schema).mistake, "") << schema;
  // Values are no schemas.
  EXPECT_EQ(
      property(R"("type":"object","default":{"x-mcp-header":"P"},"enum":[{"x-mcp-header":1}])")
          .mistake,
      "");
}

TEST(ParameterHeaders, NumbersThatAHeaderCannotHave) {
  const ParameterHeaders wanted = property(R"("type":"integer","x-mcp-header":"P")");
  EXPECT_EQ(headers(wanted, R"({"p":9007199254740991})"),
            (Headers{{"Mcp-Param-P", "9007199254740991"}}));
  EXPECT_THROW(headers(wanted, R"({"p":9007199254740992})"), std::range_error);
  EXPECT_THROW(headers(wanted, R"({"p":1.5})"), std::range_error);
}

// The examples of the specification.
TEST(ParameterHeaders, ValuesThatAreNotPlainAreEncoded) {
  EXPECT_EQ(header_value("us-west1"), "us-west1");
  EXPECT_EQ(header_value(""), "");
  EXPECT_EQ(header_value("Hello, 世界"), "=?base64?SGVsbG8sIOS4lueVjA==?=");
  EXPECT_EQ(header_value(" padded "), "=?base64?IHBhZGRlZCA=?=");
  EXPECT_EQ(header_value("line1\nline2"), "=?base64?bGluZTEKbGluZTI=?=");
  EXPECT_EQ(header_value("=?base64?literal?="), "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?=");
  EXPECT_EQ(header_value("a\tb"), "=?base64?YQli?=");
}

}  // namespace
