#include "text/json_text.hpp"

#include <gtest/gtest.h>

namespace jackfield {
namespace {

TEST(JsonTextTest, ValuesComeOutAsTheyWentIn) {
  for (const char* text : {"null", "true", "false", "0", "-1.25", "1e+300", "\"a\\\"b\"", "[]",
                           "{}", R"([1,[2,{"a":"b","c":[]}],null])"}) {
    EXPECT_EQ(json_text(read_json(text)), text);
  }
}

TEST(JsonTextTest, Objects) {
  EXPECT_EQ(JsonObjectText{}.close(), "{}");
  EXPECT_EQ(JsonObjectText{}.text("a", "x\n").json("b", "[1]").close(), R"({"a":"x\n","b":[1]})");
}

}  // namespace
}  // namespace jackfield
