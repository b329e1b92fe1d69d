#include "client/core/live_view.hpp"

#include <gtest/gtest.h>

namespace jackfield::client {
namespace {

JsonValue event(const char* name, const std::string& data, const char* session = "a1") {
  return read_json(R"({"type":"event","event":")" + std::string{name} + R"(","session":")" +
                   session + R"(","line":"agent","data":)" + data + "}");
}
Entry said(const char* who, const char* text, bool final = true, double at = 0) {
  Entry entry{.at_ms = at, .who = who, .text = text};
  entry.final = final;
  return entry;
}

TEST(LiveViewTest, CallsComeChangeAndGo) {
  LiveView view;
  EXPECT_TRUE(view.event(
      event("session-opened", R"({"id":"a1","line":"agent","state":"starting","duration-ms":0})"),
      1000));
  EXPECT_TRUE(view.event(
      event("session-running", R"({"id":"a1","line":"agent","state":"running","duration-ms":500})"),
      1500));
  ASSERT_TRUE(view.find("a1"));
  EXPECT_EQ(view.find("a1")->session.state, "running");
  EXPECT_EQ(view.find("a1")->duration_ms(3500), 2500);
  EXPECT_EQ(view.sessions_of("agent"), 1u);
  EXPECT_TRUE(view.event(event("session-ended", R"({"id":"a1","state":"ended"})"), 4000));
  EXPECT_FALSE(view.find("a1"));
}

TEST(LiveViewTest, WhatWasSaidLastAndHowFast) {
  LiveView view;
  view.set_sessions({{.id = "a1", .state = "running"}, {.id = "b2", .state = "ended"}}, 0);
  EXPECT_EQ(view.sessions().size(), 1u);
  view.event(event("transcript", R"({"who":"caller","text":"hello","final":false})"), 0);
  EXPECT_EQ(view.find("a1")->session.last_text, "hello");
  view.event(event("transcript", R"({"who":"tool","text":"hours","final":true})"), 0);
  EXPECT_EQ(view.find("a1")->session.last_who, "caller");
  view.event(event("transcript",
                   R"({"who":"agent","text":"We are open","heard":"We","interrupted":true,
                       "final":true})"),
             0);
  EXPECT_EQ(view.find("a1")->session.last_text, "We");
  view.event(event("turn", R"({"turn":1,"total":640})"), 0);
  EXPECT_EQ(view.find("a1")->session.latency_last, 640);
}

TEST(LiveViewTest, AnAnswerBringsNewerValuesAndNoOtherCalls) {
  LiveView view;
  view.set_sessions({{.id = "a1", .state = "running"}, {.id = "b2", .state = "running"}}, 0);
  Session newer{.id = "a1", .state = "running"};
  newer.turns = 7;
  view.refresh_sessions({newer, {.id = "c3", .state = "running"}, {.id = "b2", .state = "ended"}},
                        100);
  EXPECT_EQ(view.find("a1")->session.turns, 7u);
  EXPECT_EQ(view.find("a1")->known_at, 100);
  EXPECT_EQ(view.find("b2")->session.state, "running");
  EXPECT_EQ(view.sessions().size(), 2u);
}

TEST(LiveViewTest, OtherEventsChangeNothing) {
  LiveView view;
  EXPECT_FALSE(view.event(read_json("{}"), 0));
  EXPECT_FALSE(view.event(event("level", R"({"caller":-20})"), 0));
  EXPECT_FALSE(view.event(event("session-opened", R"({"id":"../x"})"), 0));
  EXPECT_FALSE(view.event(event("transcript", "[]"), 0));
}

TEST(LiveViewTest, ThereIsABound) {
  LiveView view;
  for (std::size_t i = 0; i < LiveView::kMostSessions + 10; ++i)
    view.event(
        event("session-opened", R"({"id":"s)" + std::to_string(i) + R"(","state":"running"})"), 0);
  EXPECT_EQ(view.sessions().size(), LiveView::kMostSessions);
}

TEST(LiveViewTest, LatencyOfALineOrOfSeveral) {
  LiveView view;
  view.event(event("latency", R"({"stages":[{"stage":"total","count":1,"p50":7},
                                            {"stage":"stt","count":1,"p50":2}]})"),
             0);
  view.event(event("latency",
                   R"({"lines":[{"line":"agent","stages":[{"stage":"total","count":2,"p50":8}]},
                                {"line":"echo","stages":[]}]})"),
             0);
  ASSERT_TRUE(view.stage("agent", "total"));
  EXPECT_EQ(view.stage("agent", "total")->all.p50, 8);
  EXPECT_EQ(view.stage("agent", "stt")->all.p50, 2);
  EXPECT_FALSE(view.stage("echo", "total"));
  EXPECT_EQ(view.stage_names(), std::vector<std::string>{"stt"});
}

TEST(LiveViewTest, TheServersVersionStays) {
  LiveView view;
  view.set_server({.version = "0.1.0", .uptime_ms = 1000}, 0);
  view.event(event("server", R"({"uptime-ms":6000,"cpu-percent":50})", ""), 5000);
  EXPECT_EQ(view.server().version, "0.1.0");
  EXPECT_EQ(view.server().cpu_percent, 50);
  EXPECT_EQ(view.uptime_ms(7000), 8000);
}

TEST(LiveViewTest, ACallThatIsLookedAtIsKeptWhenItEnds) {
  LiveView view;
  view.set_sessions({{.id = "a1", .state = "running"}}, 0);
  view.look_at("a1");
  view.event(event("transcript", R"({"who":"caller","text":"bye","final":true})"), 0);
  view.event(event("turn", R"({"turn":1,"total":640})"), 0);
  view.event(event("session-ended", R"({"id":"a1","state":"ended","duration-ms":9000})"), 100);
  ASSERT_TRUE(view.find("a1"));
  EXPECT_EQ(view.find("a1")->duration_ms(5000), 9000);
  EXPECT_EQ(view.details().transcript.entries().size(), 1u);
  EXPECT_EQ(view.details().turns.size(), 1u);
  view.look_at("");
  EXPECT_FALSE(view.find("a1"));
  EXPECT_TRUE(view.details().turns.empty());
}

TEST(LiveTranscriptTest, InterimTextsAreReplaced) {
  LiveTranscript transcript;
  transcript.add(said("caller", "he", false));
  transcript.add(said("caller", "hello", false));
  transcript.add(said("agent", "yes", false));
  ASSERT_EQ(transcript.interim().size(), 2u);
  EXPECT_EQ(transcript.interim().at("caller").text, "hello");
  transcript.add(said("caller", "hello there"));
  EXPECT_FALSE(transcript.interim().contains("caller"));
  EXPECT_EQ(transcript.entries().size(), 1u);
}

TEST(LiveTranscriptTest, AnAnswerAndAnEventMayCross) {
  LiveTranscript transcript;
  transcript.set({said("caller", "one", true, 100), said("agent", "two", true, 200),
                  said("caller", "thr", false, 300)});
  EXPECT_EQ(transcript.entries().size(), 2u);
  EXPECT_EQ(transcript.interim().at("caller").text, "thr");
  transcript.add(said("agent", "two", true, 200));
  EXPECT_EQ(transcript.entries().size(), 2u);
  transcript.add(said("agent", "two", true, 900));
  EXPECT_EQ(transcript.entries().size(), 3u);
}

TEST(LiveTranscriptTest, ALongCallHasABound) {
  LiveTranscript transcript;
  std::vector<Entry> many;
  for (int i = 0; i < 1500; ++i) many.push_back(said("caller", "x", true, i));
  transcript.set(many);
  EXPECT_EQ(transcript.entries().size(), LiveTranscript::kMostEntries);
  EXPECT_EQ(transcript.entries().back().at_ms, 1499);
  for (int i = 0; i < 100; ++i) transcript.add(said("caller", "y", true, 2000 + i));
  EXPECT_EQ(transcript.entries().size(), LiveTranscript::kMostEntries);
}

}  // namespace
}  // namespace jackfield::client
