#include "hedged_exchange.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "scripted_http_server.hpp"

namespace {

using jackfield::HedgedExchange;
using jackfield::HedgeSettings;
using jackfield::HttpRequest;
using test_support::HttpPeer;
using test_support::ScriptedHttpServer;
using Step = HedgedExchange::Step;

constexpr std::uint64_t kMs = 1'000'000;

HttpRequest post(const std::string& url) {
  HttpRequest request{.method = "POST", .url = url};
  request.content_type = "application/json";
  request.body = "{}";
  request.retry.max_retries = 0;
  return request;
}

std::pair<std::string, Step> read_all(HedgedExchange& exchange) {
  std::string all;
  for (;;) {
    const Step step = exchange.wait();
    if (step != Step::kData) return {all, step};
    all += exchange.take();
  }
}

bool wait_for(const std::function<bool()>& condition) {
  for (int i = 0; i < 3000 && !condition(); ++i) g_usleep(10'000);
  return condition();
}

TEST(HedgedExchange, OfNothingIsAPlainExchange) {
  ScriptedHttpServer server([](HttpPeer& peer) {
    peer.read_request();
    peer.answer(200, "fine");
  });
  const auto exchange = HedgedExchange::start(post(server.url()), {});
  EXPECT_EQ(read_all(*exchange), std::pair(std::string("fine"), Step::kEnd));
  EXPECT_FALSE(exchange->hedge().sent);
  EXPECT_EQ(server.connections(), 1);
}

TEST(HedgedExchange, TheSecondGoesOverAConnectionThatIsOpenAlready) {
  std::atomic<int> first_closed{0};
  std::promise<void> seen;
  ScriptedHttpServer server([&](HttpPeer& peer) {
    // Which of the two connections is asked first is not known: it is the one that stays silent.
    static std::atomic<int> asked{0};
    if (peer.read_request().empty()) return;
    if (++asked == 1) {
      first_closed += peer.wait_closed() ? 1 : 0;
    } else {
      peer.answer(200, "second");
    }
  });
  const auto exchange = HedgedExchange::start(post(server.url()), {.after = 1000 * kMs});
  EXPECT_TRUE(wait_for([&] { return server.connections() == 2; }));
  EXPECT_FALSE(exchange->hedge().sent);
  EXPECT_EQ(exchange->take(), "");
  EXPECT_EQ(read_all(*exchange), std::pair(std::string("second"), Step::kEnd));
  EXPECT_TRUE(exchange->hedge().sent);
  EXPECT_TRUE(exchange->hedge().won);
  EXPECT_EQ(server.connections(), 2);
  EXPECT_TRUE(wait_for([&] { return first_closed == 1; }));
}

TEST(HedgedExchange, AKeptConnectionServesTheFirstAndAnotherIsOpened) {
  std::atomic<int> asked{0};
  ScriptedHttpServer server([&](HttpPeer& peer) {
    while (!peer.read_request().empty()) {
      if (++asked == 2) {
        peer.wait_closed();
        return;
      }
      peer.answer(200, "fine");
    }
  });
  read_all(*HedgedExchange::start(post(server.url()), {}));
  const auto exchange = HedgedExchange::start(post(server.url()), {.after = 1500 * kMs});
  EXPECT_TRUE(wait_for([&] { return asked == 2 && server.connections() == 2; }));
  EXPECT_EQ(read_all(*exchange), std::pair(std::string("fine"), Step::kEnd));
  EXPECT_TRUE(exchange->hedge().won);
  EXPECT_EQ(server.connections(), 2);
}

TEST(HedgedExchange, BytesAreHeldUntilTheyAreJudged) {
  ScriptedHttpServer server([](HttpPeer& peer) {
    if (peer.read_request().empty()) return;
    peer.begin_chunks();
    for (const char* piece : {": hello\n", "data: 1\n", "data: 2\n"}) {
      peer.chunk(piece);
      g_usleep(20'000);
    }
    peer.end_chunks();
  });
  int judged = 0;
  HedgeSettings settings{.after = 60'000 * kMs};
  settings.make_judge = [&] {
    return [&judged](std::string_view bytes) {
      ++judged;
      return bytes.starts_with("data") ? HedgeSettings::Judgement::kContent
                                       : HedgeSettings::Judgement::kNothing;
    };
  };
  const auto exchange = HedgedExchange::start(post(server.url()), settings);
  EXPECT_EQ(read_all(*exchange), std::pair(std::string(": hello\ndata: 1\ndata: 2\n"), Step::kEnd));
  EXPECT_GE(judged, 1);
  EXPECT_LE(judged, 2);
}

TEST(HedgedExchange, IsEndedFromAnyThread) {
  std::atomic<int> asked{0};
  std::atomic<int> closed{0};
  ScriptedHttpServer server([&](HttpPeer& peer) {
    if (peer.read_request().empty()) return;
    ++asked;
    if (peer.wait_closed()) ++closed;
  });
  for (const int requests : {1, 2}) {
    asked = closed = 0;
    const std::uint64_t after = requests == 1 ? 60'000 * kMs : 20 * kMs;
    const auto exchange = HedgedExchange::start(post(server.url()), {.after = after});
    std::thread other([&] {
      EXPECT_TRUE(wait_for([&] { return asked == requests; }));
      exchange->cancel();
    });
    EXPECT_EQ(exchange->wait(), Step::kCancelled);
    other.join();
    EXPECT_EQ(exchange->wait(), Step::kCancelled);
    EXPECT_EQ(exchange->take(), "");
    EXPECT_TRUE(wait_for([&] { return closed == requests; }));
  }
}

TEST(HedgedExchange, AFailureIsThatOfTheFirst) {
  ScriptedHttpServer server([](HttpPeer& peer) {
    if (peer.read_request().empty()) return;
    static std::atomic<int> asked{0};
    const int number = ++asked;
    if (number == 1) g_usleep(300'000);
    peer.answer(number == 1 ? 500 : 503, "oops");
  });
  const auto exchange = HedgedExchange::start(post(server.url()), {.after = 30 * kMs});
  EXPECT_EQ(exchange->wait(), Step::kFailed);
  ASSERT_TRUE(exchange->failure());
  EXPECT_EQ(exchange->failure()->status, 500);
  EXPECT_TRUE(exchange->hedge().sent);
  EXPECT_FALSE(exchange->hedge().won);
}

}  // namespace
