#include "error_advice.hpp"

#include <gtest/gtest.h>

namespace {

using agentbrain::error_advice;

TEST(ErrorAdvice, EveryCauseOfTheServicesHasOne) {
  for (const char* cause :
       {"quota", "rate-limit", "request", "server", "network", "timeout", "cut", "protocol",
        "unauthorized", "no-credit", "bad-request", "rate-limited", "unreachable", "certificate",
        "refused", "closed", "lost", "dead", "bad-address"}) {
    EXPECT_FALSE(error_advice(cause).empty()) << cause;
  }
  EXPECT_EQ(error_advice("quota"), error_advice("no-credit"));
  EXPECT_NE(error_advice("unauthorized"), error_advice("quota"));
}

TEST(ErrorAdvice, NothingIsSaidTwice) {
  EXPECT_FALSE(error_advice("unauthorized", "no such user").empty());
  EXPECT_TRUE(error_advice("unauthorized", "the key is refused: set api-key").empty());
  EXPECT_FALSE(error_advice("quota_exceeded", "0 credits remain").empty());
  EXPECT_TRUE(error_advice("quota_exceeded", "no credit is left: see to the account").empty());
}

TEST(ErrorAdvice, UnknownCausesHaveNone) {
  EXPECT_TRUE(error_advice("").empty());
  EXPECT_TRUE(error_advice("moon").empty());
}

}  // namespace
