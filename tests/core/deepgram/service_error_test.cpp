#include "service_error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace deepgram {
namespace {

using ::testing::HasSubstr;

TEST(ServiceErrorTest, Statuses) {
  EXPECT_EQ(explain_status(401, "")->code, "unauthorized");
  EXPECT_FALSE(explain_status(401, "")->retryable);
  EXPECT_THAT(explain_status(400, "no such model")->text, HasSubstr("no such model"));
  EXPECT_TRUE(explain_status(429, "")->retryable);
  EXPECT_FALSE(explain_status(503, ""));
}

TEST(ServiceErrorTest, MessagesOfBothVersions) {
  const auto read = [](const char* text) { return read_error(jackfield::read_json(text)); };
  EXPECT_EQ(read(R"({"code":"X","description":"why"})").code, "X");
  EXPECT_EQ(read(R"({"variant":"Y","message":"why"})").code, "Y");
  EXPECT_EQ(read(R"({"variant":"Y","message":"why"})").text, "Deepgram: why");
  EXPECT_TRUE(read("{}").retryable);
  EXPECT_EQ(read("{}").code, "service");
  EXPECT_FALSE(read(R"({"code":"INVALID_AUTH"})").retryable);
}

}  // namespace
}  // namespace deepgram
