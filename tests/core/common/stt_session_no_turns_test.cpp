// SttSession with a service that finds no turns itself, wants a message first, and may say several
// things at once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "stt_session_fixture.hpp"

namespace jackfield {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Each "|" of a message separates what it says: "TEXT." answers, "TEXT" is an interim, "!TEXT"
// fails a turn whose text so far is TEXT.
class ManualService final : public SttService {
 public:
  std::vector<SttMessage> opening() override { return {{.data = "open"}}; }
  SttMessage audio(std::span<const uint8_t> bytes) override {
    return {.binary = true, .data = {bytes.begin(), bytes.end()}};
  }
  std::optional<SttMessage> finish() override { return SttMessage{.data = "commit"}; }
  std::optional<SttMessage> keep_alive() override { return std::nullopt; }
  std::optional<SttMessage> goodbye() override { return std::nullopt; }
  bool finds_turns() const override { return false; }
  SttReading read(std::string_view text) override {
    while (!text.empty()) {
      const auto end = text.find('|');
      SttReading reading;
      const std::string part(text.substr(0, end));
      if (part.starts_with('!')) {
        reading.settled = part.substr(1);
        reading.error = SttError{"failed", "", true};
        reading.passing = reading.answered = true;
      } else if (part.ends_with('.')) {
        reading.settled = part;
        reading.answered = true;
      } else {
        reading.tail = part;
      }
      waiting_.push_back(reading);
      text.remove_prefix(end == text.npos ? text.size() : end + 1);
    }
    return next().value_or(SttReading{.malformed = true});
  }
  std::optional<SttReading> next() override {
    if (waiting_.empty()) return std::nullopt;
    SttReading reading = waiting_.front();
    waiting_.pop_front();
    return reading;
  }

 private:
  std::deque<SttReading> waiting_;
};

class SttSessionNoTurnsTest : public SttSessionFixture {
 protected:
  void SetUp() override {
    config_.kept_ns = 10 * kSecond;
    config_.renew_ns = 50 * 60 * kSecond;
    config_.keep_alive_ns = 100 * 60 * kSecond;
    make(std::make_unique<ManualService>());
    take(session_->connected(now_));
    EXPECT_THAT(did(), ElementsAre("connect", "open"));
  }
  void note(const SttSession::Action& action) override {
    const auto* i = std::get_if<SttSession::Interim>(&action);
    if (i && !i->is_final) {
      did_.push_back("interim " + std::to_string(i->turn_id) + ": " + i->text);
    }
  }
  void turn(unsigned id) {
    take(session_->begin_turn(now_, id, media_));
    hear('t', 400);
    bool known = false;
    take(session_->end_turn(now_, known));
  }
};

TEST_F(SttSessionNoTurnsTest, NothingIsSentBeforeTheFirstTurn) {
  hear('a', 5000);
  EXPECT_EQ(sent_, "");
  EXPECT_EQ(session_->unsent(), 0U) << "nobody has to wait for it";
  turn(1);
  EXPECT_EQ(sent_, std::string(300 * 8, 'a') + std::string(400 * 8, 't'));
  EXPECT_THAT(did(), ElementsAre("commit"));
  says("Hello.");
  EXPECT_THAT(did(), ElementsAre("turn 1: Hello."));
  EXPECT_EQ(session_->stats().dropped_bytes, 0U);
}

TEST_F(SttSessionNoTurnsTest, AStreamWithoutTurnsIsSentAtItsEnd) {
  hear('a', 2000);
  take(session_->finish(now_));
  EXPECT_EQ(sent_.size(), 2000U * 8);
  EXPECT_THAT(did(), ElementsAre("commit"));
  EXPECT_TRUE(session_->pending());
  says("All of it.");
  EXPECT_THAT(did(), ElementsAre("said All of it."));
  EXPECT_FALSE(session_->pending());
}

TEST_F(SttSessionNoTurnsTest, OnlySoMuchOfItIsKept) {
  hear('a', 15000);
  hear('b', 9000);
  EXPECT_GT(session_->stats().dropped_bytes, 0U);
  take(session_->finish(now_));
  EXPECT_LE(sent_.size(), 11U * 8000);
  EXPECT_EQ(sent_.back(), 'b');
}

TEST_F(SttSessionNoTurnsTest, TheEndIsSaidAgainOnANewConnection) {
  hear('a', 1000);
  take(session_->finish(now_));
  take(session_->disconnected(now_, {.cause = "lost", .text = ""}, 0.0));
  sent_.clear();
  did();
  take(session_->tick(session_->deadline()));
  take(session_->connected(now_));
  EXPECT_EQ(sent_.size(), 8000U);
  EXPECT_THAT(did(), ElementsAre("connect", "open", "commit"));
}

TEST_F(SttSessionNoTurnsTest, AMessageMayAnswerSeveralTurns) {
  turn(1);
  turn(2);
  take(session_->begin_turn(now_, 3, media_));
  did();
  says("One.|Two.|thr");
  EXPECT_THAT(did(), ElementsAre("turn 1: One.", "turn 2: Two.", "interim 3: thr"));
}

TEST_F(SttSessionNoTurnsTest, AFailedTurnIsAnswered) {
  turn(1);
  turn(2);
  did();
  says("!|Two.");
  EXPECT_THAT(did(), ElementsAre("!failed", "turn 1: ", "turn 2: Two."));
  EXPECT_TRUE(session_->is_connected());
}

// What came for the turn that was given up would be taken for the next one's.
TEST_F(SttSessionNoTurnsTest, TooManyTurnsWithoutAnAnswer) {
  for (unsigned id = 1; id <= 16; ++id) turn(id);
  did();
  turn(17);
  EXPECT_THAT(did(), ElementsAre("turn 1: ", "connect"));
  take(session_->connected(now_));
  EXPECT_EQ(did().size(), 1U + 16) << "all that wait are asked for again";
  says("Two.");
  EXPECT_THAT(did(), ElementsAre("turn 2: Two."));
}

TEST_F(SttSessionNoTurnsTest, ATurnWithoutAudioIsNotWaitedFor) {
  turn(1);
  take(session_->begin_turn(now_, 2, media_ + 1000 * kMs));
  bool known = false;
  take(session_->end_turn(now_, known));
  did();
  says("One.");
  EXPECT_THAT(did(), ElementsAre("turn 1: One.", "turn 2: "));
  EXPECT_FALSE(session_->pending());
}

TEST_F(SttSessionNoTurnsTest, AnOldConnectionIsReplacedWhenNobodySpeaks) {
  const uint64_t due = now_ + config_.renew_ns;
  EXPECT_EQ(session_->deadline(), due);
  now_ = due;
  take(session_->tick(now_));
  EXPECT_THAT(did(), ElementsAre("connect"));
  take(session_->connected(now_));
  EXPECT_THAT(did(), ElementsAre("open"));
  EXPECT_EQ(session_->stats().failures, 0U);
  // Not in the middle of a turn.
  now_ += config_.renew_ns - 100 * kMs;
  take(session_->begin_turn(now_, 1, media_));
  hear('t', 1000);
  take(session_->tick(now_));
  EXPECT_THAT(did(), IsEmpty());
  bool known = false;
  take(session_->end_turn(now_, known));
  says("Hello.");
  did();
  EXPECT_LE(session_->deadline(), now_);
  take(session_->tick(now_));
  EXPECT_THAT(did(), ElementsAre("connect"));
}

}  // namespace
}  // namespace jackfield
