// agentbrain's function "think" in a conversation, with scripted models.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "brain_stages.hpp"
#include "working_llm.hpp"

namespace {

using brain_test::Call;
using brain_test::world;
using test_support::thinking_llm;
using test_support::working_llm;
using test_support::WorkingLlm;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr GstClockTime kMs = GST_MSECOND;
constexpr char kQuestion[] = R"({"question":"How many weeks are 100 days?"})";

std::string text(const gstpp::StructurePtr& s, const char* field) {
  return s ? gstpp::get_string(s.get(), field) : "(none)";
}

class ThinkerTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    gst_init(nullptr, nullptr);
    brain_test::register_stages();
    test_support::register_working_llms();
  }
  void SetUp() override {
    brain_test::new_world();
    test_support::new_working_llms();
  }
  static void script(WorkingLlm& llm, std::vector<WorkingLlm::Request> requests) {
    const std::lock_guard guard(llm.lock);
    llm.script.assign(requests.begin(), requests.end());
  }
  void start(const std::string& properties = "", const std::string& thinker = "thinkingllm") {
    call_.emplace("speak-first=false stt=teststt tts=testtts llm=workingllm thinker=\"" + thinker +
                  "\" " + properties);
    call_->play();
  }
  // That was heard to its end.
  std::string reply() {
    return text(call_->wait("agentbrain/reply", 30 * GST_SECOND,
                            [](const GstStructure* s) {
                              return !gstpp::get_bool(s, "interrupted", false);
                            }),
                "full-text");
  }

  std::optional<Call> call_;
};

TEST_F(ThinkerTest, AFillerIsHeardWhileItThinks) {
  script(working_llm(), {WorkingLlm::calling("think", kQuestion),
                         WorkingLlm::saying("fourteen weeks and two days")});
  script(thinking_llm(), {{.text = "Fourteen weeks.|Two days are left.", .delay = 600 * kMs}});
  start("tool-filler-after=100000000 tool-filler=\"one moment\"");
  call_->say("How long is that?");
  EXPECT_EQ(text(call_->wait("agentbrain/tool-call"), "server"), "agent");
  EXPECT_TRUE(call_->wait_state("speaking"));  // the filler, while it thinks
  const auto result = call_->wait("agentbrain/tool-result", 30 * GST_SECOND);
  EXPECT_EQ(text(result, "name"), "think");
  EXPECT_EQ(text(result, "outcome"), "ok");
  EXPECT_EQ(text(result, "text"), "Fourteen weeks. Two days are left.");
  EXPECT_GE(gstpp::get_uint64(result.get(), "duration", 0), 600 * kMs);
  EXPECT_THAT(reply(), HasSubstr("fourteen weeks and two days"));
  EXPECT_EQ(call_->stat("fillers"), 1u);
  EXPECT_LT(call_->longest_push(), 500 * kMs);
  const std::lock_guard guard(thinking_llm().lock);
  EXPECT_THAT(thinking_llm().questions,
              ElementsAre("What was said last:\nCaller: How long is that?\n\n"
                          "The question:\nHow many weeks are 100 days?"));
  EXPECT_EQ(thinking_llm().patience, 60 * GST_SECOND);
  EXPECT_THAT(thinking_llm().instructions, HasSubstr("asks you what needs thinking"));
  const std::lock_guard other(working_llm().lock);
  EXPECT_THAT(working_llm().offered.at(0), HasSubstr(R"("name":"think")"));
  EXPECT_THAT(working_llm().told, ElementsAre("Fourteen weeks. Two days are left."));
}

TEST_F(ThinkerTest, ItKnowsWhatWasSaidLast) {
  script(working_llm(), {WorkingLlm::saying("good morning"), WorkingLlm::saying("one hundred"),
                         WorkingLlm::calling("think", R"({"question":"And in weeks?"})"),
                         WorkingLlm::saying("fourteen")});
  script(thinking_llm(), {WorkingLlm::saying("Fourteen.")});
  start("tool-filler=\"\" think-limit=90000000000", "thinkingllm first-token-timeout=20000000000");
  gboolean told = FALSE;
  g_signal_emit_by_name(call_->agent(), "tell", "A customer.\nAgent: I lie.",
                        static_cast<gboolean>(FALSE), &told);
  EXPECT_TRUE(told);
  call_->say("Hello!");
  EXPECT_EQ(reply(), "good morning");
  call_->say("How many days?");
  EXPECT_EQ(reply(), "one hundred");
  call_->say("And in weeks?");
  EXPECT_EQ(reply(), "fourteen");
  const std::lock_guard guard(thinking_llm().lock);
  EXPECT_THAT(thinking_llm().questions,
              ElementsAre("What was said last:\nNote: A customer. Agent: I lie.\nCaller: Hello!\n"
                          "Agent: good morning\nCaller: How many days?\nAgent: one hundred\n"
                          "Caller: And in weeks?\n\nThe question:\nAnd in weeks?"));
  // What its description says counts.
  EXPECT_EQ(thinking_llm().patience, 20 * GST_SECOND);
}

TEST_F(ThinkerTest, AnInterruptionEndsTheThought) {
  script(working_llm(),
         {WorkingLlm::calling("think", kQuestion), WorkingLlm::saying("never mind then")});
  script(thinking_llm(), {{.text = "", .hangs = true}, WorkingLlm::saying("quick")});
  start("tool-filler-after=50000000");
  call_->say("How long is that?");
  ASSERT_TRUE(call_->wait("agentbrain/tool-call"));
  ASSERT_TRUE(call_->wait_state("speaking"));  // the filler
  call_->say("No, wait.");
  const auto result = call_->wait("agentbrain/tool-result", 30 * GST_SECOND);
  EXPECT_EQ(text(result, "outcome"), "cancelled");
  EXPECT_THAT(reply(), HasSubstr("never mind then"));
  // It can be asked again, and knows nothing of the first question.
  script(working_llm(),
         {WorkingLlm::calling("think", R"({"question":"And now?"})"), WorkingLlm::saying("good")});
  call_->say("And now?");
  EXPECT_EQ(text(call_->wait("agentbrain/tool-result", 30 * GST_SECOND), "text"), "quick");
  EXPECT_THAT(reply(), HasSubstr("good"));
  const std::lock_guard guard(thinking_llm().lock);
  EXPECT_THAT(thinking_llm().heard, ElementsAre(""));
  EXPECT_EQ(thinking_llm().questions.size(), 2u);
}

TEST_F(ThinkerTest, ItTakesNoLongerThanItMay) {
  script(working_llm(), {WorkingLlm::calling("think", kQuestion), WorkingLlm::saying("no idea")});
  script(thinking_llm(), {{.text = "", .hangs = true}});
  start("think-limit=1000000000 tool-filler=\"\"");
  call_->say("How long is that?");
  EXPECT_EQ(text(call_->wait("agentbrain/tool-result", 30 * GST_SECOND), "outcome"), "time-out");
  EXPECT_EQ(reply(), "no idea");
}

TEST_F(ThinkerTest, ItsFailureIsNotTheCalls) {
  script(working_llm(), {WorkingLlm::calling("think", kQuestion), WorkingLlm::saying("no idea"),
                         WorkingLlm::calling("think", kQuestion), WorkingLlm::saying("nor now")});
  script(thinking_llm(),
         {{.text = "I am sorry.", .error = "nothing left"}, {.text = "", .breaks = true}});
  start("tool-filler=\"\"");
  call_->say("How long is that?");
  auto result = call_->wait("agentbrain/tool-result", 30 * GST_SECOND);
  EXPECT_EQ(text(result, "outcome"), "error");
  EXPECT_EQ(text(result, "text"), "quota: nothing left");
  EXPECT_EQ(reply(), "no idea");
  call_->say("How long is that?");
  result = call_->wait("agentbrain/tool-result", 30 * GST_SECOND);
  EXPECT_EQ(text(result, "outcome"), "error");
  EXPECT_EQ(text(result, "text"), "no thoughts today");
  EXPECT_EQ(reply(), "nor now");
  EXPECT_EQ(call_->stat("errors"), 0u);
}

TEST_F(ThinkerTest, TwoQuestionsAreAnsweredOneAfterTheOther) {
  script(working_llm(),
         {{.text = "",
           .calls = {{"think", R"({"question":"one"})"}, {"think", R"({"question":"two"})"}}},
          WorkingLlm::saying("both")});
  script(thinking_llm(), {WorkingLlm::saying("first"), WorkingLlm::saying("second")});
  start("tool-filler=\"\"");
  call_->say("Two things.");
  EXPECT_EQ(reply(), "both");
  const std::lock_guard guard(working_llm().lock);
  EXPECT_THAT(working_llm().told, ElementsAre("first", "second"));
}

TEST_F(ThinkerTest, AnAgentLoopMayThink) {
  script(working_llm(), {WorkingLlm::calling("think", kQuestion), WorkingLlm::saying("so far")});
  script(thinking_llm(), {WorkingLlm::saying("Fourteen or so.")});
  start("tool-filler=\"\"", "agentloop llm=thinkingllm max-steps=2");
  call_->say("How long is that?");
  const auto result = call_->wait("agentbrain/tool-result", 30 * GST_SECOND);
  EXPECT_EQ(text(result, "outcome"), "ok");
  EXPECT_EQ(text(result, "text"), "Fourteen or so.");
  EXPECT_EQ(reply(), "so far");
  // The loop's tools are its own.
  const std::lock_guard guard(thinking_llm().lock);
  EXPECT_EQ(thinking_llm().offered.at(0), "[]");
}

TEST_F(ThinkerTest, AnAgentLoopCanBeTheLanguageModel) {
  script(working_llm(), {WorkingLlm::saying("one two three"), WorkingLlm::saying("yes")});
  call_.emplace(
      "speak-first=false stt=teststt tts=testtts llm=\"agentloop llm=workingllm max-steps=3\"");
  call_->play();
  call_->say("Count!");
  EXPECT_EQ(reply(), "one two three");
  call_->say("Really?");
  EXPECT_EQ(reply(), "yes");
}

TEST_F(ThinkerTest, AModelThatTakesNoToolsCannotThink) {
  Call call("stt=teststt tts=testtts llm=testllm thinker=thinkingllm");
  EXPECT_EQ(gst_element_set_state(call.pipeline(), GST_STATE_READY), GST_STATE_CHANGE_FAILURE);
  const gstpp::BusPtr bus{gst_element_get_bus(call.pipeline())};
  const gstpp::MessagePtr message{gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ERROR)};
  ASSERT_TRUE(message);
  gstpp::ErrorPtr error;
  gst_message_parse_error(message.get(), gstpp::OutPtr{error}, nullptr);
  EXPECT_THAT(error->message, HasSubstr("thinker: the stage \"llm\" takes no tools"));
}

}  // namespace
