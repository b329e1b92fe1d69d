#include "simulate/core/stream_message.hpp"

#include <gtest/gtest.h>

#include "json_reader.hpp"
#include "simulate/core/codec.hpp"

namespace jackfield::simulate {
namespace {

const std::string kSid = "MZ00000000000000000000000000000001";

// `sid` in the text stands for the right streamSid.
std::string with_sid(std::string text) {
  if (const auto at = text.find("sid"); at != std::string::npos && text.find("Sid") != at - 3)
    text.replace(at, 3, kSid);
  return text;
}

std::string reason(const std::string& text) {
  const auto message = parse_server_message(text, kSid);
  const auto* bad = std::get_if<BadMessage>(&message);
  return bad ? std::to_string(bad->code) + " " + bad->reason : "good";
}

std::string media(const std::string& body) {
  return "{\"event\":\"media\",\"streamSid\":\"" + kSid + "\"," + body + "}";
}

TEST(ServerMessageTest, TakesTheThreeGoodOnes) {
  auto message = parse_server_message(media(R"("media":{"payload":"gP8="})"), kSid);
  ASSERT_TRUE(std::holds_alternative<MediaMessage>(message));
  EXPECT_EQ(std::get<MediaMessage>(message).mulaw, (std::vector<std::uint8_t>{0x80, 0xFF}));

  message = parse_server_message(
      "{\"mark\":{\"name\":\"g1:\\u00e9\"},\"event\":\"mark\",\"streamSid\":\"" + kSid + "\"}",
      kSid);
  ASSERT_TRUE(std::holds_alternative<MarkMessage>(message));
  EXPECT_EQ(std::get<MarkMessage>(message).name, "g1:\xc3\xa9");

  message = parse_server_message(with_sid(R"({"event":"clear","streamSid":"sid"})"), kSid);
  EXPECT_TRUE(std::holds_alternative<ClearMessage>(message));
}

TEST(ServerMessageTest, EveryBreachHasItsReason) {
  const std::string good = R"("media":{"payload":"gP8="})";
  const std::pair<std::string, const char*> kBad[] = {
      {"{", "31951 bad JSON"},
      {"[]", "not an object"},
      {"{}", "\"event\" is missing"},
      {R"({"event":1})", "\"event\" is a number"},
      {R"({"event":"hello","streamSid":"x"})", "unknown event \"hello\""},
      {R"({"event":"connected"})", "unknown event \"connected\""},
      {R"({"event":"clear"})", "\"streamSid\" is missing"},
      {R"({"event":"clear","streamSid":"MZother"})", "wrong streamSid \"MZother\""},
      {R"({"event":"clear","streamSid":7})", "\"streamSid\" is a number"},
      {with_sid(R"({"event":"clear","streamSid":"sid","clear":{}})"), "extra field \"clear\""},
      {media(good + R"(,"sequenceNumber":"1")"), "extra field \"sequenceNumber\""},
      {media(R"("media":{"payload":"gP8=","track":"outbound"})"), "extra field \"track\""},
      {media(R"("media":{"payload":"gP8=","timestamp":"1"})"), "extra field \"timestamp\""},
      {media(R"("media":{})"), "\"payload\" is missing"},
      {media(R"("media":[])"), "\"media\" is an array"},
      {media(R"("media":{"payload":5})"), "\"media.payload\" is a number"},
      {media(R"("media":{"payload":"g*8="})"), "not base64"},
      {media(R"("media":{"payload":"gP8"})"), "not base64"},
      {media(R"("media":{"payload":""})"), "is empty"},
      {media(R"("mark":{"name":"x"})"), "extra field \"mark\""},
      {"{\"event\":\"media\",\"streamSid\":\"" + kSid + "\"}", "\"media\" is missing"},
      {"{\"event\":\"mark\",\"streamSid\":\"" + kSid + "\",\"mark\":{}}", "\"name\" is missing"},
      {"{\"event\":\"mark\",\"streamSid\":\"" + kSid + "\",\"mark\":{\"name\":1}}",
       "\"mark.name\" is a number"},
      {"{\"event\":\"mark\",\"streamSid\":\"" + kSid + "\",\"mark\":{\"name\":\"a\",\"x\":1}}",
       "extra field \"x\""},
  };
  for (const auto& [text, wanted] : kBad) {
    const std::string why = reason(text);
    EXPECT_NE(why.find(wanted), std::string::npos) << text << "\n  " << why;
    EXPECT_EQ(why.substr(0, 5), "31951") << text;
  }
}

TEST(ServerMessageTest, AFileHeaderIsNoAudio) {
  std::string wav = "RIFF";
  wav += std::string("\x24\0\0\0", 4) + "WAVEfmt ";
  std::string payload;
  base64_append(payload, std::vector<std::uint8_t>(wav.begin(), wav.end()));
  EXPECT_NE(reason(media("\"media\":{\"payload\":\"" + payload + "\"}")).find("file header"),
            std::string::npos);
}

JsonValue parsed(const std::string& text) {
  auto result = parse_json(text);
  EXPECT_TRUE(result.value) << text;
  return result.value.value_or(JsonValue{});
}

std::vector<std::string> names(const JsonValue& object) {
  std::vector<std::string> out;
  for (const auto& member : object.members) out.push_back(member.key);
  return out;
}

TEST(TwilioMessageTest, ConnectedHasNeitherSidNorNumber) {
  const JsonValue v = parsed(connected_message());
  EXPECT_EQ(names(v), (std::vector<std::string>{"event", "protocol", "version"}));
  EXPECT_EQ(v.find("protocol")->string, "Call");
  EXPECT_EQ(v.find("version")->string, "1.0.0");
}

TEST(TwilioMessageTest, StartCarriesEverything) {
  const StreamIdentity identity{kSid, "CA1", "AC1", {{"to\"ken", "x\\y"}, {"a", ""}}};
  const JsonValue v = parsed(start_message(identity, 1));
  EXPECT_EQ(names(v), (std::vector<std::string>{"event", "sequenceNumber", "streamSid", "start"}));
  EXPECT_EQ(v.find("sequenceNumber")->string, "1");
  const JsonValue& start = *v.find("start");
  EXPECT_EQ(names(start), (std::vector<std::string>{"streamSid", "accountSid", "callSid", "tracks",
                                                    "customParameters", "mediaFormat"}));
  EXPECT_EQ(start.find("customParameters")->find("to\"ken")->string, "x\\y");
  EXPECT_EQ(start.find("tracks")->items.at(0).string, "inbound");
  EXPECT_EQ(start.find("mediaFormat")->find("sampleRate")->number, 8000);
  EXPECT_EQ(start.find("mediaFormat")->find("channels")->number, 1);
  EXPECT_EQ(start.find("mediaFormat")->find("encoding")->string, "audio/x-mulaw");
}

TEST(TwilioMessageTest, CountersAreStrings) {
  std::string text;
  const std::vector<std::uint8_t> frame(160, 0xFF);
  write_media_message(text, kSid, 7, 6, 800, frame);
  const JsonValue v = parsed(text);
  EXPECT_EQ(v.find("sequenceNumber")->string, "7");
  EXPECT_EQ(v.find("streamSid")->string, kSid);
  EXPECT_EQ(names(*v.find("media")),
            (std::vector<std::string>{"track", "chunk", "timestamp", "payload"}));
  EXPECT_EQ(v.find("media")->find("track")->string, "inbound");
  EXPECT_EQ(v.find("media")->find("chunk")->string, "6");
  EXPECT_EQ(v.find("media")->find("timestamp")->string, "100");
  EXPECT_EQ(v.find("media")->find("payload")->string.size(), 216u);
}

TEST(TwilioMessageTest, DtmfMarkAndStop) {
  const JsonValue dtmf = parsed(dtmf_message(kSid, 9, '#'));
  EXPECT_EQ(dtmf.find("dtmf")->find("track")->string, "inbound_track");
  EXPECT_EQ(dtmf.find("dtmf")->find("digit")->string, "#");
  const JsonValue mark = parsed(mark_message(kSid, 10, "a\"b"));
  EXPECT_EQ(mark.find("mark")->find("name")->string, "a\"b");
  const JsonValue stop = parsed(stop_message({kSid, "CA1", "AC1", {}}, 11));
  EXPECT_EQ(stop.find("stop")->find("callSid")->string, "CA1");
  EXPECT_EQ(stop.find("stop")->find("accountSid")->string, "AC1");
  EXPECT_EQ(stop.find("sequenceNumber")->string, "11");
}

}  // namespace
}  // namespace jackfield::simulate
