#include "realtime_failure.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace openai::realtime {
namespace {

using testing::HasSubstr;

TEST(RealtimeFailureTest, ConnectionsByStatus) {
  const struct {
    int status;
    const char* cause;
  } kCases[] = {{401, "key"},     {403, "key"},        {402, "quota"},  {404, "model"},
                {400, "request"}, {429, "rate-limit"}, {503, "server"}, {0, "network"}};
  for (const auto& c : kCases) {
    const ServiceError error = connection_failure(c.status, "refused", "", c.status >= 429);
    EXPECT_EQ(error.cause, c.cause) << c.status;
    EXPECT_EQ(error.status, c.status);
    EXPECT_EQ(error.retryable, c.status >= 429);
  }
}

TEST(RealtimeFailureTest, TheReasonOfACloseFrameSaysMore) {
  const ServiceError key =
      connection_failure(0, "closed (3000)", "invalid_request_error.invalid_api_key", true);
  EXPECT_EQ(key.cause, "key");
  EXPECT_FALSE(key.retryable) << "it will be wrong the next time, too";
  EXPECT_THAT(key.text, HasSubstr("invalid_api_key"));
  EXPECT_EQ(connection_failure(0, "", "model_not_found", true).cause, "model");
  EXPECT_TRUE(connection_failure(0, "", "server_error", true).retryable);
}

TEST(RealtimeFailureTest, EventsByCode) {
  EXPECT_EQ(event_failure("insufficient_quota", "You exceeded").cause, "quota");
  EXPECT_FALSE(event_failure("insufficient_quota", "").retryable);
  EXPECT_TRUE(event_failure("rate_limit_exceeded", "").retryable);
  EXPECT_EQ(event_failure("", "Strange.").cause, "request");
  EXPECT_EQ(event_failure("x", "Strange.").text, "Strange. (x)");
}

TEST(RealtimeFailureTest, TheOperatorReadsWhatToDo) {
  EXPECT_THAT(explained(event_failure("invalid_api_key", "Wrong.")), HasSubstr("OPENAI_API_KEY"));
  EXPECT_THAT(explained(event_failure("insufficient_quota", "Gone.")), HasSubstr("billing"));
  EXPECT_EQ(explained({.cause = "content", .text = "No."}), "No.");
}

}  // namespace
}  // namespace openai::realtime
