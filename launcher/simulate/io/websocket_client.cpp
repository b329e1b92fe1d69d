#include "websocket_client.hpp"

#include <gio/gio.h>
#include <gio/gnetworking.h>
#include <wslay/wslay.h>

#include <cstring>
#include <utility>

#include "plugins/common/gstpp.hpp"
#include "simulate/core/codec.hpp"
#include "simulate/core/handshake.hpp"

namespace jackfield::simulate {
namespace {

std::string random_key() {
  std::uint8_t bytes[16];
  for (std::size_t i = 0; i < sizeof bytes; i += 4) {
    const guint32 random = g_random_int();
    std::memcpy(bytes + i, &random, 4);
  }
  std::string key;
  base64_append(key, bytes);
  return key;
}

// RFC 6455, section 1.3.
std::string accept_of(const std::string& key) {
  const std::string text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  GChecksum* sum = g_checksum_new(G_CHECKSUM_SHA1);
  g_checksum_update(sum, reinterpret_cast<const guchar*>(text.data()),
                    static_cast<gssize>(text.size()));
  std::uint8_t digest[20];
  gsize size = sizeof digest;
  g_checksum_get_digest(sum, digest, &size);
  g_checksum_free(sum);
  std::string accept;
  base64_append(accept, digest);
  return accept;
}

int connect_error_code(const GError* error) {
  if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED)) return 31902;
  if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT)) return 31901;
  if (error->domain == G_TLS_ERROR) return 31910;
  return 31904;
}

}  // namespace

class WebSocketClient::Impl : public std::enable_shared_from_this<Impl> {
 public:
  explicit Impl(Listener& listener) : listener_(&listener) {}
  ~Impl() {
    drop();
    if (context_) wslay_event_context_free(context_);
  }

  void connect(const Target& target) {
    const std::string key = random_key();
    accept_ = accept_of(key);
    out_ = handshake_request({target.host_header, target.path, key, target.signature});
    gstpp::GObjectPtr<GSocketClient> client{g_socket_client_new()};
    g_socket_client_set_enable_proxy(client.get(), FALSE);
    g_socket_client_set_tls(client.get(), target.tls);
    if (target.tls && target.authorities)
      g_signal_connect_object(client.get(), "event", G_CALLBACK(on_event), target.authorities,
                              static_cast<GConnectFlags>(0));
    cancellable_.reset(g_cancellable_new());
    g_socket_client_connect_to_host_async(client.get(), target.host.c_str(), target.port,
                                          cancellable_.get(), on_connected,
                                          new std::weak_ptr<Impl>(weak_from_this()));
  }

  void send_text(std::string_view text) { queue(WSLAY_TEXT_FRAME, text); }

  void flush() {
    if (!stream_ || dropped_) return;
    if (context_ && wslay_event_want_write(context_)) wslay_event_send(context_);
    if (out_.empty()) return;
    auto* output = G_POLLABLE_OUTPUT_STREAM(g_io_stream_get_output_stream(stream_.get()));
    std::size_t sent = 0;
    while (sent < out_.size()) {
      gstpp::ErrorPtr error;
      const gssize n = g_pollable_output_stream_write_nonblocking(
          output, out_.data() + sent, out_.size() - sent, nullptr, gstpp::OutPtr{error});
      if (n <= 0) {
        // What is left goes out with the next flush. A broken connection shows when it is read.
        if (error && !g_error_matches(error.get(), G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
          out_.clear();
        break;
      }
      sent += static_cast<std::size_t>(n);
    }
    out_.erase(0, sent);
  }

  bool congested() const { return out_.size() > kCongested; }

  void close() {
    if (!context_ || dropped_) return;
    flush();  // wslay sends a close before the messages that wait
    wslay_event_queue_close(context_, WSLAY_CODE_NORMAL_CLOSURE, nullptr, 0);
    flush();
  }

  void drop() {
    if (std::exchange(dropped_, true)) return;
    listener_ = nullptr;
    if (cancellable_) g_cancellable_cancel(cancellable_.get());
    if (source_) {
      g_source_destroy(source_);
      g_source_unref(source_);
      source_ = nullptr;
    }
    // The last reference closes the socket.
    stream_.reset();
  }

 private:
  static void on_event(GSocketClient*, GSocketClientEvent event, GSocketConnectable*,
                       GIOStream* connection, gpointer authorities) {
    if (event == G_SOCKET_CLIENT_TLS_HANDSHAKING)
      g_tls_connection_set_database(G_TLS_CONNECTION(connection), G_TLS_DATABASE(authorities));
  }

  static void on_connected(GObject* object, GAsyncResult* result, gpointer data) {
    const std::unique_ptr<std::weak_ptr<Impl>> weak{static_cast<std::weak_ptr<Impl>*>(data)};
    gstpp::ErrorPtr error;
    gstpp::GObjectPtr<GSocketConnection> connection{g_socket_client_connect_to_host_finish(
        G_SOCKET_CLIENT(object), result, gstpp::OutPtr{error})};
    const auto self = weak->lock();
    if (!self || self->dropped_) return;
    if (!connection) {
      self->fail_connect(connect_error_code(error.get()), error->message);
      return;
    }
    self->begin(std::move(connection));
  }

  void begin(gstpp::GObjectPtr<GSocketConnection> connection) {
    GSocket* socket = g_socket_connection_get_socket(connection.get());
    // Messages leave one by one, 20 ms apart: Nagle would hold them back.
    g_socket_set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1, nullptr);
    stream_.reset(G_IO_STREAM(connection.release()));
    GInputStream* input = g_io_stream_get_input_stream(stream_.get());
    GOutputStream* output = g_io_stream_get_output_stream(stream_.get());
    if (!G_IS_POLLABLE_INPUT_STREAM(input) || !G_IS_POLLABLE_OUTPUT_STREAM(output)) {
      fail_connect(31910, "the TLS backend has no pollable streams");
      return;
    }
    source_ = g_pollable_input_stream_create_source(G_POLLABLE_INPUT_STREAM(input), nullptr);
    g_source_set_callback(source_, G_SOURCE_FUNC(on_readable), this, nullptr);
    g_source_attach(source_, g_main_context_get_thread_default());
    flush();
  }

  static gboolean on_readable(GObject*, gpointer data) {
    // The listener may let go of the client in a call back.
    const auto self = static_cast<Impl*>(data)->shared_from_this();
    self->read();
    return self->dropped_ ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
  }

  // Returns the bytes read, 0 at the end, -1 when there is nothing for now.
  gssize read_some(void* buffer, std::size_t size) {
    gstpp::ErrorPtr error;
    auto* input = G_POLLABLE_INPUT_STREAM(g_io_stream_get_input_stream(stream_.get()));
    const gssize n = g_pollable_input_stream_read_nonblocking(input, buffer, size, nullptr,
                                                              gstpp::OutPtr{error});
    if (n >= 0) return n;
    if (g_error_matches(error.get(), G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)) return -1;
    broken_how_ = error->message;
    return 0;
  }

  void read() {
    if (!context_ && !read_handshake()) return;
    if (dropped_) return;
    wslay_event_recv(context_);
    if (dropped_) return;
    flush();
    judge();
  }

  bool read_handshake() {
    char buffer[4096];
    const gssize n = read_some(buffer, sizeof buffer);
    if (n < 0) return false;
    in_.append(buffer, static_cast<std::size_t>(n));
    const auto reply = parse_handshake_reply(in_, accept_);
    if (!reply) {
      if (n == 0) fail_connect(31920, "the server closed the connection during the handshake");
      return false;
    }
    if (!reply->error.empty()) {
      fail_connect(31920, reply->error);
      return false;
    }
    in_.erase(0, reply->length);
    const wslay_event_callbacks callbacks{on_recv, on_send, on_mask,   nullptr,
                                          nullptr, nullptr, on_message};
    if (wslay_event_context_client_init(&context_, &callbacks, this) != 0) {
      fail_connect(31920, "out of memory");
      return false;
    }
    wslay_event_config_set_max_recv_msg_length(context_, kMaxMessage);
    listener_->on_open();
    return true;
  }

  void judge() {
    if (wslay_event_get_close_received(context_)) {
      const int code = wslay_event_get_status_code_received(context_);
      finish("code " + std::to_string(code));
    } else if (end_) {
      finish(broken_how_.empty() ? "the connection ended without a closing handshake"
                                 : broken_how_);
    } else if (!wslay_event_get_read_enabled(context_)) {
      const int code = wslay_event_get_status_code_sent(context_);
      const char* why = code == WSLAY_CODE_INVALID_FRAME_PAYLOAD_DATA ? "text that is not UTF-8"
                        : code == WSLAY_CODE_MESSAGE_TOO_BIG ? "a message of more than 1 MiB"
                                                             : "a frame that RFC 6455 forbids";
      listener_->on_broken(why);
      if (!dropped_) finish(std::string{"closed by Twilio after "} + why);
    }
  }

  void finish(const std::string& how) {
    Listener* listener = listener_;
    drop();
    if (listener) listener->on_closed(how);
  }

  void fail_connect(int code, const std::string& reason) {
    Listener* listener = listener_;
    drop();
    if (listener) listener->on_connect_failed(code, reason);
  }

  void queue(std::uint8_t opcode, std::string_view text) {
    if (!context_ || dropped_) return;
    const wslay_event_msg message{opcode, reinterpret_cast<const std::uint8_t*>(text.data()),
                                  text.size()};
    wslay_event_queue_msg(context_, &message);
  }

  static ssize_t on_recv(wslay_event_context_ptr context, std::uint8_t* buffer, std::size_t size,
                         int, void* data) {
    auto& self = *static_cast<Impl*>(data);
    if (!self.in_.empty()) {
      const std::size_t n = std::min(size, self.in_.size());
      std::memcpy(buffer, self.in_.data(), n);
      self.in_.erase(0, n);
      return static_cast<ssize_t>(n);
    }
    const gssize n = self.dropped_ ? 0 : self.read_some(buffer, size);
    if (n > 0) return n;
    if (n == 0) self.end_ = true;
    wslay_event_set_error(context, n == 0 ? WSLAY_ERR_CALLBACK_FAILURE : WSLAY_ERR_WOULDBLOCK);
    return -1;
  }

  static ssize_t on_send(wslay_event_context_ptr, const std::uint8_t* bytes, std::size_t size, int,
                         void* data) {
    static_cast<Impl*>(data)->out_.append(reinterpret_cast<const char*>(bytes), size);
    return static_cast<ssize_t>(size);
  }

  static int on_mask(wslay_event_context_ptr, std::uint8_t* buffer, std::size_t size, void*) {
    const guint32 random = g_random_int();
    std::memcpy(buffer, &random, std::min(size, sizeof random));
    return 0;
  }

  static void on_message(wslay_event_context_ptr, const wslay_event_on_msg_recv_arg* arg,
                         void* data) {
    auto& self = *static_cast<Impl*>(data);
    if (self.dropped_) return;
    if (arg->opcode == WSLAY_TEXT_FRAME)
      self.listener_->on_text({reinterpret_cast<const char*>(arg->msg), arg->msg_length});
    else if (arg->opcode == WSLAY_BINARY_FRAME)
      self.listener_->on_binary(arg->msg_length);
  }

  Listener* listener_;
  gstpp::GObjectPtr<GCancellable> cancellable_;
  gstpp::GObjectPtr<GIOStream> stream_;
  GSource* source_ = nullptr;
  wslay_event_context_ptr context_ = nullptr;
  std::string accept_;
  std::string in_;   // of the handshake, and what came with it
  std::string out_;  // not taken by the socket yet
  std::string broken_how_;
  bool end_ = false;
  bool dropped_ = false;
};

WebSocketClient::WebSocketClient(Listener& listener) : impl_(std::make_shared<Impl>(listener)) {}
WebSocketClient::~WebSocketClient() { impl_->drop(); }
void WebSocketClient::connect(const Target& target) { impl_->connect(target); }
void WebSocketClient::send_text(std::string_view text) { impl_->send_text(text); }
void WebSocketClient::flush() { impl_->flush(); }
bool WebSocketClient::congested() const { return impl_->congested(); }
void WebSocketClient::close() { impl_->close(); }
void WebSocketClient::drop() { impl_->drop(); }

}  // namespace jackfield::simulate
