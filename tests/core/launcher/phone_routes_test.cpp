#include "serve/core/phone_routes.hpp"

#include <gtest/gtest.h>

namespace jackfield {
namespace {

std::string line_for(const std::vector<PhoneRoute>& routes, std::string_view called) {
  const PhoneRoutes all{routes};
  const std::string* line = all.line_for(called);
  return line ? *line : "(none)";
}

TEST(PhoneRoutesTest, TheOnlyLineTakesEveryCall) {
  EXPECT_EQ(line_for({{"a", {}}}, "+1555"), "a");
  EXPECT_EQ(line_for({{"a", {"+1666"}}}, "+1555"), "a");
  EXPECT_EQ(line_for({{"a", {}}}, ""), "a");
  EXPECT_EQ(line_for({}, "+1555"), "(none)");
}

TEST(PhoneRoutesTest, SeveralHaveTheirNumbers) {
  const std::vector<PhoneRoute> routes{{"a", {"+1555", "client:anna"}}, {"b", {"+1666"}}};
  EXPECT_EQ(line_for(routes, "+1555"), "a");
  EXPECT_EQ(line_for(routes, "client:anna"), "a");
  EXPECT_EQ(line_for(routes, "+1666"), "b");
  EXPECT_EQ(line_for(routes, "+16666"), "(none)");
  EXPECT_EQ(line_for(routes, ""), "(none)");
}

TEST(PhoneRoutesTest, OneWithoutNumbersTakesTheRest) {
  EXPECT_EQ(line_for({{"a", {"+1555"}}, {"b", {}}}, "+1777"), "b");
  EXPECT_EQ(line_for({{"a", {"+1555"}}, {"b", {}}}, "+1555"), "a");
  // Which of the two is meant cannot be known.
  EXPECT_EQ(line_for({{"a", {}}, {"b", {}}}, "+1777"), "(none)");
}

}  // namespace
}  // namespace jackfield
