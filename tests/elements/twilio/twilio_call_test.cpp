// The call and the I/O pool below it, without elements; on both halves of the pool.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <thread>

#include "call.hpp"
#include "twilio_peer.hpp"

namespace twilio {
namespace {

using namespace std::chrono_literals;
using test_support::TwilioPeer;
using test_support::WebSocketClient;

// Both ends of a call that plays back what it hears.
class Echo final : public CallSource, public CallSink {
 public:
  explicit Echo(Call* call) : call_(call) {}

  void on_started(const StartDetails&) override { started = true; }
  void on_audio(std::span<const uint8_t> mulaw, CallerPosition at, bool, bool) override {
    on_io_thread = on_io_thread && jackfield::on_io_thread();
    if (echo) call_->enqueue(mulaw, at.samples * kSampleNs);
    heard += mulaw.size();
  }
  void on_missing(CallerPosition, uint64_t samples) override { missing += samples; }
  void on_digit(char) override {}
  void on_ended(const char* reason, uint64_t) override {
    end_reason = reason;
    ++ends;
  }
  void on_mark(std::string_view, const Pacer::Echo& mark) override { marks += !mark.cleared; }
  void on_unheard(uint64_t) override {}
  void on_ended() override { ++ends; }

  std::atomic<bool> echo{true};
  std::atomic<bool> started{false};
  std::atomic<bool> on_io_thread{true};
  std::atomic<size_t> heard{0};
  std::atomic<uint64_t> missing{0};
  std::atomic<int> marks{0};
  std::atomic<int> ends{0};
  std::atomic<const char*> end_reason{nullptr};

 private:
  Call* const call_;
};

struct OneCall {
  explicit OneCall(const CallSettings& settings = {}) : call(std::make_shared<Call>(settings)) {
    ends = std::make_shared<Echo>(call.get());
    call->set_source(ends);
    call->set_sink(ends);
    const auto pair = test_support::connect_pair();
    GError* error = nullptr;
    connected = call->connect(G_IO_STREAM(pair.server), &error);
    g_clear_error(&error);
    g_object_unref(pair.server);
    peer = std::make_unique<TwilioPeer>(std::make_unique<WebSocketClient>(pair.client));
    peer->send_connected();
    peer->send_start();
  }
  ~OneCall() {
    call->set_source(nullptr);
    call->set_sink(nullptr);
    call->shut_down();
  }

  std::shared_ptr<Call> call;
  std::shared_ptr<Echo> ends;
  std::unique_ptr<TwilioPeer> peer;
  bool connected = false;
};

class TwilioCallTest : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override { g_setenv("JACKFIELD_IO", GetParam(), TRUE); }
  void TearDown() override { g_unsetenv("JACKFIELD_IO"); }
};

TEST_P(TwilioCallTest, EchoesOnTheIoThread) {
  OneCall one;
  ASSERT_TRUE(one.connected);
  const std::string frame(160, 'x');
  for (int i = 0; i < 25; ++i) {
    one.peer->send_media(frame);
    one.peer->run(20ms);
  }
  EXPECT_TRUE(one.peer->run(5s, [&] { return one.peer->audio().size() == 25 * 160; }));
  EXPECT_TRUE(one.peer->run(5s, [&] { return one.ends->marks >= 5; }));
  EXPECT_TRUE(one.ends->on_io_thread);
  EXPECT_TRUE(one.peer->warnings().empty());
}

TEST_P(TwilioCallTest, ClosesWhenShutDown) {
  OneCall one;
  ASSERT_TRUE(one.peer->run(5s, [&] { return one.ends->started.load(); }));
  one.call->shut_down();
  EXPECT_TRUE(one.peer->client().wait_closed(5s));
  EXPECT_EQ(one.peer->client().close_code(), 1000);
  for (int i = 0; i < 500 && one.ends->ends < 2; ++i) g_usleep(10'000);
  EXPECT_EQ(one.ends->ends, 2);
  EXPECT_STREQ(one.ends->end_reason, "hang-up");
  const uint8_t byte[1] = {1};
  EXPECT_EQ(one.call->enqueue(byte, 0), Call::Taken::kEnded);
}

TEST_P(TwilioCallTest, HangsUpAfterTheLastMark) {
  OneCall one;
  const std::vector<uint8_t> speech(2000, 5);
  one.call->enqueue(speech, 0);
  one.call->hang_up_when_played();
  EXPECT_TRUE(one.peer->run(10s, [&] { return one.peer->client().eof(); }));
  EXPECT_EQ(one.peer->audio().size(), speech.size());
  EXPECT_EQ(one.peer->unplayed(), 0ms);
}

TEST_P(TwilioCallTest, PushersFlushersAndReadersAtOnce) {
  OneCall one;
  std::atomic<bool> stop{false};
  std::atomic<int> flushed{0};
  std::thread pusher([&] {
    const std::vector<uint8_t> speech(320, 5);
    for (uint64_t pts = 0; !stop; pts += 320 * kSampleNs) {
      if (one.call->enqueue(speech, pts) == Call::Taken::kFlushing) ++flushed;
    }
  });
  std::thread flusher([&] {
    while (!stop) {
      one.call->flush_start();
      one.call->played_pts();
      one.call->flush_stop();
      one.call->press_key(3, 8);
      one.call->release_key();
      one.call->end_reply();
      g_usleep(30'000);
    }
  });
  std::thread reader([&] {
    while (!stop) {
      one.call->stats();
      one.call->set_max_lead(100 * kMillisecondNs);
      g_usleep(1'000);
    }
  });
  const std::string frame(160, 'x');
  for (int i = 0; i < 50; ++i) {
    one.peer->send_media(frame);
    one.peer->run(20ms);
  }
  stop = true;
  one.call->release_pushers();
  pusher.join();
  flusher.join();
  reader.join();
  EXPECT_GT(one.peer->clears(), 5);
  EXPECT_GT(one.peer->audio().size(), 1000U);
  EXPECT_TRUE(one.peer->warnings().empty());
  EXPECT_EQ(one.call->stats().total_offences, 0U);
}

TEST_P(TwilioCallTest, AnIoThreadDropsInsteadOfWaiting) {
  // One call's caller is pushed into another call that has not begun, by the I/O thread.
  OneCall from;
  OneCall to;
  class Bridge final : public CallSource {
   public:
    explicit Bridge(Call& call) : call_(call) {}
    void on_started(const StartDetails&) override {}
    void on_audio(std::span<const uint8_t> mulaw, CallerPosition, bool, bool) override {
      dropped += call_.enqueue(mulaw, kNever) == Call::Taken::kDropped;
    }
    void on_missing(CallerPosition, uint64_t) override {}
    void on_digit(char) override {}
    void on_ended(const char*, uint64_t) override {}
    std::atomic<int> dropped{0};

   private:
    Call& call_;
  };
  const auto silent = std::make_shared<Call>(CallSettings{});  // never connected
  const auto bridge = std::make_shared<Bridge>(*silent);
  from.call->set_source(bridge);
  const std::string second(8000, 'x');
  from.peer->send_media(second);
  from.peer->send_media(second);
  EXPECT_TRUE(from.peer->run(5s, [&] { return bridge->dropped == 1; }));
  EXPECT_EQ(silent->stats().dropped_bytes, 8000U);
  EXPECT_EQ(silent->stats().queued_bytes, 8000U);
  from.call->set_source(nullptr);
}

TEST_P(TwilioCallTest, ManyCallsAtOnce) {
  constexpr int kCalls = 250;  // more than one thread takes
  std::vector<std::unique_ptr<OneCall>> calls;
  for (int i = 0; i < kCalls; ++i) calls.push_back(std::make_unique<OneCall>());
  // Loud: of a backlog, which a busy machine makes, silence is left out.
  const std::string frame(160, '\x10');
  for (int round = 0; round < 10; ++round) {
    for (auto& one : calls) one->peer->send_media(frame);
    for (auto& one : calls) one->peer->run(0ms);
  }
  for (auto& one : calls) {
    EXPECT_TRUE(one->peer->run(10s, [&] { return one->peer->audio().size() == 1600; }))
        << one->peer->audio().size() << " bytes came back, " << one->call->stats().dropped_bytes
        << " dropped, " << one->call->stats().queued_bytes << " queued, " << one->ends->heard
        << " heard, " << (one->ends->end_reason ? one->ends->end_reason.load() : "going on");
  }
}

TEST_P(TwilioCallTest, CallsThatComeAndGoLeaveNothing) {
  std::weak_ptr<Call> last;
  for (int i = 0; i < 50; ++i) {
    OneCall one;
    one.peer->send_media(std::string(160, 'x'));
    if (i % 2) one.peer->client().cut();
    last = one.call;
  }
  for (int i = 0; i < 500 && !last.expired(); ++i) g_usleep(10'000);
  EXPECT_TRUE(last.expired());
}

INSTANTIATE_TEST_SUITE_P(Halves, TwilioCallTest, ::testing::Values("native", "portable"));

}  // namespace
}  // namespace twilio
