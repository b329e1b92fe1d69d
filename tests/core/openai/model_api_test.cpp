#include "model_api.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json_writer.hpp"

namespace {

using namespace openai;
using testing::HasSubstr;
using testing::Not;

std::string read(ReplyReader& reader, std::initializer_list<const char*> events) {
  std::string text;
  for (const char* data : events) text += reader.take({.data = data});
  return text;
}

Conversation with_tool() {
  Conversation c;
  c.add_caller(1, "Weather \"here\"?");
  c.add_reasoning(1, R"({"type":"reasoning","id":"r1","summary":[],"encrypted_content":"x"})");
  c.add_tool_call(1, {.id = "c1", .name = "weather", .arguments = R"({"q":1})"});
  c.add_tool_call(1, {.id = "c2", .name = "time", .arguments = "{}"});
  c.add_tool_output(1, "c1", "sunny");
  c.add_tool_output(1, "c2", "noon");
  return c;
}

ModelRequest request_of(const Conversation& c) {
  ModelRequest r;
  r.model = "m";
  r.instructions = "Be kind.";
  r.tools = {{.name = "weather", .description = "of today", .parameters = R"({"type":"object"})"}};
  r.conversation = c.recent(10000);
  return r;
}

TEST(ChatBody, HoldsTheWholeConversation) {
  const Conversation c = with_tool();
  const std::string body = make_chat_body(request_of(c));
  EXPECT_EQ(
      body,
      R"({"model":"m","stream":true,"stream_options":{"include_usage":true},)"
      R"("tools":[{"type":"function","function":{"name":"weather","description":"of today","parameters":{"type":"object"}}}],)"
      R"("messages":[{"role":"system","content":"Be kind."},{"role":"user","content":"Weather \"here\"?"},)"
      R"({"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"weather","arguments":"{\"q\":1}"}},)"
      R"({"id":"c2","type":"function","function":{"name":"time","arguments":"{}"}}]},)"
      R"({"role":"tool","tool_call_id":"c1","content":"sunny"},{"role":"tool","tool_call_id":"c2","content":"noon"}]})");
  EXPECT_TRUE(jackfield::parse_json(body).value);
}

TEST(ChatBody, NamesOfFieldsDependOnTheServer) {
  ModelRequest r{.model = "m", .max_output_tokens = 50};
  EXPECT_THAT(make_chat_body(r), HasSubstr(R"("max_tokens":50)"));
  r.openai_itself = true;
  EXPECT_THAT(make_chat_body(r), HasSubstr(R"("max_completion_tokens":50)"));
}

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

TEST(ResponsesBody, HoldsTheWholeConversation) {
  const Conversation c = with_tool();
  ModelRequest r = request_of(c);
  r.last_words = "Go on.";
  r.max_output_tokens = 9;
  const std::string body = make_responses_body(r);
  EXPECT_EQ(
      body,
      R"({"model":"m","stream":true,"store":false,"max_output_tokens":9,"instructions":"Be kind.",)"
      R"("tools":[{"type":"function","name":"weather","description":"of today","strict":false,"parameters":{"type":"object"}}],)"
      R"("input":[{"role":"user","content":"Weather \"here\"?"},{"type":"reasoning","id":"r1","summary":[],"encrypted_content":"x"},)"
      R"({"type":"function_call","call_id":"c1","name":"weather","arguments":"{\"q\":1}"},{"type":"function_call","call_id":"c2","name":"time","arguments":"{}"},)"
      R"({"type":"function_call_output","call_id":"c1","output":"sunny"},{"type":"function_call_output","call_id":"c2","output":"noon"},)"
      R"({"role":"user","content":"Go on."}]})");
}

TEST(ResponsesBody, ThoughtsAreAskedForWhereThereAreSome) {
  const Conversation c;
  ModelRequest r = request_of(c);
  r.openai_itself = true;
  for (const char* model : {"gpt-5.2", "o4-mini", "gpt-6-luna"}) {
    r.model = model;
    EXPECT_THAT(make_responses_body(r), HasSubstr("encrypted_content")) << model;
  }
  for (const char* model : {"gpt-4.1", "gpt-4o-mini", "gpt-3.5-turbo"}) {
    r.model = model;
    EXPECT_THAT(make_responses_body(r), Not(HasSubstr("encrypted_content"))) << model;
  }
  r.model = "gpt-5.2";
  r.reasoning_effort = "none";
  EXPECT_THAT(make_responses_body(r), Not(HasSubstr("encrypted_content")));
}

TEST(ChatReader, ReadsTextToolsAndUsage) {
  const auto r = make_chat_reader("");
  EXPECT_EQ(
      read(
          *r,
          {R"({"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]})",
           R"({"choices":[{"delta":{"content":"Hel"}}],"usage":null})",
           R"({"choices":[{"delta":{"reasoning_content":"secret thought","content":null}}]})",
           R"({"choices":[{"delta":{"reasoning":"another"}}]})",
           R"({"choices":[{"delta":{"content":"lo."}}]})",
           R"({"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}]}}]})",
           R"({"choices":[{"delta":{"tool_calls":[{"index":1,"id":"b","function":{"name":"g","arguments":"{}"}}]}}]})",
           R"({"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"q\":"}}]}}]})",
           R"({"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]}}]})",
           R"({"choices":[{"delta":{},"finish_reason":"tool_calls"}]})",
           R"({"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":7,"prompt_tokens_details":{"cached_tokens":3}}})",
           "[DONE]"}),
      "Hello.");
  EXPECT_TRUE(r->complete());
  EXPECT_FALSE(r->error());
  EXPECT_EQ(r->usage().input_tokens, 9u);
  EXPECT_EQ(r->usage().cached_tokens, 3u);
  EXPECT_EQ(r->usage().output_tokens, 7u);
  const auto calls = r->tool_calls();
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_EQ(calls[0].id + calls[0].name + calls[0].arguments, R"(af{"q":1})");
  EXPECT_EQ(calls[1].id + calls[1].name + calls[1].arguments, "bg{}");
}

TEST(ChatReader, WholeCallsAndMissingIdsAreTaken) {
  const auto r = make_chat_reader("");
  read(
      *r,
      {R"({"choices":[{"delta":{"tool_calls":[{"function":{"name":"f","arguments":"{}"}},{"function":{"name":"g"}}]}}]})",
       R"({"choices":[{"delta":{},"finish_reason":"stop"}]})"});
  r->closed();  // no [DONE]
  EXPECT_TRUE(r->complete());
  const auto calls = r->tool_calls();
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_NE(calls[0].id, calls[1].id);
  EXPECT_EQ(calls[1].arguments, "{}");
}

TEST(ChatReader, WholeCallsThatAllHaveIndexZeroAreApart) {
  auto reader = make_chat_reader("");
  const char* call = R"({"choices":[{"delta":{"tool_calls":[{"id":"%","index":0,"type":"function",)"
                     R"("function":{"name":"f%","arguments":"{}"}}]}}]})";
  for (const char* id : {"a", "b"}) {
    std::string event = call;
    for (std::size_t at = event.find('%'); at != event.npos; at = event.find('%'))
      event.replace(at, 1, id);
    reader->take({.data = event});
  }
  // Fragments that repeat the id belong together.
  for (const char* part : {"{", "}"}) {
    reader->take(
        {.data =
             R"({"choices":[{"delta":{"tool_calls":[{"id":"c","index":1,"function":{"name":"fc","arguments":")" +
             std::string(part) + R"("}}]}}]})"});
  }
  const auto calls = reader->tool_calls();
  ASSERT_EQ(calls.size(), 3u);
  EXPECT_EQ(calls[0].name + calls[1].name + calls[2].name, "fafbfc");
  for (const auto& c : calls) EXPECT_EQ(c.arguments, "{}");
  EXPECT_EQ(calls[1].id, "b");
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

TEST(ChatReader, CutsErrorsAndNonsense) {
  const auto cut = make_chat_reader("");
  read(*cut, {R"({"choices":[{"delta":{"content":"Hel"}}]})"});
  cut->closed();
  ASSERT_TRUE(cut->error());
  EXPECT_EQ(cut->error()->cause, "cut");

  const auto failed = make_chat_reader("");
  read(*failed, {R"({"error":{"message":"Oh no","type":"server_error","code":null}})"});
  ASSERT_TRUE(failed->error());
  EXPECT_EQ(failed->error()->cause, "server");
  EXPECT_TRUE(failed->error()->retryable);

  const auto nonsense = make_chat_reader("");
  for (int i = 0; i < ReplyReader::kMostMalformed; ++i) nonsense->take({.data = "{"});
  EXPECT_FALSE(nonsense->error());
  for (const char* odd :
       {R"({"choices":3})", R"({"choices":[7]})", R"({"choices":[{"delta":[]}]})", R"({"usage":1})",
        R"({"choices":[{"delta":{"tool_calls":[1,{"function":2}]}}]})"}) {
    EXPECT_EQ(nonsense->take({.data = odd}), "");
  }
  EXPECT_FALSE(nonsense->error());
  nonsense->take({.data = "{"});
  ASSERT_TRUE(nonsense->error());
  EXPECT_EQ(nonsense->error()->cause, "protocol");

  const auto filter = make_chat_reader("");
  read(*filter, {R"({"choices":[{"delta":{},"finish_reason":"content_filter"}]})"});
  EXPECT_EQ(filter->error()->cause, "content");
}

TEST(ChatReader, ToolCallsAreBounded) {
  const auto r = make_chat_reader("");
  for (int i = 0; i < 100; ++i) {
    const std::string call = R"({"choices":[{"delta":{"tool_calls":[{"index":)" +
                             std::to_string(i) +
                             R"(,"function":{"name":"f","arguments":"{}"}}]}}]})";
    r->take({.data = call});
  }
  EXPECT_TRUE(r->error());
  EXPECT_LE(r->tool_calls().size(), 32u);
}

TEST(ResponsesReader, ReadsTextToolsAndUsage) {
  const auto r = make_responses_reader("");
  EXPECT_EQ(
      read(
          *r,
          {R"({"type":"response.created","response":{"id":"r"}})",
           R"({"type":"response.output_item.done","item":{"type":"reasoning","id":"rs","summary":[],"encrypted_content":"e"}})",
           R"({"type":"response.reasoning_text.delta","delta":"hidden"})",
           R"({"type":"response.output_text.delta","item_id":"m","delta":"Hi"})",
           R"({"type":"response.output_text.delta","item_id":"m","delta":"!"})",
           R"({"type":"response.output_text.done","text":"Hi!"})",
           R"({"type":"response.output_item.added","item":{"type":"function_call","id":"fc","call_id":"call","name":"f","arguments":""}})",
           R"({"type":"response.function_call_arguments.delta","item_id":"fc","delta":"{\"a\":"})",
           R"({"type":"response.function_call_arguments.delta","item_id":"fc","delta":"2}"})",
           R"({"type":"response.function_call_arguments.done","item_id":"fc","arguments":"{\"a\":2}"})",
           R"({"type":"response.completed","response":{"usage":{"input_tokens":5,"output_tokens":6,"output_tokens_details":{"reasoning_tokens":4}}}})"}),
      "Hi!");
  EXPECT_TRUE(r->complete());
  EXPECT_EQ(r->usage().reasoning_tokens, 4u);
  const auto calls = r->tool_calls();
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].id + calls[0].name + calls[0].arguments, R"(callf{"a":2})");
  ASSERT_EQ(r->reasoning().size(), 1u);
  EXPECT_EQ(r->reasoning()[0],
            R"({"type":"reasoning","id":"rs","summary":[],"encrypted_content":"e"})");
}

TEST(ResponsesReader, FailuresAndLimits) {
  const auto failed = make_responses_reader("");
  read(
      *failed,
      {R"({"type":"response.failed","response":{"error":{"code":"rate_limit_exceeded","message":"slow down"}}})"});
  EXPECT_EQ(failed->error()->cause, "rate-limit");
  const auto error = make_responses_reader("");
  read(*error, {R"({"type":"error","code":"server_error","message":"x"})"});
  EXPECT_EQ(error->error()->cause, "server");
  const auto limit = make_responses_reader("");
  read(
      *limit,
      {R"({"type":"response.incomplete","response":{"incomplete_details":{"reason":"max_output_tokens"}}})"});
  EXPECT_TRUE(limit->complete());
  EXPECT_TRUE(limit->cut_short());
  EXPECT_FALSE(limit->error());
  const auto cut = make_responses_reader("");
  read(*cut, {R"({"type":"response.output_text.delta","delta":"Hi"})"});
  cut->closed();
  EXPECT_EQ(cut->error()->cause, "cut");
}

}  // namespace
