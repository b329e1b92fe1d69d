// openaillm: the model ends the call.
#include "llm_fixture.hpp"

namespace {

using test_support::BothApis;
using test_support::OpenAiLlmTest;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

INSTANTIATE_TEST_SUITE_P(Api, BothApis, testing::Values("chat", "responses"),
                         [](const auto& test) { return std::string(test.param); });

constexpr char kWeather[] = R"(tools="[{\"name\":\"weather\",\"description\":\"d\"}]" )";

TEST_P(BothApis, EndsBehindItsWords) {
  server().script(
      R"({"text":"It was a pleasure. Goodbye!","tool_calls":[{"name":"end_call","arguments":{}}]})");
  start(api("end-call=true"));
  EXPECT_THAT(turn(1, "That is all, bye."), ElementsAre("It was a pleasure.", "Goodbye!"));
  const auto end = reply_end();
  ASSERT_TRUE(end);
  EXPECT_TRUE(end->hang_up);
  EXPECT_EQ(end->turn_id, 1u);
  // Nobody else is asked, and the model is not asked again.
  EXPECT_EQ(stat("requests"), 1u);
  EXPECT_EQ(stat("tool-calls"), 0u);
  EXPECT_EQ(stat("calls-ended"), 1u);
  EXPECT_THAT(errors(), IsEmpty());
  EXPECT_THAT(history(), HasSubstr("when the caller has heard"));
}

TEST_P(BothApis, SaysGoodbyeForASilentModel) {
  server().script(R"({"tool_calls":[{"name":"end_call","arguments":{}}]},
                     {"tool_calls":[{"name":"end_call","arguments":{}}]})");
  start(api("end-call=true goodbye=\"Thank you for calling.\""));
  EXPECT_THAT(turn(1, "Bye."), ElementsAre("Thank you for calling."));
  EXPECT_TRUE(reply_end()->hang_up);
  g_object_set(llm_.get(), "goodbye", "", nullptr);
  EXPECT_THAT(turn(2, "Bye."), IsEmpty());
  EXPECT_TRUE(reply_end()->hang_up);
  EXPECT_EQ(stat("calls-ended"), 2u);
}

TEST_P(BothApis, ACallerWhoInterruptsTheGoodbyeGoesOn) {
  server().script(
      R"({"text":"Goodbye, and take care.","tool_calls":[{"name":"end_call","arguments":{}}]})");
  start(api("end-call=true"));
  turn(1, "Bye.");
  EXPECT_TRUE(reply_end()->hang_up);
  flush();
  heard(1, "Goodbye,");
  // The strict server takes the conversation with the call and its result.
  EXPECT_EQ(said(2, "Wait, one more thing."), "You said: Wait, one more thing.");
  EXPECT_FALSE(reply_end()->hang_up);
  EXPECT_THAT(errors(), IsEmpty());
  EXPECT_THAT(history(), HasSubstr("was not ended"));
  EXPECT_THAT(history(), Not(HasSubstr("when the caller has heard")));
}

TEST_P(BothApis, OtherToolsAreAskedFirst) {
  server().script(
      R"({"text":"One moment.","tool_calls":[{"name":"weather","arguments":{}},{"name":"end_call","arguments":{}}]},
         {"text":"It will rain. Goodbye."})");
  start(api(std::string("end-call=true tool-timeout=1000000 ") + kWeather));
  EXPECT_THAT(turn(1, "Weather, and then bye."),
              ElementsAre("One moment.", "It will rain.", "Goodbye."));
  EXPECT_TRUE(reply_end()->hang_up);
  EXPECT_EQ(stat("requests"), 2u);
  EXPECT_EQ(stat("tool-calls"), 1u);
}

TEST_P(BothApis, AFailureBehindTheEndKeepsTheCall) {
  server().script(
      R"({"tool_calls":[{"name":"weather","arguments":{}},{"name":"end_call","arguments":{}}]},
         {"status":500,"error":"oops"})");
  start(api(std::string("end-call=true max-retries=0 tool-timeout=1000000 ") + kWeather));
  EXPECT_THAT(said(1, "Weather, and then bye."), HasSubstr("I am sorry"));
  EXPECT_FALSE(reply_end()->hang_up);
  EXPECT_EQ(stat("calls-ended"), 0u);
}

TEST_P(BothApis, IsOfferedOnRequestOnly) {
  server().script(R"({"text":"Bye.","tool_calls":[{"name":"end_call","arguments":{}}]})");
  start(api("tool-timeout=1000000"));
  turn(1, "Bye.");
  EXPECT_FALSE(reply_end()->hang_up);
  EXPECT_EQ(stat("tool-calls"), 1u);
  EXPECT_FALSE(server().last_request(path()).find("body")->find("tools"));
}

TEST_F(OpenAiLlmTest, ToldToTheModelAsATool) {
  start(std::string("end-call=true ") + kWeather);
  turn(1, "Hello.");
  const auto request = server().last_request();
  const auto& tools = request.find("body")->find("tools")->items;
  ASSERT_EQ(tools.size(), 2u);
  EXPECT_EQ(tools[1].find("function")->find("name")->string, "end_call");
}

TEST_F(OpenAiLlmTest, AToolOfThatNameIsRefused) {
  gstpp::ElementPtr llm{static_cast<GstElement*>(gst_object_ref_sink(gst_parse_launch(
      R"(openaillm check-model=false model=m base-url=http://127.0.0.1:9 end-call=true
         tools="[{\"name\":\"end_call\"}]")",
      nullptr)))};
  EXPECT_EQ(gst_element_set_state(llm.get(), GST_STATE_READY), GST_STATE_CHANGE_FAILURE);
  gst_element_set_state(llm.get(), GST_STATE_NULL);
}

}  // namespace
