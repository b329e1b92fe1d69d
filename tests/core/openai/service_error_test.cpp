#include "service_error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace openai;
using testing::HasSubstr;
using testing::Not;

std::string body(const char* code, const char* message = "m") {
  return std::string(R"({"error":{"message":")") + message + R"(","type":"t","code":")" + code +
         R"("}})";
}

TEST(ServiceError, NamesTheCause) {
  EXPECT_EQ(read_http_error(401, body("invalid_api_key"), "").cause, "key");
  EXPECT_EQ(read_http_error(403, "", "").cause, "key");
  EXPECT_EQ(read_http_error(404, body("model_not_found"), "").cause, "model");
  EXPECT_EQ(read_http_error(404, R"({"error":"model 'x' not found"})", "").cause, "model");
  EXPECT_EQ(read_http_error(404, "File Not Found", "").cause, "request");
  EXPECT_EQ(read_http_error(429, body("insufficient_quota"), "").cause, "quota");
  EXPECT_EQ(read_http_error(429, body("rate_limit_exceeded"), "").cause, "rate-limit");
  EXPECT_EQ(read_http_error(400, body("unsupported_value"), "").cause, "request");
  EXPECT_EQ(read_http_error(503, "<html>", "").cause, "server");
  EXPECT_TRUE(read_http_error(503, "", "").retryable);
  EXPECT_FALSE(read_http_error(429, body("insufficient_quota"), "").retryable);
  EXPECT_EQ(read_http_error(400, body("x", "Bad thing"), "").text, "HTTP 400: Bad thing");
}

TEST(ServiceError, TellsNoSecret) {
  const auto e = read_http_error(
      401, body("invalid_api_key", "Incorrect API key provided: sk-abc*****6789, my-own-key. See"),
      "my-own-key");
  EXPECT_THAT(e.text, Not(HasSubstr("sk-abc")));
  EXPECT_THAT(e.text, Not(HasSubstr("6789")));
  EXPECT_THAT(e.text, Not(HasSubstr("my-own-key")));
  EXPECT_THAT(e.text, HasSubstr("See"));
  EXPECT_THAT(e.text, HasSubstr("OPENAI_API_KEY"));
  EXPECT_EQ(without_secrets("a task-force \xFF\n", ""), "a task-force \xEF\xBF\xBD ");
  EXPECT_LE(without_secrets(std::string(9000, 'x'), "").size(), 500u);
}

TEST(ServiceError, OnlyQuotaIsHopelessAmongTheTransient) {
  EXPECT_TRUE(is_hopeless(429, body("insufficient_quota")));
  EXPECT_FALSE(is_hopeless(429, body("rate_limit_exceeded")));
  EXPECT_FALSE(is_hopeless(503, "x"));
}

TEST(ServiceError, OfOtherServers) {
  const struct {
    int status;
    const char* body;
    const char* cause;
    bool retryable;
  } cases[] = {
      {503, R"({"error":{"code":503,"message":"Loading model","type":"unavailable_error"}})",
       "server", true},
      {401, R"({"error":{"code":401,"message":"Invalid API Key","type":"authentication_error"}})",
       "key", false},
      {400,
       R"({"error":{"code":400,"message":"too long","type":"exceed_context_size_error","n_ctx":9}})",
       "request", false},
      {404, R"({"error":{"message":"model 'x' not found","type":"not_found_error","code":null}})",
       "model", false},
      {500, R"({"error":"model requires more system memory"})", "server", true},
      {401, R"({"error":{"message":"Unauthorized","type":"unauthorized"}})", "key", false},
      {400,
       R"({"error":{"message":"Invalid `model`. Use `openclaw`.","type":"invalid_request_error"}})",
       "model", false},
      {404, "Not Found", "request", false},
  };
  for (const auto& c : cases) {
    const auto e = openai::read_http_error(c.status, c.body, "");
    EXPECT_EQ(e.cause, c.cause) << c.body;
    EXPECT_EQ(e.retryable, c.retryable) << c.body;
    EXPECT_EQ(e.status, c.status);
    EXPECT_GT(e.text.size(), 9u) << e.text;
  }
}

}  // namespace
