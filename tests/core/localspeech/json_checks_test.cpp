#include "json_checks.hpp"

#include <gtest/gtest.h>

namespace {

using namespace localspeech;

template <typename Check>
std::string mistake(Check check) {
  try {
    check();
    return "";
  } catch (const ScriptError& e) {
    return std::to_string(e.where().line) + ":" + std::to_string(e.where().column) + ": " +
           e.what();
  }
}

class JsonChecksTest : public testing::Test {
 protected:
  const JsonValue root_ = read_json("{\"n\": 3,\n \"s\": \"x\", \"b\": true, \"bad name\": 1.5}");
};

TEST_F(JsonChecksTest, ValuesOfTheRightKindAreRead) {
  EXPECT_EQ(json_count(json_needed(root_, "n", "it"), 3, "n"), 3u);
  EXPECT_EQ(json_text(json_needed(root_, "s", "it"), "s"), "x");
  EXPECT_TRUE(json_boolean(json_needed(root_, "b", "it"), "b"));
}

TEST_F(JsonChecksTest, OthersAreNamedWithTheirPlace) {
  EXPECT_EQ(mistake([&] { json_text(*root_.find("n"), "the name"); }),
            "1:7: the name must be a string, not a number");
  EXPECT_EQ(mistake([&] { json_boolean(*root_.find("s"), "it"); }),
            "2:7: it must be true or false, not a string");
  EXPECT_EQ(mistake([&] { json_count(*root_.find("n"), 2, "it"); }),
            "1:7: it must be a whole number from 1 to 2");
  EXPECT_EQ(mistake([&] { json_count(*root_.find("bad name"), 2, "it"); }),
            "2:35: it must be a whole number from 1 to 2");
  EXPECT_EQ(mistake([&] { json_needed(root_, "z", "it"); }), "1:1: it needs the key \"z\"");
}

TEST_F(JsonChecksTest, UnknownKeysAndBadNames) {
  EXPECT_EQ(mistake([&] {
              json_check_keys(root_, {"n", "s", "b"}, "it");
            }),
            "2:23: it has no key \"bad name\" (known: n, s, b)");
  EXPECT_EQ(mistake([&] { json_check_keys(root_, {"n", "s", "b", "bad name"}, "it"); }), "");
  EXPECT_EQ(mistake([&] { json_check_name(root_.members[0], "it"); }), "");
  EXPECT_EQ(mistake([&] { json_check_name(root_.members[3], "a slot"); }),
            "2:23: the name of a slot must be letters, digits, '_' or '-'");
}

}  // namespace
