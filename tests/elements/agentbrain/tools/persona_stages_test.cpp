// The persona of an agent: what its stages take of it, and what the model is told and may do.
#include <glib/gstdio.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "brain_stages.hpp"
#include "fake_server.hpp"
#include "json_serialize.hpp"
#include "trial.hpp"

namespace {

using brain_test::Call;
using test_support::FakeServer;
using testing::HasSubstr;

constexpr const char* kAnna =
    "---\n"
    "name: Anna\n"
    "language: de\n"
    "voice: coral\n"
    "voice.flitetts: rms\n"
    "greeting: Hello, this is ${name} at ${company}.\n"
    "may: book, end_call\n"
    "variable.company: ACME\n"
    "---\n"
    "You are ${name}, who speaks ${language}.\n";

class PersonaStagesTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    gst_init(nullptr, nullptr);
    brain_test::register_stages();
  }
  void SetUp() override {
    brain_test::new_world();
    gchar* folder = g_dir_make_tmp("jackfield-persona-XXXXXX", nullptr);
    folder_ = folder;
    g_free(folder);
  }
  void TearDown() override {
    g_unlink(file("anna.md").c_str());
    g_unlink(file("tools.json").c_str());
    g_rmdir(folder_.c_str());
  }
  std::string file(const char* name) const { return folder_ + "/" + name; }
  void write(const char* name, const std::string& text) { std::ofstream(file(name)) << text; }
  static std::string text(GstElement* agent, const char* stage, const char* property) {
    const gstpp::ElementPtr element{gst_bin_get_by_name(GST_BIN(agent), stage)};
    GValue value = G_VALUE_INIT;
    g_object_get_property(G_OBJECT(element.get()), property, &value);
    const gstpp::CharPtr out{G_VALUE_HOLDS_STRING(&value) ? g_value_dup_string(&value)
                                                          : gst_value_serialize(&value)};
    g_value_unset(&value);
    return out ? out.get() : "";
  }
  // What it says on the way to READY; empty: it gets there.
  std::string mistake(const std::string& properties) {
    gstpp::ErrorPtr wrong;
    const gstpp::ElementPtr agent{
        gst_parse_launch_full(("agentbrain persona=" + file("anna.md") + " " + properties).c_str(),
                              nullptr, GST_PARSE_FLAG_NONE, gstpp::OutPtr{wrong})};
    if (!agent) return wrong->message;
    const gstpp::BusPtr bus{gst_bus_new()};
    gst_element_set_bus(agent.get(), bus.get());
    const bool failed =
        gst_element_set_state(agent.get(), GST_STATE_READY) == GST_STATE_CHANGE_FAILURE;
    const gstpp::MessagePtr message{gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ERROR)};
    std::string text;
    if (failed && message) {
      gst_message_parse_error(message.get(), gstpp::OutPtr{wrong}, nullptr);
      text = wrong->message;
    }
    EXPECT_EQ(failed, !text.empty());
    gst_element_set_state(agent.get(), GST_STATE_NULL);
    gst_element_set_bus(agent.get(), nullptr);
    return text;
  }

  FakeServer server_{"openai_server.py"};
  std::string folder_;
};

TEST_F(PersonaStagesTest, TheModelIsToldAndSaysWhatItIs) {
  write("anna.md", kAnna);
  write("tools.json", R"({"functions":[{"name":"book"},{"name":"burn"}]})");
  const std::string service = " api-key=sk-test-0123456789 base-url=" + server_.base_url();
  Call call("persona=" + file("anna.md") + " tools=" + file("tools.json") +
            " stt=teststt tts=testtts llm=\"openaillm check-model=false model=gpt-5.2" + service +
            "\"");
  server_.script(R"({"text":"Nothing."})");
  call.play();
  const auto greeting = call.wait("agentbrain/reply", 30 * GST_SECOND);
  ASSERT_TRUE(greeting);
  EXPECT_EQ(gstpp::get_string(greeting.get(), "text"), "Hello, this is Anna at ACME.");
  call.say("what is there");
  ASSERT_TRUE(call.wait("agentbrain/reply", 30 * GST_SECOND));
  const std::string asked = jackfield::to_json(server_.last_request("/chat/completions"));
  EXPECT_THAT(asked, HasSubstr("\"You are Anna, who speaks de.\\n\\n\\nYou are on the telephone."));
  EXPECT_THAT(asked, HasSubstr("\"name\":\"book\""));
  EXPECT_THAT(asked, HasSubstr("\"name\":\"end_call\""));
  EXPECT_THAT(asked, testing::Not(HasSubstr("burn")));
}

TEST_F(PersonaStagesTest, StagesTakeWhatTheyHave) {
  write("anna.md", kAnna);
  const gstpp::ElementPtr agent{gst_parse_launch(
      ("agentbrain persona=" + file("anna.md") +
       " stt=\"openaistt model=gpt-4o-transcribe api-key=sk-test-0123456789\" llm=testllm"
       " tts=\"openaitts model=gpt-4o-mini-tts api-key=sk-test-0123456789\" tts-fallback=flitetts")
          .c_str(),
      nullptr)};
  ASSERT_TRUE(agent);
  jackfield::set_trial(agent.get());
  ASSERT_NE(gst_element_set_state(agent.get(), GST_STATE_READY), GST_STATE_CHANGE_FAILURE);
  EXPECT_EQ(text(agent.get(), "stt", "language"), "de");
  EXPECT_EQ(text(agent.get(), "tts", "voice"), "coral");
  EXPECT_EQ(text(agent.get(), "tts-fallback", "voice"), "rms");
  gst_element_set_state(agent.get(), GST_STATE_NULL);
}

TEST_F(PersonaStagesTest, AnAgentCoreTakesItToo) {
  if (!gst_registry_check_feature_version(gst_registry_get(), "agentcorellm", 0, 0, 0))
    GTEST_SKIP() << "built without agentcorellm";
  write("anna.md", kAnna);
  const gstpp::ElementPtr agent{gst_parse_launch(
      ("agentbrain persona=" + file("anna.md") + " stt=teststt llm=agentcorellm tts=testtts")
          .c_str(),
      nullptr)};
  ASSERT_TRUE(agent);
  jackfield::set_trial(agent.get());
  ASSERT_NE(gst_element_set_state(agent.get(), GST_STATE_READY), GST_STATE_CHANGE_FAILURE);
  EXPECT_EQ(text(agent.get(), "llm", "persona"), file("anna.md"));
  EXPECT_EQ(text(agent.get(), "llm", "language"), "de");
  gst_element_set_state(agent.get(), GST_STATE_NULL);
}

TEST_F(PersonaStagesTest, AnAgentCoreIsToldWhoCalls) {
  if (!gst_registry_check_feature_version(gst_registry_get(), "agentcorellm", 0, 0, 0))
    GTEST_SKIP() << "built without agentcorellm";
  const auto ready = [](const std::string& properties) {
    gstpp::ElementPtr agent{gst_parse_launch(
        ("agentbrain stt=teststt tts=testtts llm=\"identity ! agentcorellm name=core caller=own\" "
         "llm-fallback=agentcorellm " +
         properties)
            .c_str(),
        nullptr)};
    jackfield::set_trial(agent.get());
    EXPECT_NE(gst_element_set_state(agent.get(), GST_STATE_READY), GST_STATE_CHANGE_FAILURE);
    return agent;
  };
  const auto told = [](GstElement* agent) {
    return text(agent, "core", "caller") + "|" + text(agent, "llm-fallback", "caller");
  };
  const gstpp::ElementPtr agent = ready("");
  EXPECT_EQ(told(agent.get()), "own|");
  for (const auto& [given, known] :
       {std::pair{"+1 (555) 000-1111", "+15550001111"}, std::pair{"anonymous", ""},
        std::pair{"browser:Anna", "browser:Anna"}, std::pair{"+266696687", ""},
        std::pair{"client:Bert", "client:Bert"}, std::pair{"", ""}}) {
    g_object_set(agent.get(), "caller", given, nullptr);
    EXPECT_EQ(told(agent.get()), std::string(known) + "|" + known) << given;
  }
  // When there are no stages yet.
  const gstpp::ElementPtr next = ready("caller=sip:anna@example.com");
  EXPECT_EQ(told(next.get()), "sip:anna@example.com|sip:anna@example.com");
  for (const auto& made : {agent.get(), next.get()}) gst_element_set_state(made, GST_STATE_NULL);
}

TEST_F(PersonaStagesTest, ItsNameIsWhatItAnswersTo) {
  write("anna.md", "---\nname: Anna\n---\n");
  EXPECT_EQ(mistake("answer-when=named stt=teststt llm=testllm tts=testtts"), "");
  write("anna.md", "");
  EXPECT_THAT(mistake("answer-when=named stt=teststt llm=testllm tts=testtts"), HasSubstr("names"));
}

TEST_F(PersonaStagesTest, MistakesAreToldBeforeTheCall) {
  const std::string stages = "stt=teststt llm=testllm tts=flitetts";
  EXPECT_THAT(mistake(stages), HasSubstr("The persona cannot be read"));
  write("anna.md", "---\nnam: Anna\n---\n");
  EXPECT_THAT(mistake(stages), HasSubstr("anna.md:2:1: there is no \"nam\""));
  write("anna.md", "---\nvoice: nobody\n---\n");
  EXPECT_THAT(mistake(stages), HasSubstr("flitetts has no voice \"nobody\""));
  write("anna.md", "---\nname: Anna\n---\n\nYou are ${nam}.\n");
  EXPECT_THAT(mistake("stt=teststt tts=testtts llm=\"openaillm model=x api-key=sk-test-0123456789"
                      " check-model=false base-url=" +
                      server_.base_url() + "\""),
              HasSubstr("anna.md:5:9:"));
}

}  // namespace
