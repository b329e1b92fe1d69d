#include "twilio/core/twiml.hpp"

#include <gtest/gtest.h>

using namespace jackfield::twilio;

TEST(TwimlTest, ABusyLineRejectsTheCall) {
  EXPECT_EQ(reject_busy(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Reject "
            "reason=\"busy\"/></Response>\n");
}

TEST(TwimlTest, ConnectsAStream) {
  EXPECT_EQ(
      connect_stream("wss://voice.example.com/twilio/media", {{"token", "t"}, {"from", "+1555"}}),
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Connect>"
      "<Stream url=\"wss://voice.example.com/twilio/media\">"
      "<Parameter name=\"token\" value=\"t\"/><Parameter name=\"from\" value=\"+1555\"/>"
      "</Stream></Connect></Response>\n");
}

TEST(TwimlTest, NothingBreaksOutOfTheXml) {
  const std::string xml = connect_stream("ws://h/", {{"n", "\"/><Hangup/>"}});
  EXPECT_EQ(xml.find("<Hangup"), std::string::npos);
}

TEST(TwimlTest, LeavesOutParametersTwilioRefuses) {
  EXPECT_EQ(connect_stream("ws://h/", {{"n", std::string(499, 'x')}}).find("Parameter"),
            std::string::npos);
  EXPECT_NE(connect_stream("ws://h/", {{"n", std::string(498, 'x')}}).find("Parameter"),
            std::string::npos);
  EXPECT_EQ(connect_stream("ws://h/", {{"", "x"}}).find("Parameter"), std::string::npos);
}

TEST(TwimlTest, MediaUrls) {
  EXPECT_EQ(media_url("https://voice.example.com", "/m"), "wss://voice.example.com/m");
  EXPECT_EQ(media_url("https://voice.example.com/base/", "/m"), "wss://voice.example.com/base/m");
  EXPECT_EQ(media_url("http://127.0.0.1:8080", "/m"), "ws://127.0.0.1:8080/m");
  EXPECT_EQ(media_url("http://[::1]:8080", "/m"), "ws://[::1]:8080/m");
  for (const char* bad : {"", "https://", "ftp://x", "voice.example.com", "https://x?y=1",
                          "https://x#y", "https://x y", "https:///m", "https://x\"><"})
    EXPECT_EQ(media_url(bad, "/m"), "") << bad;
}
