// agentbrain with a second provider for each stage.
#include <gtest/gtest.h>

#include "brain_stages.hpp"

namespace {

using namespace brain_test;

const char* kStages =
    "stt=teststt llm=testllm tts=testtts stt-fallback=reservestt llm-fallback=reservellm "
    "tts-fallback=reservetts speak-first=false ";

class AgentBrainFallbackTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    gst_init(nullptr, nullptr);
    register_stages();
  }
  void SetUp() override { new_world(); }
};

// The text of the next reply.
std::string reply_of(Call& call) {
  const auto reply = call.wait("agentbrain/reply");
  return reply ? gstpp::get_string(reply.get(), "text") : "nothing";
}
std::vector<std::string> locked(const std::vector<std::string>& list) {
  std::lock_guard guard(world().lock);
  return list;
}

TEST_F(AgentBrainFallbackTest, TheReserveIsGivenNothingWhileAllIsWell) {
  Call call(kStages);
  call.play();
  for (int i = 0; i < 2; ++i) {
    call.say("hi");
    EXPECT_EQ(reply_of(call), world().reply);
    ASSERT_TRUE(call.wait_state("listening"));
  }
  EXPECT_EQ(call.stat("fallbacks"), 0u);
  EXPECT_TRUE(locked(world().reserve_questions).empty());
  EXPECT_TRUE(locked(world().reserve_texts).empty());
  EXPECT_EQ(world().reserve_audio, 0u);
}

TEST_F(AgentBrainFallbackTest, AnotherLlmAnswersTheSameQuestion) {
  world().llm_fails = true;
  Call call(kStages);
  call.play();
  call.say("what time is it");
  const auto told = call.wait("agentbrain/fallback");
  ASSERT_TRUE(told);
  EXPECT_EQ(gstpp::get_string(told.get(), "stage"), "llm");
  EXPECT_EQ(gstpp::get_string(told.get(), "provider"), "fallback");
  EXPECT_NE(gstpp::get_string(told.get(), "cause").find("no thoughts today"), std::string::npos);
  EXPECT_EQ(gstpp::get_string(told.get(), "element"), "") << "an ERROR is told by nobody else";
  EXPECT_EQ(reply_of(call), "from the reserve");
  EXPECT_EQ(locked(world().reserve_questions), std::vector<std::string>{"what time is it"});
  EXPECT_EQ(call.stat("fallbacks"), 1u);
  EXPECT_EQ(call.stat("errors"), 0u);
  // It stays, though the first would be well again.
  world().llm_fails = false;
  ASSERT_TRUE(call.wait_state("listening"));
  call.say("and now");
  EXPECT_EQ(reply_of(call), "from the reserve");
}

TEST_F(AgentBrainFallbackTest, TheFirstIsTriedAgain) {
  world().llm_fails = true;
  Call call(std::string(kStages) + "fallback-for=0");
  call.play();
  call.say("hi");
  EXPECT_EQ(reply_of(call), "from the reserve");
  ASSERT_TRUE(call.wait_state("listening"));
  world().llm_fails = false;
  call.say("again");
  EXPECT_EQ(reply_of(call), world().reply);
  EXPECT_EQ(locked(world().questions).back(), "again");
}

TEST_F(AgentBrainFallbackTest, WhoeverAnswersKnowsTheCallSoFar) {
  world().reply = "yes";
  Call call(std::string(kStages) + "fallback-for=0");
  call.play();
  for (const char* question : {"one", "two"}) {
    call.say(question);
    EXPECT_EQ(reply_of(call), "yes");
    ASSERT_TRUE(call.wait_state("listening"));
  }
  EXPECT_TRUE(locked(world().histories).empty());
  world().llm_fails = true;
  call.say("three");
  EXPECT_EQ(reply_of(call), "from the reserve");
  ASSERT_TRUE(call.wait_state("listening"));
  EXPECT_EQ(
      locked(world().histories),
      std::vector<std::string>{"reserve from 1: caller one, agent yes, caller two, agent yes,"});
  world().llm_fails = false;
  call.say("four");
  EXPECT_EQ(reply_of(call), "yes");
  EXPECT_EQ(locked(world().histories).back(),
            "first from 3: caller three, agent from the reserve,");
  EXPECT_EQ(locked(world().histories).size(), 2u);
}

TEST_F(AgentBrainFallbackTest, TheHistoryHoldsWhatWasHeard) {
  world().word_ms = 200;
  Call call(kStages);
  call.play();
  call.say("one");
  ASSERT_TRUE(call.wait_state("speaking"));
  g_usleep(700'000);
  world().llm_fails = true;
  call.say("stop");
  const auto cut = call.wait("agentbrain/reply");
  ASSERT_TRUE(cut);
  const std::string heard = gstpp::get_string(cut.get(), "text");
  ASSERT_LT(heard.size(), world().reply.size());
  ASSERT_FALSE(heard.empty());
  EXPECT_EQ(reply_of(call), "from the reserve");
  EXPECT_EQ(locked(world().histories),
            std::vector<std::string>{"reserve from 1: caller one, agent " + heard + ","});
}

TEST_F(AgentBrainFallbackTest, ALlmsOwnApologyIsNotHeard) {
  world().llm_complains = true;
  Call call(kStages);
  call.play();
  call.say("hi");
  // The cause is told first, and names the stage.
  const auto cause = call.wait("testllm/error");
  ASSERT_TRUE(cause);
  EXPECT_EQ(gstpp::get_string(cause.get(), "stage"), "llm");
  const auto told = call.wait("agentbrain/fallback");
  ASSERT_TRUE(told);
  EXPECT_EQ(gstpp::get_string(told.get(), "cause"), "testllm: no quota");
  EXPECT_EQ(gstpp::get_string(told.get(), "element"), "testllm");
  EXPECT_EQ(reply_of(call), "from the reserve");
}

TEST_F(AgentBrainFallbackTest, ASlowLlmIsOvertaken) {
  world().llm_delay = 8 * GST_SECOND;  // a flush ends it
  Call call(std::string(kStages) + "llm-fallback-after=200000000");
  call.play();
  call.say("hi");
  EXPECT_EQ(reply_of(call), "from the reserve");
  ASSERT_TRUE(call.wait_state("listening"));
}

TEST_F(AgentBrainFallbackTest, AnAnswerThatIsCutEndsWhereItWas) {
  world().llm_cut = true;
  Call call(kStages);
  call.play();
  call.say("hi");
  EXPECT_EQ(reply_of(call), world().reply);
  ASSERT_TRUE(call.wait_state("listening"));
  EXPECT_TRUE(locked(world().reserve_questions).empty());
  call.say("again");
  EXPECT_EQ(reply_of(call), "from the reserve");
}

TEST_F(AgentBrainFallbackTest, WhenBothFailItIsAnError) {
  world().llm_fails = world().reserve_fails = true;
  Call call(std::string(kStages) + "error-reply=\"one moment please\"");
  call.play();
  call.say("hi");
  EXPECT_TRUE(call.wait("agentbrain/error"));
  EXPECT_EQ(reply_of(call), "one moment please");
  ASSERT_TRUE(call.wait_state("listening"));
  world().llm_fails = world().reserve_fails = false;
  call.say("again");
  EXPECT_EQ(reply_of(call), "from the reserve");
}

TEST_F(AgentBrainFallbackTest, WithoutAReserveTooManyFailedTurnsEndTheCall) {
  world().llm_complains = true;
  Call call(
      "stt=teststt llm=testllm tts=testtts speak-first=false max-errors=2 "
      "error-goodbye=\"good bye\"");
  call.play();
  call.say("hi");
  EXPECT_EQ(reply_of(call), "sorry") << "the stage's own apology";
  const auto error = call.wait("agentbrain/error");
  ASSERT_TRUE(error);
  EXPECT_EQ(gstpp::get_string(error.get(), "stage"), "llm");
  EXPECT_EQ(gstpp::get_string(error.get(), "text"), "testllm: no quota");
  EXPECT_EQ(gstpp::get_string(error.get(), "element"), "testllm") << "it told so itself";
  ASSERT_TRUE(call.wait_state("listening"));
  call.say("again");
  EXPECT_EQ(reply_of(call), "sorry");
  const auto goodbye = call.wait("agentbrain/reply");
  ASSERT_TRUE(goodbye);
  EXPECT_EQ(gstpp::get_string(goodbye.get(), "text"), "good bye");
  EXPECT_TRUE(gstpp::get_bool(goodbye.get(), "hang-up", false));
  EXPECT_TRUE(Call::until([] { return world().eos.load(); }));
}

TEST_F(AgentBrainFallbackTest, AnotherVoiceSaysTheRest) {
  for (const bool words : {true, false}) {
    new_world();
    world().tts_words = words;
    world().tts_fails_at = 4;
    Call call(kStages);
    call.play();
    call.say("hi");
    EXPECT_EQ(reply_of(call), world().reply) << "the history knows of one reply";
    ASSERT_TRUE(call.wait_state("listening"));
    const auto rest = locked(world().reserve_texts);
    ASSERT_EQ(rest.size(), 1u);
    // Without timings the voice of the test, at ten words a second, is far from the usual pace.
    EXPECT_EQ(rest[0], words ? "five six seven eight nine ten"
                             : "two three four five six seven eight nine ten");
    EXPECT_EQ(call.stat("errors"), 0u);
  }
}

TEST_F(AgentBrainFallbackTest, ASlowVoiceIsOvertaken) {
  world().tts_hangs = 8 * GST_SECOND;
  Call call(std::string(kStages) + "tts-fallback-after=200000000");
  call.play();
  call.say("hi");
  EXPECT_EQ(reply_of(call), world().reply);
  EXPECT_EQ(locked(world().reserve_texts), std::vector<std::string>{world().reply});
}

TEST_F(AgentBrainFallbackTest, AnInterruptionCancelsTheReserveToo) {
  world().tts_fails_at = 0;
  world().word_ms = 300;
  Call call(kStages);
  call.play();
  call.say("hi");
  ASSERT_TRUE(call.wait_state("speaking"));
  g_usleep(500'000);
  world().reply = "all right";
  call.say("stop");
  const auto cut = call.wait("agentbrain/reply");
  ASSERT_TRUE(cut);
  EXPECT_TRUE(gstpp::get_bool(cut.get(), "interrupted", false));
  EXPECT_EQ(reply_of(call), "all right");
}

TEST_F(AgentBrainFallbackTest, TheTurnsSoundIsGivenToAnotherStt) {
  world().stt_swallows = true;
  Call call(std::string(kStages) + "stt-fallback-after=200000000");
  call.play();
  call.say("hi", 600 * kMs);
  EXPECT_EQ(reply_of(call), world().reply);
  EXPECT_EQ(locked(world().questions), std::vector<std::string>{"hi"});
  // The turn and a little before it: 16 bytes a millisecond.
  EXPECT_GE(world().reserve_audio, 600u * 16);
}

TEST_F(AgentBrainFallbackTest, AnSttThatFailsIsReplaced) {
  world().stt_fails = true;
  Call call(kStages);
  call.play();
  ASSERT_TRUE(call.wait("agentbrain/fallback"));
  call.say("hi");
  EXPECT_EQ(reply_of(call), world().reply);
  EXPECT_EQ(call.stat("stt-refused"), 0u);
}

TEST_F(AgentBrainFallbackTest, StopsAtAnyMoment) {
  for (int i = 0; i < 10; ++i) {
    new_world();
    world().llm_fails = world().stt_fails = i % 2 == 0;
    world().tts_fails_at = i % 3;
    Call call(std::string(kStages) + "fallback-for=0");
    call.play();
    call.say("hi");
    g_usleep(static_cast<gulong>(i) * 3'000);
    call.stop();
  }
}

}  // namespace
