#include "twilio/rest/core/rest_judgement.hpp"

#include <gtest/gtest.h>

namespace jackfield::twilio {
namespace {

using Kind = RestResult::Kind;
using Transport = RestAnswer::Transport;

RestResult judged(int status, std::string_view body) {
  return judge_answer({.transport = Transport::kAnswered, .status = status, .body = body});
}

TEST(RestJudgement, ACallThatWasMade) {
  const RestResult result = judged(201, R"({"sid":"CA1","status":"queued","price":null})");
  EXPECT_TRUE(result.ok());
  EXPECT_EQ(result.sid, "CA1");
  EXPECT_EQ(result.status, "queued");
}

TEST(RestJudgement, Errors) {
  const auto kind = [](int status, int code) {
    return judged(status, "{\"code\":" + std::to_string(code) + ",\"message\":\"why\"}").kind;
  };
  EXPECT_EQ(kind(400, 21211), Kind::kWrongNumber);
  EXPECT_EQ(kind(400, 21215), Kind::kRefused);
  EXPECT_EQ(kind(400, 21220), Kind::kNotThere);
  EXPECT_EQ(kind(404, 20404), Kind::kNotThere);
  EXPECT_EQ(kind(401, 20003), Kind::kKey);
  EXPECT_EQ(kind(429, 20429), Kind::kUnreachable);
  EXPECT_EQ(kind(503, 0), Kind::kUnreachable);
  EXPECT_EQ(judged(400, R"({"code":21215,"message":"no permission"})").text, "no permission");
  EXPECT_EQ(judged(400, "<html>").text, "HTTP status 400");
  EXPECT_EQ(judged(200, "no JSON").kind, Kind::kRefused);
  EXPECT_EQ(judged(400, R"({"code":1e300,"message":7})").code, 999'999);
  EXPECT_EQ(judge_answer({.transport = Transport::kUnsure}).kind, Kind::kUnreachable);
}

TEST(RestRetry, WhatWasNotProcessedIsRepeated) {
  RestRetry create{false};
  EXPECT_EQ(create.next({.status = 429}), 500'000'000u);
  EXPECT_EQ(create.next({.transport = Transport::kNotSent}), 1'000'000'000u);
  EXPECT_EQ(create.next({.status = 429, .retry_after = 3'000'000'000}), 3'000'000'000u);
  EXPECT_EQ(create.next({.status = 429}), std::nullopt);
}

TEST(RestRetry, WhatMayHaveBeenProcessedIsNotUnlessTwiceIsTheSameAsOnce) {
  RestRetry create{false};
  EXPECT_EQ(create.next({.transport = Transport::kUnsure}), std::nullopt);
  EXPECT_EQ(create.next({.status = 503}), std::nullopt);
  EXPECT_EQ(create.next({.status = 400}), std::nullopt);
  RestRetry update{true};
  EXPECT_TRUE(update.next({.transport = Transport::kUnsure}));
  EXPECT_TRUE(update.next({.status = 503}));
  EXPECT_FALSE(update.next({.status = 404}));
  EXPECT_FALSE(update.next({.status = 429, .retry_after = 60'000'000'000}));
}

TEST(RestJudgement, WhereTwilioIs) {
  EXPECT_EQ(rest_base("https://api.dublin.ie1.twilio.com/"), "https://api.dublin.ie1.twilio.com");
  EXPECT_EQ(rest_base("http://127.0.0.1:8080"), "http://127.0.0.1:8080");
  EXPECT_EQ(rest_base("http://localhost:1"), "http://localhost:1");
  for (const char* bad :
       {"http://api.twilio.com", "https://me@api.twilio.com", "https://x.example/path",
        "https://x.example?x", "ftp://x.example", "x", "", "http://127.0.0.1.example", "https://"})
    EXPECT_EQ(rest_base(bad), "") << bad;
}

}  // namespace
}  // namespace jackfield::twilio
