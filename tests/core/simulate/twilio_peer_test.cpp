#include "simulate/core/twilio_peer.hpp"

#include <gtest/gtest.h>

#include "json_reader.hpp"
#include "simulate/core/codec.hpp"

namespace jackfield::simulate {
namespace {

const std::string kSid = "MZ00000000000000000000000000000002";

class Log : public TwilioPeer::Listener {
 public:
  void on_send(std::string_view message) override { sent.emplace_back(message); }
  void on_agent_audio(Samples, std::span<const std::uint8_t> mulaw) override {
    heard += static_cast<Samples>(mulaw.size());
  }
  void on_agent_idle(Samples, Samples) override {}
  void on_clear(Samples at, Samples dropped) override {
    events.push_back("clear@" + std::to_string(at) + " " + std::to_string(dropped));
  }
  void on_mark_echo(Samples at, const std::string& name, bool cleared) override {
    events.push_back((cleared ? "cleared " : "played ") + name + "@" + std::to_string(at));
  }
  void on_violation(const Violation& v) override { violations.push_back(v); }

  JsonValue message(std::size_t index) const { return *parse_json(sent.at(index)).value; }
  std::string event(std::size_t index) const { return message(index).find("event")->string; }

  std::vector<std::string> sent;
  std::vector<std::string> events;
  std::vector<Violation> violations;
  Samples heard = 0;
};

class TwilioPeerTest : public testing::Test {
 protected:
  void begin() {
    peer.connect();
    peer.start();
  }
  void media(Samples now, std::size_t count) {
    std::string payload;
    base64_append(payload, std::vector<std::uint8_t>(count, 0x80));
    peer.receive_text(now, "{\"event\":\"media\",\"streamSid\":\"" + kSid +
                               "\",\"media\":{\"payload\":\"" + payload + "\"}}");
  }
  void mark(Samples now, const std::string& name) {
    peer.receive_text(now, "{\"event\":\"mark\",\"streamSid\":\"" + kSid +
                               "\",\"mark\":{\"name\":\"" + name + "\"}}");
  }
  void clear(Samples now) {
    peer.receive_text(now, "{\"event\":\"clear\",\"streamSid\":\"" + kSid + "\"}");
  }

  Log log;
  TwilioPeer peer{{kSid, "CA1", "AC1", {}}, log};
};

TEST_F(TwilioPeerTest, CountsEveryMessageButConnected) {
  begin();
  const std::vector<std::uint8_t> frame(160, 0xFF);
  peer.send_media(0, frame);
  mark(10, "m");
  peer.send_dtmf('5');
  peer.send_media(160, frame);
  peer.stop();
  ASSERT_EQ(log.sent.size(), 7u);
  const char* kEvents[] = {"connected", "start", "media", "mark", "dtmf", "media", "stop"};
  for (std::size_t i = 0; i < 7; ++i) {
    EXPECT_EQ(log.event(i), kEvents[i]);
    if (i > 0) {
      EXPECT_EQ(log.message(i).find("sequenceNumber")->string, std::to_string(i));
    }
  }
  EXPECT_EQ(log.message(5).find("media")->find("chunk")->string, "2");
  EXPECT_EQ(log.message(5).find("media")->find("timestamp")->string, "20");
}

TEST_F(TwilioPeerTest, NothingIsSentBeforeStartOrAfterStop) {
  const std::vector<std::uint8_t> frame(160, 0xFF);
  peer.send_media(0, frame);
  peer.stop();
  EXPECT_TRUE(log.sent.empty());
  begin();
  peer.stop();
  const std::size_t count = log.sent.size();
  peer.send_media(0, frame);
  peer.send_dtmf('1');
  peer.stop();
  peer.start();
  EXPECT_EQ(log.sent.size(), count);
}

TEST_F(TwilioPeerTest, MarksInterleaveWithDrainingAudio) {
  begin();
  media(0, 160);
  mark(0, "a");
  media(0, 160);
  mark(0, "b");
  peer.advance(100);
  EXPECT_EQ(log.sent.size(), 2u);
  peer.advance(160);
  EXPECT_EQ(log.event(2), "mark");
  EXPECT_EQ(peer.marks_outstanding(), 1u);
  peer.advance(400);
  EXPECT_EQ(log.events, (std::vector<std::string>{"played a@160", "played b@320"}));
  EXPECT_EQ(peer.stats().marks_played, 2u);
  EXPECT_EQ(peer.stats().agent_played, 320);
  EXPECT_EQ(log.heard, 320);
}

TEST_F(TwilioPeerTest, ClearEchoesPendingMarksInOrderAndDropsAudio) {
  begin();
  media(0, 800);
  mark(0, "a");
  media(0, 800);
  mark(0, "b");
  clear(200);
  EXPECT_EQ(log.events,
            (std::vector<std::string>{"clear@200 1400", "cleared a@200", "cleared b@200"}));
  EXPECT_EQ(log.event(2), "mark");
  EXPECT_EQ(log.event(3), "mark");
  EXPECT_EQ(peer.stats().agent_cleared, 1400);
  EXPECT_EQ(peer.stats().agent_played, 200);
  EXPECT_EQ(peer.unplayed(), 0);
  EXPECT_TRUE(log.violations.empty());
}

TEST_F(TwilioPeerTest, AMessageBeforeStartIsAViolation) {
  peer.connect();
  media(0, 160);
  ASSERT_EQ(log.violations.size(), 1u);
  EXPECT_EQ(log.violations[0].code, 31951);
  EXPECT_NE(log.violations[0].text.find("before \"start\""), std::string::npos);
  EXPECT_EQ(peer.stats().media_messages, 0u);
}

TEST_F(TwilioPeerTest, BinaryAndBrokenFramesHaveTheirCodes) {
  begin();
  peer.receive_binary(800, 12);
  peer.receive_broken(900, "a fragmented control frame");
  ASSERT_EQ(log.violations.size(), 2u);
  EXPECT_EQ(log.violations[0].code, 31950);
  EXPECT_EQ(log.violations[0].at, 800);
  EXPECT_EQ(log.violations[1].code, 31924);
}

TEST_F(TwilioPeerTest, ABadMessageIsNotPlayedAndTheCallGoesOn) {
  begin();
  peer.receive_text(0,
                    "{\"event\":\"media\",\"streamSid\":\"MZx\",\"media\":{\"payload\":\"gP8=\"}}");
  media(0, 160);
  peer.advance(1000);
  EXPECT_EQ(log.heard, 160);
  EXPECT_EQ(peer.stats().violations, 1u);
  EXPECT_EQ(peer.stats().messages, 2u);
}

TEST_F(TwilioPeerTest, MoreThanTenMinutesIsReportedOnce) {
  begin();
  for (int i = 0; i < 13; ++i) media(0, 400000);
  ASSERT_EQ(log.violations.size(), 1u);
  EXPECT_EQ(log.violations[0].code, 31931);
  EXPECT_EQ(peer.unplayed(), PlayQueue::kLimit);
}

TEST_F(TwilioPeerTest, AFloodOfViolationsIsCountedNotKept) {
  begin();
  for (int i = 0; i < 1000; ++i) peer.receive_text(i, "no");
  EXPECT_EQ(peer.stats().violations, 1000u);
  EXPECT_EQ(peer.violations().size(), TwilioPeer::kKeptViolations);
  EXPECT_EQ(log.violations.size(), TwilioPeer::kKeptViolations);
}

TEST_F(TwilioPeerTest, WhatIsUnderWayWhenTheCallerHangsUpIsNoViolation) {
  begin();
  peer.stop();
  media(10, 160);
  peer.receive_text(10, "no");
  EXPECT_TRUE(log.violations.empty());
}

}  // namespace
}  // namespace jackfield::simulate
