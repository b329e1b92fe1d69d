// Random conversations: whatever order events come in, the turn taker is never stuck, never lets
// the line be held for ever and never spins on its own timer.
#include <gtest/gtest.h>

#include <random>

#include "turn_taker.hpp"

namespace {

using namespace agentbrain;
using Kind = Action::Kind;

class Conversation {
 public:
  explicit Conversation(unsigned seed) : random_(seed) {
    TurnTaker::Config config;
    config.min_words = 1 + pick(2);
    config.filler_after = pick(2) ? kSecond : 0;
    config.has_error_reply = pick(2) != 0;
    config.has_error_goodbye = pick(2) != 0;
    config.max_errors = pick(4);
    config.addressee = {.named = pick(2) != 0, .names = jackfield::SpokenNames{"Jack"}};
    taker_ = TurnTaker(config);
    taker_.start(pick(2) != 0, t_);
    run();
  }

  void step() {
    t_ += pick(500) * kMillisecond;
    due();
    switch (pick(19)) {
      case 0:
        taker_.speech_start(++id_, t_ - std::min<Time>(t_, 50 * kMillisecond), t_);
        break;
      case 1:
      case 2:
        taker_.speech_end(id_, t_ - std::min<Time>(t_, pick(600) * kMillisecond), t_);
        break;
      case 3:
        taker_.interim(std::vector<std::string>{"", "mhm", "stop", "wait, Jack"}[pick(4)], t_);
        break;
      case 4:
        taker_.text(pick(4) ? pick(2) ? "some words" : "some words, Jack" : " ", t_);
        break;
      case 5:
        taker_.turn_end(id_, pick(2) != 0, t_);
        break;
      case 6:
        taker_.turn_end(id_ ? id_ - 1 : 0, pick(2) != 0, t_);
        break;
      case 7:
        taker_.sentence(t_);
        break;
      case 8:
      case 9:
        taker_.reply_audio(t_);
        break;
      case 10:
        taker_.reply_progress(t_);
        break;
      case 11:
        taker_.reply_end(pick(2) != 0, t_);
        break;
      case 12:
        taker_.reply_finished(false, t_);
        break;
      case 13:
        taker_.stage_failed(pick(2) ? "stt" : "llm", "broken", t_);
        break;
      case 14:
        if (pick(300) == 0) taker_.eos(t_);
        break;
      case 15:
        if (pick(300) == 0) taker_.reply_finished(true, t_);
        break;
      case 16:
        if (pick(300) == 0) taker_.closing(t_);
        break;
      case 17:
        taker_.stage_complained(std::vector<std::string>{"stt", "llm", "tts"}[pick(3)], "hm", t_);
        break;
      case 18:
        if (pick(4) == 0) taker_.typed(++id_, "in writing", t_);
        break;
    }
    run();
  }

  // No more input but time (and the answer to a pause).
  void settle() {
    for (int i = 0; i < 50; ++i) {
      const Time deadline = taker_.deadline();
      if (deadline == kNever) break;
      t_ = std::max(t_, deadline);
      taker_.timer(t_);
      run();
      const bool progress = taker_.deadline() != deadline || taker_.state() == State::kEnded;
      ASSERT_TRUE(progress) << "the timer changes nothing in " << state_name(taker_.state());
    }
    EXPECT_TRUE(taker_.state() == State::kListening || taker_.state() == State::kEnded)
        << "stuck in " << state_name(taker_.state());
    if (taker_.state() == State::kListening) {
      EXPECT_FALSE(held_) << "the line stays held";
    }
  }
  bool ended() const { return taker_.state() == State::kEnded; }

 private:
  std::uint32_t pick(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }
  void due() {
    for (int i = 0; taker_.deadline() <= t_; ++i) {
      ASSERT_LT(i, 20) << "the timer spins in " << state_name(taker_.state());
      taker_.timer(t_);
      run();
    }
  }
  void run() {
    for (auto actions = taker_.take_actions(); !actions.empty(); actions = taker_.take_actions()) {
      for (const Action& action : actions) {
        if (action.kind == Kind::kPauseReply) {
          held_ = true;
          taker_.paused(pick(2) != 0, t_);
        }
        if (action.kind == Kind::kResumeReply) held_ = false;
        if (action.kind == Kind::kFinish) {
          EXPECT_LE(++finishes_, 1);
        }
        if (action.kind == Kind::kSubmitTurn) {
          EXPECT_FALSE(held_) << "a question is asked while the line is held";
          EXPECT_FALSE(action.not_understood && !action.texts.empty());
        }
      }
    }
    if (taker_.state() != State::kListening && taker_.state() != State::kEnded) {
      EXPECT_NE(taker_.deadline(), kNever) << "unbounded " << state_name(taker_.state());
    }
  }

  std::mt19937 random_;
  TurnTaker taker_{TurnTaker::Config{}};
  Time t_ = kSecond;
  std::uint32_t id_ = 0;
  bool held_ = false;
  int finishes_ = 0;
};

TEST(TurnTakerRandomTest, NeverStuck) {
  for (unsigned seed = 0; seed < 3000; ++seed) {
    SCOPED_TRACE(seed);
    Conversation conversation(seed);
    const unsigned steps = 1 + seed % 200;
    for (unsigned i = 0; i < steps && !testing::Test::HasFailure(); ++i) conversation.step();
    conversation.settle();
    if (testing::Test::HasFailure()) break;
  }
}

}  // namespace
