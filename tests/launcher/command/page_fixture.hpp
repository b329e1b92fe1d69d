// An HttpServer on a port of its own, and what it answers to requests for pages.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "jackfield_process.hpp"
#include "phone_client.hpp"
#include "serve/http_server.hpp"

namespace jackfield::test {

class PageTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string error;
    ASSERT_TRUE(server.listen(address, error)) << error;
  }

  // All of the answer, as it came.
  std::string get(const std::string& path, const std::string& method = "GET") {
    gstpp::GObjectPtr<GSocketClient> client{g_socket_client_new()};
    gstpp::GObjectPtr<GSocketConnection> connection{g_socket_client_connect_to_host(
        client.get(), address.text().c_str(), address.port, nullptr, nullptr)};
    EXPECT_TRUE(connection);
    GSocket* socket = g_socket_connection_get_socket(connection.get());
    g_socket_set_blocking(socket, FALSE);
    const std::string request = method + " " + path + " HTTP/1.1\r\nHost: x\r\n\r\n";
    g_socket_send(socket, request.data(), request.size(), nullptr, nullptr);
    std::string got;
    EXPECT_TRUE(wait_for(
        [&] {
          char buffer[65536];
          const gssize n = g_socket_receive(socket, buffer, sizeof buffer, nullptr, nullptr);
          if (n > 0) got.append(buffer, static_cast<std::size_t>(n));
          return n == 0;
        },
        20));
    return got;
  }

  static std::string body(const std::string& answer) {
    return answer.substr(answer.find("\r\n\r\n") + 4);
  }

  HttpServer server;
  ListenAddress address{.host = "127.0.0.1", .port = 0};
};

}  // namespace jackfield::test
