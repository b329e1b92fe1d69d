#include "caller_identity.hpp"

#include <gtest/gtest.h>

namespace jackfield::callers {
namespace {

TEST(CallerIdentity, NumbersHaveOneForm) {
  EXPECT_EQ(read_identity("+15551234567"), "+15551234567");
  EXPECT_EQ(read_identity(" +1 (555) 123-4567 "), "+15551234567");
  EXPECT_EQ(read_identity("0049 30/123456"), "+4930123456");
  EXPECT_EQ(read_identity("+49.30.123456"), "+4930123456");
}

TEST(CallerIdentity, ShortCodesStayAsTheyAre) {
  EXPECT_EQ(read_identity("12345"), "12345");
  EXPECT_EQ(read_identity("12"), std::nullopt);
}

TEST(CallerIdentity, NumbersWithoutTheirCountryAreNone) {
  EXPECT_EQ(read_identity("030 1234567"), std::nullopt);
  EXPECT_EQ(read_identity("5551234567"), std::nullopt);
  EXPECT_EQ(read_identity("+0301234567"), std::nullopt);
}

TEST(CallerIdentity, NumbersHaveBounds) {
  EXPECT_EQ(read_identity("+123456"), std::nullopt);
  EXPECT_EQ(read_identity("+1234567"), "+1234567");
  EXPECT_EQ(read_identity("+123456789012345"), "+123456789012345");
  EXPECT_EQ(read_identity("+1234567890123456"), std::nullopt);
  EXPECT_EQ(read_identity("+1555x1234567"), std::nullopt);
  EXPECT_EQ(read_identity("1+5551234567"), std::nullopt);
  EXPECT_EQ(read_identity(""), std::nullopt);
  EXPECT_EQ(read_identity("   "), std::nullopt);
}

TEST(CallerIdentity, WithheldNumbersAreNobody) {
  for (const char* text :
       {"anonymous", "Anonymous", "Restricted", "BLOCKED", "unknown", "Unavailable", "private",
        "+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253", "00266696687",
        "+266 696 687", "sip:anonymous@anonymous.invalid", "SIP:Anonymous@example.com",
        "client:Anonymous", "sips:restricted@example.com"})
    EXPECT_EQ(read_identity(text), std::nullopt) << text;
  EXPECT_TRUE(is_withheld("Anonymous"));
  EXPECT_FALSE(is_withheld("+15551234567"));
  EXPECT_FALSE(is_withheld("sip:anna@anonymous.example"));
}

TEST(CallerIdentity, SipAddressesAndClients) {
  EXPECT_EQ(read_identity("sip:Anna@Example.COM"), "sip:Anna@example.com");
  EXPECT_EQ(read_identity("sips:Anna@Example.COM"), "sip:Anna@example.com");
  EXPECT_EQ(read_identity("sip:@example.com"), std::nullopt);
  EXPECT_EQ(read_identity("sip:anna@"), std::nullopt);
  EXPECT_EQ(read_identity("sip:anna"), std::nullopt);
  EXPECT_EQ(read_identity("sip:an na@example.com"), std::nullopt);
  EXPECT_EQ(read_identity("client:anna"), "client:anna");
  EXPECT_EQ(read_identity("client:"), std::nullopt);
  EXPECT_EQ(read_identity("sip:a@" + std::string(300, 'b')), std::nullopt);
}

TEST(CallerIdentity, OfBrowsers) {
  EXPECT_EQ(browser_identity("Zoë König"), "browser:Zoë König");
  EXPECT_EQ(read_identity("browser:Zoë König"), "browser:Zoë König");
  EXPECT_EQ(browser_identity(""), std::nullopt);
  EXPECT_EQ(browser_identity(" Anna"), std::nullopt);
  EXPECT_EQ(browser_identity("An\nna"), std::nullopt);
  EXPECT_EQ(browser_identity("An\x1bna"), std::nullopt);
  EXPECT_EQ(browser_identity("An\xffna"), std::nullopt);
  EXPECT_EQ(browser_identity(std::string(200, 'a')), std::nullopt);
}

// A name can never be taken for somebody's number.
TEST(CallerIdentity, NamesOfBrowsersAreNoNumbers) {
  EXPECT_EQ(browser_identity("+15551234567"), "browser:+15551234567");
}

}  // namespace
}  // namespace jackfield::callers
