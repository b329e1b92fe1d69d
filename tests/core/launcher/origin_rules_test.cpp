#include "webrtc/core/origin_rules.hpp"

#include <gtest/gtest.h>

namespace jackfield::webrtc {
namespace {

TEST(OriginRulesTest, OnTheVisitorsOwnMachine) {
  const OriginRules rules;
  EXPECT_TRUE(origin_allowed("", "127.0.0.1:8080", rules));  // no browser
  for (const char* origin : {"http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:9",
                             "https://localhost", "http://127.8.8.8"}) {
    EXPECT_TRUE(origin_allowed(origin, "127.0.0.1:8080", rules)) << origin;
    EXPECT_TRUE(origin_allowed(origin, "LOCALHOST:8080", rules)) << origin;
    EXPECT_TRUE(origin_allowed(origin, "[::1]:8080", rules)) << origin;
  }
  for (const char* origin :
       {"https://evil.example", "http://127.0.0.1.evil.example:8080",
        "http://localhost.evil.example", "null", "file://", "http://", "127.0.0.1:8080",
        "http://127.0.0.256", "http://127.0.1", "http://127.0.0.1@evil.example",
        "http://[::1].evil.example", "http://[::1"}) {
    EXPECT_FALSE(origin_allowed(origin, "127.0.0.1:8080", rules)) << origin;
  }
}

TEST(OriginRulesTest, ANameThatWasMadeToPointHere) {
  // The attacker's page and its host are the same, and the name leads to this machine.
  EXPECT_FALSE(origin_allowed("http://evil.example:8080", "evil.example:8080", {}));
  // With a token required, the page has nothing to join with.
  EXPECT_TRUE(origin_allowed("http://voice.example:8080", "voice.example:8080",
                             {.public_url = {}, .allowed = {}, .token_required = true}));
  EXPECT_FALSE(origin_allowed("http://evil.example", "voice.example",
                              {.public_url = {}, .allowed = {}, .token_required = true}));
}

TEST(OriginRulesTest, OwnAddressesInTheNetwork) {
  EXPECT_TRUE(origin_allowed("http://192.168.1.7:8080", "192.168.1.7:8080", {}));
  EXPECT_TRUE(origin_allowed("https://[fd00::1]", "[fd00::1]", {}));
  EXPECT_FALSE(origin_allowed("http://192.168.1.8:8080", "192.168.1.7:8080", {}));
  EXPECT_FALSE(origin_allowed("http://192.168.1.7:81", "192.168.1.7:8080", {}));
}

TEST(OriginRulesTest, ThePublicUrlAndThoseThatAreNamed) {
  const OriginRules rules{.public_url = "https://voice.example.com/",
                          .allowed = {"https://app.example.com", "http://dev.example:3000", "null"},
                          .token_required = false};
  // Behind a proxy the host may be anything.
  for (const char* origin : {"https://voice.example.com", "https://VOICE.example.com:443",
                             "https://app.example.com", "http://dev.example:3000", "null"}) {
    EXPECT_TRUE(origin_allowed(origin, "10.0.0.1:8080", rules)) << origin;
  }
  for (const char* origin : {"http://voice.example.com", "https://voice.example.com:444",
                             "https://other.example.com", "http://dev.example"}) {
    EXPECT_FALSE(origin_allowed(origin, "10.0.0.1:8080", rules)) << origin;
  }
}

}  // namespace
}  // namespace jackfield::webrtc
