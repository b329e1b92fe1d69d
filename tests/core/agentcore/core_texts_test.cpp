#include "core_texts.hpp"

#include <gtest/gtest.h>

namespace {

using agentcore::describe;
using agentcore::whole_text;

TEST(CoreTexts, EndsOfStreamsByWhatTheyMean) {
  EXPECT_EQ(describe({14, "connection refused"}, false).cause, "network");
  EXPECT_EQ(describe({14, "connection refused"}, false).text,
            "the agent core cannot be reached: connection refused");
  EXPECT_EQ(describe({14, ""}, true).cause, "cut");
  EXPECT_EQ(describe({0, ""}, true).cause, "cut");
  EXPECT_EQ(describe({16, ""}, false).cause, "key");
  EXPECT_FALSE(describe({7, ""}, false).retryable);
  EXPECT_FALSE(describe({12, ""}, false).retryable);
  EXPECT_TRUE(describe({8, ""}, false).retryable);
  EXPECT_EQ(describe({8, ""}, false).cause, "rate-limit");
  EXPECT_EQ(describe({8, ""}, true).cause, "protocol");
  EXPECT_EQ(describe({13, ""}, false).cause, "server");
}

TEST(CoreTexts, TheReasonOfAnEndMayBeAnything) {
  EXPECT_EQ(describe({13, "so \xFF"}, true).text, "the agent core failed: so \xEF\xBF\xBD");
  EXPECT_LT(describe({13, std::string(100'000, 'x')}, true).text.size(), 1100u);
}

TEST(CoreTexts, WhatIsSentIsUtf8) {
  EXPECT_EQ(whole_text("fine", 100), "fine");
  EXPECT_EQ(whole_text("a\xFF", 100), "a\xEF\xBF\xBD");
  EXPECT_EQ(whole_text("ab\xC3\xA4", 3), "ab");
  EXPECT_LE(whole_text(std::string(100, '\xFF'), 50).size(), 50u);
}

}  // namespace
