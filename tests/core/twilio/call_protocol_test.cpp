#include "call_protocol.hpp"

#include <gtest/gtest.h>

namespace twilio {
namespace {

using Verdict = CallProtocol::Verdict;

std::string start(const char* sid = "MZ1", const char* encoding = "audio/x-mulaw",
                  int rate = 8000) {
  return std::string(R"({"event":"start","sequenceNumber":"1","streamSid":")") + sid +
         R"(","start":{"streamSid":")" + sid +
         R"(","callSid":"CA1","accountSid":"AC1","mediaFormat":{"encoding":")" + encoding +
         R"(","sampleRate":)" + std::to_string(rate) + R"(,"channels":1}}})";
}
std::string media(int sequence, const char* sid = "MZ1", const char* track = "inbound") {
  return R"({"event":"media","sequenceNumber":")" + std::to_string(sequence) +
         R"(","streamSid":")" + sid + R"(","media":{"track":")" + track +
         R"(","timestamp":"0","payload":"AAAA"}})";
}

TEST(CallProtocolTest, AWholeCall) {
  CallProtocol protocol(10);
  EXPECT_EQ(protocol.on_text(R"({"event":"connected"})"), Verdict::kIgnore);
  EXPECT_FALSE(protocol.started());
  EXPECT_EQ(protocol.on_text(start()), Verdict::kAccept);
  EXPECT_TRUE(protocol.started());
  EXPECT_EQ(protocol.start().call_sid, "CA1");
  EXPECT_EQ(protocol.on_text(media(2)), Verdict::kAccept);
  EXPECT_EQ(protocol.on_text(R"({"event":"stop","sequenceNumber":"3","streamSid":"MZ1"})"),
            Verdict::kAccept);
  EXPECT_EQ(protocol.total_offences(), 0U);
  EXPECT_EQ(protocol.sequence_gaps(), 0U);
}

TEST(CallProtocolTest, NothingBeforeStartAndOneStart) {
  CallProtocol protocol(10);
  EXPECT_EQ(protocol.on_text(media(1)), Verdict::kOffence);
  EXPECT_EQ(protocol.on_text(R"({"event":"mark","streamSid":"MZ1","mark":{"name":"x"}})"),
            Verdict::kOffence);
  EXPECT_EQ(protocol.on_text(start()), Verdict::kAccept);
  EXPECT_EQ(protocol.on_text(start("MZ2")), Verdict::kOffence);
  EXPECT_EQ(protocol.offences(Offence::kOutOfOrder), 3U);
  EXPECT_EQ(protocol.start().stream_sid, "MZ1");
}

TEST(CallProtocolTest, OtherStreamsAreRefused) {
  CallProtocol protocol(10);
  protocol.on_text(start());
  EXPECT_EQ(protocol.on_text(media(2, "MZ9")), Verdict::kOffence);
  EXPECT_EQ(protocol.offences(Offence::kWrongStream), 1U);
}

TEST(CallProtocolTest, OurOwnTrackIsIgnored) {
  CallProtocol protocol(10);
  protocol.on_text(start());
  EXPECT_EQ(protocol.on_text(media(2, "MZ1", "outbound")), Verdict::kIgnore);
  EXPECT_EQ(protocol.total_offences(), 0U);
}

TEST(CallProtocolTest, OtherFormatsAreUnsupported) {
  EXPECT_EQ(CallProtocol(10).on_text(start("MZ1", "audio/x-l16")), Verdict::kUnsupported);
  EXPECT_EQ(CallProtocol(10).on_text(start("MZ1", "audio/x-mulaw", 16000)), Verdict::kUnsupported);
}

TEST(CallProtocolTest, CountsByKindUpToTheLimit) {
  CallProtocol protocol(3);
  protocol.on_text("{");
  protocol.on_text(R"({"event":"what"})");
  protocol.count(Offence::kBinaryFrame);
  EXPECT_FALSE(protocol.too_many());
  protocol.on_text("[]");
  EXPECT_TRUE(protocol.too_many());
  EXPECT_EQ(protocol.offences(Offence::kBadJson), 1U);
  EXPECT_EQ(protocol.offences(Offence::kUnknownEvent), 1U);
  EXPECT_EQ(protocol.offences(Offence::kBinaryFrame), 1U);
  EXPECT_EQ(protocol.offences(Offence::kMissingField), 1U);
  CallProtocol patient(0);
  for (int i = 0; i < 1000; ++i) patient.on_text("{");
  EXPECT_FALSE(patient.too_many());
}

TEST(CallProtocolTest, SeesMissingSequenceNumbers) {
  CallProtocol protocol(10);
  protocol.on_text(start());
  protocol.on_text(media(2));
  protocol.on_text(media(5));
  protocol.on_text(media(6));
  EXPECT_EQ(protocol.sequence_gaps(), 2U);
}

}  // namespace
}  // namespace twilio
