#include "addressee.hpp"

#include <gtest/gtest.h>

namespace {

using jackfield::Addressee;
using jackfield::SpokenNames;

constexpr std::uint64_t kSecond = 1'000'000'000;

Addressee in_a_room() {
  Addressee agent;
  agent.configure({.named = true, .names = SpokenNames{"Jack"}, .window = 10 * kSecond});
  return agent;
}

TEST(Addressee, WithoutNamesEverythingIsMeant) {
  Addressee agent;
  EXPECT_TRUE(agent.always());
  EXPECT_TRUE(agent.meant("anything", 5));
  agent.configure({.named = true, .names = SpokenNames{}});
  EXPECT_TRUE(agent.always());
  agent.configure({.named = false, .names = SpokenNames{"Jack"}});
  EXPECT_TRUE(agent.meant("anything", 5));
}

TEST(Addressee, ListensFromItsNameUntilTheWindowBehindTheReply) {
  Addressee agent = in_a_room();
  EXPECT_FALSE(agent.meant("what time is it", kSecond));
  EXPECT_TRUE(agent.meant("Jack, what time is it", kSecond));
  agent.answers(true);
  agent.says("It is ten.");
  EXPECT_TRUE(agent.listens(40 * kSecond));  // as long as the reply lasts
  agent.reply_over(50 * kSecond);
  EXPECT_TRUE(agent.meant("and in Rome", 60 * kSecond - 1));
  EXPECT_FALSE(agent.meant("and in Rome", 60 * kSecond));
}

TEST(Addressee, WhatFollowsDoesNotKeepItListening) {
  Addressee agent = in_a_room();
  agent.answers(true);
  agent.reply_over(10 * kSecond);
  ASSERT_TRUE(agent.meant("and in Rome", 15 * kSecond));
  agent.answers(false);
  agent.says("Also ten.");
  EXPECT_FALSE(agent.listens(25 * kSecond));
  agent.reply_over(25 * kSecond);
  EXPECT_FALSE(agent.listens(26 * kSecond));
}

TEST(Addressee, AQuestionOfItsOwnIsWaitedFor) {
  for (const char* question : {"For how many?", "\"For how many?\" ", "何人ですか？", "كم؟"}) {
    Addressee agent = in_a_room();
    agent.answers(false);
    agent.says("A table, then.");
    agent.says(question);
    agent.reply_over(25 * kSecond);
    EXPECT_TRUE(agent.listens(34 * kSecond)) << question;
    EXPECT_FALSE(agent.listens(36 * kSecond));
  }
  Addressee agent = in_a_room();
  agent.answers(false);
  agent.says("For how many?");
  agent.says("Say a number.");
  agent.reply_over(25 * kSecond);
  EXPECT_FALSE(agent.listens(26 * kSecond));
}

TEST(Addressee, OnlyTheEndOfAReplyOpensTheWindow) {
  Addressee agent = in_a_room();
  agent.reply_over(5 * kSecond);  // of none
  EXPECT_FALSE(agent.listens(5 * kSecond + 1));
  agent.answers(true);
  agent.reply_over(10 * kSecond);
  agent.reply_over(30 * kSecond);  // the same again
  EXPECT_FALSE(agent.listens(31 * kSecond));
}

}  // namespace
