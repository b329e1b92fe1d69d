#include "http_reply.hpp"

#include <gtest/gtest.h>

namespace elevenlabs {
namespace {

std::string line(const std::string& text) {
  std::string chars;
  std::string zeros;
  for (const char c : text) {
    chars += (chars.empty() ? "\"" : ",\"") + std::string(1, c) + "\"";
    zeros += zeros.empty() ? "0" : ",0";
  }
  return R"({"audio_base64":"AAEC","alignment":{"characters":[)" + chars +
         R"(],"character_start_times_seconds":[)" + zeros + "]}}\n";
}

TEST(HttpReplyTest, OneRequestAtATime) {
  HttpReply reply({});
  EXPECT_TRUE(reply.idle());
  EXPECT_FALSE(reply.next());
  reply.add("One.");
  const auto first = reply.next();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->text, "One.");
  EXPECT_EQ(first->previous, "");
  EXPECT_TRUE(reply.running());
  reply.add("Two.");
  reply.add("Three.");
  EXPECT_FALSE(reply.next());
  EXPECT_EQ(reply.data(line("One.")).at(0).words.at(0).text, "One.");
  EXPECT_TRUE(reply.end().empty());
  const auto second = reply.next();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->text, "Two. Three.");
  EXPECT_EQ(second->previous, "One.");
  reply.end();
  EXPECT_TRUE(reply.idle());
}

TEST(HttpReplyTest, RequestsStayShort) {
  HttpReply reply({});
  for (int i = 0; i < 30; ++i) reply.add(std::string(99, 'x'));
  int requests = 0;
  std::string previous;
  while (const auto request = reply.next()) {
    ++requests;
    EXPECT_LE(request->text.size(), HttpReply::kMostText);
    EXPECT_LE(request->previous.size(), HttpReply::kMostPrevious);
    reply.end();
  }
  EXPECT_EQ(requests, 3);
}

TEST(HttpReplyTest, AFailureBeforeTheFirstAudioRepeatsTheText) {
  HttpReply reply({});
  reply.add("One two.");
  reply.next();
  reply.add("Three.");
  EXPECT_TRUE(reply.failed());
  EXPECT_EQ(reply.next()->text, "One two.");
  reply.end();
  EXPECT_EQ(reply.next()->text, "Three.");
}

TEST(HttpReplyTest, AFailureInTheMiddleGoesOnFromTheWordThatWasCut) {
  HttpReply reply({});
  reply.add("One two three.");
  reply.next();
  reply.data(line("One tw"));
  EXPECT_TRUE(reply.failed());
  EXPECT_EQ(reply.next()->text, "two three.");
}

TEST(HttpReplyTest, WhatCannotBeToldIsNotSaidTwice) {
  HttpReply raw({.timestamps = false});
  raw.add("One two three.");
  raw.next();
  const auto audio = raw.data("abcd");
  EXPECT_EQ(audio.at(0).sentence, "One two three.");
  EXPECT_TRUE(audio.at(0).aligned);
  EXPECT_EQ(raw.data("efgh").at(0).sentence, "");
  EXPECT_FALSE(raw.failed());
  EXPECT_TRUE(raw.idle());
  // All of it was said.
  HttpReply whole({});
  whole.add("One.");
  whole.next();
  whole.data(line("One."));
  EXPECT_FALSE(whole.failed());
}

TEST(HttpReplyTest, AnAnswerThatEndsWithinTheTextIsGoneOnWithOnce) {
  HttpReply reply({});
  reply.add("One two three.");
  reply.next();
  reply.data(line("One tw"));
  reply.end();
  EXPECT_TRUE(reply.was_cut());
  EXPECT_EQ(reply.next()->text, "two three.");
  reply.data(line("two"));
  reply.end();
  EXPECT_FALSE(reply.was_cut());
  EXPECT_TRUE(reply.idle());
  // Signs that are not spoken are nobody's loss.
  reply.add("One ...");
  reply.next();
  reply.data(line("One"));
  reply.end();
  EXPECT_FALSE(reply.was_cut());
}

TEST(HttpReplyTest, ResetForgetsAll) {
  HttpReply reply({});
  reply.add("One.");
  reply.next();
  reply.data("{\n");
  reply.add("Two.");
  reply.reset();
  EXPECT_TRUE(reply.idle());
  EXPECT_EQ(reply.malformed(), 1U);
  EXPECT_TRUE(reply.data(line("One.")).empty());
  EXPECT_TRUE(reply.end().empty());
  EXPECT_TRUE(reply.failed());
  reply.add("Three.");
  EXPECT_EQ(reply.next()->previous, "");
}

}  // namespace
}  // namespace elevenlabs
