#include "tts_session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace elevenlabs {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr uint64_t kSecond = 1'000'000'000;
constexpr char kOpen1[] = R"({"text":" ","context_id":"r1","voice_settings":{"speed":1.00}})";
constexpr char kOpen2[] = R"({"text":" ","context_id":"r2","voice_settings":{"speed":1.00}})";
constexpr char kAlive1[] = R"({"text":"","context_id":"r1"})";

class TtsSessionTest : public ::testing::Test {
 protected:
  void make(bool multi) {
    TtsSession::Config config{.multi_context = multi};
    config.backoff.jitter = 0;
    session_ = std::make_unique<TtsSession>(config);
    take(session_->start(now_));
    take(session_->connected(now_));
  }
  void take(const std::vector<TtsSession::Action>& actions) {
    for (const auto& action : actions) {
      if (std::holds_alternative<TtsSession::Connect>(action)) did_.emplace_back("connect");
      if (std::holds_alternative<TtsSession::ReplyDone>(action)) did_.emplace_back("done");
      if (const auto* s = std::get_if<TtsSession::Send>(&action)) did_.push_back(s->text);
      if (const auto* a = std::get_if<TtsSession::Audio>(&action)) {
        did_.push_back("audio " + std::to_string(a->bytes.size()));
      }
      if (const auto* f = std::get_if<TtsSession::Failure>(&action)) did_.push_back("!" + f->cause);
    }
  }
  void end() {
    bool known = false;
    take(session_->end_reply(now_, known));
    EXPECT_TRUE(known);
  }
  void speaks(const std::string& context, const std::string& text) {
    std::string chars;
    std::string times;
    for (const char c : text) {
      chars += (chars.empty() ? "\"" : ",\"") + std::string(1, c) + "\"";
      times += times.empty() ? "0" : ",0";
    }
    take(session_->message(now_,
                           R"({"audio":"AAEC","contextId":")" + context +
                               R"(","alignment":{"chars":[)" + chars + R"(],"charStartTimesMs":[)" +
                               times + "]}}",
                           0.0));
  }
  void finishes(const std::string& context) {
    take(session_->message(now_, R"({"isFinal":true,"contextId":")" + context + "\"}", 0.0));
  }
  void lose() { take(session_->disconnected(now_, {.cause = "lost", .text = ""}, 0.0)); }
  void wait() {
    ASSERT_NE(session_->deadline(), UINT64_MAX);
    now_ = std::max(now_, session_->deadline());
    take(session_->tick(now_));
  }
  std::vector<std::string> did() { return std::exchange(did_, {}); }

  std::unique_ptr<TtsSession> session_;
  std::vector<std::string> did_;
  uint64_t now_ = 100 * kSecond;
};

TEST_F(TtsSessionTest, AReplyInAContextThatIsOpenBefore) {
  make(true);
  EXPECT_THAT(did(), ElementsAre("connect", kOpen1));
  take(session_->text(now_, "Hi."));
  end();
  speaks("r1", "Hi. ");
  finishes("r1");
  EXPECT_THAT(
      did(), ElementsAre(R"({"text":"Hi. ","context_id":"r1"})",
                         R"({"context_id":"r1","close_context":true})", "audio 3", "done", kOpen2));
}

TEST_F(TtsSessionTest, OneReplyAConnection) {
  make(false);
  did();
  take(session_->text(now_, "Hi."));
  end();
  speaks("", "Hi. ");
  finishes("");
  EXPECT_THAT(did(),
              ElementsAre(R"({"text":"Hi. "})", R"({"text":""})", "audio 3", "done", "connect"));
}

TEST_F(TtsSessionTest, AFlushDropsLateAudioByItsContext) {
  make(true);
  take(session_->text(now_, "Hi you."));
  speaks("r1", "Hi ");
  did();
  take(session_->flush(now_));
  EXPECT_THAT(did(), ElementsAre(R"({"context_id":"r1","close_context":true})", kOpen2));
  take(session_->text(now_, "Yes?"));
  did();
  speaks("r1", "you. ");
  finishes("r1");
  EXPECT_THAT(did(), IsEmpty());
  EXPECT_EQ(session_->stats().late_bytes, 3U);
  speaks("r2", "Yes? ");
  EXPECT_THAT(did(), ElementsAre("audio 3"));
}

TEST_F(TtsSessionTest, ABrokenReplyIsSpokenOn) {
  make(true);
  take(session_->text(now_, "One two."));
  take(session_->text(now_, "Three."));
  end();
  speaks("r1", "One t");
  did();
  lose();
  wait();
  take(session_->connected(now_));
  EXPECT_THAT(
      did(), ElementsAre("!lost", "connect", kOpen2, R"({"text":"two. Three. ","context_id":"r2"})",
                         R"({"context_id":"r2","close_context":true})"));
}

TEST_F(TtsSessionTest, AReplyIsGivenUpAfterSomeAttempts) {
  make(true);
  take(session_->text(now_, "Hi."));
  end();
  did();
  int failures = 0;
  while (failures < 20) {
    lose();
    ++failures;
    if (session_->deadline() == UINT64_MAX) break;
    wait();
  }
  EXPECT_EQ(failures, 5);
  EXPECT_THAT(did(), Contains("done"));
}

TEST_F(TtsSessionTest, TextThatCameBeforeTheConnectionIsSaid) {
  session_ = std::make_unique<TtsSession>(TtsSession::Config{});
  take(session_->start(now_));
  take(session_->text(now_, "Hi."));
  take(session_->text(now_, "You."));
  take(session_->connected(now_));
  EXPECT_THAT(did(), ElementsAre("connect", kOpen1, R"({"text":"Hi. You. ","context_id":"r1"})"));
}

TEST_F(TtsSessionTest, AudioThatStaysAwayEndsTheReply) {
  make(true);
  take(session_->text(now_, "Hi."));
  end();
  did();
  const uint64_t before = now_;
  while (session_->stats().timeouts == 0) wait();
  EXPECT_EQ(now_ - before, 10 * kSecond);
  EXPECT_THAT(did(), ElementsAre("!timeout", "done", "connect"));
}

TEST_F(TtsSessionTest, ThePauseBetweenTwoTextsIsNoTimeout) {
  make(true);
  take(session_->text(now_, "Hi."));
  speaks("r1", "Hi. ");
  did();
  for (int i = 0; i < 3; ++i) wait();
  EXPECT_THAT(did(), ElementsAre(kAlive1, kAlive1, kAlive1));
  EXPECT_EQ(session_->stats().timeouts, 0U);
}

TEST_F(TtsSessionTest, AHopelessErrorEndsTheReplyAndTheNextOneTriesAgain) {
  make(true);
  take(session_->text(now_, "Hi."));
  end();
  did();
  take(session_->message(now_, R"({"error":"quota_exceeded","message":"no"})", 0.0));
  EXPECT_THAT(did(), ElementsAre("!quota_exceeded", "done"));
  EXPECT_EQ(session_->deadline(), UINT64_MAX);
  take(session_->text(now_, "Hi."));
  EXPECT_THAT(did(), ElementsAre("connect"));
}

TEST_F(TtsSessionTest, AnIdleConnectionIsMadeAgainInSilence) {
  make(true);
  did();
  lose();
  wait();
  EXPECT_THAT(did(), ElementsAre("connect"));
}

}  // namespace
}  // namespace elevenlabs
