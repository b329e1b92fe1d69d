// openaillm with other servers of the API, as each speaks it (openai_dialects.py).
#include "llm_fixture.hpp"

namespace {

using test_support::kKey;
using test_support::OpenAiLlmTest;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Dialect {
  const char* name;
  const char* model;
  const char* key;
};

class Dialects : public OpenAiLlmTest, public testing::WithParamInterface<Dialect> {
 protected:
  void begin(const std::string& settings = "") {
    if (server_arguments_.empty()) server_arguments_ = {"--dialect", GetParam().name};
    start("max-retries=0 model=" + std::string(GetParam().model) + " " + settings, GetParam().key);
  }
  bool is(std::string_view name) const { return GetParam().name == name; }
  std::string answer(const std::string& question) const {
    return (is("openclaw") ? "desk heard: " : "You said: ") + question;
  }
};
INSTANTIATE_TEST_SUITE_P(Servers, Dialects,
                         testing::Values(Dialect{"llama.cpp", "default", ""},
                                         Dialect{"ollama", "llama3.2", ""},
                                         Dialect{"openclaw", "openclaw/desk", kKey}),
                         [](const auto& test) {
                           std::string name = test.param.name;
                           std::erase(name, '.');
                           return name;
                         });

TEST_P(Dialects, AnswersAndRemembers) {
  begin("reasoning-effort=none temperature=0.5 max-output-tokens=50");
  EXPECT_EQ(said(1, "One."), answer("One."));
  EXPECT_EQ(said(2, "Two."), answer("Two."));
  EXPECT_THAT(errors(), IsEmpty());
  EXPECT_EQ(stat("input-tokens"), 20u);
  EXPECT_EQ(stat("output-tokens"), 10u);
  EXPECT_EQ(stat("malformed-events"), 0u);
  const auto messages = server().last_request().find("body")->find("messages")->items;
  EXPECT_EQ(messages.size(), 4u);
}

TEST_P(Dialects, ThoughtsAreNotSpoken) {
  server_arguments_ = {"--dialect", GetParam().name};
  server().script(
      R"({"text":"It is five.","reasoning":true},{"text":"It is six.","think_tags":true})");
  begin();
  EXPECT_EQ(said(1, "What time is it?"), "It is five.");
  EXPECT_EQ(said(2, "And now?"), "It is six.");
}

TEST_P(Dialects, AsksToolsAndEndsTheCall) {
  server_arguments_ = {"--dialect", GetParam().name};
  server().script(
      R"({"text":"Let me look.","tool_calls":[{"name":"weather","arguments":{"city":"Bonn"}},
          {"name":"time","arguments":{"zone":"CET"}}]},
         {"text":"Rain at noon."},
         {"text":"Goodbye.","tool_calls":[{"name":"end_call","arguments":{}}]})");
  begin(
      R"(end-call=true tool-timeout=1000000 tools="[{\"name\":\"weather\"},{\"name\":\"time\"}]")");
  EXPECT_THAT(turn(1, "Weather and time?"), ElementsAre("Let me look.", "Rain at noon."));
  EXPECT_EQ(stat("tool-calls"), 2u);
  EXPECT_THAT(history(), HasSubstr(R"("name":"weather","arguments":"{\"city\": \"Bonn\"}")"));
  EXPECT_THAT(history(), HasSubstr(R"("name":"time","arguments":"{\"zone\": \"CET\"}")"));
  EXPECT_FALSE(reply_end()->hang_up);
  EXPECT_EQ(said(2, "Bye."), "Goodbye.");
  EXPECT_TRUE(reply_end()->hang_up);
  heard(2, "Good");
  EXPECT_EQ(said(3, "Wait."), answer("Wait."));
  EXPECT_THAT(errors(), IsEmpty());
}

TEST_P(Dialects, AnAnswerThatBreaksOffIsTold) {
  server_arguments_ = {"--dialect", GetParam().name};
  server().script(R"({"text":"All is well. And then the rest of it.","broken":true})");
  begin("apology=\"\"");
  EXPECT_EQ(said(1, "Hello?"), "All is well.");
  const auto all = errors();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].cause, is("llama.cpp") ? "server" : "cut") << all[0].text;
  EXPECT_TRUE(all[0].retryable);
  EXPECT_TRUE(reply_end());
}

TEST_P(Dialects, IsHedged) {
  server_arguments_ = {"--dialect", GetParam().name};
  server().script(R"({"delay_ms":30000})");
  begin("hedge-after=50000000");
  EXPECT_EQ(said(1, "Hello?"), answer("Hello?"));
  EXPECT_EQ(stat("hedges-won"), 1u);
  EXPECT_TRUE(server().cancelled(0));
}

class Server : public OpenAiLlmTest {
 protected:
  void begin(const char* dialect, const std::string& steps, const std::string& settings,
             const char* key = "") {
    server_arguments_ = {"--dialect", dialect};
    if (!steps.empty()) server().script(steps);
    start(settings, key);
  }
  test_support::ErrorMessage error() {
    const auto all = errors();
    EXPECT_EQ(all.size(), 1u);
    return all.empty() ? test_support::ErrorMessage{} : all[0];
  }
};

TEST_F(Server, LlamaCppThatIsStillLoadingIsAskedAgain) {
  begin("llama.cpp", R"({"loading":true},{"loading":true})", "model=default");
  EXPECT_EQ(said(1, "Hello?"), "You said: Hello?");
  EXPECT_EQ(stat("retries"), 2u);
}

TEST_F(Server, LlamaCppIsWarmedUpBeforeTheCall) {
  begin("llama.cpp", R"({"loading":true},{"text":"Hello, hello, hello.","gap_ms":10})",
        "model=default warm-up=true instructions=\"Be kind.\" max-retries=0 end-call=true");
  // It is asked again until the model is there, a second later; nobody hears what it says.
  for (int i = 0; i < 6000 && server().requests().size() < 2; ++i) g_usleep(10'000);
  const auto asked = server().requests();
  ASSERT_EQ(asked.size(), 2u);
  EXPECT_EQ(asked[1].find("body")->find("max_tokens")->number, 16);
  EXPECT_EQ(asked[1].find("body")->find("messages")->items[0].find("content")->string, "Be kind.");
  EXPECT_TRUE(asked[1].find("body")->find("tools"));
  EXPECT_EQ(said(1, "Hello?"), "You said: Hello?");
  EXPECT_THAT(errors(), IsEmpty());
  EXPECT_EQ(stat("requests"), 1u);
  EXPECT_THAT(history(), testing::Not(HasSubstr("hello, hello")));
}

TEST_F(Server, TheWarmUpEndsWithTheElement) {
  begin("ollama", R"({"delay_ms":60000})", "model=llama3.2 warm-up=true");
  for (int i = 0; i < 6000 && server().requests().empty(); ++i) g_usleep(10'000);
  EXPECT_EQ(said(1, "Hello?"), "You said: Hello?");
  gst_element_set_state(llm_.get(), GST_STATE_NULL);
  EXPECT_TRUE(server().cancelled(0));
}

TEST_F(Server, WhatLlamaCppRefusesIsTold) {
  begin("llama.cpp", R"({"loading":true},{"context":2},{"no_tools":true})",
        "model=default max-retries=0 end-call=true");
  said(1, "Hello?");
  auto e = error();
  EXPECT_EQ(e.cause, "server");
  EXPECT_EQ(e.status, 503);
  EXPECT_THAT(e.text, HasSubstr("Loading model"));
  said(2, "Hello?");
  e = error();
  EXPECT_EQ(e.cause, "request");
  EXPECT_THAT(e.text, HasSubstr("context size"));
  said(3, "Hello?");
  EXPECT_THAT(error().text, HasSubstr("--jinja"));
}

TEST_F(Server, OllamaHeedsTheLimitOfTokens) {
  begin("ollama", R"({"text":"One two three four."})", "model=llama3.2 max-output-tokens=2");
  EXPECT_EQ(said(1, "Hello?"), "One two");
  EXPECT_THAT(errors(), IsEmpty());
}

TEST_F(Server, WhatOllamaRefusesIsTold) {
  begin("ollama", "", "model=nobody");
  said(1, "Hello?");
  auto e = error();
  EXPECT_EQ(e.cause, "model");
  EXPECT_EQ(e.status, 404);
  g_object_set(llm_.get(), "reasoning-effort", "minimal", nullptr);
  gst_element_set_state(llm_.get(), GST_STATE_NULL);
  g_object_set(llm_.get(), "model", "llama3.2", nullptr);
  gst_element_set_state(llm_.get(), GST_STATE_PLAYING);
  gst_harness_set_src_caps_str(harness_, "text/x-raw, format=utf8");
  said(1, "Hello?");
  e = error();
  EXPECT_EQ(e.cause, "request");
  EXPECT_THAT(e.text, HasSubstr("invalid reasoning value"));
}

TEST_F(Server, OllamasModelWithoutTools) {
  begin("ollama", R"({"no_tools":true})", "model=llama3.2 end-call=true");
  said(1, "Hello?");
  EXPECT_THAT(error().text, HasSubstr("does not support tools"));
}

TEST_F(Server, OllamasModelThatHasToBeLoadedFirst) {
  begin("ollama", R"({"delay_ms":400})", "model=llama3.2 first-token-timeout=30000000000");
  EXPECT_EQ(said(1, "Hello?"), "You said: Hello?");
  EXPECT_EQ(stat("retries"), 0u);
}

TEST_F(Server, OpenClawIsToldTheAgent) {
  begin(
      "openclaw", "",
      R"(model=openclaw/default headers="headers,x-openclaw-agent-id=desk,x-openclaw-session-key=(string)call-1")",
      kKey);
  EXPECT_EQ(said(1, "Hello?"), "desk heard: Hello?");
  const auto request = server().last_request();
  EXPECT_EQ(request.find("headers")->find("x-openclaw-session-key")->string, "call-1");
  EXPECT_EQ(request.find("headers")->find("authorization")->string, std::string("Bearer ") + kKey);
}

TEST_F(Server, AnOlderOpenClawEndsWithoutAReason) {
  begin("openclaw", R"({"no_finish":true})", "model=openclaw:desk", kKey);
  EXPECT_EQ(said(1, "Hello?"), "desk heard: Hello?");
  EXPECT_THAT(errors(), IsEmpty());
}

TEST_F(Server, WhatOpenClawRefusesIsTold) {
  begin("openclaw", "", "model=gpt-5.2", kKey);
  said(1, "Hello?");
  EXPECT_EQ(error().cause, "model");
  gst_element_set_state(llm_.get(), GST_STATE_NULL);
  g_object_set(llm_.get(), "api-key", "sk-wrong-token", nullptr);
  gst_element_set_state(llm_.get(), GST_STATE_PLAYING);
  gst_harness_set_src_caps_str(harness_, "text/x-raw, format=utf8");
  said(1, "Hello?");
  const auto e = error();
  EXPECT_EQ(e.cause, "key");
  EXPECT_EQ(e.status, 401);
}

TEST_F(Server, HeadersThatCannotBeSentAreRefused) {
  const std::pair<const char*, const char*> headers[] = {
      {"Authorization", "x"}, {"Content-Length", "5"}, {"x-agent", "a\r\nHost: b"}};
  for (const auto& [name, value] : headers) {
    gstpp::ElementPtr llm{static_cast<GstElement*>(gst_object_ref_sink(gst_parse_launch(
        "openaillm check-model=false model=m base-url=http://127.0.0.1:9", nullptr)))};
    const gstpp::StructurePtr structure{
        gst_structure_new("headers", name, G_TYPE_STRING, value, nullptr)};
    g_object_set(llm.get(), "headers", structure.get(), nullptr);
    EXPECT_EQ(gst_element_set_state(llm.get(), GST_STATE_READY), GST_STATE_CHANGE_FAILURE) << name;
    gst_element_set_state(llm.get(), GST_STATE_NULL);
  }
}

}  // namespace
