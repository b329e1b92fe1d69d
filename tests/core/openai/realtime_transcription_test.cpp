#include "realtime_transcription.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base64.hpp"
#include "json_reader.hpp"

namespace openai::realtime {
namespace {

using jackfield::JsonValue;
using jackfield::SttFormat;
using jackfield::SttReading;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr SttFormat kPhone{.mulaw = false, .rate = 8000};
constexpr SttFormat kMulaw{.mulaw = true, .rate = 8000};
constexpr SttFormat kWide{.mulaw = false, .rate = 24000};

std::string event(const std::string& kind, const std::string& item, const std::string& more = "") {
  return R"({"type":"conversation.item.input_audio_transcription.)" + kind + R"(","item_id":")" +
         item + "\"" + (more.empty() ? "" : "," + more) + "}";
}
std::string delta(const std::string& item, const std::string& text) {
  return event("delta", item, R"("delta":")" + text + "\"");
}
std::string completed(const std::string& item, const std::string& text) {
  return event("completed", item, R"("transcript":")" + text + "\"");
}
std::string committed(const std::string& item) {
  return R"({"type":"input_audio_buffer.committed","item_id":")" + item + R"("})";
}
std::string error(const std::string& fields) {
  return R"({"type":"error","error":{)" + fields + "}}";
}

class RealtimeTranscriptionTest : public testing::Test {
 protected:
  std::string open(const SttFormat& format, TranscriptionSettings settings = {}) {
    if (settings.model.empty()) settings.model = "gpt-live-transcribe";
    settings.secret = "key-of-mine";
    service_.emplace(settings, format);
    service_->begin();
    const auto messages = service_->opening();
    EXPECT_EQ(messages.size(), 1U);
    EXPECT_TRUE(jackfield::parse_json(messages.at(0).data).value) << messages.at(0).data;
    return messages.at(0).data;
  }
  std::vector<uint8_t> sent(std::span<const uint8_t> bytes) {
    const auto message = service_->audio(bytes);
    EXPECT_FALSE(message.binary);
    const auto json = jackfield::parse_json(message.data);
    EXPECT_TRUE(json.value);
    EXPECT_EQ(json.value->find("type")->string, "input_audio_buffer.append");
    const std::string& text = json.value->find("audio")->string;
    std::vector<uint8_t> audio(jackfield::base64_decoded_max(text.size()));
    audio.resize(jackfield::base64_decode(text, audio).value_or(0));
    return audio;
  }
  SttReading read(const std::string& text) { return service_->read(text); }
  // A turn's worth of audio, and its commit.
  void commit() {
    sent(std::vector<uint8_t>(4000));
    EXPECT_TRUE(service_->finish());
  }

  std::optional<RealtimeTranscription> service_;
};

TEST_F(RealtimeTranscriptionTest, WhichModelsAreLive) {
  EXPECT_TRUE(transcribes_live("gpt-live-transcribe"));
  EXPECT_TRUE(transcribes_live("gpt-live-transcribe-2026-09-01"));
  EXPECT_TRUE(transcribes_live("gpt-realtime-whisper"));
  EXPECT_FALSE(transcribes_live("gpt-transcribe"));
  EXPECT_FALSE(transcribes_live("whisper-1"));
  EXPECT_FALSE(transcribes_live(""));
}

TEST_F(RealtimeTranscriptionTest, TheSessionIsForTranscription) {
  const std::string phone = open(kPhone, {.language = "de", .prompt = "say \"hi\""});
  EXPECT_THAT(phone, HasSubstr(R"("session":{"type":"transcription")"));
  EXPECT_THAT(phone, HasSubstr(R"("format":{"type":"audio/pcmu"})"));
  EXPECT_THAT(phone, HasSubstr(R"("turn_detection":null)"));
  EXPECT_THAT(phone, HasSubstr(R"("languages":["de"])"));
  EXPECT_THAT(phone, HasSubstr(R"("prompt":"say \"hi\"")"));
  EXPECT_THAT(open(kWide), HasSubstr(R"({"type":"audio/pcm","rate":24000})"));
  const std::string whisper =
      open(kMulaw, {.model = "gpt-realtime-whisper", .language = "de", .prompt = "names"});
  EXPECT_THAT(whisper, HasSubstr(R"("language":"de")"));
  EXPECT_THAT(whisper, Not(HasSubstr("prompt")));
}

TEST_F(RealtimeTranscriptionTest, TelephoneSamplesBecomeMulaw) {
  open(kPhone);
  std::vector<uint8_t> samples(1600);
  samples[0] = 0xE8;  // 1000
  samples[1] = 0x03;
  const auto audio = sent(samples);
  ASSERT_EQ(audio.size(), 800U);
  EXPECT_EQ(audio[0], 0xCE);
  EXPECT_EQ(audio[1], 0xFF);
}

TEST_F(RealtimeTranscriptionTest, OthersGoAsTheyAre) {
  open(kMulaw);
  std::vector<uint8_t> codes(800, 0x20);
  EXPECT_EQ(sent(codes), codes);
  open(kWide);
  std::vector<uint8_t> samples(4800, 0x20);
  EXPECT_EQ(sent(samples), samples);
}

// A commit of less than 100 ms would be refused.
TEST_F(RealtimeTranscriptionTest, AShortBeginningIsFilledUp) {
  open(kMulaw);
  auto audio = sent(std::vector<uint8_t>(160, 0x20));
  ASSERT_EQ(audio.size(), 800U);
  EXPECT_EQ(audio[639], 0xFF);
  EXPECT_EQ(audio[640], 0x20);
  EXPECT_EQ(sent(std::vector<uint8_t>(160, 0x20)).size(), 160U);
  EXPECT_TRUE(service_->finish());
  EXPECT_EQ(sent(std::vector<uint8_t>(160, 0x20)).size(), 800U) << "each turn anew";
  open(kWide);
  audio = sent(std::vector<uint8_t>(960, 0x20));
  ASSERT_EQ(audio.size(), 4800U);
  EXPECT_EQ(audio[0], 0);
}

TEST_F(RealtimeTranscriptionTest, NothingIsCommittedTwice) {
  open(kMulaw);
  EXPECT_FALSE(service_->finish());
  commit();
  EXPECT_FALSE(service_->finish());
}

TEST_F(RealtimeTranscriptionTest, TextGrowsAndIsReplacedByTheFinalOne) {
  open(kMulaw);
  EXPECT_EQ(read(delta("a", "Hel")).tail, "Hel");
  EXPECT_EQ(read(delta("a", "lo ther")).tail, "Hello ther");
  commit();
  const auto nothing = read(committed("a"));
  EXPECT_FALSE(nothing.tail || nothing.settled || nothing.answered || nothing.malformed);
  const auto last = read(completed("a", " Hello  there. "));
  EXPECT_EQ(last.settled, "Hello there.");
  EXPECT_TRUE(last.answered);
  EXPECT_FALSE(service_->next());
}

TEST_F(RealtimeTranscriptionTest, TextsAreToldInTheOrderOfTheirAudio) {
  open(kMulaw);
  commit();
  read(committed("a"));
  commit();
  read(committed("b"));
  EXPECT_FALSE(read(delta("b", "second")).tail);
  EXPECT_FALSE(read(completed("b", "second")).answered);
  EXPECT_FALSE(read(delta("c", "thi")).tail);
  const auto first = read(completed("a", "first"));
  EXPECT_EQ(first.settled, "first");
  const auto second = service_->next();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->settled, "second");
  EXPECT_TRUE(second->answered);
  const auto third = service_->next();
  ASSERT_TRUE(third);
  EXPECT_EQ(third->tail, "thi");
  EXPECT_FALSE(third->answered);
  EXPECT_FALSE(service_->next());
}

TEST_F(RealtimeTranscriptionTest, WhatWasToldIsNotToldAgain) {
  open(kMulaw);
  commit();
  read(completed("a", "first"));
  EXPECT_TRUE(read(completed("a", "first")).malformed);
  EXPECT_TRUE(read(delta("a", "more")).malformed);
  EXPECT_EQ(read(completed("b", "second")).settled, "second");
}

TEST_F(RealtimeTranscriptionTest, AFailureKeepsWhatWasHeard) {
  open(kMulaw);
  commit();
  read(delta("a", "I would like"));
  const auto reading =
      read(event("failed", "a", R"("error":{"type":"server_error","message":"broken"})"));
  EXPECT_EQ(reading.settled, "I would like");
  EXPECT_TRUE(reading.answered && reading.passing);
  ASSERT_TRUE(reading.error);
  EXPECT_EQ(reading.error->code, "server");
  EXPECT_EQ(reading.error->text, "broken");
}

TEST_F(RealtimeTranscriptionTest, ARefusedSessionIsTheEnd) {
  open(kMulaw);
  const auto reading = read(error(
      R"("type":"invalid_request_error","code":"model_not_found","event_id":"session","message":"no model key-of-mine")"));
  ASSERT_TRUE(reading.error);
  EXPECT_EQ(reading.error->code, "model");
  EXPECT_FALSE(reading.error->retryable);
  EXPECT_FALSE(reading.passing);
  EXPECT_THAT(reading.error->text, StartsWith("no model ***"));
}

TEST_F(RealtimeTranscriptionTest, ARefusedCommitAnswersItsTurn) {
  open(kMulaw);
  commit();
  read(committed("a"));
  commit();
  const auto refused = R"("type":"invalid_request_error","code":"x","event_id":"commit")";
  EXPECT_FALSE(read(error(refused)).answered) << "the first turn is not answered yet";
  EXPECT_EQ(read(completed("a", "first")).settled, "first");
  const auto second = service_->next();
  ASSERT_TRUE(second);
  EXPECT_TRUE(second->answered && second->passing && second->error);
}

TEST_F(RealtimeTranscriptionTest, ErrorsThatPassAndErrorsThatDoNot) {
  open(kMulaw);
  const auto expired = read(error(R"("code":"session_expired","message":"60 minutes")"));
  EXPECT_EQ(expired.error->code, "cut");
  EXPECT_TRUE(expired.error->retryable);
  EXPECT_FALSE(expired.passing);
  EXPECT_TRUE(read(error(R"("type":"server_error","message":"hiccup")")).passing);
  EXPECT_TRUE(read(error(R"("code":"rate_limit_exceeded")")).passing);
  const auto quota = read(error(R"("code":"insufficient_quota")"));
  EXPECT_FALSE(quota.passing || quota.error->retryable);
}

TEST_F(RealtimeTranscriptionTest, WhatIsNoEventIsCounted) {
  open(kMulaw);
  for (const char* text : {"", "{", "[]", "null", R"({"type":5})",
                           R"({"type":"conversation.item.input_audio_transcription.delta"})"}) {
    EXPECT_TRUE(read(text).malformed) << text;
  }
  EXPECT_FALSE(read(R"({"type":"rate_limits.updated"})").malformed);
  EXPECT_FALSE(read(R"({"type":"session.created"})").malformed);
}

TEST_F(RealtimeTranscriptionTest, NothingGrowsWithoutBound) {
  open(kMulaw);
  const std::string piece(8000, 'x');
  for (int i = 0; i < 40; ++i) read(delta("a", piece));
  EXPECT_LE(read(delta("a", "y")).tail->size(), 64U * 1024);
  int refused = 0;
  for (int i = 0; i < 200; ++i) refused += read(committed("n" + std::to_string(i))).malformed;
  EXPECT_GE(refused, 136);
  service_->begin();
  EXPECT_EQ(read(completed("z", "new")).settled, "new") << "a new connection begins anew";
}

}  // namespace
}  // namespace openai::realtime
