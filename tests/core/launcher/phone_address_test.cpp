#include "twilio/core/phone_address.hpp"

#include <gtest/gtest.h>

using namespace jackfield::twilio;

TEST(PhoneAddressTest, TakesTwiliosForms) {
  for (const char* good :
       {"+15551234567", "12345", "+266696687", "client:alice", "client:a_b-c.d@e",
        "sip:alice@example.com", "sip:+1555@10.0.0.1:5060;transport=tls", "sips:a@b.c"})
    EXPECT_EQ(phone_address(good), good);
}

TEST(PhoneAddressTest, RefusesEverythingElse) {
  for (const char* bad :
       {"", "+", "+1555 1234", "12", "+1234567890123456", "alice", "client:", "client:a b",
        "client:<x>", "sip:alice", "sip:@x", "sip:a@", "sip:a@x y", "+15551234567\n", "tel:+1555"})
    EXPECT_EQ(phone_address(bad), std::nullopt) << bad;
  EXPECT_EQ(phone_address("client:" + std::string(122, 'a')), std::nullopt);
  EXPECT_EQ(phone_address("sip:a@" + std::string(300, 'a')), std::nullopt);
}

TEST(PhoneAddressTest, Sids) {
  EXPECT_TRUE(is_sid("CA0123456789abcdef0123456789abcdef", "CA"));
  EXPECT_FALSE(is_sid("MZ0123456789abcdef0123456789abcdef", "CA"));
  EXPECT_FALSE(is_sid("CA0123456789abcdef0123456789abcde", "CA"));
  EXPECT_FALSE(is_sid("CA0123456789abcdef0123456789abcdeg", "CA"));
}
