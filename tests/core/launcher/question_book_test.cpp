#include "people/core/question_book.hpp"

#include <gtest/gtest.h>

namespace jackfield::people {
namespace {

Question question(const std::string& id, const std::string& session, std::uint64_t deadline) {
  return {.id = id,
          .session = session,
          .line = "desk",
          .person = {},
          .text = "how much?",
          .asked_at = 0,
          .deadline = deadline,
          .waiting = true};
}

TEST(QuestionBook, AQuestionIsAnsweredOnce) {
  QuestionBook book;
  EXPECT_EQ(book.deadline(), std::nullopt);
  EXPECT_TRUE(book.ask(question("q1", "s", 60)));
  EXPECT_EQ(book.deadline(), 60u);
  ASSERT_TRUE(book.find("q1"));
  const auto answered = book.answer("q1");
  ASSERT_TRUE(answered);
  EXPECT_TRUE(answered->waiting);
  EXPECT_FALSE(book.answer("q1"));
  EXPECT_FALSE(book.find("q1"));
}

TEST(QuestionBook, OneThatIsTooLateStaysOpenWhileTheCallLasts) {
  QuestionBook book;
  book.ask(question("q1", "s", 60));
  book.ask(question("q2", "s", 80));
  EXPECT_TRUE(book.expire(59).empty());
  ASSERT_EQ(book.expire(60).size(), 1u);
  EXPECT_TRUE(book.expire(61).empty());
  EXPECT_EQ(book.deadline(), 80u);
  const auto late = book.answer("q1");
  ASSERT_TRUE(late);
  EXPECT_FALSE(late->waiting);
  EXPECT_EQ(book.close("s").size(), 1u);
  EXPECT_FALSE(book.answer("q2"));
}

TEST(QuestionBook, WhatACallLeftOpenIsKnownForAWhile) {
  QuestionBook book;
  book.ask(question("q1", "s", 60));
  book.ask(question("q2", "s", 60));
  book.answer("q1");
  EXPECT_FALSE(book.missed("q2"));
  book.close("s");
  EXPECT_FALSE(book.missed("q1"));
  ASSERT_TRUE(book.missed("q2"));
  EXPECT_FALSE(book.missed("q2"));
  for (std::size_t i = 0; i <= QuestionBook::kMostMissed; ++i) {
    const std::string name = std::to_string(i);
    book.ask(question(name, name, 1));
    book.close(name);
  }
  EXPECT_FALSE(book.missed("0"));
  EXPECT_TRUE(book.missed("1"));
}

TEST(QuestionBook, ThereAreBounds) {
  QuestionBook book;
  for (std::size_t i = 0; i < QuestionBook::kMostOfSession; ++i)
    EXPECT_TRUE(book.ask(question("q" + std::to_string(i), "s", 1)));
  EXPECT_FALSE(book.ask(question("more", "s", 1)));
  EXPECT_TRUE(book.ask(question("other", "t", 1)));
  for (std::size_t i = 0; i < QuestionBook::kMostInCall; ++i) {
    book.ask(question("u" + std::to_string(i), "u", 1));
    book.answer("u" + std::to_string(i));
  }
  EXPECT_FALSE(book.ask(question("too many", "u", 1)));
  std::size_t open = book.open().size();
  for (int i = 0; i < 1000; ++i)
    open += book.ask(question("v" + std::to_string(i), "v" + std::to_string(i), 1)) ? 1 : 0;
  EXPECT_EQ(open, QuestionBook::kMostOpen);
}

}  // namespace
}  // namespace jackfield::people
