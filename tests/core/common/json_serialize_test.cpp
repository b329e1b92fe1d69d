#include "json_serialize.hpp"

#include <gtest/gtest.h>

namespace {

using jackfield::read_json;
using jackfield::to_json;

TEST(JsonSerialize, WritesWhatWasRead) {
  const std::string text =
      R"({"a":[1,-2.5,1e+30,true,false,null],"b":{},"c":[],"d":"q\"\\\n\u0001é"})";
  EXPECT_EQ(to_json(read_json(text)), text);
}

TEST(JsonSerialize, LeavesBlanksOut) {
  EXPECT_EQ(to_json(read_json(" { \"a\" :\n[ 1 , 2 ] } ")), R"({"a":[1,2]})");
}

}  // namespace
