// agentloop with a scripted model: limits, flushes, failures, tools that hang.
#include <glib/gstdio.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "gstpp.hpp"
#include "turn_events.hpp"
#include "working_llm.hpp"

namespace {

using test_support::new_working_llms;
using test_support::working_llm;
using test_support::WorkingLlm;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kFunctions[] =
    R"({"functions":[{"name":"look","description":"Looks.","parameters":{"type":"object",
       "properties":{"at":{"type":"string"}}},"timeout":20}]})";

std::string text(const gstpp::StructurePtr& s, const char* field) {
  return s ? gstpp::get_string(s.get(), field) : "(none)";
}

std::string as_text(GstBuffer* buffer) {
  const gstpp::MappedBuffer map(buffer, GST_MAP_READ);
  return {reinterpret_cast<const char*>(map.data()), map.size()};
}

template <typename F>
bool until(F&& condition) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

class AgentLoopElementTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    gst_init(nullptr, nullptr);
    test_support::register_working_llms();
  }
  void SetUp() override {
    new_working_llms();
    gchar* folder = g_dir_make_tmp("jackfield-loop-XXXXXX", nullptr);
    folder_ = folder;
    g_free(folder);
  }
  void TearDown() override {
    if (pipeline_) gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
    pipeline_.reset();
    bus_.reset();
    for (const char* file : {"tools.json", "prices.json", "result.txt"})
      g_unlink((folder_ + "/" + file).c_str());
    g_rmdir(folder_.c_str());
  }

  std::string write(const char* name, const std::string& text) {
    const std::string path = folder_ + "/" + name;
    std::ofstream(path) << text;
    return path;
  }
  void script(std::vector<WorkingLlm::Request> requests) {
    const std::lock_guard guard(working_llm().lock);
    working_llm().script.assign(requests.begin(), requests.end());
  }

  GstElement* make(const std::string& description) {
    gstpp::ErrorPtr error;
    GstElement* raw = gst_parse_launch(description.c_str(), gstpp::OutPtr{error});
    EXPECT_FALSE(error) << error->message;
    pipeline_.reset(static_cast<GstElement*>(gst_object_ref_sink(raw)));
    bus_.reset(gst_element_get_bus(pipeline_.get()));
    const gstpp::ElementPtr loop{gst_bin_get_by_name(GST_BIN(pipeline_.get()), "loop")};
    g_signal_connect(loop.get(), "tool-call",
                     G_CALLBACK(+[](GstElement* element, const gchar* id, const gchar*,
                                    const gchar* arguments, gpointer data) -> gboolean {
                       auto* self = static_cast<AgentLoopElementTest*>(data);
                       if (!self->takes_) return FALSE;
                       if (!self->answers_) return TRUE;
                       gboolean waited = FALSE;
                       g_signal_emit_by_name(element, "tool-result", id, arguments, &waited);
                       return waited;
                     }),
                     this);
    return loop.get();
  }
  bool play() {
    return gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE;
  }
  // On a goal, into a file.
  void work(const std::string& properties) {
    make("agentloop name=loop llm=workingllm goal=\"Find out.\" " + properties +
         " ! filesink async=false location=" + folder_ + "/result.txt");
    EXPECT_TRUE(play());
  }
  // Questions that are pushed; of turn 0: by somebody who knows nothing of turns.
  void serve(const std::string& properties) {
    make(
        "appsrc is-live=true format=time caps=text/x-raw,format=utf8 ! agentloop name=loop "
        "llm=workingllm " +
        properties + " ! fakesink name=out sync=false async=false signal-handoffs=true");
    const gstpp::ElementPtr out{gst_bin_get_by_name(GST_BIN(pipeline_.get()), "out")};
    g_signal_connect(out.get(), "handoff",
                     G_CALLBACK(+[](GstElement*, GstBuffer* buffer, GstPad*, gpointer data) {
                       auto* self = static_cast<AgentLoopElementTest*>(data);
                       const std::string text = as_text(buffer);
                       const std::lock_guard guard(self->lock_);
                       self->said_.push_back(text);
                     }),
                     this);
    const gstpp::PadPtr pad{gst_element_get_static_pad(out.get(), "sink")};
    gst_pad_add_probe(
        pad.get(),
        static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM |
                                     GST_PAD_PROBE_TYPE_EVENT_FLUSH),
        [](GstPad*, GstPadProbeInfo* info, gpointer data) {
          auto* self = static_cast<AgentLoopElementTest*>(data);
          GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
          const std::lock_guard guard(self->lock_);
          if (GST_EVENT_TYPE(event) == GST_EVENT_FLUSH_STOP) ++self->flush_stops_;
          if (const auto end = jackfield::parse_reply_end(event))
            self->said_.push_back("end " + std::to_string(end->turn_id));
          return GST_PAD_PROBE_OK;
        },
        this, nullptr);
    EXPECT_TRUE(play());
    EXPECT_EQ(gst_element_get_state(pipeline_.get(), nullptr, nullptr, 20 * GST_SECOND),
              GST_STATE_CHANGE_SUCCESS);
    // appsrc begins in a thread of its own; its pad is the test's from then on.
    const gstpp::PadPtr sink = loop_sink();
    EXPECT_TRUE(until([&] {
      return gstpp::EventPtr{gst_pad_get_sticky_event(sink.get(), GST_EVENT_STREAM_START, 0)} !=
             nullptr;
    }));
  }
  gstpp::PadPtr loop_sink() {
    const gstpp::ElementPtr loop{gst_bin_get_by_name(GST_BIN(pipeline_.get()), "loop")};
    return gstpp::PadPtr{gst_element_get_static_pad(loop.get(), "sink")};
  }
  void ask(const std::string& question, guint turn) {
    const gstpp::PadPtr sink = loop_sink();
    const gstpp::PadPtr src{gst_pad_get_peer(sink.get())};
    if (turn > 0)
      gst_pad_push_event(src.get(), jackfield::make_event(jackfield::TurnStart{.turn_id = turn}));
    EXPECT_EQ(gst_pad_push(src.get(), gst_buffer_new_memdup(question.data(), question.size())),
              GST_FLOW_OK);
    if (turn > 0)
      gst_pad_push_event(src.get(), jackfield::make_event(jackfield::TurnEnd{.turn_id = turn}));
  }
  void flush() {
    const gstpp::PadPtr sink = loop_sink();
    gst_pad_send_event(sink.get(), gst_event_new_flush_start());
    gst_pad_send_event(sink.get(), gst_event_new_flush_stop(FALSE));
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_pad_send_event(sink.get(), gst_event_new_segment(&segment));
  }
  std::vector<std::string> said() {
    const std::lock_guard guard(lock_);
    return said_;
  }

  // The next one of that name, or of the other.
  gstpp::StructurePtr wait(const char* name, const char* other = "") {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (std::chrono::steady_clock::now() < give_up) {
      const gstpp::MessagePtr message{gst_bus_timed_pop_filtered(
          bus_.get(), 20 * GST_MSECOND,
          static_cast<GstMessageType>(GST_MESSAGE_ELEMENT | GST_MESSAGE_EOS | GST_MESSAGE_ERROR))};
      if (!message) continue;
      if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_ERROR) {
        gstpp::ErrorPtr error;
        gst_message_parse_error(message.get(), gstpp::OutPtr{error}, nullptr);
        error_ = error->message;
        if (g_str_equal(name, "error")) return gstpp::StructurePtr{gst_structure_new_empty("e")};
        ADD_FAILURE() << error->message;
        return nullptr;
      }
      if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_EOS) {
        if (g_str_equal(name, "eos")) return gstpp::StructurePtr{gst_structure_new_empty("e")};
        continue;
      }
      const GstStructure* found = gst_message_get_structure(message.get());
      if (gst_structure_has_name(found, name) || gst_structure_has_name(found, other))
        return gstpp::StructurePtr{gst_structure_copy(found)};
    }
    return nullptr;
  }
  std::string result_file() {
    gchar* raw = nullptr;
    g_file_get_contents((folder_ + "/result.txt").c_str(), &raw, nullptr, nullptr);
    const gstpp::CharPtr text{raw};
    return text ? text.get() : "(none)";
  }
  guint64 stat(const char* name) {
    const gstpp::ElementPtr loop{gst_bin_get_by_name(GST_BIN(pipeline_.get()), "loop")};
    GstStructure* raw = nullptr;
    g_object_get(loop.get(), "stats", &raw, nullptr);
    const gstpp::StructurePtr stats{raw};
    return gstpp::get_uint64(stats.get(), name, G_MAXUINT64);
  }

  std::string folder_;
  gstpp::ElementPtr pipeline_;
  gstpp::BusPtr bus_;
  std::string error_;
  std::atomic<bool> takes_{true}, answers_{true};
  std::mutex lock_;
  std::vector<std::string> said_;
  int flush_stops_ = 0;
};

TEST_F(AgentLoopElementTest, WorksOnItsGoalAndEnds) {
  script({WorkingLlm::calling("look", R"({"at":"noon"})", "Let me see."),
          WorkingLlm::saying("It is|twelve.")});
  work("max-steps=5 instructions=\"Be quick.\" tools=" + write("tools.json", kFunctions));
  const auto call = wait("agentloop/tool-call");
  EXPECT_EQ(text(call, "name"), "look");
  EXPECT_EQ(text(call, "arguments"), R"({"at":"noon"})");
  EXPECT_EQ(text(wait("agentloop/tool-result"), "outcome"), "ok");
  const auto result = wait("agentloop/result");
  EXPECT_EQ(text(result, "outcome"), "done");
  EXPECT_EQ(text(result, "text"), "It is twelve.");
  EXPECT_EQ(gstpp::get_uint(result.get(), "steps", 0), 2u);
  EXPECT_EQ(gstpp::get_uint64(result.get(), "input-tokens", 0), 2u);
  EXPECT_TRUE(wait("eos"));
  EXPECT_EQ(result_file(), "It is twelve.\n");
  const std::lock_guard guard(working_llm().lock);
  EXPECT_THAT(working_llm().questions, ElementsAre("Find out."));
  EXPECT_THAT(working_llm().told, ElementsAre(R"({"at":"noon"})"));
  EXPECT_EQ(working_llm().instructions, "Be quick.");
  EXPECT_EQ(working_llm().rounds, 5u);
  EXPECT_THAT(working_llm().offered.at(0), HasSubstr("look"));
}

// Who could agree is not there.
TEST_F(AgentLoopElementTest, WhatACallerHasToAgreeToIsRefused) {
  const WorkingLlm::Request send = WorkingLlm::calling("send", "{}", "I send it.");
  script({send, send, WorkingLlm::saying("I may not.")});
  work("tools=" + write("tools.json", R"({"functions":[{"name":"send","confirm":true}]})"));
  EXPECT_EQ(text(wait("agentloop/tool-result"), "outcome"), "refused");
  EXPECT_EQ(text(wait("agentloop/tool-result"), "text"),
            "it needs a caller's agreement, and there is no caller here");
  EXPECT_EQ(text(wait("agentloop/result"), "text"), "I may not.");
  const std::lock_guard guard(working_llm().lock);
  EXPECT_THAT(working_llm().told.at(0), HasSubstr("there is no caller here"));
}

TEST_F(AgentLoopElementTest, WhoTheModelIsMayStandInItsDescription) {
  script({WorkingLlm::saying("Yes.")});
  make("agentloop name=loop llm=\"workingllm instructions=mine\" goal=go ! fakesink async=false");
  EXPECT_TRUE(play());
  EXPECT_TRUE(wait("eos"));
  const std::lock_guard guard(working_llm().lock);
  EXPECT_EQ(working_llm().instructions, "mine");
}

TEST_F(AgentLoopElementTest, AWorkWithoutEndEndsByItsSteps) {
  script({WorkingLlm::calling("look"), WorkingLlm::calling("look"), WorkingLlm::calling("look"),
          WorkingLlm::saying("As far as I got.")});
  work("max-steps=3 tools=" + write("tools.json", kFunctions));
  const auto result = wait("agentloop/result");
  EXPECT_EQ(text(result, "outcome"), "steps");
  EXPECT_EQ(text(result, "text"), "As far as I got.");
  EXPECT_TRUE(wait("eos"));
  const std::lock_guard guard(working_llm().lock);
  ASSERT_EQ(working_llm().told.size(), 3u);
  EXPECT_THAT(working_llm().told[2], HasSubstr("steps for this task are used up"));
  EXPECT_EQ(working_llm().offered.back(), "[]");
  EXPECT_EQ(stat("calls-refused"), 1u);
  EXPECT_EQ(stat("tool-calls"), 2u);
}

TEST_F(AgentLoopElementTest, AModelThatNeverConcludesIsCut) {
  script({WorkingLlm::calling("look", "{}", "Still at it.")});
  work("max-steps=4 tools=" + write("tools.json", kFunctions));
  const auto result = wait("agentloop/result");
  EXPECT_EQ(text(result, "outcome"), "steps");
  EXPECT_TRUE(wait("eos"));
  EXPECT_EQ(result_file(), "Still at it.\n");
  const std::lock_guard guard(working_llm().lock);
  EXPECT_EQ(working_llm().requests, 5);
}

TEST_F(AgentLoopElementTest, AWorkWithoutEndEndsByItsCost) {
  script({WorkingLlm::calling("look")});
  work("max-cost=4 prices=" +
       write("prices.json", R"({"currency":"EUR","models":{"m":{"input":1000000,"output":0}}})") +
       " tools=" + write("tools.json", kFunctions));
  const auto result = wait("agentloop/result");
  EXPECT_EQ(text(result, "outcome"), "cost");
  EXPECT_EQ(text(result, "currency"), "EUR");
  double cost = 0;
  gst_structure_get_double(result.get(), "cost", &cost);
  EXPECT_DOUBLE_EQ(cost, 5);
  EXPECT_TRUE(wait("eos"));
}

TEST_F(AgentLoopElementTest, AToolThatHangsEndsByTheTime) {
  answers_ = false;
  script({WorkingLlm::calling("look"), WorkingLlm::saying("It does not look.")});
  work("max-time=300000000 tools=" + write("tools.json", kFunctions));
  const auto tool = wait("agentloop/tool-result");
  EXPECT_EQ(text(tool, "outcome"), "cancelled");
  EXPECT_EQ(text(tool, "text"), "a limit is reached");
  const auto result = wait("agentloop/result");
  EXPECT_EQ(text(result, "outcome"), "time");
  EXPECT_EQ(text(result, "text"), "It does not look.");
  EXPECT_TRUE(wait("eos"));
  const std::lock_guard guard(working_llm().lock);
  EXPECT_THAT(working_llm().told, ElementsAre(HasSubstr("the time for this task is over")));
}

TEST_F(AgentLoopElementTest, AModelThatHangsIsCut) {
  script({{.text = "", .hangs = true}});
  work("max-time=200000000 grace=200000000");
  const auto result = wait("agentloop/result");
  EXPECT_EQ(text(result, "outcome"), "time");
  EXPECT_GE(gstpp::get_uint64(result.get(), "duration", 0), 400 * GST_MSECOND);
  EXPECT_TRUE(wait("eos"));
  EXPECT_EQ(result_file(), "");
}

TEST_F(AgentLoopElementTest, AModelThatHeedsNothingHoldsUpNoMessage) {
  {
    const std::lock_guard guard(working_llm().lock);
    working_llm().deaf = true;
  }
  script({{.text = "", .hangs = true}});
  work("max-time=200000000 grace=200000000");
  EXPECT_EQ(text(wait("agentloop/result"), "outcome"), "time");
  {
    const std::lock_guard guard(working_llm().lock);
    working_llm().deaf = false;
  }
  EXPECT_TRUE(wait("eos"));
}

TEST_F(AgentLoopElementTest, AFailureIsToldAndNoResult) {
  script({{.text = "I am sorry.", .error = "nothing left"}});
  work("");
  const auto result = wait("agentloop/result");
  EXPECT_EQ(text(result, "outcome"), "failed");
  EXPECT_EQ(text(result, "text"), "quota: nothing left");
  EXPECT_TRUE(wait("eos"));
  EXPECT_EQ(result_file(), "");
}

TEST_F(AgentLoopElementTest, AStageThatBreaksFailsTheWorkOnly) {
  script({{.text = "", .breaks = true}});
  work("");
  EXPECT_EQ(text(wait("agentloop/error"), "text"), "no thoughts today");
  EXPECT_EQ(text(wait("agentloop/result"), "outcome"), "failed");
  EXPECT_TRUE(wait("eos"));
}

TEST_F(AgentLoopElementTest, ToolsAreKnownBeforeTheWorkBegins) {
  script({WorkingLlm::saying("Yes.")});
  work("tools=" +
       write("tools.json", R"({"mcpServers":{"rude":{"command":"/usr/bin/python3","args":[")" +
                               std::string(g_getenv("JACKFIELD_SOURCE_DIR")) +
                               R"(/tests/support/mcp/rude_server.py","hang"]},
                                          "gone":{"command":"/nowhere/at/all"}}})"));
  EXPECT_TRUE(wait("eos"));
  const std::lock_guard guard(working_llm().lock);
  EXPECT_THAT(working_llm().offered, ElementsAre(HasSubstr("\"work\"")));
}

TEST_F(AgentLoopElementTest, ObeysTheContractOfAStage) {
  script({WorkingLlm::saying("One.|Two."), WorkingLlm::saying("Three.")});
  serve("");
  ask("First?", 7);
  EXPECT_TRUE(until([&] { return said().size() == 3; }));
  EXPECT_THAT(said(), ElementsAre("One.", "Two.", "end 7"));
  const gstpp::PadPtr sink = loop_sink();
  const gstpp::PadPtr src{gst_pad_get_peer(sink.get())};
  gst_pad_push_event(src.get(),
                     jackfield::make_event(jackfield::Heard{.turn_id = 7, .text = "One."}));
  // Silence is not answered.
  gst_pad_push_event(src.get(), jackfield::make_event(jackfield::TurnEnd{.turn_id = 8}));
  EXPECT_TRUE(until([&] { return said().size() == 4; }));
  ask("Second?", 9);
  EXPECT_TRUE(until([&] { return said().size() == 6; }));
  EXPECT_THAT(said(), ElementsAre("One.", "Two.", "end 7", "end 8", "Three.", "end 9"));
  const std::lock_guard guard(working_llm().lock);
  EXPECT_THAT(working_llm().heard, ElementsAre("One."));
  EXPECT_EQ(stat("runs"), 2u);
}

TEST_F(AgentLoopElementTest, EachTextIsAQuestionForWhoKnowsNoTurns) {
  script({WorkingLlm::saying("One."), WorkingLlm::saying("Two.")});
  serve("");
  ask("First?", 0);
  ask("Second?", 0);
  EXPECT_TRUE(until([&] { return said().size() == 4; }));
  EXPECT_THAT(said(), ElementsAre("One.", "end 1", "Two.", "end 2"));
  const std::lock_guard guard(working_llm().lock);
  EXPECT_THAT(working_llm().questions, ElementsAre("First?", "Second?"));
}

TEST_F(AgentLoopElementTest, AFlushCancelsEverything) {
  answers_ = false;
  script({WorkingLlm::calling("look"), WorkingLlm::saying("Something else.")});
  serve("tools=" + write("tools.json", kFunctions));
  ask("First?", 1);
  ASSERT_TRUE(wait("agentloop/tool-call"));
  flush();
  // Each in a thread of its own.
  std::set<std::string> told;
  for (int i = 0; i < 2; ++i) {
    const auto message = wait("agentloop/tool-result", "agentloop/result");
    EXPECT_EQ(text(message, "outcome"), "cancelled");
    if (message) told.insert(gst_structure_get_name(message.get()));
  }
  EXPECT_EQ(told.size(), 2u);
  ask("Second?", 2);
  EXPECT_EQ(text(wait("agentloop/result"), "outcome"), "done");
  EXPECT_TRUE(until([&] { return said().size() == 2; }));
  EXPECT_THAT(said(), ElementsAre("Something else.", "end 2"));
  const std::lock_guard guard(lock_);
  EXPECT_EQ(flush_stops_, 1);
}

TEST_F(AgentLoopElementTest, FlushesAtAnyTimeLoseNothingThatComesAfter) {
  script({WorkingLlm::calling("look"), WorkingLlm::saying("Yes.")});
  serve("tools=" + write("tools.json", kFunctions));
  for (guint turn = 1; turn <= 60; ++turn) {
    script({WorkingLlm::calling("look"), WorkingLlm::saying("wrong " + std::to_string(turn))});
    ask("Question", 2 * turn);
    if (turn % 3) std::this_thread::sleep_for(std::chrono::microseconds(40 * turn));
    flush();
    const std::string right = "right " + std::to_string(turn);
    {
      const std::lock_guard guard(lock_);
      said_.clear();
    }
    script({WorkingLlm::saying(right)});
    ask("Question", 2 * turn + 1);
    ASSERT_TRUE(until([&] {
      const auto all = said();
      return !all.empty() && all.back() == "end " + std::to_string(2 * turn + 1);
    })) << turn;
    EXPECT_THAT(said(), ElementsAre(right, "end " + std::to_string(2 * turn + 1)));
  }
}

TEST_F(AgentLoopElementTest, IsUsedAgain) {
  script({WorkingLlm::saying("Yes.")});
  work("");
  EXPECT_TRUE(wait("eos"));
  gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
  EXPECT_TRUE(play());
  EXPECT_TRUE(wait("eos"));
  // In the middle of the work, too.
  gst_element_set_state(pipeline_.get(), GST_STATE_READY);
  script({{.text = "", .hangs = true}});
  EXPECT_TRUE(play());
  EXPECT_TRUE(until([&] {
    const std::lock_guard guard(working_llm().lock);
    return working_llm().requests == 3;
  }));
  gst_element_set_state(pipeline_.get(), GST_STATE_READY);
  EXPECT_EQ(text(wait("agentloop/result"), "outcome"), "cancelled");
}

// A stage that waits for all answers need not know what it was offered.
TEST_F(AgentLoopElementTest, WhatNobodyTakesIsAnsweredAllTheSame) {
  takes_ = false;
  script({WorkingLlm::calling("fly"), WorkingLlm::saying("I cannot.")});
  work("");
  EXPECT_EQ(text(wait("agentloop/result"), "outcome"), "done");
  const std::lock_guard guard(working_llm().lock);
  EXPECT_THAT(working_llm().told, ElementsAre("error: there is no tool of that name"));
}

TEST_F(AgentLoopElementTest, ALimitEndsTheWaitForIt) {
  takes_ = false;
  script({WorkingLlm::calling("fly"), WorkingLlm::saying("I cannot.")});
  work("max-time=500000000");
  const auto over = wait("agentloop/result");
  EXPECT_EQ(text(over, "outcome"), "time");
  EXPECT_EQ(text(over, "text"), "I cannot.");
  const std::lock_guard guard(working_llm().lock);
  EXPECT_THAT(working_llm().told, ElementsAre(HasSubstr("Conclude now")));
  EXPECT_EQ(working_llm().patience, 15 * GST_SECOND);
}

TEST_F(AgentLoopElementTest, MistakesAreFoundAtTheStart) {
  const std::string prices =
      write("prices.json", R"({"currency":"EUR","models":{"other":{"input":1,"output":1}}})");
  const std::pair<std::string, std::string> cases[] = {
      {"goal=x llm=workingllm max-cost=1", "max-cost: it needs a price list"},
      {"goal=x llm=workingllm max-cost=1 prices=" + prices, "the model \"m\" is not in it"},
      {"goal=x llm=workingllm prices=/nowhere.json", "prices: "},
      {"goal=x llm=workingllm tools=/nowhere.json", "tools: "},
      {"goal=x llm=identity tools=" + write("tools.json", kFunctions),
       "the stage \"llm\" takes none"},
      {"goal=x llm=nosuchelement", "llm: no element \"nosuchelement\""},
      {"goal=x llm=\" \"", "llm: no stage is set"},
      {"goal=x llm=audioconvert", "llm: it must take and give text"},
      {"llm=workingllm", "goal: none is set"},
  };
  for (const auto& [properties, why] : cases) {
    make("agentloop name=loop " + properties + " ! fakesink async=false");
    EXPECT_FALSE(play()) << properties;
    EXPECT_TRUE(wait("error"));
    EXPECT_THAT(error_, HasSubstr(why));
    gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
  }
}

}  // namespace
