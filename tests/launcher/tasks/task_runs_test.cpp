// Tasks and who starts them, with sessions whose element takes a goal and does nothing: bounds, a
// flood of orders, what a model may start by voice, and a stop.
#include "tasks/task_runs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../command/jackfield_process.hpp"
#include "../functions/agent_element.hpp"
#include "functions/session_functions.hpp"
#include "tasks/task_functions.hpp"

namespace jackfield {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

void init_goal_class(gpointer klass, gpointer) {
  auto* object = G_OBJECT_CLASS(klass);
  object->set_property = [](GObject*, guint, const GValue*, GParamSpec*) {};
  g_object_class_install_property(
      object, 1,
      g_param_spec_string("goal", "Goal", "What is to be done", nullptr,
                          static_cast<GParamFlags>(G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS)));
  gst_element_class_set_static_metadata(GST_ELEMENT_CLASS(klass), "Goal", "Generic", "A test",
                                        "Jackfield");
}

void register_goal_element() {
  GTypeInfo info{};
  info.class_size = sizeof(GstElementClass);
  info.class_init = init_goal_class;
  info.instance_size = sizeof(GstElement);
  gst_element_register(
      nullptr, "testgoal", GST_RANK_NONE,
      g_type_register_static(GST_TYPE_ELEMENT, "TestGoal", &info, static_cast<GTypeFlags>(0)));
}

class TaskRunsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    gst_init(nullptr, nullptr);
    test::register_agent_element();
    register_goal_element();
  }
  void SetUp() override {
    auto& notes = test::agent_notes();
    notes.offered.clear(), notes.answers.clear(), notes.told.clear();
    notes.waits = true;
    std::string error;
    ASSERT_TRUE(history.open(folder.path() + "/state.sqlite", error)) << error;
  }
  ~TaskRunsTest() override {
    if (call) call->abort_all("test");
    if (runs) runs->end_all("test"), runs->abort_all("test");
    EXPECT_TRUE(wait([&] { return (!runs || runs->idle()) && (!call || call->idle()); }));
  }

  static bool wait(const std::function<bool()>& done) {
    return test::wait_for([&] {
      while (g_main_context_iteration(nullptr, FALSE)) {
      }
      return done();
    });
  }

  PipelineFile file(const std::string& name, const std::string& text) {
    folder.write(name, text);
    std::string error;
    return PipelineFile::read(folder.path() + "/" + name, error).value();
  }

  void begin(TaskRuns::Config config, unsigned at_a_time) {
    config.recordings = folder.path();
    std::vector<TaskSettings> tasks;
    for (const char* name : {"look", "secret"})
      tasks.push_back({.name = name,
                       .description = "Looks something up",
                       .goal = "",
                       .max_running = at_a_time,
                       .file = file("task.gst", "fakesrc is-live=true ! fakesink testgoal"),
                       .variables = {}});
    runs.emplace(config, std::move(tasks), history);
    runs->add_listener([this](const TaskRun& run) {
      told.push_back(std::to_string(run.id) + " " + run.state());
      most_running = std::max(most_running, runs->running());
    });
  }

  std::optional<std::int64_t> start(const std::string& goal = "look") {
    return runs->start({.task = "look", .goal = goal}, why);
  }

  // The element of the run's session has a result.
  void finish(std::int64_t id, const char* text) {
    const auto run = history.find(id);
    ASSERT_TRUE(run && run->started);
    const auto session = runs->find(run->task)->sessions.find(run->session);
    ASSERT_TRUE(session);
    gst_element_post_message(
        session->pipeline(),
        gst_message_new_element(GST_OBJECT(session->pipeline()),
                                gst_structure_new("agentloop/result", "outcome", G_TYPE_STRING,
                                                  "done", "text", G_TYPE_STRING, text, nullptr)));
    session->end("end of the test's element");
    ASSERT_TRUE(wait([&] { return history.find(id)->ended.has_value(); }));
  }

  std::vector<TaskRun> all() {
    return history.list({.task = {}, .schedule = {}, .caller = {}, .before = {}, .limit = 1000});
  }
  std::size_t count(const char* state) {
    const auto known = all();
    return static_cast<std::size_t>(std::count_if(known.begin(), known.end(), [&](const auto& run) {
      return std::string_view{run.state()} == state;
    }));
  }

  // A call whose agent may start "look".
  void begin_call() {
    functions.emplace();
    task_functions.emplace(TaskFunctions::Lines{{"desk", {"look"}}}, *runs, *functions);
    functions->add(*task_functions);
    call.emplace(SessionManager::Config{.line = "desk",
                                        .kind = "once",
                                        .file = file("desk.gst",
                                                     "fakesrc is-live=true ! fakesink agentbrain"),
                                        .variables = {},
                                        .recordings = folder.path(),
                                        .limits = {}},
                 registry);
    functions->add_sessions(*call);
    std::string error;
    const auto session = call->start({}, error);
    ASSERT_TRUE(session) << error;
    call_id = session->id();
  }
  // The model calls start_task; what it is answered, without the call's id.
  std::string ask(const std::string& arguments = R"({"task":"look","goal":"the weather"})") {
    const std::size_t before = noted(&test::AgentNotes::answers).size();
    EXPECT_TRUE(test::model_calls("c", "start_task", arguments));
    EXPECT_TRUE(wait([&] { return noted(&test::AgentNotes::answers).size() > before; }));
    return noted(&test::AgentNotes::answers).back().substr(3);
  }
  static std::vector<std::string> noted(std::vector<std::string> test::AgentNotes::*which) {
    const std::lock_guard guard(test::agent_notes().lock);
    return test::agent_notes().*which;
  }

  test::TemporaryFolder folder;
  RunHistory history;
  LocalSessionRegistry registry{4};
  std::optional<TaskRuns> runs;
  std::optional<SessionFunctions> functions;
  std::optional<TaskFunctions> task_functions;
  std::optional<SessionManager> call;
  std::string call_id;
  TaskRuns::Refusal why;
  std::vector<std::string> told;
  std::size_t most_running = 0;
};

TEST_F(TaskRunsTest, WhatWaitsIsToldAndBeginsInItsTurn) {
  begin({.max_running = 4, .max_waiting = 4, .recordings = {}}, 1);
  const auto first = start(), second = start(), third = start();
  ASSERT_TRUE(first && second && third);
  EXPECT_THAT(told, ElementsAre("1 running", "2 waiting", "3 waiting"));
  ASSERT_NO_FATAL_FAILURE(finish(*first, "It rains."));
  ASSERT_NO_FATAL_FAILURE(finish(*second, "It snows."));
  EXPECT_THAT(told, ElementsAre("1 running", "2 waiting", "3 waiting", "1 ended", "2 running",
                                "2 ended", "3 running"));
  EXPECT_EQ(history.find(*second)->text, "It snows.");
  EXPECT_EQ(most_running, 1u);
}

TEST_F(TaskRunsTest, AFloodOfOrdersIsRefusedAndLeavesNothing) {
  begin({.max_running = 2, .max_waiting = 3, .recordings = {}}, 2);
  std::size_t accepted = 0;
  for (int i = 0; i < 500; ++i) {
    if (start("order " + std::to_string(i))) {
      ++accepted;
    } else {
      EXPECT_STREQ(why.code, "busy");
      EXPECT_THAT(why.text, HasSubstr("max-waiting-tasks"));
    }
    if (i % 50 == 0) g_main_context_iteration(nullptr, FALSE);
  }
  EXPECT_EQ(accepted, 5u);
  EXPECT_EQ(count("running"), 2u);
  EXPECT_EQ(count("waiting"), 3u);
  EXPECT_THAT(all(), SizeIs(5));
  // Those that were accepted are done, in their order.
  for (std::int64_t id = 1; id <= 5; ++id) ASSERT_NO_FATAL_FAILURE(finish(id, "done"));
  for (std::int64_t id = 1; id <= 5; ++id) {
    EXPECT_EQ(history.find(id)->outcome, "done");
    EXPECT_EQ(history.find(id)->goal, "order " + std::to_string(id - 1));
  }
  EXPECT_EQ(most_running, 2u);
  EXPECT_TRUE(start());
}

TEST_F(TaskRunsTest, WhoIsToldMayCancel) {
  begin({.max_running = 1, .max_waiting = 4, .recordings = {}}, 1);
  runs->add_listener([this](const TaskRun& run) {
    if (!run.started && !run.ended) runs->cancel(run.id, "not needed");
  });
  ASSERT_TRUE(start());
  const auto second = start();
  ASSERT_TRUE(second);
  EXPECT_EQ(history.find(*second)->outcome, "cancelled");
  EXPECT_EQ(runs->waiting(), 0u);
}

TEST_F(TaskRunsTest, AStopCancelsWhatWaitsAndThenWhatRuns) {
  begin({.max_running = 1, .max_waiting = 4, .recordings = {}}, 1);
  const auto first = start(), second = start();
  ASSERT_TRUE(first && second);
  runs->end_all("shutdown");
  EXPECT_EQ(history.find(*second)->outcome, "cancelled");
  EXPECT_STREQ(history.find(*first)->state(), "running");
  EXPECT_FALSE(start());
  EXPECT_STREQ(why.code, "stopping");
  runs->drained();
  ASSERT_TRUE(wait([&] { return runs->idle(); }));
  EXPECT_EQ(history.find(*first)->outcome, "cancelled");
}

TEST_F(TaskRunsTest, WhatHasEndedIsKnownThoughTheFileIsHeld) {
  begin({.max_running = 1, .max_waiting = 4, .recordings = {}}, 1);
  const auto first = start(), second = start();
  ASSERT_TRUE(first && second);
  SqliteDatabase holder;
  std::string error;
  ASSERT_TRUE(holder.open(folder.path() + "/state.sqlite", error)) << error;
  ASSERT_TRUE(holder.execute("BEGIN IMMEDIATE"));
  ASSERT_NO_FATAL_FAILURE(finish(*first, "It rains."));
  EXPECT_STREQ(history.find(*second)->state(), "running");
  EXPECT_FALSE(start());
  EXPECT_STREQ(why.code, "no-state");
  ASSERT_TRUE(holder.execute("COMMIT"));
  runs->say_alive();
  RunHistory other;
  ASSERT_TRUE(other.open(folder.path() + "/state.sqlite", error)) << error;
  EXPECT_EQ(other.find(*first)->text, "It rains.");
  EXPECT_EQ(other.find(*second)->session, history.find(*second)->session);
}

TEST_F(TaskRunsTest, ByVoiceThreeAtATimeAndTenInACall) {
  begin({.max_running = 100, .max_waiting = 100, .recordings = {}}, 100);
  ASSERT_NO_FATAL_FAILURE(begin_call());
  EXPECT_EQ(ask(R"({"task":"secret","goal":"x"})"), "There is no such task.");
  EXPECT_THAT(ask(R"({"task":"look","goal":""})"),
              StartsWith("Not started: this task has no goal"));
  EXPECT_THAT(ask(R"({"task":"look","goal":")" + std::string(9000, 'x') + "\"}"),
              StartsWith("Not started: a goal is UTF-8 text"));
  EXPECT_THAT(all(), IsEmpty());
  for (int i = 0; i < 3; ++i) EXPECT_THAT(ask(), HasSubstr("has been started"));
  EXPECT_THAT(ask(), HasSubstr("have not ended yet"));
  for (std::int64_t id = 1; id <= 10; ++id) {
    EXPECT_EQ(history.find(id)->caller, call_id);
    ASSERT_NO_FATAL_FAILURE(finish(id, ("Result " + std::to_string(id)).c_str()));
    if (id <= 7) {
      EXPECT_THAT(ask(), HasSubstr("has been started"));
    }
  }
  EXPECT_THAT(ask(), HasSubstr("as many tasks as a call may"));
  EXPECT_THAT(all(), SizeIs(10));
  // Each result once.
  ASSERT_TRUE(wait([&] { return noted(&test::AgentNotes::told).size() >= 10; }));
  const auto results = noted(&test::AgentNotes::told);
  EXPECT_THAT(results, SizeIs(10));
  for (std::size_t i = 0; i < results.size(); ++i)
    EXPECT_THAT(results[i], AllOf(HasSubstr("has ended: done. Result: Result"),
                                  EndsWith(std::to_string(i + 1) + " (speak)")));
}

TEST_F(TaskRunsTest, AModelThatCallsAndCallsStartsNoMore) {
  begin({.max_running = 100, .max_waiting = 100, .recordings = {}}, 1);
  ASSERT_NO_FATAL_FAILURE(begin_call());
  constexpr std::size_t kCalls = 50;
  for (std::size_t i = 0; i < kCalls; ++i)
    ASSERT_TRUE(test::model_calls("c" + std::to_string(i), "start_task",
                                  R"({"task":"look","goal":"the weather"})"));
  ASSERT_TRUE(wait([&] { return noted(&test::AgentNotes::answers).size() == kCalls; }));
  EXPECT_EQ(count("running"), 1u);
  EXPECT_EQ(count("waiting"), 2u);
  EXPECT_THAT(all(), SizeIs(3));
}

}  // namespace
}  // namespace jackfield
