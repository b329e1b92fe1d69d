// agentbrain with stages that know nothing of our events, in files, with bad settings, and stopped
// at any moment.
#include <gtest/gtest.h>

#include <random>

#include "brain_stages.hpp"

namespace {

using namespace brain_test;

class AgentBrainForeignTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    gst_init(nullptr, nullptr);
    register_stages();
  }
  void SetUp() override { new_world(); }
};

gstpp::ElementPtr parse(const std::string& text) {
  gstpp::ErrorPtr error;
  GstElement* raw = gst_parse_launch(text.c_str(), gstpp::OutPtr{error});
  EXPECT_FALSE(error) << error->message;
  return gstpp::ElementPtr{static_cast<GstElement*>(gst_object_ref_sink(raw))};
}

std::string error_of(const std::string& properties) {
  auto pipeline = parse("testcaller ! agentbrain " + properties + " ! testear");
  EXPECT_EQ(gst_element_set_state(pipeline.get(), GST_STATE_PLAYING), GST_STATE_CHANGE_FAILURE);
  gstpp::BusPtr bus{gst_element_get_bus(pipeline.get())};
  gstpp::MessagePtr message{gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ERROR)};
  std::string text;
  if (message) {
    gstpp::ErrorPtr error;
    gst_message_parse_error(message.get(), gstpp::OutPtr{error}, nullptr);
    text = error->message;
  }
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  return text;
}

TEST_F(AgentBrainForeignTest, ForeignStagesTalk) {
  Call call("stt=foreignstt llm=foreignllm tts=foreigntts speak-first=false silence=200000000");
  call.play();
  for (int i = 0; i < 2; ++i) {
    call.say("hi");
    const auto reply = call.wait("agentbrain/reply");
    ASSERT_TRUE(reply);
    EXPECT_EQ(gstpp::get_string(reply.get(), "text"), world().reply);
    EXPECT_TRUE(call.wait_state("listening"));
  }
  // One buffer of a second came in pieces that a pause can cut.
  EXPECT_EQ(world().sounds.size(), 100u);
}

TEST_F(AgentBrainForeignTest, AnSttThatSwallowsEventsStillEndsTurns) {
  Call call("stt=deafstt llm=testllm tts=testtts speak-first=false silence=200000000");
  call.play();
  call.say("hi");
  const auto reply = call.wait("agentbrain/reply");
  ASSERT_TRUE(reply);
  EXPECT_EQ(world().questions.back(), "hi");
}

TEST_F(AgentBrainForeignTest, ForeignStagesAreInterrupted) {
  Call call("stt=foreignstt llm=foreignllm tts=foreigntts speak-first=false silence=200000000");
  call.play();
  call.say("hi");
  ASSERT_TRUE(call.wait_state("speaking"));
  g_usleep(500'000);
  call.say("stop");
  const auto cut = call.wait("agentbrain/interrupted", 10 * GST_SECOND, [](const GstStructure* s) {
    return gstpp::get_bool(s, "confirmed", false);
  });
  ASSERT_TRUE(cut);
  const std::string heard = gstpp::get_string(cut.get(), "heard");
  EXPECT_EQ(world().reply.compare(0, heard.size(), heard), 0) << heard;
  EXPECT_LT(heard.size(), world().reply.size());
  ASSERT_TRUE(call.wait("agentbrain/reply"));
  EXPECT_TRUE(call.wait("agentbrain/reply"));
}

TEST_F(AgentBrainForeignTest, ABlockingSttNeverBlocksTheCaller) {
  world().stt_blocks = true;
  Call call("stt=foreignstt llm=testllm tts=testtts speak-first=false");
  call.play();
  g_usleep(1'500'000);
  EXPECT_LT(call.longest_push(), 700 * kMs);
  world().stt_blocks = false;
}

TEST_F(AgentBrainForeignTest, StagesOfSeveralElementsAndOtherRates) {
  Call call(
      "stt=\"audioconvert ! audioresample ! capsfilter caps=audio/x-raw,rate=16000 ! audioresample "
      "! teststt\" llm=\"identity ! testllm\" tts=\"testtts ! audioresample ! capsfilter "
      "caps=audio/x-raw,rate=22050\" speak-first=false");
  call.play();
  call.say("hi");
  EXPECT_TRUE(call.wait("agentbrain/reply"));
}

TEST_F(AgentBrainForeignTest, ErrorsNameStageAndReason) {
  EXPECT_NE(error_of("stt=nosuchelement").find("stt: no element \"nosuchelement\""),
            std::string::npos);
  EXPECT_NE(error_of("stt=teststt llm=testllm tts=\"testtts ! audio/x-raw,rate=8000\"")
                .find("tts: a description must not end in caps"),
            std::string::npos);
  EXPECT_NE(error_of("stt=teststt llm=fakesink tts=testtts").find("llm: it has no src pad"),
            std::string::npos);
  EXPECT_NE(error_of("stt=teststt llm=testtts tts=testtts").find("llm or tts: "),
            std::string::npos);
  EXPECT_NE(error_of("stt=\"\" llm=testllm tts=testtts").find("stt: no stage is set"),
            std::string::npos);
  EXPECT_NE(error_of("realtime=nosuchelement").find("realtime: no element"), std::string::npos);
  EXPECT_NE(error_of("realtime=fakesink").find("realtime: it has no src pad"), std::string::npos);
  EXPECT_NE(error_of("realtime=identity stt=teststt").find("realtime: the stage takes the place"),
            std::string::npos);
}

TEST_F(AgentBrainForeignTest, ChildrenAreReachedByName) {
  auto agent = parse("agentbrain detector::hang-over=123000000 threshold=0.25");
  guint64 hang_over = 0;
  gfloat threshold = 0;
  g_object_get(agent.get(), "hang-over", &hang_over, nullptr);
  EXPECT_EQ(hang_over, 123'000'000u);
  gst_child_proxy_get(GST_CHILD_PROXY(agent.get()), "detector::threshold", &threshold, nullptr);
  EXPECT_FLOAT_EQ(threshold, 0.25F);
}

TEST_F(AgentBrainForeignTest, AFileIsCoveredWithSilenceAndEnds) {
  world().greeting = "hello there";
  auto pipeline = parse(
      "audiotestsrc wave=silence num-buffers=100 samplesperbuffer=160 ! "
      "audio/x-raw,format=S16LE,rate=8000,channels=1 ! agentbrain stt=teststt "
      "llm=testllm tts=testtts ! testear");
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  gstpp::BusPtr bus{gst_element_get_bus(pipeline.get())};
  gstpp::MessagePtr message{
      gst_bus_timed_pop_filtered(bus.get(), 30 * GST_SECOND,
                                 static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR))};
  ASSERT_TRUE(message);
  EXPECT_EQ(GST_MESSAGE_TYPE(message.get()), GST_MESSAGE_EOS);
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  GstClockTime sound = 0;
  for (const auto& s : world().sounds) sound += s.duration;
  EXPECT_EQ(sound, 200 * kMs);
  EXPECT_GE(sound + world().gap_time, 1960 * kMs) << "two seconds in, two seconds out";
}

TEST_F(AgentBrainForeignTest, AFileAtFullSpeedEnds) {
  world().greeting = "hello there";
  auto pipeline = parse(
      "audiotestsrc wave=silence num-buffers=500 samplesperbuffer=160 ! "
      "audio/x-raw,format=S16LE,rate=8000,channels=1 ! agentbrain stt=teststt llm=testllm "
      "tts=testtts ! audioconvert ! wavenc ! fakesink");
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  gstpp::BusPtr bus{gst_element_get_bus(pipeline.get())};
  gstpp::MessagePtr message{
      gst_bus_timed_pop_filtered(bus.get(), 30 * GST_SECOND,
                                 static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR))};
  ASSERT_TRUE(message);
  EXPECT_EQ(GST_MESSAGE_TYPE(message.get()), GST_MESSAGE_EOS);
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
}

// Whatever goes on, NULL comes and leaves nothing behind.
TEST_F(AgentBrainForeignTest, StopsAtAnyMoment) {
  std::mt19937 random(7);
  const auto pick = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  for (int i = 0; i < 200; ++i) {
    new_world();
    world().greeting = pick(2) ? "hello there" : "";
    world().llm_delay = pick(30) * kMs;
    world().tts_delay = pick(20) * kMs;
    world().word_ms = 20 + 20 * pick(5);
    const bool foreign = pick(3) == 0;
    Call call(std::string(foreign ? "stt=foreignstt llm=foreignllm tts=foreigntts "
                                  : "stt=teststt llm=testllm tts=testtts ") +
              "silence=20000000 resume-after=30000000 max-queued=200000000");
    call.play();
    const unsigned what = pick(5);
    const unsigned wait_us = pick(60'000);
    if (what > 0) call.say("hi", pick(10) * kMs);
    if (what > 1) g_usleep(pick(40'000));
    if (what > 2) call.speech_start();
    if (what > 3) call.speech_end();
    g_usleep(wait_us);
    const GstClockTime before = gst_util_get_timestamp();
    call.stop();
    EXPECT_LT(gst_util_get_timestamp() - before, 5 * GST_SECOND) << "run " << i;
  }
}

}  // namespace
