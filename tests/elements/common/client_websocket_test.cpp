// The WebSocket client against a server that does as each test wants.
#include "client_websocket.hpp"

#include <glib.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <thread>

#include "io_context.hpp"
#include "io_pool.hpp"
#include "websocket_server.hpp"

namespace jackfield {
namespace {

using namespace std::chrono_literals;
using test_support::ServerSocket;
using test_support::WebSocketServer;
using Cause = WebSocketEnd::Cause;

class Listener final : public WebSocketListener {
 public:
  void on_open() override {
    set([this] { open = true; });
  }
  void on_text(std::string_view text) override {
    set([&] { texts.emplace_back(text); });
    if (in_text) in_text();
  }
  void on_binary(std::span<const uint8_t> bytes) override {
    set([&] { binaries.emplace_back(bytes.begin(), bytes.end()); });
  }
  void on_end(const WebSocketEnd& why) override {
    set([&] {
      end = why;
      ++ends;
    });
  }

  template <typename F>
  bool wait(F&& condition, std::chrono::seconds time = 30s) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, time, condition);
  }
  bool wait_open() {
    return wait([this] { return open || end; }) && open;
  }
  WebSocketEnd wait_end() {
    EXPECT_TRUE(wait([this] { return end.has_value(); }));
    const std::lock_guard lock(mutex_);
    return end.value_or(WebSocketEnd{});
  }
  bool wait_texts(std::size_t count) {
    return wait([&] { return texts.size() >= count; });
  }

  bool open = false;
  std::vector<std::string> texts;
  std::vector<std::string> binaries;
  std::optional<WebSocketEnd> end;
  int ends = 0;
  std::function<void()> in_text;

 private:
  template <typename F>
  void set(F&& change) {
    const std::lock_guard lock(mutex_);
    change();
    changed_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
};

void echo(ServerSocket& socket) {
  if (!socket.accept()) return;
  while (const auto message = socket.read_message()) socket.send(message->opcode, message->payload);
}

void sleep_until_gone(ServerSocket& socket) {
  while (socket.read_frame()) {
  }
}

TEST(ClientWebSocketTest, SendsAndReceivesInOrder) {
  WebSocketServer server(echo);
  Listener listener;
  ClientWebSocket client({.url = server.url("/a?b=c"), .headers = {{"Authorization", "Token k"}}},
                         listener);
  // Before there is a connection, too.
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(client.send_text("message " + std::to_string(i)));
  ASSERT_TRUE(client.send_binary({0, 1, 255}));
  ASSERT_TRUE(client.send_text(std::string(300'000, 'x')));
  ASSERT_TRUE(listener.wait_texts(201));
  for (int i = 0; i < 200; ++i) EXPECT_EQ(listener.texts[i], "message " + std::to_string(i));
  EXPECT_EQ(listener.texts[200].size(), 300'000U);
  ASSERT_EQ(listener.binaries.size(), 1U);
  EXPECT_EQ(listener.binaries[0], std::string("\0\1\377", 3));
  EXPECT_TRUE(listener.open);
  EXPECT_EQ(client.queued(), 0U);
}

TEST(ClientWebSocketTest, HeadersGoOutAndFramesAreMasked) {
  std::atomic<bool> fine{false};
  WebSocketServer server([&](ServerSocket& socket) {
    socket.accept();
    const auto frame = socket.read_frame();
    fine = frame && frame->masked &&
           socket.head().find("xi-api-key: secret\r\n") != std::string::npos &&
           socket.head().starts_with("GET /v1/x?model=a HTTP/1.1\r\n") &&
           socket.head().find("permessage-deflate") == std::string::npos;
    socket.send_text("seen");
    sleep_until_gone(socket);
  });
  Listener listener;
  ClientWebSocket client(
      {.url = server.url("/v1/x?model=a"), .headers = {{"xi-api-key", "secret"}}}, listener);
  client.send_text("x");
  ASSERT_TRUE(listener.wait_texts(1));
  EXPECT_TRUE(fine);
}

TEST(ClientWebSocketTest, ARefusalTellsItsStatusAndNoSecret) {
  WebSocketServer server([](ServerSocket& socket) {
    socket.read_head();
    socket.write(
        "HTTP/1.1 401 Unauthorized\r\ndg-error: Invalid credentials.\r\n"
        "Content-Length: 2\r\n\r\n{}");
  });
  Listener listener;
  ClientWebSocket client(
      {.url = server.url("/?token=hush"), .headers = {{"Authorization", "Token hush"}}}, listener);
  const auto end = listener.wait_end();
  EXPECT_EQ(end.cause, Cause::kRefused);
  EXPECT_EQ(end.http_status, 401);
  EXPECT_EQ(end.details, "Invalid credentials.");
  EXPECT_EQ(end.text.find("hush"), std::string::npos);
  EXPECT_FALSE(end.worth_retrying());
  EXPECT_FALSE(client.send_text("late"));
}

TEST(ClientWebSocketTest, AnOverloadedServiceIsWorthAnotherAttempt) {
  WebSocketServer server([](ServerSocket& socket) {
    socket.read_head();
    socket.write("HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n");
  });
  Listener listener;
  ClientWebSocket client({.url = server.url()}, listener);
  const auto end = listener.wait_end();
  EXPECT_EQ(end.http_status, 429);
  EXPECT_TRUE(end.worth_retrying());
}

TEST(ClientWebSocketTest, ARedirectIsNotFollowed) {
  WebSocketServer elsewhere(echo);
  WebSocketServer server([&](ServerSocket& socket) {
    socket.read_head();
    socket.write("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:" +
                 std::to_string(elsewhere.port()) + "/\r\nContent-Length: 0\r\n\r\n");
  });
  Listener listener;
  ClientWebSocket client({.url = server.url()}, listener);
  EXPECT_EQ(listener.wait_end().http_status, 302);
  EXPECT_EQ(elsewhere.connections(), 0);
}

TEST(ClientWebSocketTest, NobodyListens) {
  unsigned port = 0;
  { port = WebSocketServer(echo).port(); }
  Listener listener;
  ClientWebSocket client({.url = "ws://127.0.0.1:" + std::to_string(port)}, listener);
  const auto end = listener.wait_end();
  EXPECT_EQ(end.cause, Cause::kUnreachable) << end.text;
  EXPECT_TRUE(end.worth_retrying());
}

TEST(ClientWebSocketTest, WhatIsNoAddress) {
  for (const char* url : {"", "http://127.0.0.1/", "ws://", "wss:", "nonsense", "ws://[::"}) {
    Listener listener;
    ClientWebSocket client({.url = url}, listener);
    EXPECT_EQ(listener.wait_end().cause, Cause::kBadAddress) << url;
  }
}

TEST(ClientWebSocketTest, AServerThatDoesNotAnswer) {
  WebSocketServer server([](ServerSocket& socket) {
    socket.read_head();
    sleep_until_gone(socket);
  });
  Listener listener;
  ClientWebSocket client({.url = server.url(), .connect_timeout_ns = 300'000'000}, listener);
  EXPECT_EQ(listener.wait_end().cause, Cause::kTimeout);
}

TEST(ClientWebSocketTest, AnAnswerThatIsNoWebSocket) {
  WebSocketServer server([](ServerSocket& socket) {
    socket.read_head();
    socket.write(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: bm90IHRoZSBrZXkgb2YgdGhpcw==\r\n\r\n");
    sleep_until_gone(socket);
  });
  Listener listener;
  ClientWebSocket client({.url = server.url()}, listener);
  EXPECT_EQ(listener.wait_end().cause, Cause::kProtocol);
}

TEST(ClientWebSocketTest, ThePeerCloses) {
  WebSocketServer server([](ServerSocket& socket) {
    socket.accept();
    socket.send_close(1011, "NET-0001");
    sleep_until_gone(socket);
  });
  Listener listener;
  ClientWebSocket client({.url = server.url()}, listener);
  const auto end = listener.wait_end();
  EXPECT_EQ(end.cause, Cause::kClosed);
  EXPECT_EQ(end.close_code, 1011);
  EXPECT_EQ(end.details, "NET-0001");
}

TEST(ClientWebSocketTest, TheConnectionBreaks) {
  WebSocketServer server([](ServerSocket& socket) { socket.accept(); });
  Listener listener;
  ClientWebSocket client({.url = server.url()}, listener);
  EXPECT_EQ(listener.wait_end().cause, Cause::kLost);
  EXPECT_EQ(listener.ends, 1);
}

TEST(ClientWebSocketTest, BrokenFramesEndTheConnection) {
  WebSocketServer server([](ServerSocket& socket) {
    socket.accept();
    socket.write("\xf3\x05hello");  // reserved bits, reserved opcode
    sleep_until_gone(socket);
  });
  Listener listener;
  ClientWebSocket client({.url = server.url()}, listener);
  EXPECT_EQ(listener.wait_end().cause, Cause::kProtocol);
}

TEST(ClientWebSocketTest, AMessageMayNotBeLargerThanAgreed) {
  WebSocketServer server([](ServerSocket& socket) {
    socket.accept();
    socket.send_text(std::string(2000, 'x'));
    sleep_until_gone(socket);
  });
  Listener listener;
  ClientWebSocket client({.url = server.url(), .largest_message = 1000}, listener);
  EXPECT_EQ(listener.wait_end().cause, Cause::kProtocol);
  EXPECT_TRUE(listener.texts.empty());
}

TEST(ClientWebSocketTest, TheQueueIsBoundedWhenThePeerDoesNotRead) {
  std::atomic<bool> go_on{false};
  std::atomic<std::size_t> received{0};
  WebSocketServer server([&](ServerSocket& socket) {
    socket.accept();
    while (!go_on) std::this_thread::sleep_for(1ms);
    while (const auto message = socket.read_message()) {
      received += message->payload.size();
      if (message->payload == "end") socket.send_text("done");
    }
  });
  Listener listener;
  ClientWebSocket client({.url = server.url(), .most_queued = 200'000}, listener);
  ASSERT_TRUE(listener.wait_open());
  // More than the kernel's buffers hold.
  std::size_t accepted = 0;
  int refused = 0;
  const auto give_up = std::chrono::steady_clock::now() + 30s;
  while (refused < 20 && std::chrono::steady_clock::now() < give_up) {
    if (client.send_binary(std::vector<uint8_t>(50'000))) {
      accepted += 50'000;
      refused = 0;
    } else {
      ++refused;
      std::this_thread::sleep_for(10ms);
    }
  }
  EXPECT_EQ(refused, 20);
  EXPECT_LE(client.queued(), 200'000U);
  go_on = true;
  while (!client.send_text("end")) std::this_thread::sleep_for(1ms);
  ASSERT_TRUE(listener.wait_texts(1));
  EXPECT_EQ(received, accepted + 3);
}

TEST(ClientWebSocketTest, CloseSendsWhatIsQueued) {
  std::atomic<int> received{0};
  WebSocketServer server([&](ServerSocket& socket) {
    socket.accept();
    while (socket.read_message()) ++received;
  });
  Listener listener;
  ClientWebSocket client({.url = server.url()}, listener);
  for (int i = 0; i < 100; ++i) client.send_text("x");
  client.close();
  EXPECT_FALSE(client.send_text("late"));
  EXPECT_EQ(listener.wait_end().cause, Cause::kClosed);
  EXPECT_EQ(received, 100);
}

// SSL_CERT_FILE of the test's environment names trusted.pem.
std::string certificate(const char* name) {
  return std::string(g_getenv("JACKFIELD_SOURCE_DIR")) + "/tests/support/tls/" + name;
}

TEST(ClientWebSocketTest, SpeaksTlsWithThoseItTrusts) {
  WebSocketServer server(echo, certificate("trusted.pem"));
  Listener listener;
  ClientWebSocket client({.url = server.url()}, listener);
  client.send_text(std::string(200'000, 'x'));
  ASSERT_TRUE(listener.wait_open()) << listener.end->text;
  ASSERT_TRUE(listener.wait_texts(1));
  EXPECT_EQ(listener.texts[0].size(), 200'000U);
}

TEST(ClientWebSocketTest, DoesNotSpeakTlsWithStrangers) {
  std::atomic<bool> read{false};
  WebSocketServer server([&](ServerSocket& socket) { read = !socket.read_head().empty(); },
                         certificate("stranger.pem"));
  Listener listener;
  ClientWebSocket client({.url = server.url()}, listener);
  const auto end = listener.wait_end();
  EXPECT_EQ(end.cause, Cause::kCertificate) << end.text;
  EXPECT_FALSE(end.worth_retrying());
  EXPECT_FALSE(read);
}

TEST(ClientWebSocketTest, ADeadPeerIsNoticed) {
  WebSocketServer server([](ServerSocket& socket) {
    socket.accept();
    while (socket.read_frame()) {  // no pong
    }
  });
  Listener listener;
  ClientWebSocket client({.url = server.url(), .ping_interval_s = 1}, listener);
  EXPECT_EQ(listener.wait_end().cause, Cause::kDead);
}

TEST(ClientWebSocketTest, PongsKeepAQuietConnection) {
  WebSocketServer server(echo);
  Listener listener;
  ClientWebSocket client({.url = server.url(), .ping_interval_s = 1}, listener);
  ASSERT_TRUE(listener.wait_open());
  EXPECT_FALSE(listener.wait([&] { return listener.end.has_value(); }, 4s));
  EXPECT_TRUE(client.send_text("still there"));
  EXPECT_TRUE(listener.wait_texts(1));
}

TEST(ClientWebSocketTest, NothingIsCalledAfterCancel) {
  WebSocketServer server([](ServerSocket& socket) {
    socket.accept();
    for (int i = 0; i < 2000; ++i) socket.send_text("flood");
    sleep_until_gone(socket);
  });
  for (int i = 0; i < 30; ++i) {
    auto listener = std::make_unique<Listener>();
    ClientWebSocket client({.url = server.url()}, *listener);
    if (i % 3 != 0) listener->wait_texts(static_cast<std::size_t>(i));
    client.cancel();
    listener.reset();  // a late call would be a use after free
    EXPECT_FALSE(client.send_text("late"));
  }
}

TEST(ClientWebSocketTest, CancelledFromItsOwnCall) {
  WebSocketServer server(echo);
  Listener listener;
  std::unique_ptr<ClientWebSocket> client;
  std::atomic<bool> done{false};
  listener.in_text = [&] {
    client.reset();
    done = true;
  };
  client = std::make_unique<ClientWebSocket>(WebSocketOptions{.url = server.url()}, listener);
  ASSERT_TRUE(listener.wait_open());
  // In the I/O thread, since the pointer is its from now on.
  IoContext::shared().post([&] {
    client->send_text("a");
    client->send_text("b");
  });
  const auto give_up = std::chrono::steady_clock::now() + 30s;
  while (!done && std::chrono::steady_clock::now() < give_up) std::this_thread::sleep_for(1ms);
  ASSERT_TRUE(done);
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(listener.texts.size(), 1U);
  EXPECT_EQ(listener.ends, 0);
}

#ifdef __linux__
TEST(ClientWebSocketTest, ConnectionsLeaveNothingBehind) {
  const auto descriptors = [] {
    int count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
      ++count;
    return count;
  };
  WebSocketServer server(echo);
  const auto visit = [&] {
    Listener listener;
    ClientWebSocket client({.url = server.url()}, listener);
    client.send_text("hello");
    EXPECT_TRUE(listener.wait_texts(1));
  };
  visit();
  std::this_thread::sleep_for(200ms);
  const int before = descriptors();
  for (int i = 0; i < 40; ++i) visit();
  // The server's sockets are kept by the test's own list: one each.
  const auto give_up = std::chrono::steady_clock::now() + 10s;
  while (descriptors() > before + 42 && std::chrono::steady_clock::now() < give_up) {
    std::this_thread::sleep_for(10ms);
  }
  EXPECT_LE(descriptors(), before + 42);
}
#endif

TEST(IoTimerTest, CallsOnceAtItsTime) {
  std::atomic<int> calls{0};
  std::atomic<uint64_t> at{0};
  IoTimer timer([&] {
    at = io_now_ns();
    ++calls;
  });
  const uint64_t wanted = io_now_ns() + 50'000'000;
  timer.arm(io_now_ns() + 3'600'000'000'000);
  timer.arm(wanted);
  const auto give_up = std::chrono::steady_clock::now() + 30s;
  while (calls == 0 && std::chrono::steady_clock::now() < give_up) std::this_thread::sleep_for(1ms);
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(calls, 1);
  EXPECT_GE(at, wanted);
}

TEST(IoTimerTest, IsNotCalledOnceItIsGone) {
  for (int i = 0; i < 200; ++i) {
    auto value = std::make_unique<std::atomic<int>>(0);
    auto* raw = value.get();
    auto timer = std::make_unique<IoTimer>([raw] { ++*raw; });
    timer->arm(io_now_ns() + static_cast<uint64_t>(i % 7) * 100'000);
    if (i % 2) std::this_thread::sleep_for(300us);
    timer.reset();
    value.reset();
  }
}

}  // namespace
}  // namespace jackfield
