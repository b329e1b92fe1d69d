// deepgramstt against the fake of Deepgram, over real sockets.
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
using ::testing::IsSubsetOf;

std::string element(const FakeService& fake, const std::string& more = "") {
  return "deepgramstt api-key=test-key base-url=" + fake.url() + " " + more;
}

TEST(DeepgramSttTest, TurnsBecomeTexts) {
  FakeService fake("deepgram", R"({"utterances": ["Book a table for two.", "Thank you."]})");
  SttElement stt(element(fake, "segmentation=events"));
  stt.say(1);
  stt.say(2);
  ASSERT_TRUE(stt.wait_output(6));
  EXPECT_THAT(stt.output(), ElementsAre("start:1", "text:Book a table for two.", "end:1", "start:2",
                                        "text:Thank you.", "end:2"));
  EXPECT_THAT(stt.interims(), Contains("1:Book a table for two.!"));
  EXPECT_EQ(stt.stat("understood"), 2U);
  EXPECT_EQ(stt.stat("failures"), 0U);
  // All of the turns went out: pre-roll of 300 ms, sound of 800, silence of 200.
  EXPECT_EQ(fake.audio_bytes(), 2U * (300 + 800 + 200) * 16);
  EXPECT_TRUE(fake.logged({R"("kind": "violation")"}).empty());
}

TEST(DeepgramSttTest, MulawGoesOutAsItIs) {
  FakeService fake("deepgram", R"({"utterances": ["Hello there."]})");
  SttElement stt(
      element(fake, "segmentation=events model=nova-3 language=en keyterms=\"Jack, field\""), true);
  stt.say(1);
  ASSERT_TRUE(stt.wait_output(3));
  EXPECT_EQ(stt.output()[1], "text:Hello there.");
  EXPECT_EQ(fake.audio_bytes(), (300U + 800 + 200) * 8);
  EXPECT_EQ(
      fake.logged({R"(["encoding", "mulaw"])", R"(["sample_rate", "8000"])",
                   R"(["keyterm", "Jack"])", R"(["keyterm", "field"])", R"(["language", "en"])"})
          .size(),
      1U);
}

TEST(DeepgramSttTest, InterimResultsGoUpstream) {
  FakeService fake("deepgram", R"({"utterances": ["one two three four five"]})");
  SttElement stt(element(fake, "segmentation=events"));
  stt.say(1, 1600, 4);
  ASSERT_TRUE(stt.wait_output(3));
  EXPECT_THAT(stt.interims(), Contains("1:one two three"));
  EXPECT_EQ(stt.interims().back(), "1:one two three four five!");
}

TEST(DeepgramSttTest, NothingUnderstood) {
  FakeService fake("deepgram");
  SttElement stt(element(fake, "segmentation=events"));
  stt.say(1);
  ASSERT_TRUE(stt.wait_output(2));
  EXPECT_THAT(stt.output(), ElementsAre("start:1", "end:1?"));
}

TEST(DeepgramSttTest, IsKeptAliveBetweenTurns) {
  FakeService fake("deepgram", R"({"utterances": ["Hello."], "idle_timeout": 5})");
  SttElement stt(element(fake, "segmentation=events"));
  ASSERT_TRUE(fake.wait_logged({"KeepAlive"}, 2));
  stt.say(1);
  ASSERT_TRUE(stt.wait_output(3));
  EXPECT_EQ(stt.stat("connections"), 1U);
}

TEST(DeepgramSttTest, ACutInMidTurnCostsNoWord) {
  FakeService fake("deepgram", R"({"utterances": ["Book a table for two."],
                                   "connections": [{"cut_after_bytes": 6000}, {}]})");
  SttElement stt(element(fake, "segmentation=events"));
  ASSERT_TRUE(stt.wait([&] { return stt.connected(); }));
  stt.say(1, 800, 2);
  ASSERT_TRUE(stt.wait_output(3));
  EXPECT_EQ(stt.output()[1], "text:Book a table for two.");
  EXPECT_EQ(stt.stat("connections"), 2U);
  EXPECT_EQ(stt.stat("failures"), 1U);
  EXPECT_GT(stt.stat("audio-resent"), 0U);
  EXPECT_EQ(text_in(stt.wait_message("deepgramstt/error"), "cause"), "lost");
  EXPECT_FALSE(stt.posted_error());
}

TEST(DeepgramSttTest, AWrongKeyIsNamedAndTheCallGoesOn) {
  FakeService fake("deepgram", R"({"key": "another"})");
  SttElement stt(element(fake, "segmentation=events"));
  // The first refusal may come before there is a bus; the turn has it tried again.
  stt.say(1);
  ASSERT_TRUE(stt.wait_output(2));
  EXPECT_THAT(stt.output(), ElementsAre("start:1", "end:1?"));
  const auto message = stt.wait_message("deepgramstt/error");
  ASSERT_TRUE(message);
  EXPECT_EQ(text_in(message, "cause"), "unauthorized");
  const GstStructure* s = gst_message_get_structure(message.get());
  EXPECT_FALSE(gstpp::get_bool(s, "retryable", true));
  EXPECT_EQ(gstpp::get_string(s, "text").find("test-key"), std::string::npos);
  EXPECT_EQ(stt.last_flow(), GST_FLOW_OK);
  EXPECT_FALSE(stt.posted_error());
}

TEST(DeepgramSttTest, AnOverloadedServiceIsTriedAgain) {
  FakeService fake("deepgram", R"({"utterances": ["Hello."],
                                   "connections": [{"refuse": 429}, {"refuse": 503}, {}]})");
  SttElement stt(element(fake, "segmentation=events"));
  ASSERT_TRUE(stt.wait([&] { return stt.connected(); }));
  stt.say(1);
  ASSERT_TRUE(stt.wait_output(3));
  EXPECT_EQ(stt.output()[1], "text:Hello.");
}

TEST(DeepgramSttTest, AMessageThatIsNoneIsCounted) {
  FakeService fake("deepgram", R"({"utterances": ["Hello."], "connections": [
    {"malformed": ["", "{", "[]", "{\"type\":3}", "{\"type\":\"Results\"}",
                   "{\"type\":\"Results\",\"channel\":{\"alternatives\":[]}}"]}]})");
  SttElement stt(element(fake, "segmentation=events"));
  stt.say(1);
  ASSERT_TRUE(stt.wait_output(3));
  EXPECT_EQ(stt.output()[1], "text:Hello.");
  EXPECT_EQ(stt.stat("malformed"), 6U);
}

TEST(DeepgramSttTest, ASilentServiceEndsTheTurnInTime) {
  FakeService fake("deepgram", R"({"utterances": ["Hello."], "finalize_is_silent": true})");
  SttElement stt(element(fake, "segmentation=events result-timeout=300000000"));
  stt.say(1);
  ASSERT_TRUE(stt.wait_output(3));
  // What it had said so far.
  EXPECT_THAT(stt.output(), ElementsAre("start:1", "text:Hello.", "end:1"));
  EXPECT_EQ(stt.stat("timeouts"), 1U);
  EXPECT_EQ(text_in(stt.wait_message("deepgramstt/error"), "cause"), "timeout");
}

TEST(DeepgramSttTest, WithoutTurnEventsDeepgramFindsTheUtterances) {
  FakeService fake("deepgram", R"({"utterances": ["First one.", "Second one.", "Third."]})");
  SttElement stt(element(fake));
  for (int i = 0; i < 2; ++i) {
    stt.push(true, 600);
    stt.push(false, 600);
  }
  ASSERT_TRUE(stt.wait_output(2));
  stt.push(true, 600);
  gst_harness_push_event(stt.harness(), gst_event_new_eos());
  ASSERT_TRUE(stt.wait_output(4));
  EXPECT_THAT(stt.output(),
              ElementsAre("text:First one.", "text:Second one.", "text:Third.", "eos"));
}

TEST(DeepgramSttTest, ItsOwnTurnsAreAnnounced) {
  FakeService fake("deepgram", R"({"utterances": ["First one.", "Second one."]})");
  SttElement stt(element(fake, "segmentation=service"));
  for (int i = 0; i < 2; ++i) {
    stt.push(true, 600);
    stt.push(false, 600);
  }
  ASSERT_TRUE(stt.wait_output(6));
  EXPECT_THAT(stt.output(), ElementsAre("start:1", "text:First one.", "end:1", "start:2",
                                        "text:Second one.", "end:2"));
}

TEST(DeepgramSttTest, FluxFindsTheTurns) {
  FakeService fake("deepgram", R"({"utterances": ["First one.", "Second one."]})");
  SttElement stt(element(fake, "api=flux segmentation=service eager-eot-threshold=0.4"));
  for (int i = 0; i < 2; ++i) {
    stt.push(true, 600);
    stt.push(false, 600);
  }
  ASSERT_TRUE(stt.wait_output(6));
  EXPECT_THAT(stt.output(), ElementsAre("start:1", "text:First one.", "end:1", "start:2",
                                        "text:Second one.", "end:2"));
  const auto message = stt.wait_message("deepgramstt/flux-event");
  ASSERT_TRUE(message);
  EXPECT_EQ(gstpp::get_string(gst_message_get_structure(message.get()), "text"), "First one.");
  EXPECT_TRUE(fake.logged({R"("kind": "violation")"}).empty());
}

TEST(DeepgramSttTest, FluxServesTurnsFromOutside) {
  FakeService fake("deepgram", R"({"utterances": ["First one.", "Second one."]})");
  SttElement stt(element(fake, "api=flux"), true);
  for (unsigned id = 1; id <= 2; ++id) {
    stt.say(id);
    stt.push(false, 600);
  }
  ASSERT_TRUE(stt.wait_output(6));
  EXPECT_THAT(stt.output(), ElementsAre("start:1", "text:First one.", "end:1", "start:2",
                                        "text:Second one.", "end:2"));
}

TEST(DeepgramSttTest, AFlushForgetsTheTurn) {
  FakeService fake("deepgram", R"({"utterances": ["Forgotten.", "Heard."]})");
  SttElement stt(element(fake, "segmentation=events"));
  stt.push(true, 400);
  stt.begin_turn(1);
  stt.push(true, 400);
  stt.flush();
  stt.say(2);
  ASSERT_TRUE(stt.wait([&] {
    const auto output = stt.output();
    return !output.empty() && output.back().starts_with("end:2");
  }));
  EXPECT_THAT(stt.output(), Contains("start:2"));
  EXPECT_THAT(stt.output(), ::testing::Not(Contains("end:1")));
}

TEST(DeepgramSttTest, IsReusable) {
  FakeService fake("deepgram", R"({"utterances": ["One.", "Two.", "Three."]})");
  SttElement stt(element(fake, "segmentation=events"));
  stt.say(1);
  ASSERT_TRUE(stt.wait_output(3));
  for (int i = 0; i < 5; ++i) {
    gst_element_set_state(stt.element(), GST_STATE_NULL);
    gst_element_set_state(stt.element(), GST_STATE_PLAYING);
  }
  EXPECT_EQ(stt.stat("understood"), 1U);
  EXPECT_TRUE(fake.wait_logged({"CloseStream"}));
}

}  // namespace
