#include "text/redaction.hpp"

#include <gtest/gtest.h>

TEST(RedactionTest, SecretsAreReplacedWhereverTheyStand) {
  using jackfield::redacted;
  EXPECT_FALSE(jackfield::has_secrets());
  jackfield::hide("short");
  EXPECT_FALSE(jackfield::has_secrets());
  EXPECT_EQ(redacted("short hunter2hunter2"), "short hunter2hunter2");
  jackfield::hide("hunter2");
  jackfield::hide("hunter2hunter2");
  jackfield::hide("hunter2");
  EXPECT_TRUE(jackfield::has_secrets());
  EXPECT_EQ(redacted("hunter2hunter2"), "***");
  EXPECT_EQ(redacted("a=hunter2;b=hunter2hunter2;hunter"), "a=***;b=***;hunter");
  EXPECT_EQ(redacted(""), "");
}
