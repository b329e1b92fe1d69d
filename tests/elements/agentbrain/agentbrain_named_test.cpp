// answer-when=named: in a room the agent answers when its name is said.
#include <gtest/gtest.h>

#include "brain_stages.hpp"

namespace {

using namespace brain_test;
using Texts = std::vector<std::string>;

const char* kStages =
    "speak-first=false answer-when=named names=\"Jack, Jackfield\" stt=teststt llm=testllm "
    "tts=testtts ";

template <typename T>
T locked(const T& value) {
  std::lock_guard guard(world().lock);
  return value;
}

class AgentBrainNamedTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    gst_init(nullptr, nullptr);
    register_stages();
  }
  void SetUp() override {
    new_world();
    world().word_ms = 60;
    world().reply = "yes indeed";
  }

  // Says it, and how the transcript has it.
  static bool addressed(Call& call, const char* text) {
    call.say(text);
    const auto said = call.wait("agentbrain/transcript", 10 * GST_SECOND,
                                [](const auto* s) { return gstpp::get_bool(s, "final", false); });
    if (!said) ADD_FAILURE() << "no transcript of " << text;
    return said && gstpp::get_bool(said.get(), "addressed", false);
  }
  // Why it does not start; "" if it does.
  static std::string refusal(const std::string& properties) {
    gstpp::ErrorPtr error;
    GstElement* raw = gst_parse_launch(
        ("pipeline.( testcaller ! agentbrain " + properties + " ! testear )").c_str(),
        gstpp::OutPtr{error});
    if (!raw) return error->message;
    const gstpp::ElementPtr pipeline{static_cast<GstElement*>(gst_object_ref_sink(raw))};
    const bool refused =
        gst_element_set_state(pipeline.get(), GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE;
    const gstpp::BusPtr bus{gst_element_get_bus(pipeline.get())};
    const gstpp::MessagePtr message{gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ERROR)};
    if (message) gst_message_parse_error(message.get(), gstpp::OutPtr{error}, nullptr);
    gst_element_set_state(pipeline.get(), GST_STATE_NULL);
    return refused && message ? error->message : "";
  }
};

TEST_F(AgentBrainNamedTest, AnswersByNameAndKnowsWhatWasSaidBefore) {
  Call call(kStages);
  call.play();
  EXPECT_FALSE(addressed(call, "shall we have lunch"));
  ASSERT_TRUE(call.wait_state("listening"));
  EXPECT_FALSE(addressed(call, "at noon"));
  ASSERT_TRUE(call.wait_state("listening"));
  EXPECT_EQ(locked(world().questions), Texts{});
  EXPECT_TRUE(addressed(call, "is noon free, Jack Field"));
  ASSERT_TRUE(call.wait("agentbrain/reply"));
  EXPECT_EQ(locked(world().questions), Texts{"is noon free, Jack Field"});
  EXPECT_EQ(locked(world().histories),
            Texts{"first from nothing: overheard shall we have lunch, overheard at noon,"});
  // The window behind the reply.
  ASSERT_TRUE(call.wait_state("listening"));
  EXPECT_TRUE(addressed(call, "and one o'clock"));
  ASSERT_TRUE(call.wait("agentbrain/reply"));
  EXPECT_EQ(locked(world().histories).size(), 1u);
  EXPECT_EQ(call.stat("turns"), 2u);
}

TEST_F(AgentBrainNamedTest, WithoutAWindowOnlyTheNameCounts) {
  Call call(std::string(kStages) + "named-window=0");
  call.play();
  EXPECT_TRUE(addressed(call, "Jack is noon free"));
  ASSERT_TRUE(call.wait("agentbrain/reply"));
  ASSERT_TRUE(call.wait_state("listening"));
  EXPECT_FALSE(addressed(call, "and one o'clock"));
  ASSERT_TRUE(call.wait_state("listening"));
  EXPECT_EQ(call.stat("turns"), 1u);
}

TEST_F(AgentBrainNamedTest, WhoeverTakesOverKnowsItToo) {
  Call call(std::string(kStages) + "named-window=0 llm-fallback=reservellm");
  call.play();
  EXPECT_FALSE(addressed(call, "shall we have lunch"));
  ASSERT_TRUE(call.wait_state("listening"));
  EXPECT_TRUE(addressed(call, "Jack is noon free"));
  ASSERT_TRUE(call.wait("agentbrain/reply"));
  ASSERT_TRUE(call.wait_state("listening"));
  EXPECT_FALSE(addressed(call, "at one then"));
  ASSERT_TRUE(call.wait_state("listening"));
  world().llm_fails = true;
  EXPECT_TRUE(addressed(call, "Jack is one free"));
  const auto reply = call.wait("agentbrain/reply");
  ASSERT_TRUE(reply);
  EXPECT_EQ(gstpp::get_string(reply.get(), "text"), "from the reserve");
  EXPECT_EQ(locked(world().reserve_questions), Texts{"Jack is one free"});
  const Texts told = locked(world().histories);
  ASSERT_GE(told.size(), 3u);
  EXPECT_EQ(told[told.size() - 2],
            "reserve from 2: overheard shall we have lunch, caller Jack is noon free, agent yes "
            "indeed,");
  EXPECT_EQ(told.back(), "reserve from nothing: overheard at one then,");
}

TEST_F(AgentBrainNamedTest, TypedTextIsAnswered) {
  Call call(kStages);
  call.play();
  gboolean taken = FALSE;
  g_signal_emit_by_name(call.agent(), "user-text", "what time is it", &taken);
  EXPECT_TRUE(taken);
  const auto said = call.wait("agentbrain/transcript");
  ASSERT_TRUE(said);
  EXPECT_TRUE(gstpp::get_bool(said.get(), "addressed", false));
  ASSERT_TRUE(call.wait("agentbrain/reply"));
}

TEST_F(AgentBrainNamedTest, ChangesWhileItRuns) {
  Call call(kStages);
  call.play();
  EXPECT_FALSE(addressed(call, "what time is it"));
  ASSERT_TRUE(call.wait_state("listening"));
  gst_util_set_object_arg(G_OBJECT(call.agent()), "answer-when", "always");
  EXPECT_TRUE(addressed(call, "what time is it"));
  ASSERT_TRUE(call.wait("agentbrain/reply"));
  ASSERT_TRUE(call.wait_state("listening"));
  gst_util_set_object_arg(G_OBJECT(call.agent()), "answer-when", "named");
  g_object_set(call.agent(), "names", "Anna", nullptr);
  EXPECT_FALSE(addressed(call, "what time is it Jack"));
  ASSERT_TRUE(call.wait_state("listening"));
  EXPECT_TRUE(addressed(call, "what time is it Anna"));
}

TEST_F(AgentBrainNamedTest, WithoutNamesItIsRefused) {
  EXPECT_NE(refusal("answer-when=named stt=teststt llm=testllm tts=testtts")
                .find("needs the names that the agent answers to"),
            std::string::npos);
  EXPECT_NE(refusal("answer-when=named names=Jack realtime=identity")
                .find("the stage answers all that is said"),
            std::string::npos);
}

}  // namespace
