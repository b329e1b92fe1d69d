#include "serve/http_server.hpp"

#include <gtest/gtest.h>

#include "jackfield_process.hpp"

using namespace jackfield;
using jackfield::test::wait_for;

namespace {

class HttpServerTest : public testing::Test {
 protected:
  void SetUp() override {
    server.handle("/", [](const ServerRequest& request) {
      HttpServer::answer(request.message, 200, "text/plain", "fine\n");
    });
    server.set_on_refused([this](Refusal why, const std::string&) { refused.push_back(why); });
    std::string error;
    ASSERT_TRUE(server.listen(address, error)) << error;
    ASSERT_NE(address.port, 0);
  }

  // A connection that sends `text` and nothing more.
  gstpp::GObjectPtr<GSocketConnection> connect(const std::string& text) {
    gstpp::GObjectPtr<GSocketClient> client{g_socket_client_new()};
    gstpp::GObjectPtr<GSocketConnection> connection{g_socket_client_connect_to_host(
        client.get(), address.text().c_str(), address.port, nullptr, nullptr)};
    EXPECT_TRUE(connection);
    g_socket_set_blocking(g_socket_connection_get_socket(connection.get()), FALSE);
    g_socket_send(g_socket_connection_get_socket(connection.get()), text.data(), text.size(),
                  nullptr, nullptr);
    return connection;
  }

  // Reads what is there; sets `closed` at the end of the stream.
  static std::string read(GSocketConnection* connection, bool& closed) {
    char buffer[4096];
    const gssize n = g_socket_receive(g_socket_connection_get_socket(connection), buffer,
                                      sizeof buffer, nullptr, nullptr);
    if (n == 0) closed = true;
    return n > 0 ? std::string(buffer, static_cast<std::size_t>(n)) : "";
  }

  HttpServer server{{.connections = 3, .request_time = G_USEC_PER_SEC}};
  ListenAddress address{.host = "127.0.0.1", .port = 0};
  std::vector<Refusal> refused;
};

}  // namespace

TEST_F(HttpServerTest, ConnectionsThatDoNotFinishARequestAreClosed) {
  for (const char* text :
       {"", "GET / HT", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc"}) {
    const auto connection = connect(text);
    bool closed = false;
    EXPECT_TRUE(wait_for(
        [&] {
          read(connection.get(), closed);
          return closed;
        },
        20))
        << text;
  }
}

TEST_F(HttpServerTest, AConnectionHasOneRequest) {
  const auto connection = connect("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  bool closed = false;
  std::string got;
  EXPECT_TRUE(wait_for(
      [&] {
        got += read(connection.get(), closed);
        return closed;
      },
      0.8));
  EXPECT_TRUE(got.ends_with("fine\n")) << got;
}

TEST_F(HttpServerTest, ClientsThatLeaveAreForgotten) {
  // More in turn than may be open at a time, each leaving at another point.
  for (int i = 0; i < 12; ++i) {
    const auto connection = connect(i % 3 == 0   ? "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
                                    : i % 3 == 1 ? "GET / HT"
                                                 : "");
    wait_for([] { return false; }, 0.02);
    g_io_stream_close(G_IO_STREAM(connection.get()), nullptr, nullptr);
    wait_for([] { return false; }, 0.02);
  }
  wait_for([] { return false; }, 2);  // beyond the time of a request
  const auto connection = connect("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  bool closed = false;
  std::string got;
  EXPECT_TRUE(wait_for([&] {
    got += read(connection.get(), closed);
    return got.ends_with("fine\n");
  }));
}

TEST_F(HttpServerTest, NoMoreConnectionsThanTheLimit) {
  const auto a = connect(""), b = connect(""), c = connect("");
  wait_for([] { return false; }, 0.1);
  const auto more = connect("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  bool closed = false;
  std::string got;
  EXPECT_TRUE(wait_for(
      [&] {
        got += read(more.get(), closed);
        return closed;
      },
      0.8));
  EXPECT_EQ(got, "");
}

TEST_F(HttpServerTest, GarbageIsRefused) {
  for (const std::string& text : {std::string{"\x16\x03\x01\x02\r\n\r\n"}, std::string(100000, 'A'),
                                  "GET / HTTP/1.1\r\n" + std::string(200000, 'h') + "\r\n\r\n"}) {
    const auto connection = connect(text);
    bool closed = false;
    std::string got;
    EXPECT_TRUE(wait_for(
        [&] {
          got += read(connection.get(), closed);
          return closed || !got.empty();
        },
        20));
    EXPECT_EQ(got.find("200 OK"), std::string::npos);
  }
}

TEST_F(HttpServerTest, AHeadThatIsTooLongIsRefusedBeforeItsEnd) {
  const std::string line = "GET / HTTP/1.1\r\nHost: x\r\n";
  for (const std::string& text :
       {line + "X: " + std::string(20000, 'x'), "GET /" + std::string(20000, 'x')}) {
    refused.clear();
    const auto connection = connect(text);
    bool closed = false;
    std::string got;
    EXPECT_TRUE(wait_for([&] {
      got += read(connection.get(), closed);
      return !got.empty() || closed;
    }));
    EXPECT_EQ(got.find("HTTP/1.1 431 "), 0u) << got;
    EXPECT_EQ(refused, std::vector<Refusal>{Refusal::kHeadTooLong});
  }
}

TEST_F(HttpServerTest, AHeadWithinTheLimitIsTaken) {
  const auto connection =
      connect("GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(16000, 'x') + "\r\n\r\n");
  bool closed = false;
  std::string got;
  EXPECT_TRUE(wait_for([&] {
    got += read(connection.get(), closed);
    return got.ends_with("fine\n");
  })) << got;
  EXPECT_TRUE(refused.empty());
}

TEST_F(HttpServerTest, WhatIsRefusedIsCounted) {
  const auto a = connect(""), b = connect(""), c = connect(""), d = connect("");
  wait_for([&] { return !refused.empty(); });
  EXPECT_EQ(refused, std::vector<Refusal>{Refusal::kTooManyConnections});
  EXPECT_TRUE(wait_for([&] { return refused.size() == 4; }));
  EXPECT_EQ(refused.back(), Refusal::kTooSlow);
}

TEST_F(HttpServerTest, PathsStandForWhatIsBelowThem) {
  const auto named = [](const char* name) {
    return [name](const ServerRequest& request) {
      HttpServer::answer(request.message, 200, "text/plain", std::string{name} + "\n");
    };
  };
  server.handle("/a/*", named("below"));
  server.handle("/a/one", named("itself"));
  server.handle("/deep/**", named("anywhere"));
  server.handle("/deep/er/**", named("nearer"));
  const std::pair<const char*, const char*> kAnswers[] = {
      {"/a/one", "itself\n"},       {"/a/two", "below\n"},     {"/a/", "below\n"},
      {"/a/two/x", "nothing"},      {"/deep/x", "anywhere\n"}, {"/deep/x/y/z", "anywhere\n"},
      {"/deep/er/x/y", "nearer\n"}, {"/deep/", "anywhere\n"},  {"/deep", "nothing"},
      {"/deeper/x", "nothing"}};
  for (const auto& [path, answer] : kAnswers) {
    const auto connection = connect(std::string{"GET "} + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
    bool closed = false;
    std::string got;
    wait_for([&] {
      got += read(connection.get(), closed);
      return closed;
    });
    EXPECT_NE(got.find(answer), std::string::npos) << path << ": " << got;
  }
}

TEST(HttpServerLimitsTest, AnswersThatNobodyGivesOrTakesAreGivenUp) {
  HttpServer server{{.request_time = G_USEC_PER_SEC / 2, .answer_time = G_USEC_PER_SEC}};
  std::vector<Refusal> refused;
  server.set_on_refused([&](Refusal why, const std::string&) { refused.push_back(why); });
  gstpp::GObjectPtr<SoupServerMessage> waiting;
  server.handle("/later", [&](const ServerRequest& request) {
    soup_server_message_pause(request.message);
    waiting.reset(SOUP_SERVER_MESSAGE(g_object_ref(request.message)));
  });
  server.handle("/much", [](const ServerRequest& request) {
    HttpServer::answer(request.message, 200, "text/plain", std::string(50'000'000, 'x'));
  });
  ListenAddress address{.host = "127.0.0.1", .port = 0};
  std::string error;
  ASSERT_TRUE(server.listen(address, error)) << error;
  for (const char* path : {"/later", "/much"}) {
    refused.clear();
    const gstpp::GObjectPtr<GSocketClient> client{g_socket_client_new()};
    const gstpp::GObjectPtr<GSocketConnection> connection{g_socket_client_connect_to_host(
        client.get(), address.text().c_str(), address.port, nullptr, nullptr)};
    ASSERT_TRUE(connection);
    const std::string text = std::string{"GET "} + path + " HTTP/1.1\r\nHost: x\r\n\r\n";
    g_socket_send(g_socket_connection_get_socket(connection.get()), text.data(), text.size(),
                  nullptr, nullptr);
    // Longer than a request may take, for it has come.
    wait_for([] { return false; }, 0.7);
    EXPECT_TRUE(refused.empty()) << path;
    EXPECT_TRUE(wait_for([&] { return !refused.empty(); }, 20)) << path;
    EXPECT_EQ(refused, std::vector<Refusal>{Refusal::kTooSlow});
    if (waiting) soup_server_message_unpause(std::exchange(waiting, nullptr).get());
  }
}
