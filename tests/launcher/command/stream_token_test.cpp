#include "twilio/stream_token.hpp"

#include <gtest/gtest.h>

using jackfield::twilio::StreamTokens;

TEST(StreamTokenTest, GoodOnceAndNotForever) {
  StreamTokens tokens{"key"};
  const std::string token = tokens.issue("", "CA1", 1000);
  EXPECT_FALSE(tokens.redeem(token, "", "CA1", 1121));
  EXPECT_TRUE(tokens.redeem(token, "", "CA1", 1120));
  EXPECT_FALSE(tokens.redeem(token, "", "CA1", 1000));
}

TEST(StreamTokenTest, AnyProcessWithTheKeyCanCheck) {
  StreamTokens one{"key"}, two{"key"}, stranger{"other"};
  const std::string token = one.issue("", "CA1", 1000);
  EXPECT_FALSE(stranger.redeem(token, "", "CA1", 1000));
  EXPECT_TRUE(two.redeem(token, "", "CA1", 1000));
  EXPECT_NE(StreamTokens::random_key(), StreamTokens::random_key());
}

TEST(StreamTokenTest, ChangedOnesAreRefused) {
  StreamTokens tokens{"key"};
  const std::string token = tokens.issue("", "CA1", 1000);
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == '0' ? '1' : '0';
    EXPECT_FALSE(tokens.redeem(changed, "", "CA1", 1000)) << i;
  }
  for (const std::string& wrong : {std::string{}, std::string{"."}, std::string{"9999999999.x."},
                                   std::string(1000, 'a'), token + " "})
    EXPECT_FALSE(tokens.redeem(wrong, "", "CA1", 1000));
}

TEST(StreamTokenTest, AreForOneCall) {
  StreamTokens tokens{"key"};
  const std::string token = tokens.issue("", "CA1", 1000);
  EXPECT_FALSE(tokens.redeem(token, "", "CA2", 1000));
  EXPECT_FALSE(tokens.redeem(token, "", "", 1000));
  EXPECT_TRUE(tokens.redeem(token, "", "CA1", 1000));
  EXPECT_TRUE(tokens.redeem(tokens.issue("", "", 1000), "", "CA3", 1000));
}

TEST(StreamTokenTest, AreForOneLine) {
  StreamTokens tokens{"key"};
  const std::string token = tokens.issue("sales", "CA1", 1000);
  EXPECT_FALSE(tokens.redeem(token, "", "CA1", 1000));
  EXPECT_FALSE(tokens.redeem(token, "support", "CA1", 1000));
  EXPECT_FALSE(tokens.redeem(token, "sale", "s.CA1", 1000));
  EXPECT_TRUE(tokens.redeem(token, "sales", "CA1", 1000));
  EXPECT_TRUE(tokens.redeem(tokens.issue("sales", "", 1000), "sales", "CA3", 1000));
  EXPECT_FALSE(tokens.redeem(tokens.issue("sales", "", 1000), "", "CA3", 1000));
}

TEST(StreamTokenTest, SayWhoCalls) {
  StreamTokens one{"key"}, two{"key"}, stranger{"other"};
  const std::string token = one.issue("sales", "CA1", 1000);
  const std::string anna = "+15551234567";
  const std::string signature = one.sign_caller(token, anna);
  EXPECT_TRUE(two.is_caller(token, anna, signature));
  EXPECT_FALSE(stranger.is_caller(token, anna, signature));
  EXPECT_FALSE(two.is_caller(token, "+15557654321", signature));
  EXPECT_FALSE(two.is_caller(token, "", one.sign_caller(token, "")));
  EXPECT_FALSE(two.is_caller(token, anna, ""));
  // Nor is it another call's, or the token itself.
  EXPECT_FALSE(two.is_caller(one.issue("sales", "CA1", 1000), anna, signature));
  EXPECT_FALSE(two.is_caller(token, anna, token.substr(token.rfind('.') + 1)));
  EXPECT_TRUE(two.redeem(token, "sales", "CA1", 1000));
}

TEST(StreamTokenTest, ProcessesWithTheSameAuthTokenHaveTheSameKey) {
  using jackfield::Secret;
  const std::string key = StreamTokens::key_of(Secret{"one"});
  EXPECT_EQ(key, StreamTokens::key_of(Secret{"one"}));
  EXPECT_NE(key, StreamTokens::key_of(Secret{"two"}));
  EXPECT_EQ(key.find("one"), std::string::npos);
}
