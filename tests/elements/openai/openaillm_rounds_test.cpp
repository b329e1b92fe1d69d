// What the requests of a reply cost, and how many there are when the model calls functions again
// and again.
#include <atomic>

#include "json_serialize.hpp"
#include "llm_fixture.hpp"

namespace {

using test_support::BothApis;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr char kWeather[] = R"(tools="[{\"name\":\"weather\",\"description\":\"d\"}]")";

class OpenAiLlmRounds : public BothApis {
 protected:
  void TearDown() override {
    stop_answering();
    BothApis::TearDown();
  }
  // Every function gives "sunny" at once.
  void answer_calls() {
    answering_ = true;
    answers_ = std::thread([this] {
      while (answering_) {
        const gstpp::MessagePtr message{
            gst_bus_timed_pop_filtered(bus_.get(), 10 * GST_MSECOND, GST_MESSAGE_ELEMENT)};
        if (!message) continue;
        const GstStructure* s = gst_message_get_structure(message.get());
        gboolean taken = FALSE;
        if (gst_structure_has_name(s, "openaillm/tool-call")) {
          g_signal_emit_by_name(llm_.get(), "answer-tool-call",
                                gstpp::get_string(s, "call-id").c_str(), "sunny", &taken);
        } else if (gst_structure_has_name(s, "openaillm/usage")) {
          used_.emplace_back(gst_structure_copy(s));
        } else if (gst_structure_has_name(s, "openaillm/error")) {
          failures_.push_back(gstpp::get_string(s, "cause"));
        }
      }
    });
  }
  void stop_answering() {
    answering_ = false;
    if (answers_.joinable()) answers_.join();
    // What came last.
    while (GstMessage* raw =
               bus_ ? gst_bus_pop_filtered(bus_.get(), GST_MESSAGE_ELEMENT) : nullptr) {
      const gstpp::MessagePtr message{raw};
      const GstStructure* s = gst_message_get_structure(raw);
      if (gst_structure_has_name(s, "openaillm/usage")) used_.emplace_back(gst_structure_copy(s));
      if (gst_structure_has_name(s, "openaillm/error"))
        failures_.push_back(gstpp::get_string(s, "cause"));
    }
  }
  std::vector<guint64> used(const char* field) {
    std::vector<guint64> values;
    for (const auto& s : used_) values.push_back(gstpp::get_uint64(s.get(), field, G_MAXUINT64));
    return values;
  }

  std::atomic<bool> answering_{false};
  std::thread answers_;
  std::vector<gstpp::StructurePtr> used_;
  std::vector<std::string> failures_;
};

INSTANTIATE_TEST_SUITE_P(Api, OpenAiLlmRounds, testing::Values("chat", "responses"),
                         [](const auto& test) { return std::string(test.param); });

TEST_P(OpenAiLlmRounds, EachAnsweredRequestTellsWhatItCost) {
  server().script(
      R"({"tool_calls":[{"name":"weather","arguments":{}}],"usage":{"input":100,"cached":40,"output":20,"reasoning":15}},)"
      R"({"text":"Sunny.","usage":{"input":130,"cached":100,"output":5}},{"status":400,"error":"no"})");
  start(api(kWeather));
  answer_calls();
  EXPECT_EQ(said(3, "Weather?"), "Sunny.");
  said(4, "And now?");  // fails: there is nothing to pay for
  stop_answering();
  EXPECT_THAT(used("input-tokens"), ElementsAre(100, 130));
  EXPECT_THAT(used("cached-tokens"), ElementsAre(40, 100));
  EXPECT_THAT(used("output-tokens"), ElementsAre(20, 5));
  EXPECT_THAT(used("reasoning-tokens"), ElementsAre(15, 0));
  for (const auto& s : used_) {
    EXPECT_EQ(gstpp::get_uint(s.get(), "turn-id", 99), 3u);
    EXPECT_EQ(gstpp::get_string(s.get(), "model"), "gpt-5.2");
  }
  EXPECT_EQ(stat("input-tokens"), 230u);
}

TEST_P(OpenAiLlmRounds, AfterSoManyRoundsTheModelHasToAnswer) {
  const std::string again = R"({"tool_calls":[{"name":"weather","arguments":{}}],"text":"Now."})";
  server().script(again + "," + again + "," + again);
  start(api(std::string(kWeather) + " max-tool-rounds=2"));
  answer_calls();
  EXPECT_EQ(said(1, "Weather?"), "Now. Now. Now.");
  stop_answering();
  EXPECT_EQ(stat("tool-calls"), 2u);
  EXPECT_THAT(failures_, IsEmpty());
  const auto requests = server().requests(path());
  ASSERT_THAT(requests, SizeIs(3));
  EXPECT_FALSE(requests[1].find("body")->find("tool_choice"));
  EXPECT_EQ(requests[2].find("body")->find("tool_choice")->string, "none");
  EXPECT_TRUE(requests[2].find("body")->find("tools"));
  // The results of the last round are told.
  EXPECT_THAT(jackfield::to_json(*requests[2].find("body")), HasSubstr("sunny"));
}

TEST_P(OpenAiLlmRounds, AModelThatOnlyCallsHasFailed) {
  const std::string again = R"({"tool_calls":[{"name":"weather","arguments":{}}],"disobeys":true})";
  server().script(again + "," + again);
  start(api(std::string(kWeather) + " max-tool-rounds=1"));
  answer_calls();
  EXPECT_EQ(said(1, "Weather?"), "I am sorry, I cannot answer that right now.");
  stop_answering();
  EXPECT_EQ(stat("tool-calls"), 1u);
  EXPECT_THAT(failures_, ElementsAre("protocol"));
}

}  // namespace
