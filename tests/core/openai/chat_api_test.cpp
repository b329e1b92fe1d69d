// Chat Completions: what is asked, and what is read of the answer.
#include "model_api_fixture.hpp"

namespace openai {
namespace {

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

TEST(ChatBody, WhatTheCallerSaidInARowIsOneMessage) {
  Conversation c;
  c.add_caller(1, "Hello?");
  c.add_caller(2, "Are you there?");
  c.add_agent(2, "Yes.");
  ModelRequest r{.model = "m", .conversation = c.recent(10000)};
  EXPECT_THAT(make_chat_body(r), HasSubstr(R"("messages":[{"role":"user","content":"Hello?\nAre )"
                                           R"(you there?"},{"role":"assistant",)"));
}

TEST(ChatBody, NothingThatWasSaidOrCalledLeavesItsString) {
  const std::string evil = "\"}],\"model\":\"other\",\"x\":[{\"a\":\"\\\n\x01";
  Conversation c;
  c.add_caller(1, evil);
  c.add_agent(1, evil);
  c.add_tool_call(1, {.id = evil, .name = evil, .arguments = evil});
  c.add_tool_output(1, evil, evil);
  for (const Api api : {Api::kChat, Api::kResponses}) {
    ModelRequest r{.model = "m", .instructions = evil, .conversation = c.recent(10000)};
    r.last_words = evil;
    r.tools = {{.name = evil, .description = evil, .parameters = "{}"}};
    const auto parsed = jackfield::parse_json(make_body(api, r));
    ASSERT_TRUE(parsed.value);
    EXPECT_EQ(parsed.value->find("model")->string, "m");
    EXPECT_FALSE(parsed.value->find("x"));
    const auto* messages = parsed.value->find(api == Api::kChat ? "messages" : "input");
    ASSERT_TRUE(messages);
    EXPECT_EQ(messages->items.back().find("content")->string, evil);
  }
}

TEST(ChatBody, ToolsThatMustNotBeCalledAreThereAllTheSame) {
  const Conversation c;
  ModelRequest r = request_of(c);
  r.may_call = false;
  EXPECT_THAT(make_chat_body(r), HasSubstr(R"("tool_choice":"none")"));
  EXPECT_THAT(make_chat_body(r), HasSubstr("weather"));
  r.tools.clear();
  EXPECT_THAT(make_chat_body(r), Not(HasSubstr("tool")));  // refused without tools
}

TEST(ChatReader, ARefusalIsSpokenAndACutReplyIsKnown) {
  const auto r = make_chat_reader("");
  EXPECT_EQ(read(*r, {R"({"choices":[{"delta":{"refusal":"I must not."}}]})",
                      R"({"choices":[{"delta":{},"finish_reason":"length"}]})"}),
            "I must not.");
  EXPECT_TRUE(r->cut_short());
  EXPECT_TRUE(r->finish_seen());
  EXPECT_FALSE(r->complete()) << "the usage follows";
  r->closed();
  EXPECT_TRUE(r->complete());
  EXPECT_EQ(read(*r, {R"({"choices":[{"delta":{"content":"more"}}]})"}), "");
}

TEST(ChatReader, FragmentsOfCallsMayBeMixed) {
  const auto r = make_chat_reader("");
  const auto part = [&](const char* index, const char* more) {
    const std::string event = std::string(R"({"choices":[{"delta":{"tool_calls":[{"index":)") +
                              index + "," + more + "}]}}]}";
    EXPECT_EQ(read(*r, {event}), "");
  };
  part("1", R"("id":"b","function":{"name":"g","arguments":"{\"k\""})");
  part("0", R"("id":"a","function":{"name":"f","arguments":"["})");
  part("1", R"("function":{"arguments":":2}"})");
  part("0", R"("function":{"arguments":"]"})");
  part("2", R"("id":"c","custom":{"name":"h","input":"free text"})");
  part("3", R"("id":"d","function":{"arguments":"{}"})");  // of no function
  const auto calls = r->tool_calls();
  ASSERT_EQ(calls.size(), 3u);
  EXPECT_EQ(calls[0].name + calls[0].arguments, R"(g{"k":2})");
  EXPECT_EQ(calls[1].name + calls[1].arguments, "f[]");
  EXPECT_EQ(calls[2].name + calls[2].arguments, "hfree text");
}

TEST(ChatReader, UsageThatIsNoCountIsNone) {
  const auto r = make_chat_reader("");
  read(*r, {R"({"usage":{"prompt_tokens":-1,"completion_tokens":"7","prompt_tokens_details":[],)"
            R"("completion_tokens_details":{"reasoning_tokens":1e300}}})"});
  EXPECT_TRUE(r->usage().told);
  EXPECT_EQ(r->usage().input_tokens + r->usage().cached_tokens + r->usage().output_tokens +
                r->usage().reasoning_tokens,
            0u);
}

}  // namespace
}  // namespace openai
