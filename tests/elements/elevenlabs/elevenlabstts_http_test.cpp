// elevenlabstts over HTTP, and on its way there, against the fake of ElevenLabs, over real sockets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tts_element.hpp"

namespace {

using test_support::FakeService;
using test_support::kCharacterMs;
using test_support::TtsElement;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The audio of a text, 8 kHz, 16 bits.
std::size_t audio_of(const std::string& text) { return text.size() * kCharacterMs * 16; }

TEST(ElevenlabsTtsHttpTest, RepliesBecomeAudioWithWords) {
  for (const char* times : {"false", "true"}) {
    FakeService fake("elevenlabs", std::string(R"({"times_of_pieces": )") + times + "}");
    TtsElement tts(fake, "transport=http stability=0.5 speed=1.1 language=en");
    tts.say("Good morning.");
    tts.end(1);
    ASSERT_TRUE(tts.wait_ends(1));
    tts.say("Fine.");
    tts.end(2);
    ASSERT_TRUE(tts.wait_ends(2));
    const std::size_t first = audio_of("Good morning.");
    EXPECT_THAT(tts.ends(),
                ElementsAre(std::pair{1U, first}, std::pair{2U, first + audio_of("Fine.")}));
    EXPECT_THAT(tts.words(), ElementsAre("Good", "morning.", "Fine."));
    EXPECT_THAT(tts.word_starts(), ElementsAre(0, 5 * kCharacterMs, 13 * kCharacterMs));
    EXPECT_EQ(tts.complaint(), "");
    EXPECT_EQ(tts.transport(), "http");
    EXPECT_EQ(tts.stat("requests"), 2U);
    EXPECT_EQ(tts.stat("connections"), 0U);
    EXPECT_EQ(fake.logged({R"(\"stability\": 0.5)", R"(\"speed\": 1.1)",
                           R"(\"language_code\": \"en\")", R"(\"text\": \"Good morning.\")"})
                  .size(),
              1U);
    EXPECT_TRUE(fake.logged({R"("kind": "violation")"}).empty());
  }
}

TEST(ElevenlabsTtsHttpTest, TextsThatComeMeanwhileAreSaidTogether) {
  FakeService fake("elevenlabs", R"({"connections": [{"pace": 0.05}, {}]})");
  TtsElement tts(fake, "transport=http");
  tts.say("One sentence.");
  tts.say("A second one.");
  tts.say("And a third.");
  tts.end(1);
  ASSERT_TRUE(tts.wait_ends(1));
  EXPECT_THAT(tts.words(),
              ElementsAre("One", "sentence.", "A", "second", "one.", "And", "a", "third."));
  EXPECT_EQ(tts.bytes(), audio_of("One sentence.") + audio_of("A second one. And a third."));
  EXPECT_EQ(tts.stat("requests"), 2U);
  EXPECT_EQ(fake.logged({R"(\"previous_text\": \"One sentence.\")"}).size(), 1U);
}

TEST(ElevenlabsTtsHttpTest, MulawWithoutTimings) {
  FakeService fake("elevenlabs");
  TtsElement tts(fake, "transport=http output-format=ulaw_8000 word-timings=false");
  tts.say("Hello.");
  tts.end(1);
  ASSERT_TRUE(tts.wait_ends(1));
  EXPECT_EQ(tts.bytes(), audio_of("Hello.") / 2);
  EXPECT_EQ(tts.caps(), "audio/x-mulaw, rate=(int)8000, channels=(int)1");
  EXPECT_THAT(tts.words(), IsEmpty());
  EXPECT_THAT(tts.sentences(), ElementsAre(std::pair<std::string, std::size_t>{"Hello.", 0}));
  EXPECT_EQ(fake.logged({R"(/stream", "query": [["output_format", "ulaw_8000"]])"}).size(), 1U);
}

TEST(ElevenlabsTtsHttpTest, PiecesMayEndAnywhere) {
  const std::string text = "Nobody cuts words like this one does.";
  for (const char* more : {"word-timings=true", "word-timings=false"}) {
    // Bytes come one, three or 997 at a time, and lines end within a sample.
    for (const char* trickle : {"3", "997"}) {
      FakeService fake(
          "elevenlabs",
          std::string(R"({"odd_bytes": true, "connections": [{"trickle": )") + trickle + "}]}");
      TtsElement tts(fake, std::string("transport=http ") + more);
      tts.say(text);
      tts.end(1);
      ASSERT_TRUE(tts.wait_ends(1));
      EXPECT_EQ(tts.bytes(), audio_of(text)) << more << trickle;
      EXPECT_EQ(tts.complaint(), "");
      EXPECT_EQ(tts.stat("malformed"), 0U);
    }
  }
}

TEST(ElevenlabsTtsHttpTest, ASlowTrickleIsSpokenAsItComes) {
  FakeService fake("elevenlabs", R"({"connections": [{"pace": 0.02, "trickle": 4000}]})");
  TtsElement tts(fake, "transport=http");
  tts.say("This takes a while to come.");
  tts.end(1);
  ASSERT_TRUE(tts.wait([&] { return tts.bytes() > 0; }));
  EXPECT_TRUE(tts.ends().empty());
  ASSERT_TRUE(tts.wait_ends(1));
  EXPECT_EQ(tts.bytes(), audio_of("This takes a while to come."));
}

TEST(ElevenlabsTtsHttpTest, AnInterruptionEndsTheRequest) {
  FakeService fake("elevenlabs", R"({"connections": [{"pace": 0.05}, {}]})");
  TtsElement tts(fake, "transport=http");
  tts.say("This is a very long sentence that nobody will ever hear to its end.");
  tts.say("Nor this one.");
  ASSERT_TRUE(tts.wait([&] { return tts.bytes() > 0; }));
  tts.flush();
  const std::size_t before = tts.bytes();
  tts.say("Yes?");
  tts.end(2);
  ASSERT_TRUE(tts.wait_ends(1));
  EXPECT_EQ(tts.ends()[0], (std::pair{2U, before + audio_of("Yes?")}));
  EXPECT_EQ(tts.words().back(), "Yes?");
  EXPECT_EQ(tts.stat("failures"), 0U);
  EXPECT_TRUE(fake.logged({"Nor this one"}).empty());
}

TEST(ElevenlabsTtsHttpTest, ABreakInMidReplyIsSpokenOn) {
  FakeService fake("elevenlabs", R"({"connections": [{"cut_after_messages": 3}, {}]})");
  TtsElement tts(fake, "transport=http");
  tts.say("One two three four five six seven eight.");
  tts.end(1);
  ASSERT_TRUE(tts.wait_ends(1));
  // Cut in "five": that word is begun anew, nothing else is said twice.
  EXPECT_THAT(tts.words(),
              ElementsAre("One", "two", "three", "four", "five", "five", "six", "seven", "eight."));
  EXPECT_EQ(tts.stat("requests"), 2U);
  EXPECT_EQ(tts.wait_cause(), "lost");
}

TEST(ElevenlabsTtsHttpTest, AWrongKeyIsNamedAndTheReplyEnds) {
  FakeService fake("elevenlabs", R"({"key": "another"})");
  TtsElement tts(fake, "transport=http");
  tts.say("Good morning.");
  tts.end(1);
  ASSERT_TRUE(tts.wait_ends(1));
  EXPECT_EQ(tts.wait_cause(), "invalid_api_key");
  EXPECT_EQ(tts.ends()[0].second, 0U);
  EXPECT_EQ(tts.flow(), GST_FLOW_OK);
}

TEST(ElevenlabsTtsHttpTest, NoCreditIsNamedAndTheReplyEnds) {
  FakeService fake("elevenlabs", R"({"quota_after_characters": 20})");
  TtsElement tts(fake, "transport=http");
  tts.say("Good morning.");
  tts.end(1);
  ASSERT_TRUE(tts.wait_ends(1));
  tts.say("And now for something else.");
  tts.end(2);
  ASSERT_TRUE(tts.wait_ends(2));
  EXPECT_EQ(tts.wait_cause(), "quota_exceeded");
  EXPECT_EQ(tts.bytes(), audio_of("Good morning."));
}

TEST(ElevenlabsTtsHttpTest, AnOverloadedServiceIsAskedAgain) {
  FakeService fake("elevenlabs",
                   R"({"connections": [{"refuse": 429, "headers": {"retry-after": "0"},
      "body": {"detail": {"status": "system_busy", "message": "busy"}}}, {}]})");
  TtsElement tts(fake, "transport=http");
  tts.say("Hello.");
  tts.end(1);
  ASSERT_TRUE(tts.wait_ends(1));
  EXPECT_EQ(tts.bytes(), audio_of("Hello."));
}

TEST(ElevenlabsTtsHttpTest, ASilentServiceEndsTheReplyInTime) {
  FakeService fake("elevenlabs", R"({"connections": [{"hang_after_messages": 1}, {}]})");
  TtsElement tts(fake, "transport=http audio-timeout=400000000");
  tts.say("Good morning.");
  tts.end(1);
  ASSERT_TRUE(tts.wait_ends(1));
  EXPECT_EQ(tts.bytes(), audio_of("Good mo"));
  EXPECT_EQ(tts.wait_cause(), "timeout");
  tts.say("Hello.");
  tts.end(2);
  ASSERT_TRUE(tts.wait_ends(2));
  EXPECT_EQ(tts.bytes(), audio_of("Good moHello."));
}

TEST(ElevenlabsTtsHttpTest, ALineThatIsNoneIsCounted) {
  FakeService fake("elevenlabs", R"({"connections": [{"malformed": ["{", "[]", "{}",
                                     "{\"audio_base64\":\"%%%\"}", "{\"audio_base64\":7}"]}]})");
  TtsElement tts(fake, "transport=http");
  tts.say("Hello.");
  tts.end(1);
  ASSERT_TRUE(tts.wait_ends(1));
  EXPECT_EQ(tts.bytes(), audio_of("Hello."));
  EXPECT_EQ(tts.stat("malformed"), 5U);
}

TEST(ElevenlabsTtsHttpTest, WhereTheAlignmentIsMissingItSaysSo) {
  FakeService fake("elevenlabs", R"({"no_alignment": [1, 2]})");
  TtsElement tts(fake, "transport=http");
  tts.say("Well, good morning to you all.");
  tts.end(1);
  ASSERT_TRUE(tts.wait_ends(1));
  EXPECT_EQ(tts.unknown(), std::vector<std::size_t>{7 * kCharacterMs * 16});
  EXPECT_EQ(tts.words().front(), "Well,");
}

TEST(ElevenlabsTtsHttpTest, AProxyThatRefusesWebsocketsMakesItGoOnWithinTheTurn) {
  FakeService fake("elevenlabs", R"({"no_websocket": 400})");
  TtsElement tts(fake);
  tts.say("Good morning.");
  tts.say("How are you?");
  tts.end(1);
  ASSERT_TRUE(tts.wait_ends(1));
  EXPECT_THAT(tts.words(), ElementsAre("Good", "morning.", "How", "are", "you?"));
  EXPECT_EQ(tts.transport(), "http");
  tts.say("Fine.");
  tts.end(2);
  ASSERT_TRUE(tts.wait_ends(2));
  // It was tried once, and is remembered for the next element of this process.
  EXPECT_EQ(fake.logged({R"("kind": "refused")", "400"}).size(), 1U);
  TtsElement next(fake);
  next.say("Hello.");
  next.end(1);
  ASSERT_TRUE(next.wait_ends(1));
  EXPECT_EQ(next.bytes(), audio_of("Hello."));
  EXPECT_EQ(fake.logged({R"("kind": "refused")", "400"}).size(), 1U);
}

TEST(ElevenlabsTtsHttpTest, AProxyThatNeverAnswersAHandshake) {
  FakeService fake("elevenlabs", R"({"connections": [{"silent_connect": 60}, {}]})");
  TtsElement tts(fake);
  tts.say("Good morning.");
  tts.end(1);
  ASSERT_TRUE(tts.wait_ends(1));
  EXPECT_EQ(tts.bytes(), audio_of("Good morning."));
  EXPECT_EQ(tts.transport(), "http");
}

TEST(ElevenlabsTtsHttpTest, AModelThatHasNoWebsocketIsAskedOverHttpAtOnce) {
  FakeService fake("elevenlabs");
  TtsElement tts(fake, "model=eleven_v3");
  tts.say("Good morning.");
  tts.say("How are you?");
  tts.end(1);
  ASSERT_TRUE(tts.wait_ends(1));
  EXPECT_EQ(tts.transport(), "http");
  EXPECT_TRUE(fake.logged({"stream-input"}).empty());
  EXPECT_TRUE(fake.logged({R"("kind": "violation")"}).empty());
}

TEST(ElevenlabsTtsHttpTest, AWebsocketThatIsInsistedOnIsNotLeft) {
  FakeService fake("elevenlabs", R"({"no_websocket": 400})");
  TtsElement tts(fake, "transport=websocket");
  tts.say("Good morning.");
  tts.end(1);
  ASSERT_TRUE(tts.wait_ends(1));
  EXPECT_EQ(tts.bytes(), 0U);
  EXPECT_EQ(tts.wait_cause(), "bad-request");
  EXPECT_EQ(tts.transport(), "websocket");
}

TEST(ElevenlabsTtsHttpTest, AWrongKeyIsNoReasonToLeaveTheWebsocket) {
  FakeService fake("elevenlabs", R"({"key": "another"})");
  TtsElement tts(fake);
  tts.say("Good morning.");
  tts.end(1);
  ASSERT_TRUE(tts.wait_ends(1));
  EXPECT_EQ(tts.wait_cause(), "unauthorized");
  EXPECT_EQ(tts.transport(), "websocket");
}

TEST(ElevenlabsTtsHttpTest, IsReusable) {
  FakeService fake("elevenlabs", R"({"connections": [{"pace": 0.01}]})");
  TtsElement tts(fake, "transport=http");
  for (unsigned i = 1; i <= 3; ++i) {
    tts.say("This is not heard to its end.");
    gst_element_set_state(tts.element(), GST_STATE_NULL);
    gst_element_set_state(tts.element(), GST_STATE_PLAYING);
  }
  EXPECT_EQ(tts.stat("replies"), 3U);
}

}  // namespace
