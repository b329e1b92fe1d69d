#include "http_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <future>

#include "scripted_http_server.hpp"

namespace {

using jackfield::HttpExchange;
using jackfield::HttpFailure;
using jackfield::HttpRequest;
using test_support::HttpPeer;
using test_support::ScriptedHttpServer;
using testing::HasSubstr;
using testing::Not;
using Step = HttpExchange::Step;

constexpr std::uint64_t kMs = 1'000'000;
constexpr std::uint64_t kLong = 30'000 * kMs;

// The whole answer, and how it ended.
std::pair<std::string, Step> read_all(HttpExchange& exchange) {
  std::string all;
  for (;;) {
    const Step step = exchange.wait(kLong);
    if (step != Step::kData) return {all, step};
    all += exchange.take();
  }
}

HttpRequest post(const std::string& url, std::string body = "{}") {
  HttpRequest request{.method = "POST", .url = url};
  request.headers = {{"Authorization", "Bearer secret-key"}};
  request.content_type = "application/json";
  request.body = std::move(body);
  request.retry = {.max_retries = 2, .first_delay = 5 * kMs, .budget = 5000 * kMs};
  return request;
}

void serve_all(HttpPeer& peer, const std::function<void(const std::string&)>& answer) {
  for (std::string r = peer.read_request(); !r.empty(); r = peer.read_request()) answer(r);
}

TEST(HttpClient, SendsWhatItIsGivenAndStreamsTheAnswer) {
  std::promise<void> first_taken;
  auto taken = first_taken.get_future();
  ScriptedHttpServer server([&](HttpPeer& peer) {
    const std::string request = peer.read_request();
    EXPECT_THAT(request, HasSubstr("POST /v1/x?y=1 HTTP/1.1"));
    EXPECT_THAT(request, HasSubstr("Authorization: Bearer secret-key\r\n"));
    EXPECT_THAT(request, HasSubstr("Content-Type: application/json\r\n"));
    EXPECT_THAT(request, HasSubstr("\r\n\r\n{\"a\":1}"));
    peer.begin_chunks();
    peer.chunk("first ");
    taken.wait();  // it must not wait for the rest
    peer.chunk("second");
    peer.end_chunks();
  });
  const auto exchange = HttpExchange::start(post(server.url("/v1/x?y=1"), "{\"a\":1}"), nullptr);
  ASSERT_EQ(exchange->wait(kLong), Step::kData);
  EXPECT_EQ(exchange->head()->status, 200);
  EXPECT_EQ(exchange->head()->header("transfer-ENCODING"), "chunked");
  EXPECT_EQ(exchange->take(), "first ");
  first_taken.set_value();
  EXPECT_EQ(read_all(*exchange), std::pair(std::string("second"), Step::kEnd));
  EXPECT_FALSE(exchange->failure());
}

TEST(HttpClient, TellsOfChanges) {
  ScriptedHttpServer server([](HttpPeer& peer) {
    peer.read_request();
    peer.answer(200, "hello");
  });
  std::promise<void> ended;
  std::atomic<bool> once{false};
  std::shared_ptr<HttpExchange> exchange;
  std::mutex m;
  {
    const std::lock_guard lock(m);
    exchange = HttpExchange::start(post(server.url()), [&] {
      const std::lock_guard inner(m);
      if (exchange->step() == Step::kData) exchange->take();
      if (exchange->step() == Step::kEnd && !once.exchange(true)) ended.set_value();
    });
  }
  EXPECT_EQ(ended.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
}

TEST(HttpClient, KeepsConnectionsAndOpensThemAhead) {
  ScriptedHttpServer server(
      [](HttpPeer& peer) { serve_all(peer, [&](const std::string&) { peer.answer(200, "x"); }); });
  jackfield::http_prewarm(server.url());
  for (int i = 0; i < 3000 && server.connections() == 0; ++i) g_usleep(10'000);
  EXPECT_EQ(server.connections(), 1);
  for (int i = 0; i < 5; ++i) {
    const auto exchange = HttpExchange::start(post(server.url()), nullptr);
    EXPECT_EQ(read_all(*exchange).second, Step::kEnd);
    EXPECT_EQ(exchange->figures().connected, 0u);
    jackfield::http_prewarm(server.url());
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST(HttpClient, RetriesWhatMayPassAndNothingElse) {
  std::atomic<int> requests{0};
  ScriptedHttpServer server([&](HttpPeer& peer) {
    serve_all(peer, [&](const std::string& request) {
      const int n = ++requests;
      if (request.find("/bad") != std::string::npos) {
        peer.answer(400, "{\"error\":1}");
      } else if (request.find("/quota") != std::string::npos) {
        peer.answer(429, "insufficient_quota");
      } else if (n == 1) {
        peer.answer(503, "busy", "retry-after-ms: 20\r\n");
      } else {
        peer.answer(200, "fine");
      }
    });
  });
  const auto fine = HttpExchange::start(post(server.url()), nullptr);
  EXPECT_EQ(read_all(*fine), std::pair(std::string("fine"), Step::kEnd));
  EXPECT_EQ(fine->figures().retries, 1u);
  EXPECT_GE(fine->figures().first_byte, 20 * kMs);

  requests = 0;
  const auto bad = HttpExchange::start(post(server.url("/bad")), nullptr);
  EXPECT_EQ(read_all(*bad).second, Step::kFailed);
  EXPECT_EQ(bad->failure()->status, 400);
  EXPECT_EQ(bad->failure()->body, "{\"error\":1}");
  EXPECT_FALSE(bad->failure()->retryable);
  EXPECT_EQ(requests, 1);

  HttpRequest quota = post(server.url("/quota"));
  quota.hopeless = [](int, std::string_view body) { return body == "insufficient_quota"; };
  const auto over = HttpExchange::start(quota, nullptr);
  EXPECT_EQ(read_all(*over).second, Step::kFailed);
  EXPECT_FALSE(over->failure()->retryable);
  EXPECT_EQ(requests, 2);
}

TEST(HttpClient, AKeptConnectionThatDiedIsNoFailure) {
  ScriptedHttpServer server([](HttpPeer& peer) {
    peer.read_request();
    peer.answer(200, "x");
    if (peer.number == 1) {
      peer.read_request();  // and closes instead of an answer
    } else {
      peer.wait_closed();
    }
  });
  HttpRequest request = post(server.url());
  request.retry.max_retries = 0;
  EXPECT_EQ(read_all(*HttpExchange::start(request, nullptr)).second, Step::kEnd);
  EXPECT_EQ(read_all(*HttpExchange::start(request, nullptr)).second, Step::kEnd);
  EXPECT_EQ(server.connections(), 2);
}

TEST(HttpClient, ACutAnswerIsNotAskedForAgain) {
  std::atomic<int> requests{0};
  ScriptedHttpServer server([&](HttpPeer& peer) {
    peer.read_request();
    ++requests;
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf");
  });
  const auto exchange = HttpExchange::start(post(server.url()), nullptr);
  EXPECT_EQ(read_all(*exchange), std::pair(std::string("half"), Step::kFailed));
  EXPECT_EQ(exchange->failure()->kind, HttpFailure::Kind::kCut);
  EXPECT_TRUE(exchange->failure()->retryable);
  EXPECT_EQ(requests, 1);
}

TEST(HttpClient, TimesOut) {
  ScriptedHttpServer server([](HttpPeer& peer) {
    const std::string request = peer.read_request();
    if (request.find("/slow") != std::string::npos) {
      peer.begin_chunks();
      peer.chunk("one");
    }
    peer.wait_closed();
  });
  HttpRequest silent = post(server.url());
  silent.first_byte_timeout = 50 * kMs;
  silent.retry.max_retries = 0;
  const auto first = HttpExchange::start(silent, nullptr);
  EXPECT_EQ(read_all(*first).second, Step::kFailed);
  EXPECT_EQ(first->failure()->kind, HttpFailure::Kind::kTimeout);

  HttpRequest slow = post(server.url("/slow"));
  slow.idle_timeout = 50 * kMs;
  const auto second = HttpExchange::start(slow, nullptr);
  EXPECT_EQ(read_all(*second), std::pair(std::string("one"), Step::kFailed));
  EXPECT_EQ(second->failure()->kind, HttpFailure::Kind::kTimeout);

  HttpRequest total = post(server.url());
  total.total_timeout = 50 * kMs;
  const auto third = HttpExchange::start(total, nullptr);
  EXPECT_EQ(read_all(*third).second, Step::kFailed);
  EXPECT_EQ(third->failure()->kind, HttpFailure::Kind::kTimeout);
}

TEST(HttpClient, NobodyThereIsAFailureWithoutTheKey) {
  int port = 0;
  {
    port = ScriptedHttpServer([](HttpPeer&) {}).port();
  }
  HttpRequest request = post("http://user:pass@127.0.0.1:" + std::to_string(port) + "/v1?key=k1");
  const auto exchange = HttpExchange::start(request, nullptr);
  EXPECT_EQ(read_all(*exchange).second, Step::kFailed);
  EXPECT_EQ(exchange->failure()->kind, HttpFailure::Kind::kConnect);
  EXPECT_THAT(exchange->failure()->text, HasSubstr("http://127.0.0.1:"));
  for (const char* secret : {"pass", "k1", "secret-key"}) {
    EXPECT_THAT(exchange->failure()->text, Not(HasSubstr(secret)));
  }
  EXPECT_EQ(exchange->figures().retries, 2u);

  const auto nonsense = HttpExchange::start(post("ftp:/what"), nullptr);
  EXPECT_EQ(read_all(*nonsense).second, Step::kFailed);
  EXPECT_EQ(nonsense->failure()->kind, HttpFailure::Kind::kUrl);
}

TEST(HttpClient, RedirectsAreNotFollowed) {
  std::atomic<int> requests{0};
  ScriptedHttpServer server([&](HttpPeer& peer) {
    serve_all(peer, [&](const std::string&) {
      ++requests;
      peer.answer(302, "", "Location: /elsewhere\r\n");
    });
  });
  const auto exchange = HttpExchange::start(post(server.url()), nullptr);
  EXPECT_EQ(read_all(*exchange).second, Step::kFailed);
  EXPECT_EQ(exchange->failure()->status, 302);
  EXPECT_EQ(requests, 1);
}

TEST(HttpClient, CancelsAtOnceInEveryPhase) {
  std::atomic<int> closed{0};
  ScriptedHttpServer server([&](HttpPeer& peer) {
    const std::string request = peer.read_request();
    if (request.find("/streaming") != std::string::npos) {
      peer.begin_chunks();
      peer.chunk("one");
    }
    if (peer.wait_closed()) ++closed;
  });
  for (const char* path : {"/waiting", "/streaming"}) {
    std::atomic<int> calls{0};
    const auto exchange = HttpExchange::start(post(server.url(path)), [&] { ++calls; });
    if (path == std::string_view("/streaming")) {
      EXPECT_EQ(exchange->wait(kLong), Step::kData);
    } else {
      EXPECT_EQ(exchange->wait(50 * kMs), Step::kNothing);
    }
    std::thread waiter([&] {
      exchange->take();
      EXPECT_EQ(exchange->wait(kLong), Step::kCancelled);
    });
    g_usleep(20'000);
    exchange->cancel();
    const int before = calls;
    waiter.join();
    EXPECT_EQ(calls, before);
  }
  for (int i = 0; i < 3000 && closed < 2; ++i) g_usleep(10'000);
  EXPECT_EQ(closed, 2);
  // While an attempt waits to be made again, and before the first.
  int port = 0;
  {
    port = ScriptedHttpServer([](HttpPeer&) {}).port();
  }
  HttpRequest dead = post("http://127.0.0.1:" + std::to_string(port));
  dead.retry = {.max_retries = 9, .first_delay = 3000 * kMs, .budget = 60'000 * kMs};
  const auto waiting = HttpExchange::start(dead, nullptr);
  EXPECT_EQ(waiting->wait(100 * kMs), Step::kNothing);
  waiting->cancel();
  EXPECT_EQ(waiting->step(), Step::kCancelled);
  HttpExchange::start(dead, nullptr)->cancel();
}

TEST(HttpClient, AFinishedAnswerLeavesItsConnection) {
  ScriptedHttpServer server([](HttpPeer& peer) {
    serve_all(peer, [&](const std::string&) {
      peer.begin_chunks();
      peer.chunk("data: [DONE]\n\n");
      g_usleep(50'000);
      peer.end_chunks();
    });
  });
  for (int i = 0; i < 3; ++i) {
    const auto exchange = HttpExchange::start(post(server.url()), nullptr);
    EXPECT_EQ(exchange->wait(kLong), Step::kData);
    exchange->finish();
    g_usleep(200'000);
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST(HttpClient, AReaderThatIsSlowHoldsTheServerUp) {
  constexpr std::size_t kChunks = 400;
  std::atomic<std::size_t> written{0};
  ScriptedHttpServer server([&](HttpPeer& peer) {
    peer.read_request();
    peer.begin_chunks();
    for (; written < kChunks; ++written) {
      if (!peer.chunk(std::string(64 * 1024, 'x'))) return;
    }
    peer.end_chunks();
  });
  HttpRequest request = post(server.url());
  request.max_buffered = 32 * 1024;
  request.idle_timeout = 100 * kMs;  // our own pause is none of the server's
  const auto exchange = HttpExchange::start(request, nullptr);
  ASSERT_EQ(exchange->wait(kLong), Step::kData);
  g_usleep(400'000);
  EXPECT_LT(written, kChunks);
  const auto [all, step] = read_all(*exchange);
  EXPECT_EQ(step, Step::kEnd) << (exchange->failure() ? exchange->failure()->text : "");
  EXPECT_EQ(all.size(), kChunks * 64 * 1024);
}

std::size_t open_descriptors() {
  std::size_t n = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
    ++n;
  return n;
}

TEST(HttpClient, ManyAtATimeAndNothingStays) {
  ScriptedHttpServer server([](HttpPeer& peer) {
    serve_all(peer, [&](const std::string& request) {
      peer.begin_chunks();
      peer.chunk(request.substr(request.find("\r\n\r\n") + 4));
      peer.end_chunks();
    });
  });
  const std::size_t before = open_descriptors();
  for (int round = 0; round < 6; ++round) {
    std::vector<std::shared_ptr<HttpExchange>> all;
    for (int i = 0; i < 40; ++i) {
      all.push_back(HttpExchange::start(post(server.url(), "n" + std::to_string(i)), nullptr));
    }
    for (int i = 0; i < 40; ++i) {
      if (i % 8 == 7) {
        all[i]->cancel();
      } else {
        EXPECT_EQ(read_all(*all[i]).first, "n" + std::to_string(i));
      }
    }
    all.clear();
    g_usleep(100'000);
  }
  // Both ends of the connections that are kept; 30 others were cancelled.
  EXPECT_LE(open_descriptors(), before + 2 * 40 + 10);
}

TEST(HttpDescribe, LeavesSecretsOut) {
  EXPECT_EQ(jackfield::http_describe("https://u:p@api.example.com/v1/x?key=s#f"),
            "https://api.example.com/v1/x");
  EXPECT_EQ(jackfield::http_describe("%%%"), "(not a URL)");
}

TEST(HttpClient, APatientRequestIsRetriedOnAndOnAtNoCostToOthers) {
  std::atomic<int> asked{0};
  ScriptedHttpServer server([&](HttpPeer& peer) {
    serve_all(peer, [&](const std::string&) {
      const int number = ++asked;
      peer.answer(number <= 12 || number == 14 ? 503 : 200, "fine");
    });
  });
  HttpRequest patient = post(server.url());
  patient.patient = true;
  patient.retry = {
      .max_retries = 20, .first_delay = kMs, .max_delay = 2 * kMs, .budget = 60'000 * kMs};
  const auto first = HttpExchange::start(patient, nullptr);
  EXPECT_EQ(read_all(*first), std::pair(std::string("fine"), Step::kEnd));
  EXPECT_EQ(first->figures().retries, 12u);
  const auto second = HttpExchange::start(post(server.url()), nullptr);
  EXPECT_EQ(read_all(*second), std::pair(std::string("fine"), Step::kEnd));
  EXPECT_EQ(second->figures().retries, 1u);
}

}  // namespace
