#include "twilio/core/signed_text.hpp"

#include <gtest/gtest.h>

namespace jackfield::twilio {
namespace {

using Forms = std::vector<std::string>;

TEST(SignedTextTest, ParametersAreSortedByBytesAndDoubledValuesCountOnce) {
  EXPECT_EQ(
      signed_text("https://x/y?z=1", {{"b", "2"}, {"B", "1"}, {"a", ""}, {"b", "10"}, {"b", "2"}}),
      "https://x/y?z=1B1ab10b2");
  EXPECT_EQ(signed_text("wss://x/media", {}), "wss://x/media");
}

TEST(SignedTextTest, TwilioIsNotConsistentAboutPorts) {
  EXPECT_EQ(signed_url_forms("https://x.example/a?b=:1"),
            (Forms{"https://x.example/a?b=:1", "https://x.example:443/a?b=:1"}));
  EXPECT_EQ(signed_url_forms("https://x.example:443/a"),
            (Forms{"https://x.example:443/a", "https://x.example/a"}));
  EXPECT_EQ(signed_url_forms("https://x.example:8443/a"),
            (Forms{"https://x.example:8443/a", "https://x.example/a"}));
  EXPECT_EQ(signed_url_forms("http://x.example/a"),
            (Forms{"http://x.example/a", "http://x.example:80/a"}));
  EXPECT_EQ(signed_url_forms("wss://x.example/m"),
            (Forms{"wss://x.example/m", "wss://x.example:443/m", "wss://x.example:80/m"}));
  EXPECT_EQ(signed_url_forms("ws://127.0.0.1:8080/m"),
            (Forms{"ws://127.0.0.1:8080/m", "ws://127.0.0.1/m"}));
}

TEST(SignedTextTest, OddUrlsAreLeftAlone) {
  EXPECT_EQ(signed_url_forms("/path"), Forms{"/path"});
  EXPECT_EQ(signed_url_forms(""), Forms{""});
  EXPECT_EQ(signed_url_forms("https://[2001:db8::1]/a"),
            (Forms{"https://[2001:db8::1]/a", "https://[2001:db8::1]:443/a"}));
  EXPECT_EQ(signed_url_forms("https://[2001:db8::1]:8443/a"),
            (Forms{"https://[2001:db8::1]:8443/a", "https://[2001:db8::1]/a"}));
  EXPECT_EQ(signed_url_forms("https://u:12@x.example/a").back(), "https://u:12@x.example:443/a");
  EXPECT_EQ(signed_url_forms("https://x.example"),
            (Forms{"https://x.example", "https://x.example:443"}));
}

TEST(SignedTextTest, TheDigestOfABodyStandsInTheQuery) {
  EXPECT_EQ(body_digest_of("https://x/y?a=1&bodySHA256=ab12#f"), "ab12");
  EXPECT_EQ(body_digest_of("https://x/y"), "");
  EXPECT_EQ(body_digest_of("https://x/y?bodySHA=ab12"), "");
}

}  // namespace
}  // namespace jackfield::twilio
