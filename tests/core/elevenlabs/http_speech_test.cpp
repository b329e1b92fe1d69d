#include "http_speech.hpp"

#include <gtest/gtest.h>

namespace elevenlabs {
namespace {

// Three bytes of audio and a character.
std::string line(const char* character, double start, double end) {
  return R"({"audio_base64":"AAEC","alignment":{"characters":[")" + std::string(character) +
         R"("],"character_start_times_seconds":[)" + std::to_string(start) +
         R"(],"character_end_times_seconds":[)" + std::to_string(end) + "]}}\n";
}

TEST(HttpSpeechTest, Url) {
  const TtsUrl url{.base_url = "wss://x/", .voice = "a/b", .output_format = "ulaw_8000"};
  EXPECT_EQ(speech_url(url, true),
            "https://x/v1/text-to-speech/a%2Fb/stream/with-timestamps?output_format=ulaw_8000");
  TtsUrl more = url;
  more.extra = "enable_logging=false";
  EXPECT_EQ(
      speech_url(more, false),
      "https://x/v1/text-to-speech/a%2Fb/stream?output_format=ulaw_8000&enable_logging=false");
}

TEST(HttpSpeechTest, Body) {
  EXPECT_EQ(speech_body({.model = "m"}, {}, {.text = "Say \"hi\"."}),
            R"({"text":"Say \"hi\".","model_id":"m"})");
  EXPECT_EQ(speech_body({.model = "m", .language = "en"}, {.stability = 0.5, .speed = 0.9},
                        {.text = "b", .previous = "a"}),
            R"({"text":"b","model_id":"m","language_code":"en","previous_text":"a",)"
            R"("voice_settings":{"stability":0.50,"speed":0.90}})");
  EXPECT_EQ(speech_body({.model = "eleven_v3"}, {}, {.text = "b", .previous = "a"}),
            R"({"text":"b","model_id":"eleven_v3"})");
}

TEST(HttpSpeechTest, ModelsWithoutWebsocket) {
  EXPECT_TRUE(needs_http("eleven_v3"));
  EXPECT_TRUE(needs_http("eleven_v4_turbo"));
  EXPECT_FALSE(needs_http("eleven_flash_v2_5"));
  EXPECT_FALSE(needs_http(""));
}

TEST(HttpSpeechTest, LinesInPiecesOfAnySize) {
  const std::string all = line("a", 0, 0.1) + "\r\n" + line("b", 0, 0.1) + line("c", 0, 0.1);
  for (std::size_t step = 1; step <= all.size(); step += 13) {
    HttpSpeechReader reader(true, 30);
    std::vector<TtsMessage> got;
    for (std::size_t at = 0; at < all.size(); at += step) {
      for (TtsMessage& m : reader.feed(std::string_view(all).substr(at, step))) {
        got.push_back(std::move(m));
      }
    }
    ASSERT_EQ(got.size(), 3U) << step;
    EXPECT_EQ(got[1].audio, (std::vector<uint8_t>{0, 1, 2}));
    EXPECT_EQ(got[2].alignment.at(0).character, "c");
    EXPECT_EQ(got[2].alignment.at(0).start_ms, 0);
    EXPECT_EQ(got[2].alignment.at(0).duration_ms, 100);
    EXPECT_TRUE(reader.finish().empty());
    EXPECT_EQ(reader.malformed(), 0U);
  }
}

TEST(HttpSpeechTest, TimesMayCountFromTheBeginningOfTheAnswer) {
  HttpSpeechReader reader(true, 30);  // a line is 100 ms
  EXPECT_EQ(reader.feed(line("a", 0, 0.1)).at(0).alignment.at(0).start_ms, 0);
  EXPECT_EQ(reader.feed(line("b", 0.1, 0.2)).at(0).alignment.at(0).start_ms, 0);
  EXPECT_EQ(reader.feed(line("c", 0.25, 0.3)).at(0).alignment.at(0).start_ms, 50);
  // Once that is known it holds, also for times that lag behind.
  EXPECT_EQ(reader.feed(line("d", 0.1, 0.2)).at(0).alignment.at(0).start_ms, 0);
}

TEST(HttpSpeechTest, TheLastLineMayHaveNoEnd) {
  HttpSpeechReader reader(true, 30);
  std::string text = line("a", 0, 0.1);
  text.pop_back();
  EXPECT_TRUE(reader.feed(text).empty());
  EXPECT_EQ(reader.finish().size(), 1U);
  HttpSpeechReader cut(true, 30);
  cut.feed(text.substr(0, 20));
  EXPECT_TRUE(cut.finish().empty());
  EXPECT_EQ(cut.malformed(), 1U);
}

TEST(HttpSpeechTest, WhatIsNoLineIsCounted) {
  HttpSpeechReader reader(true, 30);
  EXPECT_TRUE(
      reader.feed("{\n[]\n{}\n3\n{\"audio_base64\":\"%\"}\n{\"audio_base64\":1}\n").empty());
  EXPECT_EQ(reader.malformed(), 6U);
  EXPECT_TRUE(reader.feed("{\"audio_base64\":null}\n{\"audio_base64\":\"\"}\n\n").empty());
  EXPECT_EQ(reader.malformed(), 6U);
  // Without times the audio is of use all the same.
  EXPECT_EQ(reader.feed("{\"audio_base64\":\"AAEC\",\"alignment\":null}\n").size(), 1U);
  const auto odd = reader.feed(
      "{\"audio_base64\":\"AAEC\",\"alignment\":{\"characters\":[\"a\",\"b\"],"
      "\"character_start_times_seconds\":[1e300,-1],\"character_end_times_seconds\":[0]}}\n");
  ASSERT_EQ(odd.at(0).alignment.size(), 2U);
  EXPECT_EQ(odd[0].alignment[0].duration_ms, 0);
}

TEST(HttpSpeechTest, ALineWithoutEndIsDropped) {
  HttpSpeechReader reader(true, 30);
  const std::string part(1 << 20, 'x');
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(reader.feed(part).empty());
  EXPECT_EQ(reader.malformed(), 1U);
  EXPECT_EQ(reader.feed("\n" + line("a", 0, 0.1)).size(), 1U);
}

TEST(HttpSpeechTest, WithoutTimestampsAllIsAudio) {
  HttpSpeechReader reader(false, 30);
  EXPECT_EQ(reader.feed("\n{").at(0).audio, (std::vector<uint8_t>{'\n', '{'}));
  EXPECT_TRUE(reader.feed("").empty());
  EXPECT_TRUE(reader.finish().empty());
}

}  // namespace
}  // namespace elevenlabs
