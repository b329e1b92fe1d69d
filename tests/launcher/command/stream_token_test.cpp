#include "twilio/stream_token.hpp"

#include <gtest/gtest.h>

using jackfield::twilio::StreamTokens;

TEST(StreamTokenTest, GoodOnceAndNotForever) {
  StreamTokens tokens{"key"};
  const std::string token = tokens.issue(1000);
  EXPECT_FALSE(tokens.redeem(token, 1121));
  EXPECT_TRUE(tokens.redeem(token, 1120));
  EXPECT_FALSE(tokens.redeem(token, 1000));
}

TEST(StreamTokenTest, AnyProcessWithTheKeyCanCheck) {
  StreamTokens one{"key"}, two{"key"}, stranger{"other"};
  const std::string token = one.issue(1000);
  EXPECT_FALSE(stranger.redeem(token, 1000));
  EXPECT_TRUE(two.redeem(token, 1000));
  EXPECT_NE(StreamTokens::random_key(), StreamTokens::random_key());
}

TEST(StreamTokenTest, ChangedOnesAreRefused) {
  StreamTokens tokens{"key"};
  const std::string token = tokens.issue(1000);
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == '0' ? '1' : '0';
    EXPECT_FALSE(tokens.redeem(changed, 1000)) << i;
  }
  for (const std::string& wrong : {std::string{}, std::string{"."}, std::string{"9999999999.x."},
                                   std::string(1000, 'a'), token + " "})
    EXPECT_FALSE(tokens.redeem(wrong, 1000));
}
