#include "twilio/core/form.hpp"

#include <gtest/gtest.h>

namespace jackfield::twilio {
namespace {

using Expected = FormParameters;

TEST(FormTest, ReadsWhatTwilioSends) {
  EXPECT_EQ(parse_form("CallSid=CA1&From=%2B15550001111&CallerName=J%C3%BCrgen+O%27Neill&X="),
            (Expected{{"CallSid", "CA1"},
                      {"From", "+15550001111"},
                      {"CallerName", "J\xc3\xbcrgen O'Neill"},
                      {"X", ""}}));
  EXPECT_EQ(parse_form(""), Expected{});
}

TEST(FormTest, NamesMayComeTwiceAndKeepTheirOrder) {
  EXPECT_EQ(parse_form("b=2&a=1&b=1&b=2"),
            (Expected{{"b", "2"}, {"a", "1"}, {"b", "1"}, {"b", "2"}}));
}

TEST(FormTest, EveryInputHasAResult) {
  EXPECT_EQ(parse_form("a%=%zz&b%4&=c&&d&e=f=g&%"),
            (Expected{{"a%", "%zz"}, {"b%4", ""}, {"", "c"}, {"d", ""}, {"e", "f=g"}, {"%", ""}}));
  EXPECT_EQ(parse_form("a=%00%ff%41"), (Expected{{"a", std::string{"\0\xff"
                                                                   "A",
                                                                   3}}}));
}

TEST(FormTest, TheFirstValueOfANameCounts) {
  const FormParameters form = parse_form("a=1&b=2&a=3");
  EXPECT_EQ(form_value(form, "a"), "1");
  EXPECT_EQ(form_value(form, "A"), "");
}

}  // namespace
}  // namespace jackfield::twilio
