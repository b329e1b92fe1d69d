#include "client/core/answer.hpp"

#include <gtest/gtest.h>

namespace jackfield::client {
namespace {

constexpr char kServer[] = "http://127.0.0.1:8080";

Answer answer(int status, const std::string& body, bool has_token = false,
              std::string_view location = "") {
  return read_answer({.status = status, .location = location, .body = body}, kServer, has_token);
}
bool says(const Answer& given, const char* words) {
  return given.problem.find(words) != std::string::npos;
}

TEST(AnswerTest, AnObjectIsAnAnswer) {
  const Answer done = answer(200, R"({"sessions":[]})");
  EXPECT_EQ(done.outcome, Outcome::kDone);
  EXPECT_TRUE(done.json.find("sessions"));
  EXPECT_EQ(done.text, R"({"sessions":[]})");
  EXPECT_EQ(answer(202, "{}").outcome, Outcome::kDone);
}

TEST(AnswerTest, SomethingElseIsNoJackfield) {
  for (const auto& given : {answer(200, "<html>"), answer(200, "[]"), answer(200, ""),
                            answer(404, "not found"), answer(404, ""), answer(405, "")}) {
    EXPECT_EQ(given.outcome, Outcome::kForeign);
    EXPECT_TRUE(says(given, "JACKFIELD_SERVER")) << given.problem;
  }
}

TEST(AnswerTest, WithoutTheRightTokenItIsToldWhatToDo) {
  EXPECT_EQ(answer(401, "{}").outcome, Outcome::kDenied);
  EXPECT_TRUE(says(answer(401, "{}"), "wants a token"));
  EXPECT_TRUE(says(answer(401, "{}"), "JACKFIELD_API_TOKEN"));
  EXPECT_TRUE(says(answer(401, "{}", true), "does not know this token"));
  const Answer limited = answer(429, R"({"error":{"code":"x","message":"later"}})", true);
  EXPECT_EQ(limited.outcome, Outcome::kDenied);
  EXPECT_TRUE(says(limited, "later"));
  EXPECT_TRUE(says(answer(403, ""), "403"));
}

TEST(AnswerTest, WhatTheApiSaysIsPassedOnInOneCleanRow) {
  const Answer refused =
      answer(404, R"({"error":{"code":"no-such-session","message":"no\n\u001b[2Jsession"}})");
  EXPECT_EQ(refused.outcome, Outcome::kRefused);
  EXPECT_EQ(refused.problem, "no session");
}

TEST(AnswerTest, RedirectsAreNamedAndNotFollowed) {
  const Answer given = answer(302, "", true, "https://elsewhere/\033[2J");
  EXPECT_EQ(given.outcome, Outcome::kForeign);
  EXPECT_TRUE(says(given, "https://elsewhere/"));
  EXPECT_EQ(given.problem.find('\033'), std::string::npos);
}

TEST(AnswerTest, ServersThatAreNotThere) {
  const Answer given = unreachable(kServer, "Connection refused", false);
  EXPECT_EQ(given.outcome, Outcome::kUnreachable);
  EXPECT_TRUE(says(given, "Connection refused"));
  EXPECT_TRUE(says(given, "jackfield run"));
  EXPECT_EQ(unreachable(kServer, std::string{kServer} + "/api/v1/server: Connection refused", false)
                .problem,
            given.problem);
  EXPECT_TRUE(says(unreachable(kServer, "", true), "not answer in time"));
  EXPECT_EQ(answer(502, "bad gateway").outcome, Outcome::kUnreachable);
}

TEST(AnswerTest, TheSameOfSockets) {
  EXPECT_EQ(refused_socket(401, kServer, false).outcome, Outcome::kDenied);
  EXPECT_EQ(refused_socket(404, kServer, false).outcome, Outcome::kForeign);
  EXPECT_EQ(refused_socket(503, kServer, false).outcome, Outcome::kUnreachable);
}

}  // namespace
}  // namespace jackfield::client
