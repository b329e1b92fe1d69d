#include "scribe_protocol.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base64.hpp"
#include "json_members.hpp"

namespace elevenlabs {
namespace {

using jackfield::SttFormat;
using ::testing::HasSubstr;

constexpr SttFormat kPcm{.mulaw = false, .rate = 8000};
constexpr SttFormat kMulaw{.mulaw = true, .rate = 8000};

// The audio of a chunk, and whether it commits.
std::pair<std::vector<uint8_t>, bool> chunk(const jackfield::SttMessage& message) {
  EXPECT_FALSE(message.binary);
  const auto json = jackfield::parse_typed_message(message.data, "message_type");
  if (!json) return {};
  EXPECT_EQ(string_member(*json, "message_type"), "input_audio_chunk");
  const std::string text = string_member(*json, "audio_base_64");
  std::vector<uint8_t> audio(jackfield::base64_decoded_max(text.size()));
  audio.resize(jackfield::base64_decode(text, audio).value_or(0));
  EXPECT_EQ(number_member(*json, "sample_rate"), 8000);
  return {audio, true_member(*json, "commit")};
}

TEST(ScribeProtocolTest, Url) {
  EXPECT_EQ(scribe_url({}, kMulaw),
            "wss://api.elevenlabs.io/v1/speech-to-text/realtime?model_id=scribe_v2_realtime"
            "&audio_format=ulaw_8000&commit_strategy=manual");
  EXPECT_EQ(scribe_url({.base_url = "https://x/",
                        .language = "en",
                        .keyterms = {"Jack field", "b"},
                        .timestamps = true,
                        .find_turns = true,
                        .vad_silence_ns = 700'000'000,
                        .extra = "no_verbatim=true"},
                       {.mulaw = false, .rate = 16000}),
            "wss://x/v1/speech-to-text/realtime?model_id=scribe_v2_realtime&audio_format=pcm_16000"
            "&commit_strategy=vad&vad_silence_threshold_secs=0.70&vad_threshold=0.40"
            "&min_speech_duration_ms=100&min_silence_duration_ms=100&language_code=en"
            "&include_timestamps=true&keyterms=Jack%20field&keyterms=b&no_verbatim=true");
}

TEST(ScribeProtocolTest, KeytermsHaveLimits) {
  ScribeSettings settings;
  EXPECT_EQ(check_scribe_settings(settings), "");
  // Twenty characters, more bytes.
  settings.keyterms = {
      "\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4"
      "0123456789"};
  EXPECT_EQ(check_scribe_settings(settings), "");
  settings.keyterms[0] += "x";
  EXPECT_THAT(check_scribe_settings(settings), HasSubstr("20 characters"));
  settings.keyterms.assign(51, "a");
  EXPECT_THAT(check_scribe_settings(settings), HasSubstr("at most 50"));
}

TEST(ScribeProtocolTest, AudioAndCommit) {
  ScribeProtocol scribe({}, kPcm);
  scribe.begin();
  const std::vector<uint8_t> second(16000, 7);
  auto [audio, commit] = chunk(scribe.audio(second));
  EXPECT_EQ(audio, second);
  EXPECT_FALSE(commit);
  std::tie(audio, commit) = chunk(*scribe.finish());
  EXPECT_TRUE(audio.empty());
  EXPECT_TRUE(commit);
  EXPECT_FALSE(scribe.goodbye());
  EXPECT_FALSE(scribe.continuous());
}

TEST(ScribeProtocolTest, AShortCommitIsMadeLongEnoughWithSilence) {
  ScribeProtocol pcm({}, kPcm);
  pcm.audio(std::vector<uint8_t>(1600, 7));  // 100 ms
  auto [audio, commit] = chunk(*pcm.finish());
  EXPECT_EQ(audio, std::vector<uint8_t>(3200, 0));
  EXPECT_TRUE(commit);
  ScribeProtocol mulaw({}, kMulaw);
  EXPECT_EQ(chunk(*mulaw.finish()).first, std::vector<uint8_t>(2400, 0xFF));
}

TEST(ScribeProtocolTest, ItIsKeptAliveWithALittleSilence) {
  ScribeProtocol scribe({}, kMulaw);
  const auto [audio, commit] = chunk(*scribe.keep_alive());
  EXPECT_EQ(audio, std::vector<uint8_t>(160, 0xFF));
  EXPECT_FALSE(commit);
}

TEST(ScribeProtocolTest, ATurn) {
  ScribeProtocol scribe({}, kPcm);
  EXPECT_FALSE(scribe.read(R"({"message_type":"session_started","session_id":"1"})").malformed);
  auto reading = scribe.read(R"({"message_type":"partial_transcript","text":"book a"})");
  EXPECT_EQ(reading.tail, "book a");
  EXPECT_TRUE(reading.speech_start);
  EXPECT_FALSE(scribe.read(R"({"message_type":"partial_transcript","text":""})").speech_start);
  // Repeated in what is committed, so it is not settled yet.
  reading = scribe.read(R"({"message_type":"final_transcript","text":"book a table"})");
  EXPECT_EQ(reading.tail, "book a table");
  EXPECT_FALSE(reading.settled);
  scribe.finish();
  reading = scribe.read(R"({"message_type":"committed_transcript","text":"Book a table."})");
  EXPECT_EQ(reading.settled, "Book a table.");
  EXPECT_TRUE(reading.answered);
  EXPECT_FALSE(reading.speech_end);
}

TEST(ScribeProtocolTest, ACommitThatNobodyAskedForAnswersNone) {
  ScribeProtocol scribe({}, kPcm);
  const char* committed = R"({"message_type":"committed_transcript","text":"So far."})";
  auto reading = scribe.read(committed);
  EXPECT_EQ(reading.settled, "So far.");
  EXPECT_FALSE(reading.answered);
  scribe.finish();
  scribe.finish();
  EXPECT_TRUE(scribe.read(committed).answered);
  EXPECT_TRUE(scribe.read(committed).answered);
  EXPECT_FALSE(scribe.read(committed).answered);
  scribe.finish();
  scribe.begin();  // another connection
  EXPECT_FALSE(scribe.read(committed).answered);
}

TEST(ScribeProtocolTest, ALotOfAudioIsCommittedInMidTurn) {
  ScribeProtocol scribe({}, kMulaw);
  const std::vector<uint8_t> second(8000, 7);
  int commits = 0;
  for (int i = 0; i < 65; ++i) commits += chunk(scribe.audio(second)).second;
  EXPECT_EQ(commits, 2);
  scribe.finish();
  const char* committed = R"({"message_type":"committed_transcript","text":"So far."})";
  EXPECT_FALSE(scribe.read(committed).answered);
  EXPECT_FALSE(scribe.read(committed).answered);
  EXPECT_TRUE(scribe.read(committed).answered);
  // Not where the service commits by itself.
  ScribeProtocol own({.find_turns = true}, kMulaw);
  for (int i = 0; i < 65; ++i) EXPECT_FALSE(chunk(own.audio(second)).second);
}

TEST(ScribeProtocolTest, TheServicesOwnTurns) {
  ScribeProtocol scribe({.find_turns = true}, kPcm);
  const auto reading = scribe.read(R"({"message_type":"committed_transcript","text":"Hello."})");
  EXPECT_EQ(reading.settled, "Hello.");
  EXPECT_TRUE(reading.speech_start);
  EXPECT_TRUE(reading.speech_end);
}

TEST(ScribeProtocolTest, Words) {
  const char* text = R"({"message_type":"committed_transcript_with_timestamps","text":"Hi you",
      "language_code":"en","words":[{"text":"Hi","start":0.5,"end":0.7,"type":"word"},
      {"text":" ","start":0.7,"end":0.8,"type":"spacing"},
      {"text":"you","start":-3,"end":1e300,"type":"word"},{"text":"a bell","type":"audio_event"},
      7]})";
  ScribeProtocol with({.timestamps = true}, kPcm);
  const auto reading = with.read(text);
  EXPECT_EQ(reading.note, "words");
  EXPECT_EQ(reading.language, "en");
  ASSERT_EQ(reading.words.size(), 3U);
  EXPECT_EQ(reading.words[0].text, "Hi");
  EXPECT_EQ(reading.words[0].start_s, 0.5);
  EXPECT_EQ(reading.words[0].end_s, 0.7);
  EXPECT_EQ(reading.words[1].start_s, 0);
  EXPECT_EQ(reading.words[1].end_s, 1e6);
  EXPECT_FALSE(reading.settled);
  // The service may send it to those who did not ask, too.
  ScribeProtocol without({}, kPcm);
  EXPECT_EQ(without.read(text).note, "");
  EXPECT_FALSE(without.read(text).settled);
  EXPECT_FALSE(without.read(text).malformed);
}

TEST(ScribeProtocolTest, ErrorsOfTheConnectionAndOfOneCommit) {
  ScribeProtocol scribe({}, kPcm);
  auto reading = scribe.read(R"({"message_type":"quota_exceeded","error":"nothing left"})");
  ASSERT_TRUE(reading.error);
  EXPECT_EQ(reading.error->code, "quota_exceeded");
  EXPECT_FALSE(reading.error->retryable);
  EXPECT_FALSE(reading.passing);
  // Whoever waits for the text of that commit waits no longer.
  scribe.finish();
  reading = scribe.read(R"({"message_type":"commit_throttled","error":"only 0.1s"})");
  EXPECT_TRUE(reading.passing);
  EXPECT_TRUE(reading.answered);
  EXPECT_FALSE(scribe.read(R"({"message_type":"commit_throttled","error":"again"})").answered);
  EXPECT_TRUE(scribe.read(R"({"message_type":"warning","warning":"old model"})").passing);
}

TEST(ScribeProtocolTest, WhatIsNoMessage) {
  ScribeProtocol scribe({}, kPcm);
  for (const char* text :
       {"", "x", "[]", "{}", R"({"message_type":3})", R"({"message_type":"partial_transcript"})",
        R"({"message_type":"committed_transcript","text":null})"}) {
    EXPECT_TRUE(scribe.read(text).malformed) << text;
  }
  // Later additions.
  for (const char* text : {R"({"message_type":"committed_transcript_entities","entities":[]})",
                           R"({"message_type":"something_new","text":"x"})"}) {
    const auto reading = scribe.read(text);
    EXPECT_FALSE(reading.malformed || reading.error || reading.settled || reading.tail) << text;
  }
}

}  // namespace
}  // namespace elevenlabs
