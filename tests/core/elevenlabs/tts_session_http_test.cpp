// TtsSession where a WebSocket is not to be had.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tts_session.hpp"

namespace elevenlabs {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr uint64_t kSecond = 1'000'000'000;
constexpr char kAudio[] = "{\"audio_base64\":\"AAEC\",\"alignment\":null}\n";

class TtsSessionHttpTest : public ::testing::Test {
 protected:
  void make(TtsSession::Transport transport, bool try_websocket = true) {
    TtsSession::Config config{.transport = transport, .try_websocket = try_websocket};
    config.backoff.jitter = 0;
    session_ = std::make_unique<TtsSession>(config);
    take(session_->start(now_));
  }
  void take(const std::vector<TtsSession::Action>& actions) {
    for (const auto& action : actions) {
      if (std::holds_alternative<TtsSession::Connect>(action)) did_.emplace_back("connect");
      if (std::holds_alternative<TtsSession::Disconnect>(action)) did_.emplace_back("disconnect");
      if (std::holds_alternative<TtsSession::Prepare>(action)) did_.emplace_back("prepare");
      if (std::holds_alternative<TtsSession::CancelRequest>(action)) did_.emplace_back("cancel");
      if (std::holds_alternative<TtsSession::WebsocketRefused>(action)) {
        did_.emplace_back("remember");
      }
      if (std::holds_alternative<TtsSession::ReplyDone>(action)) did_.emplace_back("done");
      if (std::holds_alternative<TtsSession::Audio>(action)) did_.emplace_back("audio");
      if (const auto* r = std::get_if<TtsSession::Request>(&action)) {
        did_.push_back("ask " + r->speech.text);
      }
      if (const auto* f = std::get_if<TtsSession::Failure>(&action)) did_.push_back("!" + f->cause);
    }
  }
  void end() {
    bool known = false;
    take(session_->end_reply(now_, known));
    EXPECT_TRUE(known);
  }
  void say(const char* text) { take(session_->text(now_, text)); }
  void audio() { take(session_->http_data(now_, kAudio)); }
  void over() { take(session_->http_end(now_)); }
  void refuse() {
    take(session_->disconnected(
        now_, {.cause = "refused", .text = "", .retryable = false, .no_websocket = true}, 0.0));
  }
  void fail(bool retryable) {
    take(session_->http_failed(now_, {.cause = "lost", .text = "", .retryable = retryable}, 0.0));
  }
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

using Transport = TtsSession::Transport;

TEST_F(TtsSessionHttpTest, AReply) {
  make(Transport::kHttp);
  say("Hi.");
  say("You.");
  end();
  audio();
  over();
  EXPECT_THAT(did(), ElementsAre("prepare", "ask Hi.", "audio", "ask You."));
  audio();
  over();
  EXPECT_THAT(did(), ElementsAre("audio", "done"));
  audio();
  over();
  EXPECT_THAT(did(), IsEmpty());
  EXPECT_EQ(session_->stats().requests, 2U);
  EXPECT_EQ(session_->stats().audio_bytes, 6U);
  EXPECT_EQ(session_->deadline(), UINT64_MAX);
}

TEST_F(TtsSessionHttpTest, TheEndMayComeBehindTheAudio) {
  make(Transport::kHttp);
  say("Hi.");
  audio();
  over();
  did();
  EXPECT_EQ(session_->deadline(), UINT64_MAX);  // the next text may take its time
  end();
  EXPECT_THAT(did(), ElementsAre("done"));
}

TEST_F(TtsSessionHttpTest, ARefusedWebsocketIsLeftWithinTheTurnAndRemembered) {
  make(Transport::kAuto);
  say("Hi.");
  end();
  did();
  refuse();
  EXPECT_THAT(did(), ElementsAre("disconnect", "ask Hi."));
  audio();
  over();
  EXPECT_THAT(did(), ElementsAre("audio", "remember", "done"));
  say("You.");
  audio();
  EXPECT_THAT(did(), ElementsAre("ask You.", "audio"));
}

TEST_F(TtsSessionHttpTest, BeforeAnyTextItPreparesForHttp) {
  make(Transport::kAuto);
  did();
  refuse();
  EXPECT_THAT(did(), ElementsAre("disconnect", "prepare"));
}

TEST_F(TtsSessionHttpTest, OneThatIsKnownToBeRefusedIsNotTried) {
  make(Transport::kAuto, false);
  say("Hi.");
  EXPECT_THAT(did(), ElementsAre("prepare", "ask Hi."));
}

TEST_F(TtsSessionHttpTest, AWebsocketThatWorkedIsTriedTwiceBeforeItIsLeft) {
  make(Transport::kAuto);
  take(session_->connected(now_));
  say("Hi.");
  take(session_->message(now_, R"({"audio":"AAEC","contextId":"r1","alignment":
      {"chars":["H"],"charStartTimesMs":[0]}})",
                         0.0));
  did();
  take(session_->disconnected(now_, {.cause = "lost", .text = ""}, 0.0));
  wait();
  EXPECT_THAT(did(), ElementsAre("!lost", "connect"));
  refuse();
  say("You.");
  EXPECT_THAT(did(), Not(Contains("ask Hi. You.")));
}

TEST_F(TtsSessionHttpTest, TwoHandshakesInARowThatFailEndThePatience) {
  make(Transport::kAuto);
  take(session_->connected(now_));
  say("Hi.");
  take(session_->message(now_, R"({"audio":"AAEC","contextId":"r1","alignment":
      {"chars":["H","i",".", " "],"charStartTimesMs":[0,0,0,0]}})",
                         0.0));
  say("You.");
  const TtsSession::Failure broken{.cause = "lost", .text = "", .no_websocket = true};
  take(session_->disconnected(now_, {.cause = "lost", .text = ""}, 0.0));
  wait();
  take(session_->disconnected(now_, broken, 0.0));
  did();
  wait();
  take(session_->disconnected(now_, broken, 0.0));
  EXPECT_THAT(did(), ElementsAre("connect", "disconnect", "ask You."));
  // It worked once: that is no news for other calls.
  audio();
  EXPECT_THAT(did(), ElementsAre("audio"));
}

TEST_F(TtsSessionHttpTest, AModelThatTheWebsocketRefusesByMessage) {
  make(Transport::kAuto);
  take(session_->connected(now_));
  say("Hi.");
  did();
  take(session_->message(now_, R"({"error":"unsupported_model","message":"no"})", 0.0));
  EXPECT_THAT(did(), ElementsAre("disconnect", "ask Hi."));
}

TEST_F(TtsSessionHttpTest, WithoutChoiceNothingFallsOver) {
  make(Transport::kWebSocket);
  say("Hi.");
  end();
  did();
  refuse();
  EXPECT_THAT(did(), ElementsAre("!refused", "done"));
}

TEST_F(TtsSessionHttpTest, ABrokenAnswerIsAskedForAgain) {
  make(Transport::kHttp);
  say("Hi.");
  end();
  fail(true);
  EXPECT_THAT(did(), ElementsAre("prepare", "ask Hi.", "!lost"));
  wait();
  EXPECT_THAT(did(), ElementsAre("ask Hi."));
  audio();
  over();
  EXPECT_THAT(did(), ElementsAre("audio", "done"));
}

TEST_F(TtsSessionHttpTest, AReplyIsGivenUpAfterSomeAttempts) {
  make(Transport::kHttp);
  say("Hi.");
  end();
  int failures = 0;
  for (; failures < 20 && session_->deadline() != UINT64_MAX; ++failures) {
    fail(true);
    if (session_->deadline() != UINT64_MAX) wait();
  }
  EXPECT_EQ(failures, 5);
  EXPECT_THAT(did(), Contains("done"));
}

TEST_F(TtsSessionHttpTest, AHopelessAnswerEndsTheReply) {
  make(Transport::kHttp);
  say("Hi.");
  say("You.");
  end();
  did();
  fail(false);
  EXPECT_THAT(did(), ElementsAre("!lost", "done"));
  say("Again.");
  EXPECT_THAT(did(), ElementsAre("ask Again."));
}

TEST_F(TtsSessionHttpTest, WhenHttpWorksNoBetterTheWebsocketIsTriedAgain) {
  make(Transport::kAuto);
  say("Hi.");
  end();
  refuse();
  did();
  fail(false);
  EXPECT_THAT(did(), ElementsAre("!lost", "done"));
  say("You.");
  EXPECT_THAT(did(), ElementsAre("connect"));
}

TEST_F(TtsSessionHttpTest, AFlushCancelsTheRequest) {
  make(Transport::kHttp);
  say("Hi.");
  say("You.");
  did();
  take(session_->flush(now_));
  EXPECT_THAT(did(), ElementsAre("cancel", "prepare"));
  audio();
  over();
  EXPECT_THAT(did(), IsEmpty());
  say("Yes?");
  EXPECT_THAT(did(), ElementsAre("ask Yes?"));
}

TEST_F(TtsSessionHttpTest, AudioThatStaysAwayEndsTheReply) {
  make(Transport::kHttp);
  say("Hi.");
  end();
  did();
  // What is no audio is no sign of life.
  take(session_->http_data(now_ + 5 * kSecond, "{\"audio_"));
  EXPECT_EQ(session_->deadline(), now_ + 10 * kSecond);
  wait();
  EXPECT_THAT(did(), ElementsAre("!timeout", "cancel", "prepare", "done"));
  EXPECT_EQ(session_->stats().timeouts, 1U);
}

}  // namespace
}  // namespace elevenlabs
