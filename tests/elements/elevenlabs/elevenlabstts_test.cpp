// elevenlabstts against the fake of ElevenLabs, over real sockets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tts_element.hpp"

namespace {

using test_support::FakeService;
using test_support::kCharacterMs;
using test_support::TtsElement;
using ::testing::ElementsAre;

// The audio of a text with its space, 8 kHz, 16 bits.
std::size_t audio_of(const std::string& text) { return (text.size() + 1) * kCharacterMs * 16; }

class ElevenlabsTtsTest : public ::testing::TestWithParam<const char*> {};

TEST_P(ElevenlabsTtsTest, RepliesBecomeAudioWithWords) {
  FakeService fake("elevenlabs");
  TtsElement tts(fake, GetParam());
  tts.say("Good morning.");
  tts.say("How are you?");
  tts.end(1);
  ASSERT_TRUE(tts.wait_ends(1));
  tts.say("Fine.");
  tts.end(2);
  ASSERT_TRUE(tts.wait_ends(2));
  const std::size_t first = audio_of("Good morning.") + audio_of("How are you?");
  EXPECT_THAT(tts.ends(),
              ElementsAre(std::pair{1U, first}, std::pair{2U, first + audio_of("Fine.")}));
  EXPECT_THAT(tts.words(), ElementsAre("Good", "morning.", "How", "are", "you?", "Fine."));
  EXPECT_THAT(tts.word_starts(),
              ElementsAre(0, 5 * kCharacterMs, 14 * kCharacterMs, 18 * kCharacterMs,
                          22 * kCharacterMs, 27 * kCharacterMs));
  EXPECT_EQ(tts.complaint(), "");
  EXPECT_TRUE(fake.logged({R"("kind": "violation")"}).empty());
  EXPECT_EQ(tts.stat("failures"), 0U);
}

INSTANTIATE_TEST_SUITE_P(Apis, ElevenlabsTtsTest,
                         ::testing::Values("", "auto-mode=false", "api=stream-input",
                                           "api=stream-input auto-mode=false"));

TEST(ElevenlabsTtsElementTest, MulawComesOutAsItIs) {
  FakeService fake("elevenlabs");
  TtsElement tts(fake, "output-format=ulaw_8000");
  tts.say("Hello.");
  tts.end(1);
  ASSERT_TRUE(tts.wait_ends(1));
  EXPECT_EQ(tts.ends()[0].second, audio_of("Hello.") / 2);
  EXPECT_EQ(tts.caps(), "audio/x-mulaw, rate=(int)8000, channels=(int)1");
  EXPECT_EQ(fake.logged({R"(["output_format", "ulaw_8000"])"}).size(), 1U);
}

TEST(ElevenlabsTtsElementTest, MessagesMayEndWithinASample) {
  FakeService fake("elevenlabs", R"({"odd_bytes": true})");
  TtsElement tts(fake);
  tts.say("Nobody cuts words like this one does.");
  tts.end(1);
  ASSERT_TRUE(tts.wait_ends(1));
  // The fake keeps the last byte, when it cut the last message.
  EXPECT_GE(tts.bytes() + 2, audio_of("Nobody cuts words like this one does."));
  EXPECT_EQ(tts.complaint(), "");
}

TEST(ElevenlabsTtsElementTest, WithoutAlignmentThereAreNoWords) {
  FakeService fake("elevenlabs", R"({"no_alignment": true})");
  TtsElement tts(fake);
  tts.say("Good morning.");
  tts.end(1);
  ASSERT_TRUE(tts.wait_ends(1));
  EXPECT_EQ(tts.bytes(), audio_of("Good morning."));
  EXPECT_TRUE(tts.words().empty());
}

TEST(ElevenlabsTtsElementTest, WhereTheAlignmentIsMissingItSaysSo) {
  // Messages of 7 characters, 60 ms each; the second and the third of them have none.
  FakeService fake("elevenlabs", R"({"no_alignment": [1, 2]})");
  TtsElement tts(fake);
  tts.say("Well, good morning to you all.");
  tts.end(1);
  ASSERT_TRUE(tts.wait_ends(1));
  EXPECT_EQ(tts.bytes(), audio_of("Well, good morning to you all."));
  EXPECT_EQ(tts.unknown(), std::vector<std::size_t>{7 * kCharacterMs * 16});
  EXPECT_EQ(tts.words().front(), "Well,");
  EXPECT_EQ(tts.complaint(), "");
}

TEST(ElevenlabsTtsElementTest, AnInterruptionDropsWhatStillComes) {
  FakeService fake("elevenlabs", R"({"connections": [{"pace": 0.05}]})");
  TtsElement tts(fake);
  tts.say("This is a very long sentence that nobody will ever hear to its end.");
  ASSERT_TRUE(tts.wait([&] { return tts.bytes() > 0; }));
  tts.flush();
  const std::size_t before = tts.bytes();
  tts.say("Yes?");
  tts.end(2);
  ASSERT_TRUE(tts.wait_ends(1));
  EXPECT_EQ(tts.ends()[0], (std::pair{2U, before + audio_of("Yes?")}));
  EXPECT_EQ(tts.words().back(), "Yes?");
  EXPECT_GT(tts.stat("audio-late"), 0U);
  EXPECT_EQ(tts.stat("connections"), 1U);
  EXPECT_TRUE(fake.logged({R"("kind": "violation")"}).empty());
}

TEST(ElevenlabsTtsElementTest, AnInterruptionOfASingleReplyConnection) {
  FakeService fake("elevenlabs", R"({"connections": [{"pace": 0.05}, {}]})");
  TtsElement tts(fake, "api=stream-input");
  tts.say("This is a very long sentence that nobody will ever hear to its end.");
  ASSERT_TRUE(tts.wait([&] { return tts.bytes() > 0; }));
  tts.flush();
  const std::size_t before = tts.bytes();
  tts.say("Yes?");
  tts.end(2);
  ASSERT_TRUE(tts.wait_ends(1));
  EXPECT_EQ(tts.ends()[0], (std::pair{2U, before + audio_of("Yes?")}));
}

TEST(ElevenlabsTtsElementTest, ABreakInMidReplyIsSpokenOn) {
  FakeService fake("elevenlabs", R"({"connections": [{"cut_after_messages": 3}, {}]})");
  TtsElement tts(fake);
  tts.say("One two three four five six seven eight.");
  tts.end(1);
  ASSERT_TRUE(tts.wait_ends(1));
  // Cut in "five": that word is begun anew, nothing else is said twice.
  EXPECT_THAT(tts.words(),
              ElementsAre("One", "two", "three", "four", "five", "five", "six", "seven", "eight."));
  EXPECT_EQ(tts.stat("connections"), 2U);
  EXPECT_EQ(tts.wait_cause(), "lost");
}

TEST(ElevenlabsTtsElementTest, AWrongKeyIsNamedAndTheReplyEnds) {
  FakeService fake("elevenlabs", R"({"key": "another"})");
  TtsElement tts(fake);
  // The first refusal may come before there is a bus; the reply has it tried again.
  tts.say("Good morning.");
  tts.end(1);
  ASSERT_TRUE(tts.wait_ends(1));
  EXPECT_EQ(tts.wait_cause(), "unauthorized");
  EXPECT_EQ(tts.ends()[0].second, 0U);
  EXPECT_EQ(tts.flow(), GST_FLOW_OK);
}

TEST(ElevenlabsTtsElementTest, NoCreditIsNamedAndTheReplyEnds) {
  FakeService fake("elevenlabs", R"({"quota_after_characters": 20})");
  TtsElement tts(fake);
  ASSERT_TRUE(tts.wait([&] { return tts.connected(); }));
  tts.say("Good morning.");
  tts.say("And now for something else.");
  tts.end(1);
  ASSERT_TRUE(tts.wait_ends(1));
  EXPECT_EQ(tts.wait_cause(), "quota_exceeded");
  EXPECT_EQ(tts.bytes(), audio_of("Good morning."));
}

TEST(ElevenlabsTtsElementTest, ASilentServiceEndsTheReplyInTime) {
  FakeService fake("elevenlabs", R"({"connections": [{"delay": 5}]})");
  TtsElement tts(fake, "audio-timeout=300000000");
  tts.say("Good morning.");
  tts.end(1);
  ASSERT_TRUE(tts.wait_ends(1));
  EXPECT_EQ(tts.bytes(), 0U);
  EXPECT_EQ(tts.stat("timeouts"), 1U);
  EXPECT_EQ(tts.wait_cause(), "timeout");
}

TEST(ElevenlabsTtsElementTest, AMessageThatIsNoneIsCounted) {
  FakeService fake("elevenlabs", R"({"connections": [{"malformed": ["", "{", "[]", "{}",
                                     "{\"audio\":\"%%%\"}"]}]})");
  TtsElement tts(fake);
  tts.say("Hello.");
  tts.end(1);
  ASSERT_TRUE(tts.wait_ends(1));
  EXPECT_EQ(tts.bytes(), audio_of("Hello."));
  EXPECT_EQ(tts.stat("malformed"), 5U);
}

TEST(ElevenlabsTtsElementTest, IsKeptAliveBetweenReplies) {
  FakeService fake("elevenlabs", R"({"idle_timeout": 12})");
  TtsElement tts(fake);
  ASSERT_TRUE(fake.wait_logged({R"(\"text\":\"\",\"context_id\":\"r1\")"}));
  tts.say("Hello.");
  tts.end(1);
  ASSERT_TRUE(tts.wait_ends(1));
  EXPECT_EQ(tts.stat("connections"), 1U);
}

TEST(ElevenlabsTtsElementTest, TheEndOfTheStreamWaitsForTheAudio) {
  FakeService fake("elevenlabs");
  TtsElement tts(fake);
  tts.say("Hello.");
  gst_harness_push_event(tts.harness(), gst_event_new_eos());
  ASSERT_TRUE(tts.wait([&] { return tts.eos(); }));
  EXPECT_EQ(tts.bytes(), audio_of("Hello."));
}

TEST(ElevenlabsTtsElementTest, IsReusable) {
  FakeService fake("elevenlabs");
  TtsElement tts(fake);
  tts.say("Hello.");
  tts.end(1);
  ASSERT_TRUE(tts.wait_ends(1));
  for (int i = 0; i < 5; ++i) {
    gst_element_set_state(tts.element(), GST_STATE_NULL);
    gst_element_set_state(tts.element(), GST_STATE_PLAYING);
  }
  EXPECT_EQ(tts.stat("replies"), 1U);
  EXPECT_TRUE(fake.wait_logged({"close_socket"}));
}

TEST(ElevenlabsTtsElementTest, WithoutAVoiceItDoesNotStart) {
  gst_init(nullptr, nullptr);
  gstpp::ElementPtr element = gstpp::make_element("elevenlabstts");
  ASSERT_TRUE(element);
  EXPECT_EQ(gst_element_set_state(element.get(), GST_STATE_PAUSED), GST_STATE_CHANGE_FAILURE);
  gst_element_set_state(element.get(), GST_STATE_NULL);
}

}  // namespace
