#include "signal_test_peer.hpp"

#include <gtest/gtest.h>

#include "../command/jackfield_process.hpp"
#include "json_members.hpp"

namespace jackfield::test {

SignalTestPeer::SignalTestPeer(const std::string& address, const std::string& path,
                               const Options& options)
    : session_(soup_session_new()),
      message_(
          soup_message_new("GET", ((options.tls ? "wss://" : "ws://") + address + path).c_str())) {
  g_signal_connect(message_.get(), "accept-certificate",
                   G_CALLBACK(+[](SoupMessage*, GTlsCertificate*, GTlsCertificateFlags,
                                  gpointer) -> gboolean { return TRUE; }),
                   nullptr);
  // Many peers of one test are on one address.
  g_object_set(session_.get(), "timeout", 30U, nullptr);
  char* protocols[] = {const_cast<char*>(options.protocol.c_str()), nullptr};
  soup_session_websocket_connect_async(
      session_.get(), message_.get(), options.origin.empty() ? nullptr : options.origin.c_str(),
      options.protocol.empty() ? nullptr : protocols, G_PRIORITY_DEFAULT, nullptr,
      [](GObject* session, GAsyncResult* result, gpointer user) {
        auto* self = static_cast<SignalTestPeer*>(user);
        gstpp::ErrorPtr error;
        self->socket_.reset(soup_session_websocket_connect_finish(SOUP_SESSION(session), result,
                                                                  gstpp::OutPtr{error}));
        self->answered_ = true;
        if (!self->socket_) return;
        g_signal_connect(self->socket_.get(), "message", G_CALLBACK(on_message), self);
        g_signal_connect(self->socket_.get(), "closed",
                         G_CALLBACK(+[](SoupWebsocketConnection* socket, gpointer peer) {
                           auto* me = static_cast<SignalTestPeer*>(peer);
                           me->closed_ = true;
                           me->close_code_ = soup_websocket_connection_get_close_code(socket);
                         }),
                         self);
      },
      this);
  EXPECT_TRUE(wait_for([this] { return answered_; }));
  status_ = soup_message_get_status(message_.get());
}

SignalTestPeer::~SignalTestPeer() {
  if (!socket_) return;
  g_signal_handlers_disconnect_by_data(socket_.get(), this);
  cut();
}

std::string SignalTestPeer::protocol() const {
  const char* text = soup_websocket_connection_get_protocol(socket_.get());
  return text ? text : "";
}

void SignalTestPeer::on_message(SoupWebsocketConnection*, gint, GBytes* bytes, gpointer user) {
  gsize size = 0;
  const auto* text = static_cast<const char*>(g_bytes_get_data(bytes, &size));
  auto json = parse_json({text, size});
  EXPECT_TRUE(json.value) << std::string(text, size);
  if (json.value) static_cast<SignalTestPeer*>(user)->messages_.push_back(std::move(*json.value));
}

void SignalTestPeer::send(const std::string& text) {
  soup_websocket_connection_send_text(socket_.get(), text.c_str());
}

std::optional<JsonValue> SignalTestPeer::wait(const std::string& type, double seconds) {
  std::optional<JsonValue> found;
  wait_for(
      [&] {
        while (!messages_.empty() && !found) {
          if (string_member(messages_.front(), "type") == type)
            found = std::move(messages_.front());
          messages_.pop_front();
        }
        return found || closed_;
      },
      seconds);
  EXPECT_TRUE(found) << "no " << type << (closed_ ? " before the connection closed" : "");
  return found;
}

bool SignalTestPeer::has(const std::string& type) const {
  for (const JsonValue& message : messages_) {
    if (string_member(message, "type") == type) return true;
  }
  return false;
}

bool SignalTestPeer::wait_closed(double seconds) {
  return wait_for([this] { return closed_; }, seconds);
}

void SignalTestPeer::close() {
  if (soup_websocket_connection_get_state(socket_.get()) == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_close(socket_.get(), 1000, nullptr);
}

void SignalTestPeer::cut() {
  if (!closed_)
    g_io_stream_close(soup_websocket_connection_get_io_stream(socket_.get()), nullptr, nullptr);
}

std::string SignalTestPeer::join(const std::string& members) {
  if (!wait("welcome")) return "";
  send(R"({"type":"join")" + (members.empty() ? "" : "," + members) + "}");
  const auto joined = wait("joined");
  return joined ? string_member(*joined, "peer") : "";
}

RawSignalPeer::RawSignalPeer(const std::string& address, const std::string& path,
                             const std::string& protocol, const std::string& awaited) {
  gstpp::GObjectPtr<GSocketClient> client{g_socket_client_new()};
  connection_.reset(
      g_socket_client_connect_to_host(client.get(), address.c_str(), 0, nullptr, nullptr));
  EXPECT_TRUE(connection_);
  g_socket_set_blocking(g_socket_connection_get_socket(connection_.get()), FALSE);
  send("GET " + path + " HTTP/1.1\r\nHost: " + address +
       "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
       "Sec-WebSocket-Protocol: " +
       protocol + "\r\n\r\n");
  EXPECT_TRUE(wait_for([&] {
    alive();
    return received_.find(awaited) != std::string::npos;
  })) << received_;
}

void RawSignalPeer::send(std::string_view bytes) {
  while (!bytes.empty() && alive_) {
    bytes.remove_prefix(push(bytes));
    if (!bytes.empty()) g_main_context_iteration(nullptr, FALSE);
  }
}

std::size_t RawSignalPeer::push(std::string_view bytes) {
  gstpp::ErrorPtr error;
  const gssize sent = g_socket_send(g_socket_connection_get_socket(connection_.get()), bytes.data(),
                                    bytes.size(), nullptr, gstpp::OutPtr{error});
  if (sent >= 0) return static_cast<std::size_t>(sent);
  if (!g_error_matches(error.get(), G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)) alive_ = false;
  return 0;
}

void RawSignalPeer::send_text(std::string_view text) {
  std::string frame = "\x81";
  frame += static_cast<char>(0x80 | 127);
  for (int shift = 56; shift >= 0; shift -= 8) frame += static_cast<char>(text.size() >> shift);
  if (text.size() <= 125) frame = {'\x81', static_cast<char>(0x80 | text.size())};
  EXPECT_TRUE(text.size() <= 125 || text.size() > 65535) << "the length's form is not for these";
  frame.append(4, '\0');
  send(frame + std::string{text});
}

bool RawSignalPeer::alive() {
  char buffer[65536];
  gstpp::ErrorPtr error;
  const gssize size = g_socket_receive(g_socket_connection_get_socket(connection_.get()), buffer,
                                       sizeof buffer, nullptr, gstpp::OutPtr{error});
  if (size > 0) received_.append(buffer, static_cast<std::size_t>(size));
  if (size == 0 || (size < 0 && !g_error_matches(error.get(), G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)))
    alive_ = false;
  return alive_;
}

std::string text_of(const JsonValue& object, const char* member) {
  return string_member(object, member);
}

}  // namespace jackfield::test
