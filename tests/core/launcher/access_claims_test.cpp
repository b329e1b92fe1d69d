#include "webrtc/core/access_claims.hpp"

#include <gtest/gtest.h>

namespace jackfield::webrtc {
namespace {

TEST(AccessClaimsTest, ComeBackAsTheyWere) {
  for (const AccessClaims& claims :
       {AccessClaims{.line = "agent", .room = "", .name = "", .expires = 1},
        AccessClaims{.line = "l",
        .room = "a \"b\"",
        .name = "Zoë?>~",
        .listen_only = true,
        .expires = 1'790'000'000}}) {
    const std::string text = encode_claims(claims);
    EXPECT_EQ(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                     "0123456789-_"),
              std::string::npos)
        << text;
    const auto back = decode_claims(text);
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, claims);
  }
}

TEST(AccessClaimsTest, OthersAreNone) {
  for (const char* text : {"", "a", "####", "e30", "W10", "bnVsbA", "eyJsaW5lIjoiYSJ9"})
    EXPECT_FALSE(decode_claims(text)) << text;
  EXPECT_FALSE(decode_claims(std::string(5000, 'a')));
  // It never expires, as far as a number can tell.
  EXPECT_FALSE(decode_claims("eyJsaW5lIjoiYSIsImV4cGlyZXMiOjFlOTl9"));
}

TEST(AccessClaimsTest, Validity) {
  EXPECT_EQ(parse_validity("90"), 90);
  EXPECT_EQ(parse_validity("90s"), 90);
  EXPECT_EQ(parse_validity("15m"), 900);
  EXPECT_EQ(parse_validity("1h"), 3600);
  EXPECT_EQ(parse_validity("7d"), 7 * 86400);
  for (const char* text :
       {"", "h", "0", "0h", "-1h", "1.5h", "1w", "400d", "99999999999999999999h"})
    EXPECT_FALSE(parse_validity(text)) << text;
}

}  // namespace
}  // namespace jackfield::webrtc
