#include "scenario/core/services.hpp"

#include <gtest/gtest.h>

#include <map>

using namespace jackfield;

namespace {

std::vector<ElementUse> elements_of(const std::string& text) {
  auto words = read_pipeline_words(text);
  EXPECT_TRUE(std::holds_alternative<PipelineWords>(words)) << text;
  return std::get<PipelineWords>(words).elements;
}

EnvironmentLookup environment_of(std::map<std::string, std::string, std::less<>> values) {
  return [values = std::move(values)](std::string_view name) -> std::optional<std::string> {
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}

std::vector<std::string> missing(const std::string& text,
                                 std::map<std::string, std::string, std::less<>> values = {}) {
  std::vector<std::string> texts;
  for (const MissingKey& key : missing_keys(elements_of(text), environment_of(std::move(values))))
    texts.push_back(key.text());
  return texts;
}

std::vector<std::string> warnings(const std::string& text, const char* today,
                                  std::map<std::string, std::string, std::less<>> values = {}) {
  return shutdown_warnings(elements_of(text), environment_of(std::move(values)), today);
}

using Texts = std::vector<std::string>;

}  // namespace

TEST(ServicesTest, KeysAreMissedByWhoNeedsThem) {
  EXPECT_EQ(missing("openaistt model=x ! openaillm model=y ! openaistt ! elevenlabstts voice=z"),
            (Texts{"OPENAI_API_KEY is not set: openaistt and openaillm need it",
                   "ELEVENLABS_API_KEY is not set: elevenlabstts needs it"}));
  EXPECT_EQ(missing("deepgramstt ! fakesink"),
            Texts{"DEEPGRAM_API_KEY is not set: deepgramstt needs it"});
  EXPECT_EQ(missing("pocketsphinxstt ! scriptedllm ! flitetts"), Texts{});
}

TEST(ServicesTest, AKeyIsFoundInTheEnvironmentOrTheText) {
  EXPECT_EQ(missing("openaillm model=x", {{"OPENAI_API_KEY", "k"}}), Texts{});
  EXPECT_EQ(missing("openaillm model=x", {{"OPENAI_API_KEY", ""}}).size(), 1u);
  EXPECT_EQ(missing("openaillm model=x api-key=k"), Texts{});
}

TEST(ServicesTest, OtherServersNeedNoKey) {
  EXPECT_EQ(missing("openaillm model=x base-url=http://127.0.0.1:11434/v1"), Texts{});
  EXPECT_EQ(missing("openaillm model=x", {{"OPENAI_BASE_URL", "http://localhost:8080/v1"}}),
            Texts{});
  EXPECT_EQ(missing("deepgramstt base-url=ws://10.0.0.1"), Texts{});
  // The service's own, in other words.
  EXPECT_EQ(missing("openaillm base-url=https://api.openai.com:443/v1").size(), 1u);
  EXPECT_EQ(missing("deepgramstt base-url=wss://api.eu.deepgram.com").size(), 1u);
  EXPECT_EQ(missing("elevenlabstts base-url=wss://api.eu.residency.elevenlabs.io").size(), 1u);
  EXPECT_EQ(missing("elevenlabstts base-url=wss://notelevenlabs.io"), Texts{});
  EXPECT_EQ(missing("elevenlabstts base-url=wss://elevenlabs.io.evil.org"), Texts{});
}

TEST(ServicesTest, KeysAreKnownByName) {
  EXPECT_TRUE(is_service_key("OPENAI_API_KEY"));
  EXPECT_FALSE(is_service_key("OPENAI_BASE_URL"));
  EXPECT_FALSE(is_service_key(""));
}

TEST(ServicesTest, AModelIsWarnedOfUntilItIsGone) {
  EXPECT_EQ(warnings("openaistt model=whisper-1", "2026-11-22"),
            Texts{"the model whisper-1 of openaistt will be shut down by OpenAI on 2027-02-26; use "
                  "gpt-transcribe"});
  EXPECT_EQ(warnings("openaistt model=whisper-1", "2027-02-25").front().find("is gone"),
            std::string::npos);
  const Texts gone{
      "the model whisper-1 of openaistt is gone: OpenAI shut it down on 2027-02-26; use "
      "gpt-transcribe"};
  EXPECT_EQ(warnings("openaistt model=whisper-1", "2027-02-26"), gone);
  EXPECT_EQ(warnings("openaistt model=whisper-1", "2031-01-01"), gone);
}

TEST(ServicesTest, ModelsThatStayAreNotWarnedOf) {
  EXPECT_EQ(warnings("openaillm model=gpt-5.2 ! openaistt model=gpt-transcribe ! openairealtime",
                     "2027-12-31"),
            Texts{});
  // A name that only begins alike.
  EXPECT_EQ(warnings("openaillm model=gpt-5-minimal ! openaillm model=gpt-4o-audio", "2026-11-22"),
            Texts{});
}

TEST(ServicesTest, SnapshotsGoWithTheirModel) {
  EXPECT_EQ(warnings("openaillm model=gpt-5-2025-08-07", "2026-11-22").size(), 1u);
  EXPECT_EQ(warnings("openaillm model=gpt-5-2025-8-07", "2026-11-22"), Texts{});
  EXPECT_EQ(warnings("openaillm model=gpt-5.1-2025-11-13", "2026-11-22"), Texts{});
}

TEST(ServicesTest, OtherServersKeepTheirModels) {
  EXPECT_EQ(warnings("openaistt model=whisper-1 base-url=http://127.0.0.1:8080", "2027-12-31"),
            Texts{});
  EXPECT_EQ(warnings("openaistt model=whisper-1", "2027-12-31",
                     {{"OPENAI_BASE_URL", "http://127.0.0.1:8080/v1"}}),
            Texts{});
  EXPECT_EQ(warnings("fakesink model=whisper-1", "2027-12-31"), Texts{});
}

TEST(ServicesTest, AllOfSpeechGoes) {
  const Texts texts = warnings("openaitts model=gpt-new-tts", "2026-11-22");
  ASSERT_EQ(texts.size(), 1u);
  EXPECT_NE(texts.front().find("2027-01-06"), std::string::npos) << texts.front();
}

TEST(ServicesTest, TheModelThatWritesDownIsLookedAtToo) {
  const Texts texts =
      warnings("openairealtime model=gpt-realtime transcription-model=whisper-1", "2026-11-22");
  ASSERT_EQ(texts.size(), 2u);
  EXPECT_NE(texts[0].find("gpt-realtime-2.1"), std::string::npos) << texts[0];
  EXPECT_NE(texts[1].find("whisper-1"), std::string::npos) << texts[1];
  EXPECT_EQ(warnings("openaistt model=whisper-1 ! openaistt model=whisper-1", "2026-11-22").size(),
            1u);
}
