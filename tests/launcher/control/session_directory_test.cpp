// What the directory knows of sessions, and that it never knows too much.
#include "control/session_directory.hpp"

#include <gtest/gtest.h>

namespace jackfield {
namespace {

constexpr GstClockTime kMs = GST_MSECOND;

class SessionDirectoryTest : public testing::Test, public DirectoryListener {
 protected:
  void SetUp() override {
    gst_init(nullptr, nullptr);
    directory.add_line({.name = "support",
                        .scenario = "agent.gst",
                        .kind = "phone",
                        .profile = {},
                        .numbers = {"+15550001"},
                        .max_sessions = 3,
                        .url = {},
                        .page = {}});
    directory.add(*this);
  }
  ~SessionDirectoryTest() override { directory.remove(*this); }

  void opened(const SessionView& view) override { told += "opened " + view.id + "\n"; }
  void running(const SessionView& view) override { told += "running " + view.id + "\n"; }
  void changed(const SessionView& view) override {
    told += "changed " + view.id + " " + phase_name(view.phase) + "\n";
  }
  void ended(const SessionView& view, bool kept) override {
    told += "ended " + view.id + (kept ? " kept" : "") + "\n";
    last_ended = view;
  }
  void entry(const SessionView&, const TranscriptEntry& entry, const SessionTimes&) override {
    told += std::string{entry.who} + ": " + entry.text + (entry.final ? "" : " ...") + "\n";
  }
  void turn(const SessionView&, const TurnView& turn) override {
    told += "turn " + std::to_string(turn.latency.turn_id) + "\n";
  }

  // As SessionManager does.
  void send(const std::string& id, GstStructure* structure, GstClockTime now = 0) {
    const gstpp::StructurePtr message{structure};
    directory.message(id, *message, to_call_event(*message), now);
  }
  void caller(const std::string& id, const std::string& text, bool final = true) {
    send(id, gst_structure_new("agentbrain/transcript", "turn-id", G_TYPE_UINT, 1, "text",
                               G_TYPE_STRING, text.c_str(), "final", G_TYPE_BOOLEAN, final,
                               "speech-start", G_TYPE_UINT64, 100 * kMs, nullptr));
  }
  void latency(const std::string& id, guint turn, guint64 total_ms) {
    send(id,
         gst_structure_new("agentbrain/turn", "turn-id", G_TYPE_UINT, turn, "total", G_TYPE_UINT64,
                           total_ms * kMs, nullptr),
         2000 * kMs);
  }
  void close(const std::string& id, bool failed = false, bool was_call = true) {
    directory.closed({.id = id,
                      .folder = was_call ? "/recordings/" + id : "",
                      .reason = "hang-up",
                      .failed = failed,
                      .was_running = true,
                      .was_call = was_call,
                      .duration = 1500 * kMs,
                      .turns = {},
                      .audio = {}});
  }

  SessionDirectory directory;
  std::string told;
  SessionView last_ended;
};

TEST_F(SessionDirectoryTest, TheLifeOfASession) {
  directory.opened("one", "support", "/recordings/one");
  auto view = directory.find("one");
  ASSERT_TRUE(view);
  EXPECT_EQ(view->phase, SessionPhase::kStarting);
  EXPECT_EQ(view->scenario, "agent.gst");
  EXPECT_EQ(view->kind, "phone");
  EXPECT_FALSE(view->call);
  directory.running("one");
  gstpp::StructurePtr parameters{gst_structure_new("parameters", "from", G_TYPE_STRING, "+1", "to",
                                                   G_TYPE_STRING, "+2", nullptr)};
  send("one", gst_structure_new("twilio/call-started", "parameters", GST_TYPE_STRUCTURE,
                                parameters.get(), nullptr));
  view = directory.find("one");
  EXPECT_EQ(view->phase, SessionPhase::kRunning);
  EXPECT_TRUE(view->call);
  EXPECT_EQ(view->from, "+1");
  EXPECT_EQ(view->to, "+2");
  EXPECT_EQ(directory.lines()[0].sessions, 1u);
  directory.ending("one", "operator");
  EXPECT_EQ(directory.find("one")->phase, SessionPhase::kEnding);
  close("one");
  EXPECT_FALSE(directory.find("one"));
  EXPECT_EQ(last_ended.phase, SessionPhase::kEnded);
  EXPECT_EQ(last_ended.duration_ms, 1500u);
  EXPECT_EQ(last_ended.end_reason, "hang-up");
  const LineView line = directory.lines()[0];
  EXPECT_EQ(line.sessions, 0u);
  EXPECT_EQ(line.calls_total, 1u);
  EXPECT_EQ(line.failed_calls, 0u);
  EXPECT_EQ(told,
            "opened one\nrunning one\nchanged one running\nsystem: call started, from +1, to +2\n"
            "changed one ending\nended one kept\n");
}

TEST_F(SessionDirectoryTest, SocketsThatWereNoCallsAreNotCounted) {
  directory.opened("one", "support", "");
  close("one", false, false);
  EXPECT_EQ(directory.lines()[0].calls_total, 0u);
  EXPECT_EQ(told, "opened one\nended one\n");
  directory.opened("two", "support", "");
  close("two", true, true);
  EXPECT_EQ(directory.lines()[0].failed_calls, 1u);
}

TEST_F(SessionDirectoryTest, WhatIsNotFinalIsToldAndNotKept) {
  directory.opened("one", "support", "");
  caller("one", "hel", false);
  caller("one", "hello there");
  const auto detail = directory.detail("one");
  ASSERT_TRUE(detail);
  ASSERT_EQ(detail->entries.size(), 1u);
  EXPECT_EQ(detail->entries[0].text, "hello there");
  EXPECT_EQ(detail->view.turns, 1u);
  ASSERT_TRUE(detail->view.last_said);
  EXPECT_EQ(detail->view.last_said->text, "hello there");
  EXPECT_EQ(told, "opened one\ncaller: hel ...\ncaller: hello there\n");
  EXPECT_TRUE(directory.was_said("one", "HELLO"));
  EXPECT_FALSE(directory.was_said("one", "goodbye"));
  EXPECT_FALSE(directory.was_said("two", "hello"));
}

TEST_F(SessionDirectoryTest, TurnsAndTheirFigures) {
  directory.opened("one", "support", "");
  EXPECT_FALSE(directory.find("one")->latency);
  for (guint turn = 1; turn <= 20; ++turn) latency("one", turn, 100 * turn);
  const auto latency = directory.find("one")->latency;
  ASSERT_TRUE(latency);
  EXPECT_EQ(latency->last, 2000);
  EXPECT_EQ(latency->p50, 1000);
  EXPECT_EQ(latency->p95, 1900);
  EXPECT_EQ(directory.detail("one")->turns.size(), 20u);
}

TEST_F(SessionDirectoryTest, NothingGrowsWithoutBound) {
  directory.remove(*this);
  directory.opened("one", "support", "");
  for (std::size_t i = 0; i < 3000; ++i) {
    caller("one", "word " + std::to_string(i));
    latency("one", static_cast<guint>(i), 1);
    directory.warning("one", "w");
    directory.error("one", "e");
  }
  auto detail = directory.detail("one");
  EXPECT_EQ(detail->entries.size(), SessionDirectory::kMaxEntries);
  EXPECT_EQ(detail->entries.back().text, "word 2999");
  EXPECT_EQ(detail->turns.size(), SessionDirectory::kMaxTurns);
  EXPECT_EQ(detail->errors.size(), SessionDirectory::kMaxTexts);
  EXPECT_EQ(detail->warnings.size(), SessionDirectory::kMaxTexts);
  EXPECT_EQ(detail->view.turns, 3000u);
  for (int i = 0; i < 10; ++i) caller("one", std::string(100'000, 'x'));
  detail = directory.detail("one");
  EXPECT_LE(detail->entries.size(), 6u);
  EXPECT_GE(detail->entries.size(), 1u);
  caller("one", std::string(2'000'000, 'y'));
  EXPECT_EQ(directory.detail("one")->entries.size(), 1u);
}

TEST_F(SessionDirectoryTest, TheNewestFirst) {
  for (const char* id : {"a", "b", "c"}) {
    directory.opened(id, "support", "");
    g_usleep(2000);
  }
  std::string ids;
  for (const SessionView& view : directory.running_sessions()) ids += view.id;
  EXPECT_EQ(ids, "cba");
}

TEST_F(SessionDirectoryTest, ListenersMayGoWhileTheyAreTold) {
  struct Leaver : DirectoryListener {
    SessionDirectory* directory = nullptr;
    DirectoryListener* other = nullptr;
    int count = 0;
    void opened(const SessionView&) override {
      ++count;
      directory->remove(*this);
      directory->remove(*other);
    }
  };
  Leaver leaver;
  leaver.directory = &directory;
  Leaver second = leaver;
  leaver.other = &second;
  second.other = &leaver;
  directory.add(leaver);
  directory.add(second);
  directory.opened("one", "support", "");
  directory.opened("two", "support", "");
  EXPECT_EQ(leaver.count, 1);
  EXPECT_EQ(second.count, 0);
}

TEST_F(SessionDirectoryTest, WhatIsUnknownIsNothing) {
  directory.running("no");
  directory.ending("no", "x");
  directory.warning("no", "x");
  directory.error("no", "x");
  directory.set_muted("no", {});
  directory.set_gain("no", {});
  caller("no", "hello");
  close("no");
  EXPECT_EQ(told, "");
  directory.opened("one", "a line that nobody added", "");
  EXPECT_EQ(directory.find("one")->scenario, "");
  close("one");
}

TEST_F(SessionDirectoryTest, WhatIsDoneToIt) {
  directory.opened("one", "support", "");
  directory.set_muted("one", {.caller = true, .agent = false});
  directory.set_gain("one", {.caller = -6, .agent = 3});
  const auto view = directory.find("one");
  EXPECT_TRUE(view->muted.caller);
  EXPECT_FALSE(view->muted.agent);
  EXPECT_EQ(view->gain.caller, -6);
  EXPECT_EQ(told, "opened one\nchanged one starting\nchanged one starting\n");
}

TEST_F(SessionDirectoryTest, AsJson) {
  directory.opened("one", "support", "");
  caller("one", "<script>alert(1)</script>\"\\\n");
  const std::string text = to_text(to_json(*directory.find("one")).get());
  EXPECT_NE(text.find(R"("last-said":{"who":"caller","text":"<script>alert(1)</script>\"\\\n"})"),
            std::string::npos)
      << text;
  const auto detail = directory.detail("one");
  const std::string entry = to_text(to_json(detail->entries[0], detail->times).get());
  EXPECT_NE(entry.find(R"("who":"caller","turn":1)"), std::string::npos) << entry;
  EXPECT_NE(entry.find("\"start-ms\":"), std::string::npos) << entry;
}

}  // namespace
}  // namespace jackfield
