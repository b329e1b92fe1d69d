// An HTTP server that does what a test wants, wrong things included: each connection runs the
// test's function in a thread of its own. On 127.0.0.1 and a free port.
#pragma once

#include <gio/gio.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "gstpp.hpp"

namespace test_support {

class HttpPeer {
 public:
  HttpPeer(GSocket* socket, GCancellable* stop, int connection)
      : number(connection), socket_(socket), stop_(stop) {}

  // Head and body (by content-length) of the next request; "" when the client has gone.
  std::string read_request() {
    for (;;) {
      const std::size_t end = pending_.find("\r\n\r\n");
      if (end != std::string::npos) {
        std::size_t length = 0;
        const std::size_t at = pending_.find("Content-Length: ");
        if (at < end) length = std::stoul(pending_.substr(at + 16));
        if (pending_.size() >= end + 4 + length) {
          std::string request = pending_.substr(0, end + 4 + length);
          pending_.erase(0, request.size());
          return request;
        }
      }
      if (!receive()) return "";
    }
  }
  bool write(std::string_view text) {
    while (!text.empty()) {
      const gssize sent =
          g_socket_send_with_blocking(socket_, text.data(), text.size(), TRUE, stop_, nullptr);
      if (sent <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  bool answer(int status, std::string_view body, std::string_view headers = "") {
    return write("HTTP/1.1 " + std::to_string(status) +
                 " X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
                 std::string(headers) + "\r\n" + std::string(body));
  }
  bool begin_chunks() { return write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"); }
  bool chunk(std::string_view text) {
    gchar size[32];
    g_snprintf(size, sizeof size, "%zx\r\n", text.size());
    return write(size + std::string(text) + "\r\n");
  }
  bool end_chunks() { return write("0\r\n\r\n"); }
  // True when the client closed its end; false when the test is over first.
  bool wait_closed() {
    while (receive()) {
    }
    return !g_cancellable_is_cancelled(stop_);
  }

  const int number;  // of the connection, from 1

 private:
  bool receive() {
    gchar piece[4096];
    const gssize got =
        g_socket_receive_with_blocking(socket_, piece, sizeof piece, TRUE, stop_, nullptr);
    if (got > 0) pending_.append(piece, static_cast<std::size_t>(got));
    return got > 0;
  }
  GSocket* socket_;
  GCancellable* stop_;
  std::string pending_;
};

class ScriptedHttpServer {
 public:
  using Script = std::function<void(HttpPeer&)>;

  explicit ScriptedHttpServer(Script script)
      : script_(std::move(script)), stop_(g_cancellable_new()) {
    socket_.reset(
        g_socket_new(G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, nullptr));
    const gstpp::GObjectPtr<GSocketAddress> any{
        g_inet_socket_address_new_from_string("127.0.0.1", 0)};
    g_socket_bind(socket_.get(), any.get(), TRUE, nullptr);
    g_socket_listen(socket_.get(), nullptr);
    const gstpp::GObjectPtr<GSocketAddress> bound{
        g_socket_get_local_address(socket_.get(), nullptr)};
    port_ = g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(bound.get()));
    acceptor_ = std::thread([this] { accept(); });
  }
  ~ScriptedHttpServer() {
    g_cancellable_cancel(stop_.get());
    acceptor_.join();
    for (std::thread& t : threads_) t.join();
  }
  ScriptedHttpServer(const ScriptedHttpServer&) = delete;
  ScriptedHttpServer& operator=(const ScriptedHttpServer&) = delete;

  int port() const { return port_; }
  std::string url(std::string_view path = "/") const {
    return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
  }
  int connections() const { return connections_; }

 private:
  void accept() {
    for (;;) {
      GSocket* socket = g_socket_accept(socket_.get(), stop_.get(), nullptr);
      if (!socket) return;
      const int number = ++connections_;
      threads_.emplace_back([this, socket, number] {
        HttpPeer peer(socket, stop_.get(), number);
        script_(peer);
        g_socket_close(socket, nullptr);
        g_object_unref(socket);
      });
    }
  }

  Script script_;
  gstpp::GObjectPtr<GCancellable> stop_;
  gstpp::GObjectPtr<GSocket> socket_;
  int port_ = 0;
  std::atomic<int> connections_{0};
  std::thread acceptor_;
  std::vector<std::thread> threads_;  // of the acceptor
};

}  // namespace test_support
