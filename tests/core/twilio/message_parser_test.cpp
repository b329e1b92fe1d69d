#include "message_parser.hpp"

#include <gtest/gtest.h>

namespace twilio {
namespace {

class MessageParserTest : public ::testing::Test {
 protected:
  ParseError parse(std::string_view text) { return parser_.parse(text, message_); }

  MessageParser parser_;
  Message message_;
};

TEST_F(MessageParserTest, Media) {
  ASSERT_EQ(parse(R"({"event":"media","sequenceNumber":"7","streamSid":"MZ1","media":{)"
                  R"("track":"inbound","chunk":"6","timestamp":"120","payload":"//7+"}})"),
            ParseError::kNone);
  EXPECT_EQ(message_.kind, EventKind::kMedia);
  EXPECT_EQ(message_.sequence_number, 7U);
  EXPECT_EQ(message_.stream_sid, "MZ1");
  EXPECT_EQ(message_.track, "inbound");
  EXPECT_EQ(message_.timestamp_ms, 120U);
  EXPECT_EQ(message_.payload, "//7+");
}

TEST_F(MessageParserTest, KeysInAnyOrderNumbersUnquotedAndEscapes) {
  ASSERT_EQ(parse(R"({"media":{"payload":"\/\/7+","timestamp":120,"new":[{}]},)"
                  R"("streamSid":"M\u005a1","event":"me\u0064ia","other":{"event":"x"}})"),
            ParseError::kNone);
  EXPECT_EQ(message_.payload, "//7+");
  EXPECT_EQ(message_.stream_sid, "MZ1");
  EXPECT_EQ(message_.timestamp_ms, 120U);
}

TEST_F(MessageParserTest, Start) {
  ASSERT_EQ(parse(R"({"event":"start","sequenceNumber":"1","streamSid":"MZ1","start":{)"
                  R"("streamSid":"MZ1","accountSid":"AC1","callSid":"CA1","tracks":["inbound"],)"
                  R"("customParameters":{"a":"1","caf\u00e9":"x\ny"},)"
                  R"("mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1}}})"),
            ParseError::kNone);
  EXPECT_EQ(message_.start.call_sid, "CA1");
  EXPECT_EQ(message_.start.account_sid, "AC1");
  EXPECT_EQ(message_.start.format.encoding, "audio/x-mulaw");
  EXPECT_EQ(message_.start.format.sample_rate, 8000U);
  EXPECT_EQ(message_.start.format.channels, 1U);
  ASSERT_EQ(message_.start.parameters.size(), 2U);
  EXPECT_EQ(message_.start.parameters[1].first, "caf\u00e9");
  EXPECT_EQ(message_.start.parameters[1].second, "x\ny");
}

TEST_F(MessageParserTest, TheOthers) {
  EXPECT_EQ(parse(R"({"event":"connected","protocol":"Call","version":"1.0.0"})"),
            ParseError::kNone);
  EXPECT_EQ(message_.kind, EventKind::kConnected);
  EXPECT_EQ(
      parse(R"({"event":"dtmf","streamSid":"M","dtmf":{"track":"inbound_track","digit":"#"}})"),
      ParseError::kNone);
  EXPECT_EQ(message_.digit, '#');
  EXPECT_EQ(parse(R"({"event":"mark","streamSid":"M","mark":{"name":"g3:12"}})"),
            ParseError::kNone);
  EXPECT_EQ(message_.mark_name, "g3:12");
  EXPECT_EQ(parse(R"({"event":"stop","streamSid":"M","stop":{"callSid":"C"}})"), ParseError::kNone);
  EXPECT_EQ(message_.kind, EventKind::kStop);
}

TEST_F(MessageParserTest, SaysWhatIsWrong) {
  const std::pair<const char*, ParseError> cases[] = {
      {"", ParseError::kBadJson},
      {"{\"event\":\"media\"", ParseError::kBadJson},
      {"[]", ParseError::kMissingField},
      {"{}", ParseError::kMissingField},
      {R"({"event":1})", ParseError::kMissingField},
      {R"({"event":"dance","streamSid":"M"})", ParseError::kUnknownEvent},
      {R"({"event":"media","streamSid":"M"})", ParseError::kMissingField},
      {R"({"event":"media","streamSid":"M","media":{"timestamp":"1"}})", ParseError::kMissingField},
      {R"({"event":"media","streamSid":"M","media":{"payload":"AA=="}})",
       ParseError::kMissingField},
      {R"({"event":"media","media":{"payload":"AA==","timestamp":"1"}})",
       ParseError::kMissingField},
      {R"({"event":"media","streamSid":"M","media":{"payload":"","timestamp":"-1"}})",
       ParseError::kMissingField},
      {R"({"event":"media","streamSid":"M","media":{"payload":"","timestamp":"99999999999999999999"}})",
       ParseError::kMissingField},
      {R"({"event":"media","streamSid":"M","media":[]})", ParseError::kMissingField},
      {R"({"event":"dtmf","streamSid":"M","dtmf":{"digit":"12"}})", ParseError::kMissingField},
      {R"({"event":"dtmf","streamSid":"M","dtmf":{"digit":"x"}})", ParseError::kMissingField},
      {R"({"event":"mark","streamSid":"M","mark":{}})", ParseError::kMissingField},
      {R"({"event":"start","streamSid":"M","start":{"streamSid":"N","callSid":"C","mediaFormat":{}}})",
       ParseError::kMissingField},
      {R"({"event":"start","streamSid":"M","start":{"streamSid":"M","callSid":"C"}})",
       ParseError::kMissingField},
      // Keys that stand twice.
      {R"({"event":"media","event":"stop","streamSid":"M"})", ParseError::kMissingField},
      {R"({"event":"stop","streamSid":"M","streamSid":"N"})", ParseError::kMissingField},
      {R"({"event":"media","streamSid":"M","media":{"payload":"","timestamp":"1","payload":""}})",
       ParseError::kMissingField},
      {R"({"event":"media","streamSid":"M","media":{"payload":"","timestamp":"1"},"media":{}})",
       ParseError::kMissingField},
      {R"({"event":"mark","streamSid":"M","mark":{"name":"a","name":"b"}})",
       ParseError::kMissingField},
      {R"({"event":"start","streamSid":"M","start":{"streamSid":"M","callSid":"C","customParameters":{"a":"1","a":"2"},"mediaFormat":{}}})",
       ParseError::kMissingField},
  };
  for (const auto& [text, error] : cases) EXPECT_EQ(parse(text), error) << text;
}

TEST_F(MessageParserTest, NothingIsLeftOfTheMessageBefore) {
  ASSERT_EQ(parse(R"({"event":"mark","streamSid":"M","mark":{"name":"a"}})"), ParseError::kNone);
  EXPECT_EQ(parse(R"({"event":"mark","mark":{"name":"a"}})"), ParseError::kMissingField);
}

}  // namespace
}  // namespace twilio
