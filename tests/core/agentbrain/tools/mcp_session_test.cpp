#include "mcp_session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace agentbrain::tools;
using testing::HasSubstr;
using Kind = McpEvent::Kind;

class McpSessionTest : public testing::Test {
 protected:
  McpSessionTest() : session({.client_version = "1.0"}) {}

  std::vector<std::string> sent() {
    std::vector<std::string> texts;
    for (auto& one : session.take_outgoing()) texts.push_back(one.text);
    return texts;
  }
  std::string only_sent() {
    const auto all = sent();
    EXPECT_EQ(all.size(), 1u);
    return all.empty() ? "" : all.back();
  }
  void answer(std::uint64_t number, const std::string& result) {
    session.receive(
        R"({"jsonrpc":"2.0","id":)" + std::to_string(number) + R"(,"result":)" + result + "}", now);
  }
  void refuse(std::uint64_t number, const std::string& why) {
    session.receive(R"({"jsonrpc":"2.0","id":)" + std::to_string(number) +
                        R"(,"error":{"code":-32600,"message":")" + why + "\"}}",
                    now);
  }
  static std::string tool(const std::string& name) {
    return R"({"name":")" + name + R"(","description":"d","inputSchema":{"type":"object"}})";
  }
  void make_ready() {
    session.start(now);
    answer(
        1,
        R"({"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"s"}})");
    answer(2, "{\"tools\":[" + tool("read") + "]}");
    ASSERT_TRUE(session.ready());
    sent();
    session.take_events();
  }
  std::vector<McpEvent> events() { return session.take_events(); }

  McpSession session;
  Time now = 100 * kSecond;
};

TEST_F(McpSessionTest, TheHandshakeAgreesOnAVersionAndTheToolsArePaged) {
  session.start(now);
  EXPECT_EQ(
      only_sent(),
      R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",)"
      R"("capabilities":{},"clientInfo":{"name":"jackfield","version":"1.0"}}})");
  answer(
      1,
      R"({"protocolVersion":"2025-03-26","capabilities":{"tools":{"listChanged":true}},"serverInfo":{"name":"s"}})");
  EXPECT_EQ(sent(),
            (std::vector<std::string>{R"({"jsonrpc":"2.0","method":"notifications/initialized"})",
                                      R"({"jsonrpc":"2.0","id":2,"method":"tools/list"})"}));
  EXPECT_EQ(session.version(), "2025-03-26");
  answer(2, "{\"nextCursor\":\"p\\\"2\",\"tools\":[" + tool("a") + "]}");
  EXPECT_FALSE(session.ready());
  EXPECT_EQ(only_sent(),
            R"({"jsonrpc":"2.0","id":3,"method":"tools/list","params":{"cursor":"p\"2"}})");
  answer(3, "{\"tools\":[" + tool("b") + "," + tool("a") + R"(,{"name":"no schema"}]})");
  ASSERT_TRUE(session.ready());
  ASSERT_EQ(session.tools().size(), 2u);
  EXPECT_EQ(session.tools()[1].name, "b");
  EXPECT_EQ(session.dropped_tools(), 2u);
  EXPECT_EQ(events().at(0).kind, Kind::kReady);
  EXPECT_EQ(session.deadline(), kNever);
}

// The model reads them with every request.
TEST_F(McpSessionTest, SchemasAreBounded) {
  const auto schema = [](std::size_t bytes) {
    return R"({"type":"object","description":")" + std::string(bytes, 'x') + "\"}";
  };
  std::string list;
  for (int i = 0; i < 40; ++i)
    list += (i > 0 ? "," : "") + std::string(R"({"name":"t)") + std::to_string(i) +
            R"(","inputSchema":)" + schema(i == 0 ? 100'000 : 60'000) + "}";
  make_ready();
  session.receive(R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})", now);
  answer(3, "{\"tools\":[" + list + "]}");
  EXPECT_LE(session.tools().size(), 18u);
  EXPECT_GE(session.tools().size(), 10u);
  EXPECT_EQ(session.tools().at(0).name, "t1");
  EXPECT_EQ(session.dropped_tools(), 40 - session.tools().size());
}

TEST_F(McpSessionTest, AServerWithoutToolsIsReady) {
  session.start(now);
  answer(1, R"({"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"s"}})");
  EXPECT_TRUE(session.ready());
  EXPECT_TRUE(session.tools().empty());
}

TEST_F(McpSessionTest, AnotherVersionIsNotSpoken) {
  session.start(now);
  answer(1, R"({"protocolVersion":"2031-01-01","capabilities":{}})");
  ASSERT_EQ(events().at(0).kind, Kind::kFailed);
}

TEST_F(McpSessionTest, AServerWithoutAHandshakeIsAskedInItsWay) {
  session.start(now);
  sent();
  refuse(1, "Method not found");
  EXPECT_THAT(
      only_sent(),
      HasSubstr(
          R"("method":"server/discover","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28")"));
  answer(
      2,
      R"({"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{}}})");
  EXPECT_TRUE(session.modern());
  EXPECT_THAT(only_sent(), HasSubstr(R"("method":"tools/list","params":{"_meta":{)"));
  answer(3, "{\"resultType\":\"complete\",\"tools\":[" + tool("a") + "]}");
  ASSERT_TRUE(session.ready());
  session.call(9, "a", R"({"x":1})", kSecond, now);
  EXPECT_THAT(only_sent(), HasSubstr(R"("params":{"name":"a","arguments":{"x":1},"_meta":{)"));
  events();
  answer(4, R"({"resultType":"input_required","inputRequests":{}})");
  EXPECT_EQ(events().at(0).outcome, CallOutcome::kError);
}

// As a server of revision 2026-07-28, whose list of tools `changes`.
class ModernSessionTest : public McpSessionTest {
 protected:
  void begin(const std::string& schema = R"({"type":"object"})") {
    session = McpSession({.client_version = "1.0", .over_http = true});
    session.start(now);
    refuse(1, "Method not found");
    sent();
    answer(
        2,
        R"({"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{"listChanged":true}}})");
    const auto asked = session.take_outgoing();
    ASSERT_EQ(asked.size(), 2u);
    EXPECT_THAT(
        asked[0].text,
        HasSubstr(
            R"("id":3,"method":"subscriptions/listen","params":{"notifications":{"toolsListChanged":true},"_meta")"));
    EXPECT_THAT(asked[1].text, HasSubstr(R"("id":4,"method":"tools/list")"));
    answer(4, R"({"tools":[{"name":"t","inputSchema":)" + schema + "}]}");
    ASSERT_TRUE(session.ready());
    session.take_events();
    ASSERT_TRUE(sent().empty());
  }
  // Listens anew after a while, and looks for what was missed.
  void expect_listens_again() {
    EXPECT_TRUE(sent().empty());
    EXPECT_EQ(session.deadline(), now + 30 * kSecond);
    session.timer(now + 30 * kSecond);
    const auto again = sent();
    ASSERT_EQ(again.size(), 2u);
    EXPECT_THAT(again[0], HasSubstr("subscriptions/listen"));
    EXPECT_THAT(again[1], HasSubstr("tools/list"));
    EXPECT_TRUE(session.ready());
  }
};

TEST_F(ModernSessionTest, ListensForAsLongAsItTakes) {
  begin();
  EXPECT_EQ(session.deadline(), kNever);
  session.receive(
      R"({"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{}})", now);
  session.receive(R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})", now);
  EXPECT_THAT(only_sent(), HasSubstr("tools/list"));
  // It is no answer that can be too large.
  answer(5, R"({"tools":[]})");
  session.receive_too_large(now);
  EXPECT_TRUE(session.ready());
  EXPECT_EQ(session.deadline(), kNever);
}

TEST_F(ModernSessionTest, ListensAgainWhenItEnds) {
  begin();
  answer(3, R"({"resultType":"complete"})");
  expect_listens_again();
}

TEST_F(ModernSessionTest, ListensAgainWhenTheStreamIsLost) {
  begin();
  session.request_failed(3, "the connection was cut", now);
  expect_listens_again();
}

TEST_F(ModernSessionTest, ListensAgainWhenTheServerCancelsIt) {
  begin();
  session.receive(
      R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"x"}})", now);
  EXPECT_EQ(session.deadline(), kNever);
  session.receive(
      R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":3}})", now);
  expect_listens_again();
}

TEST_F(ModernSessionTest, AServerThatDoesNotLetListenIsNotAskedAgain) {
  begin();
  refuse(3, "Method not found");
  EXPECT_EQ(session.deadline(), kNever);
  EXPECT_TRUE(session.ready());
}

TEST_F(ModernSessionTest, AServerCancelsNoCall) {
  begin();
  session.call(7, "t", "{}", kSecond, now);
  session.receive(
      R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":5}})", now);
  EXPECT_TRUE(events().empty());
  answer(5, R"({"content":[]})");
  EXPECT_EQ(events().at(0).outcome, CallOutcome::kOk);
}

TEST_F(ModernSessionTest, ArgumentsTravelAsHeaders) {
  begin(R"({"type":"object","properties":{"n":{"type":"integer","x-mcp-header":"N"}}})");
  session.call(7, "t", R"({"n":7})", kSecond, now);
  const auto call = session.take_outgoing();
  ASSERT_EQ(call.size(), 1u);
  EXPECT_EQ(call[0].headers, (CallHeaders{{"Mcp-Param-N", "7"}}));
  // What cannot is not sent.
  session.call(8, "t", R"({"n":1e300})", kSecond, now);
  EXPECT_TRUE(sent().empty());
  EXPECT_EQ(events().at(0).outcome, CallOutcome::kError);
  // The server wants other ones than it said: its list is old.
  session.receive(R"({"jsonrpc":"2.0","id":5,"error":{"code":-32020,"message":"Header mismatch"}})",
                  now);
  EXPECT_THAT(only_sent(), HasSubstr("tools/list"));
  EXPECT_THAT(events().at(0).text, HasSubstr("try once more"));
}

TEST_F(McpSessionTest, AServerThatRefusesBothIsGivenUp) {
  session.start(now);
  refuse(1, "no");
  refuse(2, "not here");
  const auto all = events();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].kind, Kind::kFailed);
  EXPECT_THAT(all[0].text, HasSubstr("not here"));
}

TEST_F(McpSessionTest, ASilentServerIsGivenUp) {
  session.start(now);
  EXPECT_EQ(session.deadline(), now + 30 * kSecond);
  session.timer(now + 30 * kSecond - 1);
  EXPECT_TRUE(events().empty());
  session.timer(now + 30 * kSecond);
  EXPECT_EQ(events().at(0).kind, Kind::kFailed);
}

TEST_F(McpSessionTest, CallsRunAtOnceAndEndInAnyOrder) {
  make_ready();
  session.call(7, "read", R"({"path":"a"})", 5 * kSecond, now);
  session.call(8, "read", "{}", 9 * kSecond, now);
  EXPECT_EQ(
      sent()[0],
      R"({"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"read","arguments":{"path":"a"}}})");
  EXPECT_EQ(session.deadline(), now + 5 * kSecond);
  answer(4, R"({"content":[{"type":"text","text":"second"}]})");
  answer(3, R"({"isError":true,"content":[{"type":"text","text":"no such file"}]})");
  const auto all = events();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].call, 8u);
  EXPECT_EQ(all[0].outcome, CallOutcome::kOk);
  EXPECT_EQ(all[0].text, "second");
  EXPECT_EQ(all[1].call, 7u);
  EXPECT_EQ(all[1].outcome, CallOutcome::kError);
  // Nobody asked for it once more.
  answer(3, "{}");
  EXPECT_EQ(session.stats().late, 1u);
  EXPECT_TRUE(events().empty());
}

TEST_F(McpSessionTest, ACallThatTakesTooLongIsCancelledAtTheServer) {
  make_ready();
  session.call(7, "read", "{}", 5 * kSecond, now);
  sent();
  session.timer(now + 5 * kSecond);
  EXPECT_EQ(
      only_sent(),
      R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":3,"reason":"time-out"}})");
  EXPECT_EQ(events().at(0).outcome, CallOutcome::kTimeOut);
  answer(3, R"({"content":[]})");
  EXPECT_TRUE(events().empty());
  EXPECT_TRUE(session.ready());
}

TEST_F(McpSessionTest, ACancelledCallIsToldToTheServer) {
  make_ready();
  session.call(7, "read", "{}", 5 * kSecond, now);
  sent();
  session.cancel(7, "the caller interrupted");
  EXPECT_THAT(only_sent(), HasSubstr(R"("requestId":3,"reason":"the caller interrupted")"));
  EXPECT_EQ(events().at(0).outcome, CallOutcome::kCancelled);
  session.cancel(7, "again");
  EXPECT_TRUE(sent().empty());
}

TEST_F(McpSessionTest, AServersQuestionsAreAnswered) {
  make_ready();
  session.receive(R"({"jsonrpc":"2.0","id":"p","method":"ping"})", now);
  EXPECT_EQ(only_sent(), R"({"jsonrpc":"2.0","id":"p","result":{}})");
  session.receive(R"({"jsonrpc":"2.0","id":4,"method":"sampling/createMessage","params":{}})", now);
  EXPECT_THAT(only_sent(), HasSubstr(R"("id":4,"error":{"code":-32601)"));
  session.receive(R"({"jsonrpc":"2.0","method":"notifications/message","params":{}})", now);
  EXPECT_TRUE(sent().empty());
  EXPECT_EQ(session.stats().unasked, 3u);
}

TEST_F(McpSessionTest, AChangedListIsReadAgain) {
  make_ready();
  const std::string changed = R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})";
  session.receive(changed, now);
  EXPECT_THAT(only_sent(), HasSubstr("tools/list"));
  session.receive(changed, now);  // while it is being read
  EXPECT_TRUE(sent().empty());
  answer(3, "{\"tools\":[" + tool("write") + "]}");
  EXPECT_EQ(session.tools().at(0).name, "write");
  EXPECT_THAT(only_sent(), HasSubstr("tools/list"));
  answer(4, "{\"tools\":[]}");
  EXPECT_TRUE(session.tools().empty());
  EXPECT_TRUE(sent().empty());
  // A list that fails leaves what there is.
  session.receive(changed, now);
  refuse(5, "busy");
  EXPECT_TRUE(session.ready());
}

TEST_F(McpSessionTest, AListThatMayHaveChangedIsReadAgain) {
  session.tools_may_have_changed(now);  // not begun
  EXPECT_TRUE(sent().empty());
  make_ready();
  session.tools_may_have_changed(now);
  EXPECT_THAT(only_sent(), HasSubstr("tools/list"));
  session.lost("it ended");
  session.tools_may_have_changed(now);
  EXPECT_TRUE(sent().empty());
}

TEST_F(McpSessionTest, RubbishIsCountedAndBounded) {
  make_ready();
  session.call(7, "read", "{}", 5 * kSecond, now);
  for (int i = 0; i < 100; ++i) session.receive("rubbish", now);
  EXPECT_TRUE(events().empty());
  EXPECT_EQ(session.stats().malformed, 100u);
  session.receive("rubbish", now);
  const auto all = events();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].outcome, CallOutcome::kUnavailable);
  EXPECT_EQ(all[1].kind, Kind::kFailed);
  session.receive("rubbish", now);
  EXPECT_TRUE(events().empty());
}

TEST_F(McpSessionTest, AFloodIsBounded) {
  make_ready();
  const std::string note = R"({"jsonrpc":"2.0","method":"notifications/message"})";
  for (int second = 0; second < 30; ++second) {
    now += kSecond;
    for (int i = 0; i < 900; ++i) session.receive(note, now);
  }
  EXPECT_TRUE(session.ready());
  for (int i = 0; i < 10'000; ++i) session.receive(note, now);
  EXPECT_EQ(events().at(0).kind, Kind::kFailed);
}

TEST_F(McpSessionTest, AnAnswerThatIsTooLargeFailsTheCall) {
  make_ready();
  session.call(7, "read", "{}", 5 * kSecond, now);
  session.receive_too_large(now);
  EXPECT_EQ(events().at(0).outcome, CallOutcome::kUnavailable);
  EXPECT_TRUE(session.ready());
  // Which of several it answered is not known.
  session.call(8, "read", "{}", 5 * kSecond, now);
  session.call(9, "read", "{}", 5 * kSecond, now);
  session.receive_too_large(now);
  EXPECT_TRUE(events().empty());
}

TEST_F(McpSessionTest, ALostConnectionFailsWhatWaits) {
  make_ready();
  session.call(7, "read", "{}", 5 * kSecond, now);
  session.lost("it ended");
  const auto all = events();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].outcome, CallOutcome::kUnavailable);
  EXPECT_EQ(all[0].text, "it ended");
  session.call(8, "read", "{}", 5 * kSecond, now);
  EXPECT_EQ(events().at(0).outcome, CallOutcome::kUnavailable);
  EXPECT_EQ(session.deadline(), kNever);
}

TEST_F(McpSessionTest, AForgottenSessionBeginsAnew) {
  make_ready();
  session.call(7, "read", "{}", 5 * kSecond, now);
  sent();
  session.forgotten(now);
  EXPECT_EQ(events().at(0).outcome, CallOutcome::kUnavailable);
  EXPECT_THAT(only_sent(), HasSubstr(R"("method":"initialize")"));
}

TEST_F(McpSessionTest, WhatCouldNotBeSentFails) {
  make_ready();
  session.call(7, "read", "{}", 5 * kSecond, now);
  const auto number = session.take_outgoing().at(0).number;
  session.request_failed(*number, "no connection", now);
  EXPECT_EQ(events().at(0).text, "no connection");
}

}  // namespace
