// The signal tell of agentbrain: what the agent learns from the application.
#include <gtest/gtest.h>

#include <thread>

#include "brain_stages.hpp"

namespace {

using namespace brain_test;

const char* kStages = "speak-first=false stt=teststt llm=testllm tts=testtts ";

class AgentBrainToldTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    gst_init(nullptr, nullptr);
    register_stages();
  }
  void SetUp() override {
    new_world();
    world().word_ms = 60;
  }

  static bool tell(Call& call, const char* text, bool speak) {
    gboolean taken = FALSE;
    g_signal_emit_by_name(call.agent(), "tell", text, static_cast<gboolean>(speak), &taken);
    return taken != FALSE;
  }
  static std::vector<std::string> questions() {
    std::lock_guard guard(world().lock);
    return world().questions;
  }
};

TEST_F(AgentBrainToldTest, GoesBeforeTheQuestionAndIsNoTranscript) {
  Call call(kStages);
  EXPECT_FALSE(tell(call, "too early", false));
  call.play();
  EXPECT_TRUE(tell(call, " Anna calls\n", false));
  const auto note = call.wait("agentbrain/note");
  ASSERT_TRUE(note);
  EXPECT_EQ(gstpp::get_string(note.get(), "text"), "Anna calls");
  EXPECT_FALSE(gstpp::get_bool(note.get(), "speak", true));
  call.say("hello");
  const auto said = call.wait("agentbrain/transcript", 10 * GST_SECOND, [](const GstStructure* s) {
    return gstpp::get_bool(s, "final", false);
  });
  ASSERT_TRUE(said);
  EXPECT_EQ(gstpp::get_string(said.get(), "text"), "hello");
  ASSERT_TRUE(call.wait("agentbrain/reply"));
  EXPECT_EQ(questions(), std::vector<std::string>{"(Note: Anna calls)|hello"});
}

TEST_F(AgentBrainToldTest, IsSpokenOfWhenTheReplyIsOver) {
  Call call(kStages);
  call.play();
  call.say("hello");
  ASSERT_TRUE(call.wait_state("speaking"));
  EXPECT_TRUE(tell(call, "the report is there", true));
  const auto first = call.wait("agentbrain/reply");
  ASSERT_TRUE(first);
  EXPECT_FALSE(gstpp::get_bool(first.get(), "interrupted", true));
  const auto second = call.wait("agentbrain/reply");
  ASSERT_TRUE(second);
  EXPECT_EQ(questions(), (std::vector<std::string>{"hello", "(Note: the report is there)"}));
  EXPECT_EQ(call.stat("turns"), 2u);
}

TEST_F(AgentBrainToldTest, GoesWithTheGreeting) {
  world().greeting = "Hello Anna.";
  Call call("stt=teststt llm=testllm tts=testtts");
  gst_element_set_state(call.pipeline(), GST_STATE_PAUSED);
  ASSERT_TRUE(Call::until([&] { return tell(call, "Anna calls", false); }));
  call.play();
  ASSERT_TRUE(call.wait("agentbrain/reply"));
  EXPECT_EQ(questions(), std::vector<std::string>{"(Note: Anna calls)"});
}

// A core that has something to tell unasked posts it; what other stages post is not for the model.
TEST_F(AgentBrainToldTest, TheStageThatAnswersTellsToo) {
  Call call(kStages);
  call.play();
  const auto post = [&](const char* stage, const char* text, bool speak) {
    const gstpp::ElementPtr element{gst_bin_get_by_name(GST_BIN(call.agent()), stage)};
    gst_element_post_message(
        element.get(),
        gst_message_new_element(
            GST_OBJECT(element.get()),
            gst_structure_new("agentcorellm/tell", "text", G_TYPE_STRING, text, "speak",
                              G_TYPE_BOOLEAN, static_cast<gboolean>(speak), nullptr)));
  };
  post("stt", "from the STT", true);
  post("tts", "from the TTS", false);
  post("llm", " \n", true);
  post("llm", "the table is booked", false);
  EXPECT_EQ(gstpp::get_string(call.wait("agentbrain/note").get(), "text"), "the table is booked");
  post("llm", "it is time", true);
  ASSERT_TRUE(call.wait("agentcorellm/tell", 10 * GST_SECOND, [](const GstStructure* told) {
    return gstpp::get_string(told, "text") == "it is time";
  })) << "the application reads it as well";
  ASSERT_TRUE(call.wait("agentbrain/reply"));
  EXPECT_EQ(questions(),
            std::vector<std::string>{"(Note: the table is booked)|(Note: it is time)"});
}

TEST_F(AgentBrainToldTest, IsRefusedWhenNobodyWouldLearnIt) {
  Call call(kStages);
  call.play();
  EXPECT_FALSE(tell(call, " \n", true));
  EXPECT_FALSE(tell(call, nullptr, true));
  EXPECT_FALSE(tell(call, "\xff\xfe", true));
  EXPECT_FALSE(tell(call, std::string(70'000, 'x').c_str(), true));
  call.stop();
  EXPECT_FALSE(tell(call, "too late", true));
}

TEST_F(AgentBrainToldTest, FromManyThreadsWhileTheAgentStops) {
  for (int round = 0; round < 5; ++round) {
    new_world();
    Call call(kStages);
    call.play();
    std::atomic<bool> done{false};
    std::vector<std::thread> tellers;
    for (int i = 0; i < 3; ++i) {
      tellers.emplace_back([&] {
        while (!done) {
          tell(call, "again", true);
          g_usleep(2000);
        }
      });
    }
    g_usleep(800'000);  // some come to be turns
    call.stop();
    done = true;
    for (std::thread& teller : tellers) teller.join();
  }
}

}  // namespace
