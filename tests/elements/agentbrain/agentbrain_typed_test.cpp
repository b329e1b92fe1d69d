// The signal user-text of agentbrain: what the caller types is a turn.
#include <gtest/gtest.h>

#include "brain_stages.hpp"

namespace {

using namespace brain_test;

const char* kStages = "speak-first=false stt=teststt llm=testllm tts=testtts ";

std::vector<std::string> questions() {
  std::lock_guard guard(world().lock);
  return world().questions;
}

class AgentBrainTypedTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    gst_init(nullptr, nullptr);
    register_stages();
  }
  void SetUp() override {
    new_world();
    world().word_ms = 60;
  }

  static bool type(Call& call, const char* text) {
    gboolean taken = FALSE;
    g_signal_emit_by_name(call.agent(), "user-text", text, &taken);
    return taken != FALSE;
  }
  static bool is_final(const GstStructure* s) { return gstpp::get_bool(s, "final", false); }
};

TEST_F(AgentBrainTypedTest, IsAnsweredBeforeAnybodyHasSpoken) {
  world().llm_delay = 40 * kMs;
  Call call(kStages);
  call.play();
  ASSERT_TRUE(type(call, "  what time is it\n"));
  const auto said = call.wait("agentbrain/transcript");
  ASSERT_TRUE(said);
  EXPECT_EQ(gstpp::get_string(said.get(), "text"), "what time is it");
  EXPECT_TRUE(gstpp::get_bool(said.get(), "typed", false));
  EXPECT_TRUE(is_final(said.get()));
  EXPECT_EQ(gstpp::get_uint(said.get(), "turn-id", 0), 1u);
  EXPECT_EQ(gstpp::get_uint64(said.get(), "speech-start", 0),
            gstpp::get_uint64(said.get(), "speech-end", 1));
  const auto turn = call.wait("agentbrain/turn");
  ASSERT_TRUE(turn);
  EXPECT_TRUE(gstpp::get_bool(turn.get(), "typed", false));
  EXPECT_EQ(gstpp::get_uint64(turn.get(), "hang-over", 1), 0u);
  EXPECT_EQ(gstpp::get_uint64(turn.get(), "stt", 1), 0u);
  EXPECT_GE(gstpp::get_uint64(turn.get(), "llm", 0), 40 * kMs);
  const auto reply = call.wait("agentbrain/reply");
  ASSERT_TRUE(reply);
  EXPECT_EQ(gstpp::get_string(reply.get(), "text"), world().reply);
  EXPECT_EQ(gstpp::get_uint(reply.get(), "turn-id", 0), 1u);
  EXPECT_EQ(questions(), std::vector<std::string>{"what time is it"});
  EXPECT_EQ(call.stat("turns"), 1u);
}

TEST_F(AgentBrainTypedTest, CutsTheReplyAndTheLlmIsToldWhatWasHeard) {
  Call call(kStages);
  call.play();
  ASSERT_TRUE(type(call, "hello"));
  ASSERT_TRUE(call.wait_state("speaking"));
  g_usleep(350'000);
  const GstClockTime at = call.now();
  ASSERT_TRUE(type(call, "stop"));
  const auto cut = call.wait("agentbrain/interrupted", 10 * GST_SECOND, [](const GstStructure* s) {
    return gstpp::get_bool(s, "confirmed", false);
  });
  ASSERT_TRUE(cut);
  EXPECT_EQ(gstpp::get_uint64(cut.get(), "onset-to-flush", 1), 0u);
  EXPECT_GE(gstpp::get_uint64(cut.get(), "at", 0), at);
  const auto broken = call.wait("agentbrain/reply");
  ASSERT_TRUE(broken);
  EXPECT_TRUE(gstpp::get_bool(broken.get(), "interrupted", false));
  EXPECT_EQ(gstpp::get_uint(broken.get(), "turn-id", 0), 1u);
  const auto next = call.wait("agentbrain/reply");
  ASSERT_TRUE(next);
  EXPECT_EQ(gstpp::get_uint(next.get(), "turn-id", 0), 2u);
  EXPECT_FALSE(gstpp::get_bool(next.get(), "interrupted", true));
  EXPECT_EQ(questions(), (std::vector<std::string>{"hello", "stop"}));
  std::lock_guard guard(world().lock);
  EXPECT_FALSE(world().flushes.empty());
  ASSERT_EQ(world().heard.size(), 1u);
  EXPECT_EQ(world().heard.front(), gstpp::get_string(cut.get(), "heard"));
  EXPECT_NE(world().heard.front(), "");
}

TEST_F(AgentBrainTypedTest, WhileTheAgentThinksItIsOneQuestion) {
  world().llm_delay = 5 * GST_SECOND;
  Call call(kStages);
  call.play();
  ASSERT_TRUE(type(call, "hello"));
  ASSERT_TRUE(call.wait_state("thinking"));
  ASSERT_TRUE(Call::until([] { return questions().size() == 1; }));
  world().llm_delay = 0;
  ASSERT_TRUE(type(call, "are you there"));
  const auto reply = call.wait("agentbrain/reply");
  ASSERT_TRUE(reply);
  EXPECT_EQ(gstpp::get_uint(reply.get(), "turn-id", 0), 2u);
  EXPECT_EQ(questions().back(), "hello|are you there");
}

TEST_F(AgentBrainTypedTest, SpeechAndWritingTakeTurns) {
  Call call(std::string(kStages) + "min-words=2");
  call.play();
  call.say("what is that");
  ASSERT_TRUE(call.wait("agentbrain/reply"));
  ASSERT_TRUE(type(call, "more"));  // one word is enough in writing
  ASSERT_TRUE(call.wait("agentbrain/reply"));
  EXPECT_EQ(questions(), (std::vector<std::string>{"what is that", "more"}));
}

TEST_F(AgentBrainTypedTest, IsRefusedWhenNobodyWouldAnswer) {
  Call call(kStages);
  EXPECT_FALSE(type(call, "too early"));
  call.play();
  EXPECT_FALSE(type(call, " \n"));
  EXPECT_FALSE(type(call, nullptr));
  EXPECT_FALSE(type(call, "\xff\xfe"));
  EXPECT_FALSE(type(call, std::string(70'000, 'x').c_str()));
  ASSERT_TRUE(type(call, "hello"));
  ASSERT_TRUE(call.wait_state("speaking"));
  call.send_eos();
  ASSERT_TRUE(call.wait("agentbrain/reply"));
  ASSERT_TRUE(Call::until([] { return world().eos.load(); }));
  EXPECT_FALSE(type(call, "too late"));
  call.stop();
  EXPECT_FALSE(type(call, "much too late"));
}

TEST_F(AgentBrainTypedTest, FromManyThreadsWhileTheAgentStops) {
  for (int round = 0; round < 5; ++round) {
    new_world();
    Call call(kStages);
    call.play();
    std::atomic<bool> done{false};
    std::vector<std::thread> typists;
    for (int i = 0; i < 3; ++i) {
      typists.emplace_back([&] {
        while (!done) {
          type(call, "again");
          g_usleep(2000);
        }
      });
    }
    g_usleep(120'000);
    call.stop();
    done = true;
    for (std::thread& typist : typists) typist.join();
  }
}

}  // namespace
