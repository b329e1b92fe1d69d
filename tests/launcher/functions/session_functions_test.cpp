// Functions of the supervisor: offered to the agent of a session, called on the main thread,
// answered, and told of when nobody waits any more.
#include "functions/session_functions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../command/jackfield_process.hpp"
#include "agent_element.hpp"

namespace jackfield {
namespace {

using test::noted;
using testing::ElementsAre;
using testing::IsEmpty;

class SessionFunctionsTest : public testing::Test, public FunctionSource {
 protected:
  static void SetUpTestSuite() {
    gst_init(nullptr, nullptr);
    test::register_agent_element();
  }
  void SetUp() override { test::clear_agent_notes(); }
  ~SessionFunctionsTest() override {
    if (!sessions) return;
    sessions->abort_all("test");
    EXPECT_TRUE(wait([&] { return sessions->idle(); }));
  }

  std::vector<SessionFunction> functions_for(const std::string& session,
                                             const std::string& line) override {
    if (line != "desk") return {};
    asked_for.push_back(session);
    const auto start = [this](const FunctionCall& call, auto answer) {
      EXPECT_EQ(g_thread_self(), main_thread);
      calls.push_back(call.session + " " + call.line + " " + call.arguments);
      answers.push_back(answer);
    };
    return {{"ring", R"({"name":"ring"})", start}, {"ask", R"({"name":"ask"})", start}};
  }

  static bool wait(const std::function<bool()>& done) {
    return test::wait_for([&] {
      while (g_main_context_iteration(nullptr, FALSE)) {
      }
      return done();
    });
  }
  static bool answered(std::size_t count) {
    return wait([&] { return noted(&test::AgentNotes::answers).size() >= count; });
  }
  static bool told(std::size_t count) {
    return wait([&] { return noted(&test::AgentNotes::told).size() >= count; });
  }

  void begin(const std::string& line = "desk",
             const std::string& pipeline = "fakesrc is-live=true ! fakesink agentbrain") {
    sessions.emplace(test::agent_sessions(folder, line, pipeline), registry);
    functions->add(*this);
    functions->set_on_trouble(
        [this](const std::string&, const std::string& text) { trouble.push_back(text); });
    functions->add_sessions(*sessions);
    std::string error;
    const auto session = sessions->start({}, error);
    ASSERT_TRUE(session) << error;
    id = session->id();
  }

  void tool_result(const std::string& call_id, bool background, const char* outcome = "ok") {
    const auto session = sessions->find(id);
    ASSERT_TRUE(session);
    gst_element_post_message(
        session->pipeline(),
        gst_message_new_element(
            GST_OBJECT(session->pipeline()),
            gst_structure_new("agentbrain/tool-result", "call-id", G_TYPE_STRING, call_id.c_str(),
                              "outcome", G_TYPE_STRING, outcome, "background", G_TYPE_BOOLEAN,
                              static_cast<gboolean>(background), nullptr)));
  }

  test::TemporaryFolder folder;
  LocalSessionRegistry registry{4};
  std::optional<SessionFunctions> functions{std::in_place};
  std::optional<SessionManager> sessions;
  GThread* main_thread = g_thread_self();
  std::string id;
  std::vector<std::string> asked_for, calls, trouble;
  std::vector<std::function<void(const std::string&)>> answers;
};

TEST_F(SessionFunctionsTest, AreOfferedCalledAndAnswered) {
  begin();
  EXPECT_THAT(asked_for, ElementsAre(id));
  EXPECT_THAT(noted(&test::AgentNotes::offered),
              ElementsAre(R"([{"name":"ring"},{"name":"ask"}])"));
  EXPECT_TRUE(test::model_calls("c1", "ring", R"({"x":1})"));
  EXPECT_FALSE(test::model_calls("c2", "other", "{}"));
  ASSERT_TRUE(wait([&] { return !calls.empty(); }));
  EXPECT_THAT(calls, ElementsAre(id + R"( desk {"x":1})"));
  answers[0]("rung");
  ASSERT_TRUE(answered(1));
  EXPECT_THAT(noted(&test::AgentNotes::answers), ElementsAre("c1: rung"));
  tool_result("c1", false);
  EXPECT_TRUE(functions->tell(id, "late news", false));
  ASSERT_TRUE(told(1));
  EXPECT_THAT(noted(&test::AgentNotes::told), ElementsAre("late news"));
  EXPECT_THAT(trouble, IsEmpty());
}

TEST_F(SessionFunctionsTest, WhatAReplyThatWasCutAskedForIsTold) {
  begin();
  ASSERT_TRUE(test::model_calls("c1", "ring", "{}"));
  ASSERT_TRUE(wait([&] { return !answers.empty(); }));
  answers[0]("rung");
  ASSERT_TRUE(answered(1));
  tool_result("c1", true);
  ASSERT_TRUE(told(1));
  EXPECT_THAT(noted(&test::AgentNotes::told), ElementsAre("rung (speak)"));
}

TEST_F(SessionFunctionsTest, WhatNobodyWaitsForIsTold) {
  begin();
  ASSERT_TRUE(test::model_calls("c1", "ring", "{}"));
  ASSERT_TRUE(wait([&] { return !answers.empty(); }));
  test::agent_notes().waits = false;
  answers[0]("too late");
  ASSERT_TRUE(told(1));
  EXPECT_THAT(noted(&test::AgentNotes::told), ElementsAre("too late (speak)"));
}

TEST_F(SessionFunctionsTest, NothingHappensBehindTheEnd) {
  begin();
  ASSERT_TRUE(test::model_calls("c1", "ring", "{}"));
  ASSERT_TRUE(wait([&] { return !answers.empty(); }));
  sessions->abort_all("test");
  ASSERT_TRUE(wait([&] { return sessions->idle(); }));
  answers[0]("nobody is there");
  EXPECT_FALSE(functions->tell(id, "nor here", true));
  EXPECT_THAT(noted(&test::AgentNotes::answers), IsEmpty());
}

TEST_F(SessionFunctionsTest, AnswersMayOutliveEverything) {
  begin();
  ASSERT_TRUE(test::model_calls("c1", "ring", "{}"));
  ASSERT_TRUE(wait([&] { return !answers.empty(); }));
  sessions->abort_all("test");
  ASSERT_TRUE(wait([&] { return sessions->idle(); }));
  sessions.reset();
  functions.reset();
  answers[0]("nobody is there");
  EXPECT_THAT(noted(&test::AgentNotes::answers), IsEmpty());
}

TEST_F(SessionFunctionsTest, ALineWithoutFunctionsIsLeftAlone) {
  begin("other");
  EXPECT_THAT(noted(&test::AgentNotes::offered), IsEmpty());
  EXPECT_FALSE(test::model_calls("c1", "ring", "{}"));
}

TEST_F(SessionFunctionsTest, WhoCannotCallThemIsTroubleForTheOperator) {
  begin("desk", "fakesrc is-live=true ! fakesink");
  EXPECT_THAT(trouble,
              ElementsAre("the pipeline has no agentbrain that could call the line's functions"));
}

}  // namespace
}  // namespace jackfield
