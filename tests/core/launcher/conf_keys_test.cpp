#include "conf/core/conf_keys.hpp"

#include <gtest/gtest.h>

namespace jackfield {
namespace {

ConfKey key(const char* name, const char* value) {
  return {.name = name, .value = value, .offset = 1, .value_offset = 2};
}

TEST(ConfKeys, ListsHaveNoEmptyParts) {
  EXPECT_EQ(split_conf_list(" a, b c,,d ", " \t,;"),
            (std::vector<std::string>{"a", "b", "c", "d"}));
  EXPECT_EQ(split_conf_list("a b, c", ","), (std::vector<std::string>{"a b", "c"}));
  EXPECT_TRUE(split_conf_list(" ,; ", " ,;").empty());
}

TEST(ConfKeys, ValuesOfTheirKind) {
  std::vector<TextError> errors;
  ConfKeys keys{errors};
  const NumberSetting setting{"n", nullptr, 2, 9, "N", ""};
  EXPECT_EQ(keys.number_of(key("n", "2"), setting), 2u);
  bool flag = false;
  keys.read_flag(key("f", "true"), flag);
  EXPECT_TRUE(flag);
  Variables::Map variables;
  EXPECT_TRUE(keys.read_variable(key("NAME", "x"), variables));
  EXPECT_FALSE(keys.read_variable(key("name", "x"), variables));
  EXPECT_FALSE(keys.read_variable(key("API_TOKEN", "x"), variables));
  EXPECT_EQ(variables.size(), 1u);
  EXPECT_TRUE(errors.empty());
  for (const char* value : {"1", "10", "x", "3 # three", "", "-2", "2.5"})
    EXPECT_EQ(keys.number_of(key("n", value), setting), std::nullopt) << value;
  EXPECT_EQ(keys.mistakes(), 7u);
  keys.read_flag(key("f", "yes"), flag);
  EXPECT_TRUE(keys.read_variable(key("SESSION", "x"), variables));
  EXPECT_EQ(keys.mistakes(), 9u);
}

TEST(ConfKeys, Names) {
  std::vector<TextError> errors;
  ConfKeys keys{errors};
  ConfSection section{.name = "task a", .offset = 0, .keys = {}};
  EXPECT_TRUE(keys.check_name(section, "task", "a", {"b"}));
  EXPECT_FALSE(keys.check_name(section, "task", "b", {"b"}));
  EXPECT_FALSE(keys.check_name(section, "task", "", {}));
  EXPECT_FALSE(keys.check_name(section, "task", "a/b", {}));
  EXPECT_EQ(errors.size(), 3u);
}

}  // namespace
}  // namespace jackfield
