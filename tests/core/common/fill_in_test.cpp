#include "fill_in.hpp"

#include <gtest/gtest.h>

namespace {

std::optional<std::string> value_of(std::string_view name) {
  if (name == "name") return "Anna";
  if (name == "empty") return "";
  return std::nullopt;
}

TEST(FillIn, VariablesAreFilledIn) {
  EXPECT_EQ(
      jackfield::fill_in("I am ${name} of ${company:-ACME}${empty}. It costs $$5 or $6.", value_of),
      "I am Anna of ACME. It costs $5 or $6.");
}

TEST(FillIn, MistakesAreNamedByTheirPlace) {
  for (const char* text : {"one\ntwo \xC3\xA9 ${nobody}", "one\ntwo \xC3\xA9 ${name"}) {
    try {
      jackfield::fill_in(text, value_of);
      FAIL();
    } catch (const jackfield::PositionedError& e) {
      EXPECT_EQ(e.where().line, 2u);
      EXPECT_EQ(e.where().column, 7u);
    }
  }
}

}  // namespace
