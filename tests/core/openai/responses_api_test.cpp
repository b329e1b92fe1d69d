// Responses: what is asked, and what is read of the answer.
#include "model_api_fixture.hpp"

namespace openai {
namespace {

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

TEST(ResponsesBody, AskedToReasonItSendsTheEffort) {
  Conversation c;
  c.add_caller(1, "Hello?");
  c.add_caller(2, "Are you there?");
  ModelRequest r = request_of(c);
  r.reasoning_effort = "high";
  r.may_call = false;
  const std::string body = make_responses_body(r);
  EXPECT_THAT(body, HasSubstr(R"("reasoning":{"effort":"high"})"));
  EXPECT_THAT(body, HasSubstr(R"("tool_choice":"none")"));
  EXPECT_THAT(body, HasSubstr(R"({"role":"user","content":"Hello?"},{"role":"user",)"));
  EXPECT_THAT(body, Not(HasSubstr("encrypted_content"))) << "elsewhere it is not known";
  r.tools.clear();
  EXPECT_THAT(make_responses_body(r), Not(HasSubstr("tool")));
}

TEST(ResponsesReader, ARefusalIsSpokenThoughtsAreNot) {
  const auto r = make_responses_reader("");
  EXPECT_EQ(read(*r, {R"({"type":"response.reasoning_summary_text.delta","delta":"hidden"})",
                      R"({"type":"response.refusal.delta","delta":"I must not."})",
                      R"({"type":"response.output_text.annotation.added","delta":"odd"})",
                      R"({"type":"something.new","delta":"odd"})"}),
            "I must not.");
}

TEST(ResponsesReader, ThoughtsWithoutTheirContentAreNotGivenBack) {
  const auto r = make_responses_reader("");
  read(*r, {R"({"type":"response.output_item.added","item":{"type":"reasoning","id":"a",)"
            R"("encrypted_content":"early"}})",
            R"({"type":"response.output_item.done","item":{"type":"reasoning","id":"a",)"
            R"("encrypted_content":null}})",
            R"({"type":"response.output_item.done","item":{"type":"reasoning","id":"b",)"
            R"("encrypted_content":"whole"}})"});
  ASSERT_EQ(r->reasoning().size(), 1u);
  EXPECT_THAT(r->reasoning()[0], HasSubstr(R"("id":"b")"));
}

TEST(ResponsesReader, TheWholeArgumentsCountNotTheirParts) {
  const auto r = make_responses_reader("");
  const auto call = [](const char* event, const char* members) {
    return std::string(R"({"type":"response.output_item.)") + event +
           R"(","item":{"type":"function_call","id":"fc",)" + members + "}}";
  };
  read(*r, {call("added", R"("call_id":"c","name":"f","arguments":"")"),
            R"({"type":"response.function_call_arguments.delta","item_id":"fc","delta":"{\"a\""})",
            call("done", R"("call_id":"other","name":"g","arguments":"{\"a\":1}")")});
  ASSERT_EQ(r->tool_calls().size(), 1u);
  const ToolCall made = r->tool_calls()[0];
  EXPECT_EQ(made.id + " " + made.name + " " + made.arguments, R"(c f {"a":1})")
      << "what a call is named at first it stays";
}

TEST(ResponsesReader, CallsWithoutAnIdOfTheirItemAreApart) {
  const auto r = make_responses_reader("");
  for (const char* at : {"0", "1"}) {
    const std::string place = std::string(R"(,"output_index":)") + at;
    read(*r, {R"({"type":"response.output_item.added")" + place +
                  R"(,"item":{"type":"function_call","call_id":"c)" + at + R"(","name":"f)" + at +
                  R"(","arguments":""}})",
              R"({"type":"response.function_call_arguments.delta")" + place +
                  R"(,"delta":"{\"n\":)" + at + "}\"}",
              R"({"type":"response.function_call_arguments.done")" + place +
                  R"(,"arguments":"{\"n\":)" + at + "}\"}"});
  }
  const auto calls = r->tool_calls();
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_EQ(calls[0].id + calls[0].name + calls[0].arguments, R"(c0f0{"n":0})");
  EXPECT_EQ(calls[1].id + calls[1].name + calls[1].arguments, R"(c1f1{"n":1})");
}

TEST(ResponsesReader, WhyAResponseEndsIsTold) {
  const auto filter = make_responses_reader("");
  read(*filter, {R"({"type":"response.incomplete","response":{"incomplete_details":)"
                 R"({"reason":"content_filter"}}})"});
  ASSERT_TRUE(filter->error());
  EXPECT_EQ(filter->error()->cause, "content");
  const auto unexplained = make_responses_reader("");
  read(*unexplained, {R"({"type":"response.failed","response":{}})"});
  ASSERT_TRUE(unexplained->error());
  EXPECT_EQ(unexplained->error()->cause, "server");
  EXPECT_TRUE(unexplained->error()->retryable);
  const auto secret = make_responses_reader("sk-secret");
  read(*secret, {R"({"type":"error","message":"bad key sk-secret","code":"invalid_api_key"})"});
  ASSERT_TRUE(secret->error());
  EXPECT_THAT(secret->error()->text, Not(HasSubstr("sk-secret")));
}

TEST(ResponsesReader, OddShapesAreNoCrash) {
  const auto r = make_responses_reader("");
  for (const char* odd :
       {R"({"type":7})", R"({"type":"response.output_item.done","item":[]})",
        R"({"type":"response.output_item.done","item":{"type":"function_call"}})",
        R"({"type":"response.function_call_arguments.delta","delta":{}})",
        R"({"type":"response.output_text.delta"})", R"({"type":"response.completed"})"}) {
    EXPECT_EQ(read(*r, {odd}), "") << odd;
  }
  EXPECT_TRUE(r->complete());
  EXPECT_FALSE(r->error());
  EXPECT_TRUE(r->tool_calls().empty()) << "a call of no function is none";
}

}  // namespace
}  // namespace openai
