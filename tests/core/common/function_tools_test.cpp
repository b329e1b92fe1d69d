#include "function_tools.hpp"

#include <gtest/gtest.h>

#include "json_reader.hpp"

namespace {

using jackfield::read_tools;

TEST(Tools, AreReadInBothShapes) {
  const auto tools = read_tools(
      R"([{"name":"a","description":"d","parameters":{"type":"object","x":[1,true,null]}},
                                    {"type":"function","function":{"name":"b"}}])");
  ASSERT_EQ(tools.size(), 2u);
  EXPECT_EQ(tools[0].parameters, R"({"type":"object","x":[1,true,null]})");
  EXPECT_EQ(tools[1].name, "b");
  EXPECT_TRUE(read_tools("").empty());
  for (const char* bad :
       {"{}", "[1]", "[{}]", R"([{"name":"a b"}])", R"([{"name":"a"},{"name":"a"}])",
        R"([{"name":"a","parameters":[]}])", "["}) {
    EXPECT_THROW(read_tools(bad), jackfield::PositionedError) << bad;
  }
}

}  // namespace
