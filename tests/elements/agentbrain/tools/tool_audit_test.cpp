// What agentbrain writes down of its tools' calls, and that it does nothing that is not written
// down.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "agent_tools_fixture.hpp"
#include "json_members.hpp"
#include "json_serialize.hpp"
#include "session_context.hpp"

namespace {

using namespace agent_tools_test;
using jackfield::JsonValue;
using jackfield::number_member;
using jackfield::string_member;
using testing::HasSubstr;

class ToolAuditTest : public AgentToolsTest {
 public:
  void TearDown() override {
    call_.reset();
    g_unlink(log().c_str());
    AgentToolsTest::TearDown();
  }
  std::string log() const { return folder_ + "/tools.jsonl"; }
  std::vector<JsonValue> lines() const {
    std::ifstream file(log());
    std::vector<JsonValue> all;
    for (std::string line; std::getline(file, line);) all.push_back(jackfield::read_json(line));
    return all;
  }
  std::vector<JsonValue> wait_lines(std::size_t count) const {
    EXPECT_TRUE(Call::until([&] { return lines().size() >= count; }, 30 * GST_SECOND));
    return lines();
  }
  static constexpr const char* kBook = R"({"functions":[{"name":"book","parameters":
      {"type":"object","properties":{"hour":{"type":"integer","maximum":23}}}}]})";
};

TEST_F(ToolAuditTest, TheBeginningStandsInTheFileBeforeTheCall) {
  server_.script(calls("book", R"({"hour":9,"pin":"1234"})") + R"(,{"text":"Booked."},)" +
                 calls("book", R"({"hour":99})") + R"(,{"text":"No."})");
  start(kBook, "audit-log=" + log());
  // What the file holds when the application is asked.
  struct Asked {
    ToolAuditTest* test;
    std::vector<JsonValue> lines;
    std::atomic<bool> yes{false};
  } asked{.test = this, .lines = {}};
  g_signal_connect(call_->agent(), "tool-call",
                   G_CALLBACK(+[](GstElement* agent, const gchar* id, const gchar*,
                                  const gchar* arguments, gpointer data) -> gboolean {
                     auto* to = static_cast<Asked*>(data);
                     EXPECT_STREQ(arguments, R"({"hour": 9, "pin": "1234"})");
                     to->lines = to->test->lines();
                     to->yes = true;
                     gboolean waited = FALSE;
                     g_signal_emit_by_name(agent, "tool-result", id, "booked", &waited);
                     return waited;
                   }),
                   &asked);
  call_->say("Nine.");
  EXPECT_EQ(reply(), "Booked.");
  ASSERT_TRUE(asked.yes);
  ASSERT_EQ(asked.lines.size(), 1u);
  const JsonValue& begin = asked.lines[0];
  EXPECT_EQ(string_member(begin, "event"), "begin");
  EXPECT_EQ(string_member(begin, "tool"), "book");
  EXPECT_EQ(string_member(begin, "arguments"), R"({"hour":9,"pin":"***"})");
  EXPECT_EQ(begin.find("session"), nullptr);
  auto all = wait_lines(2);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(string_member(all[1], "event"), "end");
  EXPECT_EQ(string_member(all[1], "outcome"), "ok");
  EXPECT_EQ(string_member(all[1], "call"), string_member(begin, "call"));
  EXPECT_EQ(number_member(all[1], "bytes"), 6);
  call_->say("Ninety-nine.");
  EXPECT_EQ(reply(), "No.");
  all = wait_lines(3);
  EXPECT_EQ(string_member(all[2], "event"), "refused");
  EXPECT_THAT(string_member(all[2], "reason"), HasSubstr("at most 23"));
}

TEST_F(ToolAuditTest, ACallThatCannotBeWrittenIsNotCarriedOut) {
  server_.script(calls("book", R"({"hour":9})") + R"(,{"text":"I may not."})");
  Application application;
  start(kBook, "audit-log=/dev/full");
  g_signal_connect(call_->agent(), "tool-call", G_CALLBACK(on_tool_call), &application);
  call_->say("Nine.");
  const auto end = result();
  EXPECT_EQ(text(end, "outcome"), "refused");
  EXPECT_EQ(text(end, "text"),
            "the call cannot be written to the audit log, so it is not carried out: " +
                std::string(g_strerror(ENOSPC)));
  EXPECT_EQ(reply(), "I may not.");
  EXPECT_EQ(application.calls, 0);
  EXPECT_THAT(jackfield::to_json(server_.last_request("/chat/completions")),
              HasSubstr("cannot be written to the audit log"));
  EXPECT_GE(call_->stat("tool-unaudited"), 1u);
  EXPECT_EQ(call_->stat("tool-refused"), 1u);
}

TEST_F(ToolAuditTest, TheSupervisorSaysWhereAndForWhom) {
  server_.script(calls("work") + R"(,{"text":"Done with it."})");
  std::ofstream(file()) << rude("hang", R"("timeout":0.5)");
  call_.emplace("speak-first=false stt=teststt tts=testtts tools=" + file() +
                " tool-filler=\"\" llm=\"openaillm check-model=false model=gpt-5.2 "
                "api-key=sk-test-0123456789 base-url=" +
                server_.base_url() + "\"");
  jackfield::set_session_context(call_->pipeline(),
                                 {.session = "0123456789ab", .line = "desk", .audit_log = log()});
  call_->play();
  ASSERT_TRUE(call_->wait("agentbrain/tool-server", 30 * GST_SECOND));
  call_->say("Work!");
  EXPECT_EQ(reply(), "Done with it.");
  const auto all = wait_lines(2);
  ASSERT_EQ(all.size(), 2u);
  for (const auto& line : all) {
    EXPECT_EQ(string_member(line, "session"), "0123456789ab");
    EXPECT_EQ(string_member(line, "line"), "desk");
    EXPECT_EQ(string_member(line, "server"), "rude");
  }
  EXPECT_EQ(string_member(all[1], "outcome"), "time-out");
  EXPECT_GE(number_member(all[1], "duration-ms"), 500);
}

// The last line of a call that is hung up stands in the file when the element is stopped.
TEST_F(ToolAuditTest, TheEndOfTheConversationEndsTheCall) {
  server_.script(calls("work"));
  start_with_server("hang", "", "tool-filler=\"\" audit-log=" + log());
  call_->say("Work!");
  wait_lines(1);
  call_->stop();
  const auto all = lines();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(string_member(all[1], "outcome"), "cancelled");
  EXPECT_EQ(string_member(all[1], "reason"), "the call is over");
}

TEST_F(ToolAuditTest, WhatIsNotOfferedIsWrittenDownToo) {
  server_.script(calls("book", R"({"hour":9})") + R"(,{"text":"I cannot."})");
  start(
      R"({"functions":[{"name":"book","permission":"staff"},{"name":"look"}]})",
      R"(llm::tool-timeout=300000000 llm::tools="[{\"name\":\"book\",\"description\":\"d\"}]" audit-log=)" +
          log());
  call_->say("Nine.");
  EXPECT_EQ(reply(), "I cannot.");
  const auto all = wait_lines(1);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(string_member(all[0], "event"), "refused");
  EXPECT_EQ(string_member(all[0], "outcome"), "unknown");
  EXPECT_EQ(string_member(all[0], "tool"), "book");
}

}  // namespace
