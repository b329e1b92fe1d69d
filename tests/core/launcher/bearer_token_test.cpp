#include "serve/core/bearer_token.hpp"

#include <gtest/gtest.h>

namespace jackfield {
namespace {

TEST(BearerTokenTest, IsWhatFollowsTheScheme) {
  EXPECT_EQ(bearer_token("Bearer abc.def"), "abc.def");
  EXPECT_EQ(bearer_token("bearer   abc "), "abc");
  for (const char* field : {"", "Bearer", "Bearer ", "Basic abc", "abc", "Bearerabc"})
    EXPECT_EQ(bearer_token(field), "") << field;
}

}  // namespace
}  // namespace jackfield
