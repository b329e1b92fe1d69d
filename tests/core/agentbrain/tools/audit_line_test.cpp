#include "audit_line.hpp"

#include <gtest/gtest.h>

#include "json_members.hpp"

namespace {

using namespace agentbrain::tools;
using Event = AuditEntry::Event;

TEST(AuditLine, TimesAreUtcWithMilliseconds) {
  EXPECT_EQ(utc_time(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(utc_time(1'795'423'199'999'999), "2026-11-23T08:39:59.999Z");
  EXPECT_EQ(utc_time(951'782'400'000'000), "2000-02-29T00:00:00.000Z");
  EXPECT_EQ(utc_time(-1), "1969-12-31T23:59:59.999Z");
}

TEST(AuditLine, TheBeginningOfACall) {
  const AuditedSession whose{.session = "0123456789ab", .line = "desk", .caller = "+4930123"};
  const AuditEntry entry{.event = Event::kBegin,
                         .call_id = "call_1",
                         .turn = 3,
                         .server = "files",
                         .tool = "read",
                         .arguments = R"({"path":"a"})"};
  EXPECT_EQ(audit_line(whose, entry, 1'795'423'199'125'000),
            R"({"time":"2026-11-23T08:39:59.125Z","event":"begin","session":"0123456789ab",)"
            R"("line":"desk","caller":"+4930123","turn":3,"call":"call_1","server":"files",)"
            R"("tool":"read","arguments":"{\"path\":\"a\"}"})"
            "\n");
}

TEST(AuditLine, ARefusalAndAnEnd) {
  AuditEntry entry{.event = Event::kRefused,
                   .call_id = "c",
                   .tool = "sing",
                   .arguments = "{}",
                   .reason = "there is no such tool",
                   .outcome = "unknown"};
  EXPECT_EQ(audit_line({}, entry, 0),
            R"({"time":"1970-01-01T00:00:00.000Z","event":"refused","turn":0,"call":"c",)"
            R"("server":"","tool":"sing","arguments":"{}","outcome":"unknown",)"
            R"("reason":"there is no such tool"})"
            "\n");
  entry = {.event = Event::kEnd,
           .call_id = "c",
           .server = "files",
           .tool = "read",
           .arguments = "{}",
           .outcome = "ok",
           .duration = 1'234'999'999,
           .bytes = 17,
           .background = true};
  EXPECT_EQ(audit_line({}, entry, 0),
            R"({"time":"1970-01-01T00:00:00.000Z","event":"end","turn":0,"call":"c",)"
            R"("server":"files","tool":"read","arguments":"{}","outcome":"ok","duration-ms":1234,)"
            R"("bytes":17,"background":true})"
            "\n");
}

TEST(AuditLine, WhatTheCallerAgreedToSaysSo) {
  const AuditEntry entry{
      .event = Event::kBegin, .call_id = "c", .tool = "send", .arguments = "{}", .confirmed = true};
  EXPECT_NE(audit_line({}, entry, 0).find(R"("arguments":"{}","confirmed":true})"),
            std::string::npos);
}

// What a page, a caller or a model writes cannot begin a line of its own.
TEST(AuditLine, NothingBreaksALine) {
  const std::string rough = "a\n{\"event\":\"begin\"}\r\n\xE2\x80\xA8\"\\\x01\xFF";
  const std::string line = audit_line({.session = rough, .line = rough, .caller = rough},
                                      {.event = Event::kEnd,
                                       .call_id = rough,
                                       .server = rough,
                                       .tool = rough,
                                       .arguments = rough,
                                       .reason = rough,
                                       .outcome = rough},
                                      0);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const auto read = jackfield::parse_json(line);
  ASSERT_TRUE(read.value) << line;
  EXPECT_EQ(jackfield::string_member(*read.value, "event"), "end");
  EXPECT_EQ(jackfield::string_member(*read.value, "tool"),
            "a\n{\"event\":\"begin\"}\r\n\xE2\x80\xA8\"\\\x01\xEF\xBF\xBD");
}

}  // namespace
