#include "end_call.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace {

using openai::add_end_call;
using openai::Tool;

TEST(EndCall, IsOfferedBesideOtherTools) {
  std::vector<Tool> tools = jackfield::read_tools(R"([{"name":"weather"}])");
  add_end_call(tools);
  ASSERT_EQ(tools.size(), 2u);
  EXPECT_EQ(tools[1].name, "end_call");
  EXPECT_FALSE(tools[1].description.empty());
  // It is a tool as an application would describe it.
  const std::string json =
      R"([{"name":")" + tools[1].name + R"(","parameters":)" + tools[1].parameters + "}]";
  EXPECT_EQ(jackfield::read_tools(json)[0].parameters, tools[1].parameters);
}

TEST(EndCall, ItsNameIsNotGivenTwice) {
  std::vector<Tool> tools = jackfield::read_tools(R"([{"name":"end_call"}])");
  EXPECT_THROW(add_end_call(tools), std::invalid_argument);
  EXPECT_EQ(tools.size(), 1u);
}

}  // namespace
