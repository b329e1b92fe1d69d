// elevenlabsstt against the fake of ElevenLabs, over real sockets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_service.hpp"
#include "stt_element.hpp"

namespace {

using test_support::FakeService;
using test_support::SttElement;
using test_support::text_in;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string element(const FakeService& fake, const std::string& more = "") {
  return "elevenlabsstt api-key=test-key base-url=" + fake.url() + " " + more;
}

TEST(ElevenlabsSttTest, TurnsBecomeTexts) {
  FakeService fake("elevenlabs", R"({"utterances": ["Book a table for two.", "Thank you."]})");
  SttElement stt(element(fake));
  stt.say(1);
  stt.say(2);
  ASSERT_TRUE(stt.wait_output(6));
  EXPECT_THAT(stt.output(), ElementsAre("start:1", "text:Book a table for two.", "end:1", "start:2",
                                        "text:Thank you.", "end:2"));
  EXPECT_THAT(stt.interims(), Contains("1:Book a table for two.!"));
  EXPECT_EQ(stt.stat("understood"), 2U);
  EXPECT_EQ(stt.stat("failures"), 0U);
  EXPECT_EQ(stt.stat("connections"), 1U);
  // All of the turns went out: pre-roll of 300 ms, sound of 800, silence of 200.
  EXPECT_EQ(fake.audio_bytes(), 2U * (300 + 800 + 200) * 16);
  EXPECT_EQ(
      fake.logged({R"(["audio_format", "pcm_8000"])", R"(["commit_strategy", "manual"])"}).size(),
      1U);
  EXPECT_TRUE(fake.logged({R"("kind": "violation")"}).empty());
}

TEST(ElevenlabsSttTest, MulawGoesOutAsItIs) {
  FakeService fake("elevenlabs", R"({"utterances": ["Hello there."]})");
  SttElement stt(element(fake, "language=en keyterms=\"Jack, field\""), true);
  stt.say(1);
  ASSERT_TRUE(stt.wait_output(3));
  EXPECT_EQ(stt.output()[1], "text:Hello there.");
  EXPECT_EQ(fake.audio_bytes(), (300U + 800 + 200) * 8);
  EXPECT_EQ(fake.logged({R"(["audio_format", "ulaw_8000"])", R"(["keyterms", "Jack"])",
                         R"(["keyterms", "field"])", R"(["language_code", "en"])"})
                .size(),
            1U);
}

TEST(ElevenlabsSttTest, InterimResultsGoUpstream) {
  FakeService fake("elevenlabs", R"({"utterances": ["one two three four five"]})");
  SttElement stt(element(fake));
  stt.say(1, 1600, 4);
  ASSERT_TRUE(stt.wait_output(3));
  EXPECT_THAT(stt.interims(), Contains("1:one two three"));
  EXPECT_EQ(stt.interims().back(), "1:one two three four five!");
}

TEST(ElevenlabsSttTest, NothingUnderstood) {
  FakeService fake("elevenlabs");
  SttElement stt(element(fake));
  stt.say(1);
  ASSERT_TRUE(stt.wait_output(2));
  EXPECT_THAT(stt.output(), ElementsAre("start:1", "end:1?"));
}

TEST(ElevenlabsSttTest, ATurnThatIsShorterThanACommitMayBe) {
  FakeService fake("elevenlabs", R"({"utterances": ["Yes."]})");
  SttElement stt(element(fake, "pre-roll=0"));
  stt.push(true, 200);
  stt.begin_turn(1);  // 200 ms
  stt.end_turn(1);
  ASSERT_TRUE(stt.wait_output(3));
  EXPECT_THAT(stt.output(), ElementsAre("start:1", "text:Yes.", "end:1"));
  EXPECT_TRUE(fake.logged({"commit_throttled"}).empty());
  EXPECT_EQ(fake.audio_bytes(), 300U * 16);
}

TEST(ElevenlabsSttTest, AVeryLongTurnIsCommittedInPieces) {
  FakeService fake("elevenlabs", R"({"utterances": ["First half", "and second half."]})");
  SttElement stt(element(fake));
  stt.say(1, 33'000);
  ASSERT_TRUE(stt.wait_output(3));
  EXPECT_EQ(stt.output()[1], "text:First half and second half.");
}

TEST(ElevenlabsSttTest, WordsOnRequestInAnyOrder) {
  for (const char* first : {"false", "true"}) {
    FakeService fake("elevenlabs", std::string(R"({"utterances": ["Hello there."],
                                                   "timestamps_first": )") +
                                       first + "}");
    SttElement stt(element(fake, "timestamps=true"));
    stt.say(1);
    ASSERT_TRUE(stt.wait_output(3));
    EXPECT_EQ(stt.output()[1], "text:Hello there.");
    const auto message = stt.wait_message("elevenlabsstt/words");
    ASSERT_TRUE(message);
    EXPECT_EQ(text_in(message, "language"), "en");
    const GValue* words =
        gst_structure_get_value(gst_message_get_structure(message.get()), "words");
    ASSERT_TRUE(words);
    ASSERT_EQ(gst_value_array_get_size(words), 2U);
    const GstStructure* word = gst_value_get_structure(gst_value_array_get_value(words, 1));
    EXPECT_EQ(gstpp::get_string(word, "text"), "there.");
    guint64 duration = 0;
    EXPECT_TRUE(gst_structure_get_uint64(word, "duration", &duration));
    EXPECT_EQ(duration / GST_MSECOND, 200U);
  }
}

TEST(ElevenlabsSttTest, WordsThatNobodyAskedForChangeNothing) {
  FakeService fake("elevenlabs", R"({"utterances": ["Hello.", "You."], "always_timestamps": true,
                                     "timestamps_first": true})");
  SttElement stt(element(fake));
  stt.say(1);
  stt.say(2);
  ASSERT_TRUE(stt.wait_output(6));
  EXPECT_THAT(stt.output(),
              ElementsAre("start:1", "text:Hello.", "end:1", "start:2", "text:You.", "end:2"));
}

TEST(ElevenlabsSttTest, IsKeptAliveBetweenTurns) {
  FakeService fake("elevenlabs", R"({"utterances": ["Hello."], "idle_timeout": 6})");
  SttElement stt(element(fake));
  ASSERT_TRUE(stt.wait([&] { return fake.audio_bytes() >= 2 * 320; }));  // 20 ms of silence each
  stt.say(1);
  ASSERT_TRUE(stt.wait_output(3));
  EXPECT_EQ(stt.stat("connections"), 1U);
}

TEST(ElevenlabsSttTest, ACutInMidTurnCostsNoWord) {
  FakeService fake("elevenlabs", R"({"utterances": ["Book a table for two."],
                                     "connections": [{"cut_after_bytes": 6000}, {}]})");
  SttElement stt(element(fake));
  ASSERT_TRUE(stt.wait([&] { return stt.connected(); }));
  stt.say(1, 800, 2);
  ASSERT_TRUE(stt.wait_output(3));
  EXPECT_EQ(stt.output()[1], "text:Book a table for two.");
  EXPECT_EQ(stt.stat("connections"), 2U);
  EXPECT_EQ(stt.stat("failures"), 1U);
  EXPECT_GT(stt.stat("audio-resent"), 0U);
  EXPECT_EQ(text_in(stt.wait_message("elevenlabsstt/error"), "cause"), "lost");
  EXPECT_FALSE(stt.posted_error());
}

TEST(ElevenlabsSttTest, TheLongestTimeOfAConnectionInMidTurn) {
  FakeService fake("elevenlabs", R"({"utterances": ["Book a table for two."], "connections":
      [{"error": "session_time_limit_exceeded", "error_after_bytes": 6000}, {}]})");
  SttElement stt(element(fake));
  ASSERT_TRUE(stt.wait([&] { return stt.connected(); }));
  stt.say(1, 800, 2);
  ASSERT_TRUE(stt.wait_output(3));
  EXPECT_EQ(stt.output()[1], "text:Book a table for two.");
  const auto message = stt.wait_message("elevenlabsstt/error");
  EXPECT_EQ(text_in(message, "cause"), "session_time_limit_exceeded");
  EXPECT_THAT(text_in(message, "text"), HasSubstr("longest time"));
}

TEST(ElevenlabsSttTest, NoCreditInMidTurnEndsTheTurn) {
  FakeService fake("elevenlabs", R"({"utterances": ["Lost."], "connections":
      [{"error": "quota_exceeded", "error_after_bytes": 6000}]})");
  SttElement stt(element(fake));
  stt.say(1, 800, 2);
  ASSERT_TRUE(stt.wait_output(2));
  EXPECT_EQ(stt.output().back().substr(0, 5), "end:1");
  const auto message = stt.wait_message("elevenlabsstt/error");
  EXPECT_EQ(text_in(message, "cause"), "quota_exceeded");
  EXPECT_FALSE(gstpp::get_bool(gst_message_get_structure(message.get()), "retryable", true));
  EXPECT_FALSE(stt.posted_error());
}

class ElevenlabsSttKeyTest : public ::testing::TestWithParam<bool> {};

TEST_P(ElevenlabsSttKeyTest, AWrongKeyIsNamedAndTheCallGoesOn) {
  const bool in_band = GetParam();
  FakeService fake("elevenlabs", in_band ? R"({"key": "another", "auth_in_band": true})"
                                         : R"({"key": "another"})");
  SttElement stt(element(fake));
  // The first refusal may come before there is a bus; the turn has it tried again.
  stt.say(1);
  ASSERT_TRUE(stt.wait_output(2));
  EXPECT_THAT(stt.output(), ElementsAre("start:1", "end:1?"));
  auto message = stt.wait_message("elevenlabsstt/error");
  // Whoever still sends when the service hangs up may not hear why before the next attempt.
  while (in_band && message && text_in(message, "cause") == "lost")
    message = stt.wait_message("elevenlabsstt/error");
  ASSERT_TRUE(message);
  EXPECT_EQ(text_in(message, "cause"), in_band ? "auth_error" : "unauthorized");
  EXPECT_FALSE(gstpp::get_bool(gst_message_get_structure(message.get()), "retryable", true));
  EXPECT_THAT(text_in(message, "text"), HasSubstr("ELEVENLABS_API_KEY"));
  EXPECT_EQ(text_in(message, "text").find("test-key"), std::string::npos);
  EXPECT_EQ(stt.last_flow(), GST_FLOW_OK);
  EXPECT_FALSE(stt.posted_error());
}

INSTANTIATE_TEST_SUITE_P(ByHandshakeAndByMessage, ElevenlabsSttKeyTest, ::testing::Bool());

TEST(ElevenlabsSttTest, AnOverloadedServiceIsTriedAgain) {
  FakeService fake("elevenlabs", R"({"utterances": ["Hello."],
                                     "connections": [{"refuse": 429}, {"refuse": 503}, {}]})");
  SttElement stt(element(fake));
  ASSERT_TRUE(stt.wait([&] { return stt.connected(); }));
  stt.say(1);
  ASSERT_TRUE(stt.wait_output(3));
  EXPECT_EQ(stt.output()[1], "text:Hello.");
}

TEST(ElevenlabsSttTest, AMessageThatIsNoneIsCounted) {
  FakeService fake("elevenlabs", R"({"utterances": ["Hello."], "connections": [
    {"malformed": ["", "{", "[]", "{\"message_type\":3}", "{\"message_type\":\"partial_transcript\"}",
                   "{\"message_type\":\"committed_transcript\",\"text\":7}"]}]})");
  SttElement stt(element(fake));
  stt.say(1);
  ASSERT_TRUE(stt.wait_output(3));
  EXPECT_EQ(stt.output()[1], "text:Hello.");
  EXPECT_EQ(stt.stat("malformed"), 6U);
}

TEST(ElevenlabsSttTest, ASilentServiceEndsTheTurnInTime) {
  FakeService fake("elevenlabs", R"({"utterances": ["Hello."], "commit_is_silent": true})");
  SttElement stt(element(fake, "result-timeout=300000000"));
  stt.say(1);
  ASSERT_TRUE(stt.wait_output(3));
  // What it had said so far.
  EXPECT_THAT(stt.output(), ElementsAre("start:1", "text:Hello.", "end:1"));
  EXPECT_EQ(stt.stat("timeouts"), 1U);
  EXPECT_EQ(text_in(stt.wait_message("elevenlabsstt/error"), "cause"), "timeout");
}

TEST(ElevenlabsSttTest, ItsOwnTurnsAreAnnounced) {
  FakeService fake("elevenlabs", R"({"utterances": ["First one.", "Second one.", "Third."]})");
  SttElement stt(element(fake, "segmentation=service vad-silence=500000000"));
  for (int i = 0; i < 2; ++i) {
    stt.push(true, 600);
    stt.push(false, 800);
  }
  ASSERT_TRUE(stt.wait_output(6));
  // The end of the stream commits the rest.
  stt.push(true, 600);
  gst_harness_push_event(stt.harness(), gst_event_new_eos());
  ASSERT_TRUE(stt.wait([&] { return !stt.output().empty() && stt.output().back() == "eos"; }));
  EXPECT_THAT(stt.output(),
              ElementsAre("start:1", "text:First one.", "end:1", "start:2", "text:Second one.",
                          "end:2", "start:3", "text:Third.", "end:3", "eos"));
  EXPECT_EQ(
      fake.logged({R"(["commit_strategy", "vad"])", R"(["vad_silence_threshold_secs", "0.50"])"})
          .size(),
      1U);
}

TEST(ElevenlabsSttTest, AFlushForgetsTheTurn) {
  FakeService fake("elevenlabs", R"({"utterances": ["Heard."]})");
  SttElement stt(element(fake));
  stt.push(true, 400);
  stt.begin_turn(1);
  stt.push(true, 400);
  stt.flush();
  stt.say(2);
  ASSERT_TRUE(stt.wait([&] {
    const auto output = stt.output();
    return !output.empty() && output.back().starts_with("end:2");
  }));
  EXPECT_THAT(stt.output(), Contains("text:Heard."));
  EXPECT_THAT(stt.output(), ::testing::Not(Contains("end:1")));
}

TEST(ElevenlabsSttTest, IsReusable) {
  FakeService fake("elevenlabs", R"({"utterances": ["One.", "Two.", "Three."]})");
  SttElement stt(element(fake));
  stt.say(1);
  ASSERT_TRUE(stt.wait_output(3));
  for (int i = 0; i < 5; ++i) {
    gst_element_set_state(stt.element(), GST_STATE_NULL);
    gst_element_set_state(stt.element(), GST_STATE_PLAYING);
  }
  EXPECT_EQ(stt.stat("understood"), 1U);
  EXPECT_TRUE(fake.wait_logged({R"("kind": "closed")"}));
}

TEST(ElevenlabsSttTest, KeytermsThatTheServiceRefusesAreNamed) {
  gst_init(nullptr, nullptr);
  gstpp::ElementPtr element = gstpp::make_element("elevenlabsstt");
  ASSERT_TRUE(element);
  g_object_set(element.get(), "keyterms", "fine,this one is far too long for it", nullptr);
  EXPECT_EQ(gst_element_set_state(element.get(), GST_STATE_PAUSED), GST_STATE_CHANGE_FAILURE);
  g_object_set(element.get(), "keyterms", "fine", nullptr);
  gst_element_set_state(element.get(), GST_STATE_NULL);
}

}  // namespace
