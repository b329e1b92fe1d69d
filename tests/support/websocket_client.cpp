#include "websocket_client.hpp"

#include <gio/gnetworking.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace test_support {
namespace {

using Clock = std::chrono::steady_clock;

void check(bool ok, GError* error, const char* what) {
  if (ok) return;
  const std::string text = std::string(what) + ": " + (error ? error->message : "failed");
  g_clear_error(&error);
  throw std::runtime_error(text);
}

GSocketAddress* loopback(unsigned port) {
  return g_inet_socket_address_new_from_string("127.0.0.1", port);
}

GSocket* connect_to(GSocketAddress* address) {
  GError* error = nullptr;
  GSocket* socket =
      g_socket_new(G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, &error);
  check(socket != nullptr, error, "socket");
  const bool connected = g_socket_connect(socket, address, nullptr, &error);
  if (!connected) g_object_unref(socket);
  check(connected, error, "connect");
  g_socket_set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1, nullptr);
  return socket;
}

void send_all(GSocket* socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const gssize size = g_socket_send(socket, bytes.data(), bytes.size(), nullptr, nullptr);
    if (size <= 0) return;  // the server has gone; reading will tell
    bytes.remove_prefix(static_cast<size_t>(size));
  }
}

}  // namespace

ConnectedPair connect_pair() {
  GError* error = nullptr;
  GSocket* listener =
      g_socket_new(G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, &error);
  check(listener != nullptr, error, "socket");
  GSocketAddress* any = loopback(0);
  check(g_socket_bind(listener, any, TRUE, &error), error, "bind");
  check(g_socket_listen(listener, &error), error, "listen");
  GSocketAddress* where = g_socket_get_local_address(listener, &error);
  check(where != nullptr, error, "address");
  ConnectedPair pair;
  pair.client = connect_to(where);
  GSocket* accepted = g_socket_accept(listener, nullptr, &error);
  check(accepted != nullptr, error, "accept");
  pair.server = g_socket_connection_factory_create_connection(accepted);
  g_object_unref(accepted);
  g_object_unref(where);
  g_object_unref(any);
  g_object_unref(listener);
  return pair;
}

WebSocketClient::WebSocketClient(GSocket* socket) : socket_(socket) {
  wslay_event_callbacks callbacks{};
  callbacks.recv_callback = [](wslay_event_context_ptr context, uint8_t* to, size_t size, int,
                               void* user) -> ssize_t {
    auto& pending = static_cast<WebSocketClient*>(user)->pending_;
    if (pending.empty()) {
      wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK);
      return -1;
    }
    const size_t taken = std::min(size, pending.size());
    std::memcpy(to, pending.data(), taken);
    pending.erase(0, taken);
    return static_cast<ssize_t>(taken);
  };
  callbacks.send_callback = [](wslay_event_context_ptr, const uint8_t* data, size_t size, int,
                               void* user) -> ssize_t {
    send_all(static_cast<WebSocketClient*>(user)->socket_,
             {reinterpret_cast<const char*>(data), size});
    return static_cast<ssize_t>(size);
  };
  callbacks.genmask_callback = [](wslay_event_context_ptr, uint8_t* to, size_t size, void*) -> int {
    for (size_t i = 0; i < size; ++i) to[i] = static_cast<uint8_t>(g_random_int());
    return 0;
  };
  callbacks.on_msg_recv_callback = [](wslay_event_context_ptr,
                                      const wslay_event_on_msg_recv_arg* message, void* user) {
    auto* self = static_cast<WebSocketClient*>(user);
    switch (message->opcode) {
      case WSLAY_TEXT_FRAME:
        self->texts_.emplace_back(reinterpret_cast<const char*>(message->msg), message->msg_length);
        break;
      case WSLAY_BINARY_FRAME:
        ++self->binary_messages_;
        break;
      case WSLAY_PONG:
        ++self->pongs_;
        break;
      case WSLAY_CONNECTION_CLOSE:
        self->close_code_ = message->status_code;
        break;
      default:
        break;
    }
  };
  if (wslay_event_context_client_init(&context_, &callbacks, this) != 0) throw std::bad_alloc();
}

WebSocketClient::~WebSocketClient() {
  wslay_event_context_free(context_);
  g_socket_close(socket_, nullptr);
  g_object_unref(socket_);
}

std::unique_ptr<WebSocketClient> WebSocketClient::open(unsigned port, const std::string& path) {
  GSocketAddress* address = loopback(port);
  GSocket* socket = connect_to(address);
  g_object_unref(address);
  send_all(socket,
           "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
               "\r\nUser-Agent: Twilio.TmeWs/1.0\r\nConnection: Upgrade\r\n"
               "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAccept-Encoding: gzip\r\n\r\n");
  std::string head;
  char byte = 0;
  while (head.find("\r\n\r\n") == std::string::npos && head.size() < 8192) {
    if (!g_socket_condition_timed_wait(socket, G_IO_IN, 10 * G_USEC_PER_SEC, nullptr, nullptr))
      break;
    if (g_socket_receive(socket, &byte, 1, nullptr, nullptr) != 1) break;
    head += byte;
  }
  // The answer to the key above is RFC 6455's own example.
  const bool upgraded = head.rfind("HTTP/1.1 101", 0) == 0 &&
                        head.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") != std::string::npos &&
                        head.find("Sec-WebSocket-Extensions") == std::string::npos;
  if (!upgraded) {
    g_object_unref(socket);
    return nullptr;
  }
  return std::make_unique<WebSocketClient>(socket);
}

void WebSocketClient::flush() {
  if (wslay_event_send(context_) != 0) violation_ = "cannot send";
}

void WebSocketClient::send(uint8_t opcode, std::string_view payload) {
  const wslay_event_msg message{opcode, reinterpret_cast<const uint8_t*>(payload.data()),
                                payload.size()};
  wslay_event_queue_msg(context_, &message);
  flush();
}

void WebSocketClient::send_fragmented(std::string_view first, std::string_view rest) {
  // Frames by hand, masked with zeros: the event API fragments only what it reads piecewise.
  const auto frame = [](uint8_t head, std::string_view payload) {
    std::string bytes{static_cast<char>(head)};
    if (payload.size() < 126) {
      bytes += static_cast<char>(0x80 | payload.size());
    } else {
      bytes += static_cast<char>(0x80 | 126);
      bytes += static_cast<char>(payload.size() >> 8);
      bytes += static_cast<char>(payload.size());
    }
    return bytes.append(4, '\0').append(payload);
  };
  send_raw(frame(0x01, first) + frame(0x80, rest));
}

void WebSocketClient::send_raw(std::string_view bytes) { send_all(socket_, bytes); }

void WebSocketClient::send_close(uint16_t code) {
  wslay_event_queue_close(context_, code, nullptr, 0);
  flush();
}

bool WebSocketClient::read_some(Milliseconds timeout) {
  if (eof_) return false;
  const gint64 wait_us =
      std::max<gint64>(0, std::chrono::duration_cast<std::chrono::microseconds>(timeout).count());
  if (!g_socket_condition_timed_wait(socket_, G_IO_IN, wait_us, nullptr, nullptr)) return false;
  char buffer[16384];
  const gssize size =
      g_socket_receive_with_blocking(socket_, buffer, sizeof buffer, FALSE, nullptr, nullptr);
  if (size <= 0) {
    eof_ = true;
    return false;
  }
  pending_.append(buffer, static_cast<size_t>(size));
  if (wslay_event_recv(context_) != 0) violation_ = "the server broke the framing";
  if (wslay_event_want_write(context_)) flush();
  return true;
}

std::optional<std::string> WebSocketClient::receive(Milliseconds timeout) {
  const auto end = Clock::now() + timeout;
  while (texts_.empty()) {
    const auto left = std::chrono::duration_cast<Milliseconds>(end - Clock::now());
    if (!read_some(std::max(left, Milliseconds(0))) && (eof_ || Clock::now() >= end)) break;
  }
  if (texts_.empty()) return std::nullopt;
  std::string text = std::move(texts_.front());
  texts_.pop_front();
  return text;
}

bool WebSocketClient::wait_closed(Milliseconds timeout) {
  const auto end = Clock::now() + timeout;
  while (!eof_ && Clock::now() < end) {
    read_some(
        std::max(std::chrono::duration_cast<Milliseconds>(end - Clock::now()), Milliseconds(1)));
  }
  return eof_;
}

void WebSocketClient::cut() {
  g_socket_close(socket_, nullptr);
  eof_ = true;
}

}  // namespace test_support
