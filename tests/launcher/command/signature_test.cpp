#include "twilio/signature.hpp"

#include <gtest/gtest.h>

namespace jackfield::twilio {
namespace {

// The vectors were made with Twilio's SDK and checked with openssl; the token is 12345.
TEST(SignatureTest, FormPost) {
  const FormParameters form{{"To", "+15552223333"},
                            {"CallSid", "CA00000000000000000000000000000001"},
                            {"From", "+15550001111"},
                            {"Direction", "inbound"},
                            {"CallStatus", "ringing"}};
  EXPECT_EQ(twilio_signature("12345", "https://voice.example.com/twilio/voice?tenant=7", form),
            "45qztIfCiKxzZiBRPkS/ASwJcBM=");
}

TEST(SignatureTest, WebSocketSignsItsOwnScheme) {
  EXPECT_EQ(twilio_signature("12345", "wss://voice.example.com/media", {}),
            "jFDHVhI8XO69C49uXR3xmdZPylY=");
  EXPECT_EQ(twilio_signature("12345", "https://voice.example.com/media", {}),
            "2A768no+sGy6/ZLDxHITQfda/E8=");
}

TEST(SignatureTest, JsonBodiesGoByTheirHashInTheUrl) {
  EXPECT_EQ(twilio_signature("12345",
                             "https://voice.example.com/hook?bodySHA256="
                             "93a23971a914e5eacbf0a8d25154cda309c3c1c72fbb9914d47c60f3cb681588",
                             {}),
            "PfxLaILY95Y81NSG862dDBaTZKQ=");
}

TEST(SignatureTest, RepeatedValuesCountOnce) {
  const FormParameters form{{"StatusCallbackEvent", "ringing"},
                            {"A", "1"},
                            {"StatusCallbackEvent", "answered"},
                            {"StatusCallbackEvent", "ringing"}};
  EXPECT_EQ(twilio_signature("12345", "https://x.example/cb", form),
            "VH2Jy7i7tjDo0eJhgSkH8GHXKD8=");
}

}  // namespace
}  // namespace jackfield::twilio
