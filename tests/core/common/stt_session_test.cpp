#include "stt_session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stt_session_fixture.hpp"

namespace jackfield {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A protocol of short words: "i:..." interim, "s:..." settled, "d" answered, "e:CODE" error,
// "start", "end:..." (the service's own turns), "eager:...".
class PlainService final : public SttService {
 public:
  explicit PlainService(bool is_continuous) : continuous_(is_continuous) {}
  SttMessage audio(std::span<const uint8_t> bytes) override {
    return {.binary = true, .data = {bytes.begin(), bytes.end()}};
  }
  std::optional<SttMessage> finish() override {
    if (continuous_) return std::nullopt;
    return SttMessage{.data = "finish"};
  }
  std::optional<SttMessage> keep_alive() override { return SttMessage{.data = "alive"}; }
  std::optional<SttMessage> goodbye() override { return SttMessage{.data = "bye"}; }
  bool continuous() const override { return continuous_; }
  SttReading read(std::string_view text) override {
    SttReading reading;
    if (text.starts_with("i:")) reading.tail = text.substr(2);
    if (text.starts_with("s:")) reading.settled = text.substr(2);
    if (text.starts_with("u:")) {
      reading.settled = "";
      reading.settled_until_s = std::stod(std::string(text.substr(2)));
    }
    if (text == "d") reading.answered = true;
    if (text == "start") reading.speech_start = true;
    if (text.starts_with("end:")) {
      reading.settled = text.substr(4);
      reading.speech_end = true;
    }
    if (text.starts_with("eager:")) {
      reading.tail = text.substr(6);
      reading.speech_probably_over = true;
    }
    if (text.starts_with("e:")) reading.error = SttError{std::string(text.substr(2)), "", true};
    if (text == "fatal") reading.error = SttError{"fatal", "", false};
    if (text == "?") reading.malformed = true;
    return reading;
  }

 private:
  bool continuous_;
};

class SttSessionTest : public SttSessionFixture {
 protected:
  void make(SttSession::Segmentation segmentation, bool continuous = false) {
    config_.segmentation = segmentation;
    SttSessionFixture::make(std::make_unique<PlainService>(continuous));
  }
  void note(const SttSession::Action& action) override {
    if (std::holds_alternative<SttSession::Disconnect>(action)) did_.push_back("disconnect");
    if (const auto* i = std::get_if<SttSession::Interim>(&action)) {
      did_.push_back((i->is_final ? "final " : "interim ") + i->text);
    }
  }
  void begin(unsigned id) { take(session_->begin_turn(now_, id, media_)); }
  void end() {
    bool known = false;
    take(session_->end_turn(now_, known));
    EXPECT_TRUE(known);
  }
  void lose() { take(session_->disconnected(now_, {.cause = "lost", .text = ""}, 0.0)); }
  // Lets time pass until the session wants something.
  void wait() {
    ASSERT_NE(session_->deadline(), UINT64_MAX);
    now_ = std::max(now_, session_->deadline());
    take(session_->tick(now_));
  }
};

TEST_F(SttSessionTest, ATurnWithItsPreRoll) {
  make(SttSession::Segmentation::kEvents);
  take(session_->connected(now_));
  hear('a', 1000);
  EXPECT_EQ(sent_, "");
  begin(1);
  hear('b', 400);
  end();
  EXPECT_EQ(sent_, std::string(300 * 8, 'a') + std::string(400 * 8, 'b'));
  says("i:boo");
  says("s:book a");
  says("i:tab");
  EXPECT_TRUE(session_->pending());
  says("s:table.");
  says("d");
  EXPECT_FALSE(session_->pending());
  EXPECT_THAT(
      did(), ElementsAre("connect", "finish", "interim boo", "interim book a", "interim book a tab",
                         "interim book a table.", "final book a table.", "turn 1: book a table."));
}

TEST_F(SttSessionTest, AudioGoesOutInPieces) {
  make(SttSession::Segmentation::kEvents);
  take(session_->connected(now_));
  begin(1);
  hear('b', 40);
  EXPECT_EQ(sent_.size(), 0U);
  hear('b', 20);
  EXPECT_EQ(sent_.size(), 480U);
  hear('b', 20);
  end();
  EXPECT_EQ(sent_.size(), 640U);
}

TEST_F(SttSessionTest, SettledToTheLastSampleIsAnAnswer) {
  make(SttSession::Segmentation::kEvents);
  take(session_->connected(now_));
  begin(1);
  hear('b', 500);
  end();
  says("s:yes");
  says("u:0.3");
  EXPECT_TRUE(session_->pending());
  says("u:0.5");
  EXPECT_FALSE(session_->pending());
}

TEST_F(SttSessionTest, ABreakInMidTurnSendsItAgain) {
  make(SttSession::Segmentation::kEvents);
  take(session_->connected(now_));
  begin(1);
  hear('b', 300);
  says("s:one");
  sent_.clear();
  did();
  lose();
  hear('c', 100);
  EXPECT_EQ(sent_, "");
  end();
  wait();
  take(session_->connected(now_));
  EXPECT_EQ(sent_, std::string(2400, 'b') + std::string(800, 'c'));
  says("s:one two");
  says("d");
  EXPECT_THAT(did(), ElementsAre("!lost", "connect", "finish", "interim one two", "final one two",
                                 "turn 1: one two"));
  EXPECT_EQ(session_->stats().resent_bytes, 2400U);
}

TEST_F(SttSessionTest, WaitsGrowAndAHopelessCauseEndsThem) {
  make(SttSession::Segmentation::kEvents);
  begin(1);
  std::vector<uint64_t> waits;
  for (int i = 0; i < 4; ++i) {
    lose();
    waits.push_back(session_->deadline() - now_);
    wait();
  }
  EXPECT_THAT(waits, ElementsAre(250 * kMs, 500 * kMs, kSecond, 2 * kSecond));
  did();
  take(session_->disconnected(now_, {.cause = "unauthorized", .text = "", .retryable = false}, 0));
  EXPECT_EQ(session_->deadline(), UINT64_MAX);
  hear('b', 100);
  end();
  EXPECT_THAT(did(), ElementsAre("!unauthorized", "turn 1: "));
  begin(2);
  EXPECT_THAT(did(), ElementsAre("connect"));
}

TEST_F(SttSessionTest, ATurnWithoutAnswerEndsInTime) {
  make(SttSession::Segmentation::kEvents);
  take(session_->connected(now_));
  begin(1);
  hear('b', 100);
  says("i:half");
  end();
  did();
  const uint64_t before = now_;
  wait();
  EXPECT_EQ(now_ - before, config_.result_timeout_ns);
  EXPECT_THAT(did(), ElementsAre("!timeout", "final half", "turn 1: half", "connect"));
  EXPECT_EQ(session_->stats().timeouts, 1U);
}

TEST_F(SttSessionTest, WithoutAConnectionATurnEndsToo) {
  make(SttSession::Segmentation::kEvents);
  begin(1);
  hear('b', 100);
  lose();
  end();
  const uint64_t ended = now_;
  for (int i = 0; i < 40 && session_->pending(); ++i) {
    wait();
    if (session_->pending()) lose();
  }
  EXPECT_FALSE(session_->pending());
  EXPECT_LE(now_ - ended, 3 * config_.result_timeout_ns);
}

TEST_F(SttSessionTest, TheNextTurnMayBeginBeforeTheAnswer) {
  make(SttSession::Segmentation::kEvents);
  take(session_->connected(now_));
  begin(1);
  hear('a', 100);
  end();
  begin(2);
  hear('b', 100);
  says("s:first");
  says("d");
  says("i:sec");
  end();
  says("s:second");
  says("d");
  EXPECT_THAT(did(), ElementsAre("connect", "finish", "interim first", "final first",
                                 "turn 1: first", "interim sec", "finish", "interim second",
                                 "final second", "turn 2: second"));
}

TEST_F(SttSessionTest, IsKeptAlive) {
  make(SttSession::Segmentation::kEvents);
  take(session_->connected(now_));
  did();
  const uint64_t before = now_;
  wait();
  wait();
  EXPECT_THAT(did(), ElementsAre("alive", "alive"));
  EXPECT_EQ(now_ - before, 2 * config_.keep_alive_ns);
}

TEST_F(SttSessionTest, AnIdleConnectionIsMadeAgainInSilence) {
  make(SttSession::Segmentation::kEvents);
  take(session_->connected(now_));
  did();
  lose();
  wait();
  EXPECT_THAT(did(), ElementsAre("connect"));
  // But not for ever.
  for (int i = 0; i < 20 && session_->deadline() != UINT64_MAX; ++i) {
    lose();
    if (session_->deadline() != UINT64_MAX) wait();
  }
  EXPECT_EQ(session_->deadline(), UINT64_MAX);
}

TEST_F(SttSessionTest, WithoutEventsTheServiceFindsTheTurns) {
  make(SttSession::Segmentation::kAuto);
  take(session_->connected(now_));
  hear('a', 600);
  EXPECT_EQ(sent_.size(), 4800U);
  says("start");
  says("i:he");
  says("end:hello");
  hear('a', 200);
  take(session_->finish(now_));
  says("s:bye");
  says("d");
  EXPECT_THAT(did(), ElementsAre("connect", "speaks", "said hello", "finish", "said bye"));
  EXPECT_FALSE(session_->pending());
}

TEST_F(SttSessionTest, TheFirstEventTakesOverWhatWentOut) {
  make(SttSession::Segmentation::kAuto);
  take(session_->connected(now_));
  hear('a', 300);
  says("i:he");
  begin(1);
  hear('b', 100);
  end();
  EXPECT_EQ(sent_, std::string(2400, 'a') + std::string(800, 'b'));
  says("s:hello");
  says("d");
  EXPECT_EQ(did().back(), "turn 1: hello");
  // From now on only turns go out.
  sent_.clear();
  hear('c', 300);
  EXPECT_EQ(sent_, "");
}

TEST_F(SttSessionTest, AServiceWithTurnsOfItsOwnAnswersOurs) {
  make(SttSession::Segmentation::kAuto, true);
  take(session_->connected(now_));
  hear('a', 200);
  says("start");
  begin(1);
  hear('b', 300);
  says("i:one");
  end();
  did();
  EXPECT_TRUE(session_->pending());
  says("end:one two");
  EXPECT_THAT(did(), ElementsAre("final one two", "turn 1: one two"));
}

TEST_F(SttSessionTest, WordsThatWereAnsweredAreNotSaidAgain) {
  make(SttSession::Segmentation::kAuto, true);
  take(session_->connected(now_));
  says("start");
  begin(1);
  hear('b', 300);
  end();
  says("eager:one two");
  EXPECT_EQ(did().back(), "turn 1: one two");
  // The caller goes on; the service's turn has all the words.
  begin(2);
  says("i:one two three");
  end();
  says("end:One, two, three four.");
  EXPECT_EQ(did().back(), "turn 2: three four.");
}

TEST_F(SttSessionTest, AnErrorOfTheServiceMakesANewConnection) {
  make(SttSession::Segmentation::kEvents);
  take(session_->connected(now_));
  begin(1);
  hear('b', 100);
  did();
  says("e:INTERNAL");
  says("s:from the old connection");
  wait();
  EXPECT_THAT(did(), ElementsAre("disconnect", "!INTERNAL", "connect"));
}

TEST_F(SttSessionTest, WhatCannotBeReadIsCounted) {
  make(SttSession::Segmentation::kEvents);
  take(session_->connected(now_));
  did();
  says("?");
  EXPECT_THAT(did(), IsEmpty());
  EXPECT_EQ(session_->stats().malformed, 1U);
}

TEST_F(SttSessionTest, KeepsAMinuteOfATurn) {
  make(SttSession::Segmentation::kEvents);
  begin(1);
  hear('a', 90'000);
  EXPECT_LE(session_->unsent(), 61U * 8000);
  EXPECT_GE(session_->stats().dropped_bytes, 29U * 8000);
  sent_.clear();
  take(session_->connected(now_));
  EXPECT_GE(sent_.size(), 60U * 8000);
}

TEST_F(SttSessionTest, AFlushDropsTheConnectionThatHasTheAudio) {
  make(SttSession::Segmentation::kEvents);
  take(session_->connected(now_));
  begin(1);
  hear('a', 100);
  did();
  take(session_->flush(now_));
  EXPECT_THAT(did(), ElementsAre("connect"));
  says("s:late");
  EXPECT_THAT(did(), IsEmpty());
  EXPECT_FALSE(session_->turn_running());
}

}  // namespace
}  // namespace jackfield
