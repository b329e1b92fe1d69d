#include "control/core/record_json.hpp"

#include <gtest/gtest.h>

namespace {

using jackfield::read_call_json;
using jackfield::RecordDetail;
using jackfield::RecordSummary;

TEST(RecordJson, ReadsACall) {
  RecordSummary record;
  RecordDetail detail;
  ASSERT_TRUE(read_call_json(R"({
    "session": "0123456789ab", "line": "reception", "scenario": "/srv/pipelines/phone-agent.gst",
    "kind": "phone", "call": true, "started": "2026-11-22T14:03:05.123Z", "duration-ms": 83456,
    "end-reason": "stop", "failed": false, "from": "+15551112222", "to": "+15553334444",
    "caller-turns": 5, "caller-turns-not-understood": 1, "replies": 6, "interruptions": 2,
    "latency-ms": {"last": 712.5, "p50": 700, "p95": 900.25},
    "pipeline-start-ms": 12.5, "recording-start-ms": 40,
    "errors": ["stt: no words"], "warnings": ["slow", 5, "slower"]})",
                             record, &detail));
  EXPECT_EQ(record.line, "reception");
  EXPECT_EQ(record.scenario, "phone-agent.gst");
  EXPECT_EQ(record.kind, "phone");
  EXPECT_TRUE(record.call);
  EXPECT_EQ(record.started_ms, 1795356185123);
  EXPECT_EQ(record.duration_ms, 83456);
  EXPECT_EQ(record.end_reason, "stop");
  EXPECT_FALSE(record.failed);
  EXPECT_EQ(record.from, "+15551112222");
  EXPECT_EQ(record.to, "+15553334444");
  EXPECT_EQ(record.turns, 5u);
  EXPECT_EQ(record.interruptions, 2u);
  ASSERT_TRUE(record.latency);
  EXPECT_EQ(record.latency->last, 712.5);
  EXPECT_EQ(record.latency->p95, 900.25);
  EXPECT_TRUE(record.complete);
  EXPECT_EQ(detail.errors, std::vector<std::string>{"stt: no words"});
  EXPECT_EQ(detail.warnings, (std::vector<std::string>{"slow", "slower"}));
  EXPECT_EQ(detail.pipeline_start_ms, 12.5);
  EXPECT_EQ(detail.recording_start_ms, 40.0);
}

// Before there were "kind", "call" and "latency-ms".
TEST(RecordJson, ReadsEarlierVersions) {
  const auto read = [](const char* text) {
    RecordSummary record;
    EXPECT_TRUE(read_call_json(text, record)) << text;
    return record;
  };
  EXPECT_EQ(read(R"({"stream-sid": "MZ1"})").kind, "phone");
  EXPECT_EQ(read(R"({"peer": "a"})").kind, "browser");
  EXPECT_EQ(read(R"({})").kind, "once");
  EXPECT_TRUE(read(R"({})").call);
  EXPECT_FALSE(read(R"({"failed": true})").call);
  EXPECT_TRUE(read(R"({"failed": true, "caller-turns": 1})").call);
  EXPECT_TRUE(read(R"({"failed": true, "replies": 1})").call);
  EXPECT_FALSE(read(R"({})").latency);
}

TEST(RecordJson, WhatStrangersWroteIsNotTaken) {
  RecordSummary record;
  record.started_ms = 5;
  ASSERT_TRUE(read_call_json(
      R"({"line": 5, "scenario": ["x"], "started": "yesterday", "duration-ms": -3, "failed": "no",
          "caller-turns": 1e300, "from": {"a": 1}, "latency-ms": {"last": "1"}, "errors": {}})",
      record));
  EXPECT_EQ(record.line, "");
  EXPECT_EQ(record.scenario, "");
  EXPECT_EQ(record.started_ms, 5);
  EXPECT_EQ(record.duration_ms, 0);
  EXPECT_FALSE(record.failed);
  EXPECT_EQ(record.turns, 0u);
  EXPECT_EQ(record.from, "");
  EXPECT_FALSE(record.latency);
  RecordSummary long_name;
  ASSERT_TRUE(read_call_json("{\"line\": \"" + std::string(5000, 'x') + "\"}", long_name));
  EXPECT_EQ(long_name.line, "");
  for (const char* text : {"", "[]", "5", "{", "{\"a\":1} x", "null", "\xff"})
    EXPECT_FALSE(read_call_json(text, record)) << text;
  EXPECT_FALSE(read_call_json(std::string(100'000, '['), record));
}

TEST(RecordJson, OfAPathOnlyTheFileIsTold) {
  RecordSummary record;
  ASSERT_TRUE(read_call_json(R"({"scenario": "C:\\agents\\desk.gst"})", record));
  EXPECT_EQ(record.scenario, "desk.gst");
}

}  // namespace
