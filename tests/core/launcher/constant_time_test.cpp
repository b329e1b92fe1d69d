#include "text/constant_time.hpp"

#include <gtest/gtest.h>

namespace jackfield {
namespace {

TEST(ConstantTimeTest, ComparesAllOfIt) {
  EXPECT_TRUE(equal_in_constant_time("", ""));
  EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
  for (const char* other : {"", "ab", "abd", "Abc", "abcd"})
    EXPECT_FALSE(equal_in_constant_time("abc", other)) << other;
}

}  // namespace
}  // namespace jackfield
