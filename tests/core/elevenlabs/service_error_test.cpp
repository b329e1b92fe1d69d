#include "service_error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace elevenlabs {
namespace {

using ::testing::HasSubstr;

std::optional<ScribeError> scribe(const std::string& type) {
  return read_scribe_error(
      type, jackfield::read_json(R"({"message_type":")" + type + R"(","error":"their words"})"));
}

TEST(ServiceErrorTest, EveryErrorOfTheRecognizerHasAnOperatorsText) {
  struct Case {
    const char* type;
    const char* says;
    bool retryable;
  };
  for (const Case& c : {Case{"error", "their words", true},
                        {"auth_error", "ELEVENLABS_API_KEY", false},
                        {"quota_exceeded", "no credit", false},
                        {"commit_throttled", "so little audio", true},
                        {"transcriber_error", "recognizer failed", true},
                        {"unaccepted_terms", "terms", false},
                        {"rate_limited", "too many", true},
                        {"input_error", "cannot use", false},
                        {"invalid_request", "settings", false},
                        {"queue_overflow", "faster", true},
                        {"resource_exhausted", "capacity", true},
                        {"session_time_limit_exceeded", "longest time", true},
                        {"chunk_size_exceeded", "too long", false},
                        {"insufficient_audio_activity", "too little audio", true}}) {
    const auto read = scribe(c.type);
    ASSERT_TRUE(read) << c.type;
    EXPECT_EQ(read->error.code, c.type);
    EXPECT_THAT(read->error.text, HasSubstr(c.says)) << c.type;
    EXPECT_THAT(read->error.text, HasSubstr("their words")) << c.type;
    EXPECT_EQ(read->error.retryable, c.retryable) << c.type;
    EXPECT_EQ(read->passing, std::string_view(c.type) == "commit_throttled") << c.type;
  }
}

TEST(ServiceErrorTest, UnknownErrorsAreErrorsAndOtherMessagesAreNot) {
  ASSERT_TRUE(scribe("some_new_error"));
  EXPECT_TRUE(scribe("some_new_error")->error.retryable);
  EXPECT_EQ(scribe("some_new_error")->error.text, "ElevenLabs: their words");
  EXPECT_FALSE(read_scribe_error("session_started", jackfield::read_json("{}")));
  EXPECT_TRUE(read_scribe_error("quota_exceeded", jackfield::read_json("{}")));
}

TEST(ServiceErrorTest, RefusedConnections) {
  EXPECT_EQ(explain_end(401, 0, "")->code, "unauthorized");
  EXPECT_THAT(explain_end(401, 0, "")->text, HasSubstr("credit"));
  EXPECT_TRUE(explain_end(429, 0, "")->retryable);
  EXPECT_FALSE(explain_end(404, 0, "")->retryable);
  EXPECT_FALSE(explain_end(402, 0, "")->retryable);
  EXPECT_THAT(explain_end(0, 1008, "bad words")->text, HasSubstr("bad words"));
  EXPECT_FALSE(explain_end(500, 0, ""));
  EXPECT_FALSE(explain_end(0, 1000, ""));
}

TEST(ServiceErrorTest, AnswersOfHttp) {
  auto error = explain_answer(401, R"({"detail":{"status":"quota_exceeded","message":"none"}})");
  EXPECT_EQ(error.code, "quota_exceeded");
  EXPECT_THAT(error.text, HasSubstr("no credit"));
  EXPECT_FALSE(error.retryable);
  error = explain_answer(401, R"({"detail":{"status":"invalid_api_key","message":"x"}})");
  EXPECT_THAT(error.text, HasSubstr("ELEVENLABS_API_KEY"));
  error = explain_answer(429, R"({"detail":{"status":"system_busy","message":"x"}})");
  EXPECT_TRUE(error.retryable);
  error = explain_answer(400, R"({"detail":{"status":"brand_new","message":"odd"}})");
  EXPECT_EQ(error.code, "brand_new");
  EXPECT_FALSE(error.retryable);
  error = explain_answer(422, R"({"detail":[{"loc":["body"],"msg":"field required"}]})");
  EXPECT_EQ(error.code, "bad-request");
  EXPECT_THAT(error.text, HasSubstr("field required"));
  EXPECT_TRUE(explain_answer(503, "<html>").retryable);
  EXPECT_FALSE(explain_answer(418, "").retryable);
  EXPECT_THAT(explain_answer(418, "").text, HasSubstr("418"));
}

TEST(ServiceErrorTest, LongWordsAreCut) {
  EXPECT_LT(describe("brand_new", std::string(10'000, 'x')).size(), 600U);
  EXPECT_TRUE(is_retryable("system_busy"));
  EXPECT_FALSE(is_retryable("voice_not_found"));
}

}  // namespace
}  // namespace elevenlabs
