// What holds for both ways to ask a language model.
#include "model_api_fixture.hpp"

namespace openai {
namespace {

TEST(Bodies, ATemperatureIsSentToModelsThatDoNotReasonOnly) {
  for (const Api api : {Api::kChat, Api::kResponses}) {
    ModelRequest r{.model = "m", .temperature = 0.3};
    EXPECT_THAT(make_body(api, r), HasSubstr(R"("temperature":0.3)"));
    r.reasoning_effort = "none";
    EXPECT_THAT(make_body(api, r), HasSubstr("temperature"));
    r.reasoning_effort = "low";
    EXPECT_THAT(make_body(api, r), Not(HasSubstr("temperature")));
    EXPECT_THAT(make_body(api, r), HasSubstr(R"("low")"));
    r.temperature.reset();
    r.reasoning_effort = "";
    EXPECT_THAT(make_body(api, r), Not(HasSubstr("effort")));
  }
}

TEST(Readers, KnowWhenTheModelBegins) {
  for (const char* nothing :
       {R"({"choices":[{"delta":{"role":"assistant","content":""}}]})", R"({"choices":[]})",
        R"({"choices":[{"delta":{"role":"assistant","content":null}}]})"}) {
    auto reader = make_chat_reader("");
    reader->take({.data = nothing});
    EXPECT_FALSE(reader->begun()) << nothing;
  }
  for (const char* begins : {R"({"choices":[{"delta":{"content":"H"}}]})",
                             R"({"choices":[{"delta":{"reasoning":"H"}}]})",
                             R"({"choices":[{"delta":{"reasoning_content":"H"}}]})", "[DONE]",
                             R"({"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c"}]}}]})",
                             R"({"choices":[{"delta":{},"finish_reason":"stop"}]})"}) {
    auto reader = make_chat_reader("");
    reader->take({.data = begins});
    EXPECT_TRUE(reader->begun()) << begins;
  }
  auto reader = make_responses_reader("");
  read(*reader, {R"({"type":"response.created"})", R"({"type":"response.in_progress"})"});
  EXPECT_FALSE(reader->begun());
  read(*reader, {R"({"type":"response.output_item.added","item":{"type":"reasoning"}})"});
  EXPECT_TRUE(reader->begun());
}

TEST(Readers, KnowWhenTheTextIsWhole) {
  auto chat = make_chat_reader("");
  read(*chat, {R"({"choices":[{"delta":{"content":"One moment."}}]})"});
  EXPECT_FALSE(chat->text_over());
  read(*chat, {R"({"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c"}]}}]})"});
  EXPECT_TRUE(chat->text_over());
  auto responses = make_responses_reader("");
  read(*responses,
       {R"({"type":"response.output_text.delta","delta":"One"})",
        R"({"type":"response.output_item.done","item":{"type":"message","status":"incomplete"}})"});
  EXPECT_FALSE(responses->text_over());
  read(*responses,
       {R"({"type":"response.output_item.done","item":{"type":"message","status":"completed"}})"});
  EXPECT_TRUE(responses->text_over());
  read(*responses, {R"({"type":"response.output_text.delta","delta":"Two"})"});
  EXPECT_FALSE(responses->text_over());
  read(*responses,
       {R"({"type":"response.output_item.added","item":{"type":"function_call","id":"f"}})"});
  EXPECT_TRUE(responses->text_over());
}

// A service that never ends must not fill the memory.
TEST(Readers, ArgumentsAndThoughtsAreBounded) {
  const std::string much(32 * 1024, 'x');
  const std::string of_chat =
      R"({"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f",)"
      R"("arguments":")" +
      much + R"("}}]}}]})";
  const std::string of_responses =
      R"({"type":"response.function_call_arguments.delta","item_id":"a","delta":")" + much +
      R"("})";
  const std::string thought =
      R"({"type":"response.output_item.done","item":{"type":"reasoning","encrypted_content":")" +
      much + R"("}})";
  const auto chat = make_chat_reader("");
  const auto responses = make_responses_reader("");
  const auto thinking = make_responses_reader("");
  for (int i = 0; i < 100; ++i) {
    read(*chat, {of_chat});
    read(*responses, {of_responses});
    read(*thinking, {thought});
  }
  for (const auto* reader : {chat.get(), responses.get(), thinking.get()}) {
    ASSERT_TRUE(reader->error());
    EXPECT_EQ(reader->error()->cause, "protocol");
  }
  const auto calls = chat->tool_calls();
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_LE(calls[0].arguments.size(), 256u * 1024);
  EXPECT_LE(thinking->reasoning().size(), 64u);
}

}  // namespace
}  // namespace openai
