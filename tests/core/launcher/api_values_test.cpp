#include "client/core/api_values.hpp"

#include <gtest/gtest.h>

namespace jackfield::client {
namespace {

TEST(ApiValuesTest, ASessionAsTheApiTellsIt) {
  const auto session = read_session(read_json(R"({"id":"3f2a00000000","line":"agent",
    "scenario":"phone-agent.gst","kind":"phone","state":"running",
    "started-at":"2026-01-02T03:04:05.678Z","duration-ms":61500,"call":true,
    "from":"+15550000001","to":"+15550000002","failed":false,"turns":3,"interruptions":1,
    "last-said":{"who":"agent","text":"We are open."},
    "latency":{"last":712.4,"p50":700,"p95":801},
    "muted":{"caller":true,"agent":false},"gain":{"caller":0,"agent":0},"recording":true})"));
  ASSERT_TRUE(session);
  EXPECT_EQ(session->id, "3f2a00000000");
  EXPECT_EQ(session->duration_ms, 61500);
  EXPECT_EQ(session->turns, 3u);
  EXPECT_EQ(session->last_who, "agent");
  EXPECT_EQ(session->latency_last, 712.4);
  EXPECT_TRUE(session->muted_caller);
  EXPECT_FALSE(session->ended());
}

TEST(ApiValuesTest, TextsOfStrangersAreClean) {
  const auto session = read_session(read_json(R"({"id":"3f2a","from":"+1\u001b[2J5",
    "line":"a\u202eb","state":"run\nning","last-said":{"who":"caller","text":"\u009b31mhi\u0007"}})"));
  ASSERT_TRUE(session);
  EXPECT_EQ(session->from, "+15");
  EXPECT_EQ(session->line, "ab");
  EXPECT_EQ(session->state, "run ning");
  EXPECT_EQ(session->last_text, "hi");
  EXPECT_EQ(read_entry(read_json(R"({"text":"a\u001b]0;x\u0007b"})")).text, "a]0;xb");
}

TEST(ApiValuesTest, AnIdThatCannotBePartOfAPathIsNone) {
  for (const char* id : {"", "../lines", "a/b", "a b", "a\\u001b", "a%2f",
                         "0123456789012345678901234567890123456789012345678901234567890123456789"})
    EXPECT_FALSE(read_session(read_json("{\"id\":\"" + std::string{id} + "\"}"))) << id;
  EXPECT_FALSE(read_session(read_json("[]")));
  EXPECT_TRUE(read_session(read_json(R"({"id":"A-9_z"})")));
}

TEST(ApiValuesTest, WhatIsOfAnotherKindIsEmpty) {
  const auto session = read_session(
      read_json(R"({"id":"a1","turns":-5,"duration-ms":"x","latency":null,"last-said":[]})"));
  ASSERT_TRUE(session);
  EXPECT_EQ(session->turns, 0u);
  EXPECT_EQ(session->duration_ms, 0);
  EXPECT_EQ(session->latency_last, std::nullopt);
  EXPECT_EQ(read_session(read_json(R"({"id":"a1","turns":1e300})"))->turns, 0u);
  EXPECT_TRUE(read_sessions(read_json(R"({"sessions":[1,{"id":"/"},{}]})")).empty());
  EXPECT_TRUE(read_lines(read_json("{}")).empty());
  EXPECT_EQ(read_cursor(read_json(R"({"next":null})")), "");
  EXPECT_EQ(read_error(read_json(R"({"error":"x"})")), "");
}

TEST(ApiValuesTest, LinesServerAndLatency) {
  const Server server = read_server(read_json(
      R"({"version":"0.1.0","uptime-ms":5000,"sessions":2,"max-sessions":200,"threads":9,
          "stopping":true,"cpu-percent":12.5,"memory-mb":80})"));
  EXPECT_EQ(server.max_sessions, 200u);
  EXPECT_TRUE(server.stopping);
  EXPECT_EQ(server.cpu_percent, 12.5);
  const auto lines = read_lines(read_json(
      R"({"lines":[{"name":"agent","kind":"phone","sessions":1,"max-sessions":20,
                    "calls-total":7,"failed-total":1,"url":"http://x"}]})"));
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].calls, 7u);
  EXPECT_EQ(lines[0].failed, 1u);
  const auto latency = read_latency(read_json(
      R"({"lines":[{"line":"agent","stages":[{"stage":"total","count":4,"max":900,"p50":700,
          "p95":800,"p99":850,"recent":{"p50":1,"p95":2,"p99":3}}]}]})"));
  ASSERT_EQ(latency.at("agent").size(), 1u);
  EXPECT_EQ(latency.at("agent")[0].all.p99, 850);
  EXPECT_EQ(latency.at("agent")[0].recent.p50, 1);
}

TEST(ApiValuesTest, WhatWasSaid) {
  const auto entries = read_entries(read_json(
      R"({"entries":[{"at-ms":1500,"who":"agent","turn":2,"text":"a b","heard":"a",
                      "interrupted":true,"final":true,"not-understood":false},
                     {"who":"caller","text":"x"}]})"));
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].heard, "a");
  EXPECT_TRUE(entries[0].interrupted);
  EXPECT_EQ(entries[1].heard, std::nullopt);
  EXPECT_FALSE(entries[1].final);
  const auto turns =
      read_turns(read_json(R"({"turns":[{"turn":3,"stt":12.5,"total":700},{"turn":4}]})"));
  ASSERT_EQ(turns.size(), 2u);
  EXPECT_EQ(turns[0].stt, 12.5);
  EXPECT_EQ(turns[1].total, std::nullopt);
}

}  // namespace
}  // namespace jackfield::client
