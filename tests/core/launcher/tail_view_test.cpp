#include "client/core/tail_view.hpp"

#include <gtest/gtest.h>

#include "terminal/core/terminal_text.hpp"

namespace jackfield::client {
namespace {

JsonValue event(const char* name, const std::string& data, const char* session = "3f2a00") {
  return read_json(R"({"type":"event","event":")" + std::string{name} + R"(","session":")" +
                   session + R"(","line":"agent","data":)" + data + "}");
}
std::vector<std::string> texts(const std::vector<StyledRow>& rows) {
  std::vector<std::string> all;
  for (const StyledRow& row : rows) all.push_back(row.text());
  return all;
}
using Texts = std::vector<std::string>;

TEST(TailViewTest, ACallFromItsBeginningToItsEnd) {
  TailView view;
  EXPECT_EQ(texts(view.event(
                event("session-opened", R"({"id":"3f2a00","line":"agent","from":"+1555"})"))),
            Texts{"3f2a  agent  0:00  (call started, from +1555)"});
  EXPECT_TRUE(view.is_running("3f2a00"));
  EXPECT_EQ(
      texts(view.event(event(
          "transcript", R"({"at-ms":2500,"who":"caller","text":"hello\u001b[2J","final":true})"))),
      Texts{"3f2a  agent  0:02  caller: hello"});
  EXPECT_EQ(texts(view.event(event("turn", R"({"turn":1,"at-ms":3300,"total":640})"))),
            Texts{"3f2a  agent  0:03          640 ms from the end of speech to the first sound"});
  EXPECT_EQ(texts(view.event(event("session-ended",
                                   R"({"id":"3f2a00","line":"agent","state":"ended","turns":1,
                                       "interruptions":2,"end-reason":"stop",
                                       "duration-ms":9000})"))),
            Texts{"3f2a  agent  0:09  call over: stop (1 turn, 2 interrupted)"});
  EXPECT_EQ(view.running_count(), 0u);
}

TEST(TailViewTest, BeginningAndEndOfACallAreToldOnce) {
  const auto system = [](const char* text) {
    return event("transcript", R"({"at-ms":0,"who":"system","text":")" + std::string{text} +
                                   R"(","final":true})");
  };
  TailView view;
  EXPECT_TRUE(
      view.event(event("session-opened", R"({"id":"3f2a00","line":"agent","kind":"phone"})"))
          .empty());
  EXPECT_EQ(texts(view.event(system("call started, from +1555"))),
            Texts{"3f2a  agent  0:00  (call started, from +1555)"});
  EXPECT_EQ(texts(view.event(system("error in stt: no connection"))),
            Texts{"3f2a  agent  0:00  (error in stt: no connection)"});
  EXPECT_TRUE(view.event(system("call ended: hang-up")).empty());
  EXPECT_EQ(texts(view.event(event("session-ended", R"({"id":"3f2a00","line":"agent",
                                       "end-reason":"hang-up","duration-ms":9000})"))),
            Texts{"3f2a  agent  0:09  call over: hang-up (0 turns)"});
  // Of one that was over before, it is all there is.
  EXPECT_EQ(texts(view.event(system("call ended: hang-up"))),
            Texts{"3f2a  agent  0:00  (call ended: hang-up)"});
}

TEST(TailViewTest, WhatIsBeingSaidChangesInPlace) {
  TailView view;
  view.running({{.id = "3f2a00", .line = "agent", .state = "running"}});
  EXPECT_TRUE(view.interim(80).spans.empty());
  EXPECT_TRUE(
      view.event(event("transcript", R"({"at-ms":1000,"who":"caller","text":"are you"})")).empty());
  EXPECT_EQ(view.interim(80).text(), "3f2a  agent  0:01  caller: are you");
  view.event(
      event("transcript", R"({"at-ms":1000,"who":"caller","text":"are you open on saturday"})"));
  EXPECT_EQ(view.interim(40).text(), "3f2a  agent  0:01  caller: \u2026on saturday");
  for (std::size_t columns = 27; columns < 60; ++columns)
    EXPECT_LE(text_columns(view.interim(columns).text()), columns);
  view.event(event("transcript", R"({"at-ms":1000,"who":"caller","text":"x","final":true})"));
  EXPECT_TRUE(view.interim(80).spans.empty());
}

TEST(TailViewTest, CallsThatEndedWhileNobodyListened) {
  TailView view;
  view.running({{.id = "3f2a00", .line = "agent", .state = "running"},
                {.id = "77aa00", .line = "echo", .state = "running"}});
  view.event(event("transcript", R"({"at-ms":61000,"who":"caller","text":"x"})"));
  EXPECT_EQ(texts(view.running({{.id = "77aa00", .line = "echo", .state = "running"}})),
            Texts{"3f2a  agent  1:01  call over while there was no connection"});
  EXPECT_TRUE(view.interim(80).spans.empty());
}

TEST(TailViewTest, IdsAreAsLongAsTheyNeedToBe) {
  TailView view;
  view.running({{.id = "abcdef1", .state = "running"}, {.id = "abcdef2", .state = "running"}});
  EXPECT_EQ(texts(view.event(event(
                "transcript", R"({"at-ms":0,"who":"agent","text":"x","final":true})", "abcdef2"))),
            Texts{"abcdef2  0:00  agent: x"});
}

}  // namespace
}  // namespace jackfield::client
