#include "websocket_server.hpp"

#include <array>
#include <stdexcept>

namespace test_support {

namespace {

constexpr char kGuid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

std::string accept_key(const std::string& key) {
  GChecksum* checksum = g_checksum_new(G_CHECKSUM_SHA1);
  const std::string all = key + kGuid;
  g_checksum_update(checksum, reinterpret_cast<const guchar*>(all.data()),
                    static_cast<gssize>(all.size()));
  std::array<guint8, 20> digest{};
  gsize size = digest.size();
  g_checksum_get_digest(checksum, digest.data(), &size);
  g_checksum_free(checksum);
  gchar* text = g_base64_encode(digest.data(), size);
  std::string result(text);
  g_free(text);
  return result;
}

}  // namespace

bool ServerSocket::read_exactly(void* to, std::size_t size) {
  gsize got = 0;
  return g_input_stream_read_all(g_io_stream_get_input_stream(stream_), to, size, &got, nullptr,
                                 nullptr) &&
         got == size;
}

std::string ServerSocket::read_head() {
  head_.clear();
  char c = 0;
  while (!head_.ends_with("\r\n\r\n")) {
    if (!read_exactly(&c, 1)) return "";
    head_ += c;
  }
  return head_;
}

void ServerSocket::write(std::string_view bytes) {
  g_output_stream_write_all(g_io_stream_get_output_stream(stream_), bytes.data(), bytes.size(),
                            nullptr, nullptr, nullptr);
}

bool ServerSocket::accept() {
  if (read_head().empty()) return false;
  constexpr std::string_view kKey = "Sec-WebSocket-Key: ";
  const std::size_t at = head_.find(kKey);
  if (at == std::string::npos) return false;
  const std::size_t from = at + kKey.size();
  const std::string key = head_.substr(from, head_.find("\r\n", from) - from);
  write(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: " +
      accept_key(key) + "\r\n\r\n");
  return true;
}

std::optional<ServerSocket::Frame> ServerSocket::read_frame() {
  std::array<std::uint8_t, 2> head{};
  if (!read_exactly(head.data(), 2)) return std::nullopt;
  Frame frame{.opcode = head[0] & 0x0f, .masked = (head[1] & 0x80) != 0};
  std::uint64_t size = head[1] & 0x7f;
  if (size >= 126) {
    std::array<std::uint8_t, 8> bytes{};
    const std::size_t count = size == 126 ? 2 : 8;
    if (!read_exactly(bytes.data(), count)) return std::nullopt;
    size = 0;
    for (std::size_t i = 0; i < count; ++i) size = size << 8 | bytes[i];
  }
  std::array<char, 4> mask{};
  if (frame.masked && !read_exactly(mask.data(), 4)) return std::nullopt;
  frame.payload.resize(size);
  if (!read_exactly(frame.payload.data(), size)) return std::nullopt;
  for (std::size_t i = 0; i < size; ++i) {
    frame.payload[i] = static_cast<char>(frame.payload[i] ^ mask[i % 4]);
  }
  return frame;
}

std::optional<ServerSocket::Frame> ServerSocket::read_message() {
  while (auto frame = read_frame()) {
    if (frame->opcode == 9) {
      send(10, frame->payload);
    } else if (frame->opcode == 8) {
      send(8, frame->payload);
      return std::nullopt;
    } else if (frame->opcode != 10) {
      return frame;
    }
  }
  return std::nullopt;
}

void ServerSocket::send(int opcode, std::string_view payload) {
  std::string frame(1, static_cast<char>(0x80 | opcode));
  if (payload.size() < 126) {
    frame += static_cast<char>(payload.size());
  } else {
    const int bytes = payload.size() < 65536 ? 2 : 8;
    frame += static_cast<char>(bytes == 2 ? 126 : 127);
    for (int i = bytes - 1; i >= 0; --i) frame += static_cast<char>(payload.size() >> (8 * i));
  }
  write(frame.append(payload));
}

void ServerSocket::send_close(int code, std::string_view reason) {
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code)};
  send(8, payload.append(reason));
}

WebSocketServer::WebSocketServer(Handler handler, const std::string& certificate_file)
    : handler_(std::move(handler)),
      listener_(g_socket_listener_new()),
      cancellable_(g_cancellable_new()) {
  if (!certificate_file.empty()) {
    certificate_ = g_tls_certificate_new_from_file(certificate_file.c_str(), nullptr);
    if (!certificate_) throw std::runtime_error("no certificate in " + certificate_file);
  }
  GInetAddress* loopback = g_inet_address_new_loopback(G_SOCKET_FAMILY_IPV4);
  GSocketAddress* address = g_inet_socket_address_new(loopback, 0);
  GSocketAddress* bound = nullptr;
  g_socket_listener_add_address(listener_, address, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP,
                                nullptr, &bound, nullptr);
  port_ = g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(bound));
  g_object_unref(bound);
  g_object_unref(address);
  g_object_unref(loopback);
  listening_ = std::thread([this] { listen(); });
}

WebSocketServer::~WebSocketServer() {
  stopping_ = true;
  g_cancellable_cancel(cancellable_);
  listening_.join();
  {
    const std::lock_guard lock(mutex_);
    for (GSocket* socket : sockets_) g_socket_shutdown(socket, TRUE, TRUE, nullptr);
  }
  for (std::thread& thread : threads_) thread.join();
  for (GSocket* socket : sockets_) g_object_unref(socket);
  g_object_unref(cancellable_);
  g_object_unref(listener_);
  g_clear_object(&certificate_);
}

std::string WebSocketServer::url(const std::string& path) const {
  return (certificate_ ? "wss://localhost:" : "ws://127.0.0.1:") + std::to_string(port_) + path;
}

void WebSocketServer::listen() {
  // A context of its own: accepting iterates one.
  GMainContext* context = g_main_context_new();
  g_main_context_push_thread_default(context);
  while (!stopping_) {
    GSocketConnection* connection =
        g_socket_listener_accept(listener_, nullptr, cancellable_, nullptr);
    if (!connection) continue;
    ++connections_;
    const std::lock_guard lock(mutex_);
    sockets_.push_back(
        static_cast<GSocket*>(g_object_ref(g_socket_connection_get_socket(connection))));
    threads_.emplace_back([this, connection] { serve(connection); });
  }
  g_main_context_pop_thread_default(context);
  g_main_context_unref(context);
}

void WebSocketServer::serve(GSocketConnection* connection) {
  GIOStream* stream = G_IO_STREAM(connection);
  if (certificate_) {
    stream = g_tls_server_connection_new(stream, certificate_, nullptr);
  } else {
    g_object_ref(stream);
  }
  if (stream) {
    ServerSocket socket(stream);
    handler_(socket);
    g_io_stream_close(stream, nullptr, nullptr);
    g_object_unref(stream);
  }
  g_object_unref(connection);
}

}  // namespace test_support
