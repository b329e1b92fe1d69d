#include "client_websocket.hpp"

#include <libsoup/soup.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <mutex>
#include <optional>

#include "gstpp.hpp"
#include "http_session.hpp"
#include "io_context.hpp"
#include "io_pool.hpp"
#include "utf8.hpp"

namespace jackfield {

namespace {

using Cause = WebSocketEnd::Cause;
using SourcePtr = std::unique_ptr<GSource, gstpp::FreeWith<g_source_unref>>;
using UriPtr = std::unique_ptr<GUri, gstpp::FreeWith<g_uri_unref>>;

constexpr uint64_t kSecond = 1'000'000'000;
constexpr uint64_t kCloseWithin = 2 * kSecond;
constexpr int kGoingAway = 1001;
constexpr std::size_t kMostAtOnce = 64 << 10;  // bytes that libsoup is given in one round
constexpr std::size_t kMostDetails = 300;      // bytes of a peer's own words

struct Outgoing {
  SoupWebsocketDataType type;
  gstpp::BytesPtr bytes;
};

Cause cause_of(const GError* error) {
  if (error->domain == G_TLS_ERROR) return Cause::kCertificate;
  if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT)) return Cause::kTimeout;
  return Cause::kUnreachable;
}

std::string printable(const char* text) {
  const std::string_view all(text ? text : "");
  std::string result;
  for (const char c : truncate_utf8(all, kMostDetails)) {
    result += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return is_utf8(result) ? result : "";
}

}  // namespace

bool WebSocketEnd::worth_retrying() const {
  switch (cause) {
    case Cause::kBadAddress:
    case Cause::kCertificate:
      return false;
    case Cause::kRefused:
      return http_status == 408 || http_status == 429 || http_status >= 500;
    default:
      return true;
  }
}

const char* cause_name(Cause cause) {
  switch (cause) {
    case Cause::kBadAddress:
      return "bad-address";
    case Cause::kUnreachable:
      return "unreachable";
    case Cause::kCertificate:
      return "certificate";
    case Cause::kTimeout:
      return "timeout";
    case Cause::kRefused:
      return "refused";
    case Cause::kClosed:
      return "closed";
    case Cause::kLost:
      return "lost";
    case Cause::kDead:
      return "dead";
    case Cause::kProtocol:
      return "protocol";
  }
  return "unknown";
}

// What outlives the client until the I/O context's thread is done with it. All but what is under
// `lock_` belongs to that thread.
class ClientWebSocket::Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(WebSocketOptions options, WebSocketListener& listener)
      : options_(std::move(options)), listener_(&listener) {}
  ~Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void start() {
    IoContext::shared().post([self = shared_from_this()] { self->connect(); });
  }

  bool send(SoupWebsocketDataType type, gstpp::BytesPtr bytes) {
    const std::size_t size = g_bytes_get_size(bytes.get());
    {
      const std::lock_guard lock(lock_);
      if (closing_ || ended_ || queued_ + size > options_.most_queued) return false;
      queued_ += size;
      queue_.push_back({type, std::move(bytes)});
      if (std::exchange(pump_wanted_, true)) return true;
    }
    IoContext::shared().post([self = shared_from_this()] { self->arm_pump(); });
    return true;
  }

  std::size_t queued() const {
    const std::lock_guard lock(lock_);
    return queued_;
  }

  void close() {
    {
      const std::lock_guard lock(lock_);
      if (closing_ || ended_) return;
      closing_ = true;
    }
    IoContext::shared().post([self = shared_from_this()] {
      if (self->over_) return;
      self->start_timer(kCloseWithin, [](Connection& c) {
        c.end({.cause = Cause::kClosed, .text = "the connection was closed"});
      });
      self->arm_pump();
    });
  }

  void leave() {
    if (IoContext::shared().is_current()) {
      listener_ = nullptr;
    } else {
      const std::lock_guard calling(calling_);
      listener_ = nullptr;
    }
    IoContext::shared().post([self = shared_from_this()] {
      if (!self->over_) self->self_ = self;
    });
    close();
  }

  void cancel() {
    {
      const std::lock_guard lock(lock_);
      ended_ = true;
    }
    if (IoContext::shared().is_current()) {
      listener_ = nullptr;
      release();
      return;
    }
    {
      const std::lock_guard calling(calling_);
      listener_ = nullptr;
    }
    IoContext::shared().post([self = shared_from_this()] { self->release(); });
  }

 private:
  // ---- In the I/O context's thread ----

  void connect() {
    if (over_) return;
    gstpp::ErrorPtr error;
    const UriPtr uri{g_uri_parse(options_.url.c_str(), static_cast<GUriFlags>(SOUP_HTTP_URI_FLAGS),
                                 gstpp::OutPtr{error})};
    const char* scheme = uri ? g_uri_get_scheme(uri.get()) : "";
    const char* host = uri ? g_uri_get_host(uri.get()) : nullptr;
    if ((g_strcmp0(scheme, "ws") != 0 && g_strcmp0(scheme, "wss") != 0) || !host || !*host) {
      end({.cause = Cause::kBadAddress, .text = "the address is not a ws:// or wss:// one"});
      return;
    }
    server_ = std::string(scheme) + "://" + host;
    if (g_uri_get_port(uri.get()) > 0) server_ += ":" + std::to_string(g_uri_get_port(uri.get()));
    message_.reset(soup_message_new_from_uri(SOUP_METHOD_GET, uri.get()));
    SoupMessageHeaders* headers = soup_message_get_request_headers(message_.get());
    for (const auto& [name, value] : options_.headers) {
      soup_message_headers_replace(headers, name.c_str(), value.c_str());
    }
    // Elsewhere the key has no business; compression costs more than it saves on speech.
    soup_message_add_flags(message_.get(), SOUP_MESSAGE_NO_REDIRECT);
    soup_message_disable_feature(message_.get(), SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER);
    HttpSession::instance().trust(message_.get());
    g_signal_connect(message_.get(), "network-event", G_CALLBACK(on_network_event), nullptr);
    cancellable_.reset(g_cancellable_new());
    start_timer(options_.connect_timeout_ns, [](Connection& c) {
      c.end({.cause = Cause::kTimeout, .text = c.server_ + " did not answer in time"});
    });
    // It only reads them.
    char* protocols[] = {const_cast<char*>(options_.protocol.c_str()), nullptr};
    soup_session_websocket_connect_async(HttpSession::instance().soup(), message_.get(), nullptr,
                                         options_.protocol.empty() ? nullptr : protocols,
                                         G_PRIORITY_DEFAULT, cancellable_.get(), on_connected,
                                         new std::shared_ptr<Connection>(shared_from_this()));
  }

  static void on_network_event(SoupMessage*, GSocketClientEvent event, GIOStream* stream,
                               gpointer) {
    if (event != G_SOCKET_CLIENT_CONNECTED || !G_IS_SOCKET_CONNECTION(stream)) return;
    GSocket* socket = g_socket_connection_get_socket(G_SOCKET_CONNECTION(stream));
    g_socket_set_option(socket, 6 /* IPPROTO_TCP */, 1 /* TCP_NODELAY */, 1, nullptr);
  }

  static void on_connected(GObject* session, GAsyncResult* result, gpointer data) {
    const std::unique_ptr<std::shared_ptr<Connection>> self{
        static_cast<std::shared_ptr<Connection>*>(data)};
    gstpp::ErrorPtr error;
    gstpp::GObjectPtr<SoupWebsocketConnection> socket{
        soup_session_websocket_connect_finish(SOUP_SESSION(session), result, gstpp::OutPtr{error})};
    (*self)->connected(std::move(socket), error.get());
  }

  void connected(gstpp::GObjectPtr<SoupWebsocketConnection> socket, const GError* error) {
    if (over_) {
      if (socket) drop(socket.get());
      return;
    }
    if (!socket) {
      end(refusal(error));
      return;
    }
    const char* protocol = soup_websocket_connection_get_protocol(socket.get());
    if (!options_.protocol.empty() && options_.protocol != (protocol ? protocol : "")) {
      drop(socket.get());
      end({.cause = Cause::kProtocol,
           .text = server_ + " does not speak the sub-protocol " + options_.protocol});
      return;
    }
    socket_ = std::move(socket);
    {
      const std::lock_guard lock(lock_);
      if (!closing_) timer_.reset();
    }
    soup_websocket_connection_set_max_incoming_payload_size(socket_.get(),
                                                            options_.largest_message);
    handlers_ = {
        g_signal_connect(socket_.get(), "message", G_CALLBACK(on_message), this),
        g_signal_connect(socket_.get(), "error", G_CALLBACK(on_error), this),
        g_signal_connect(socket_.get(), "closed", G_CALLBACK(on_closed), this),
        g_signal_connect(socket_.get(), "pong", G_CALLBACK(on_pong), this),
    };
    if (options_.ping_interval_s > 0) {
      soup_websocket_connection_set_keepalive_interval(socket_.get(), options_.ping_interval_s);
      heard_ = io_now_ns();
      if (!timer_) watch();
    }
    call([](WebSocketListener& listener) { listener.on_open(); });
    if (!over_) arm_pump();
  }

  WebSocketEnd refusal(const GError* error) const {
    const int status = static_cast<int>(soup_message_get_status(message_.get()));
    if (status >= 200) {
      WebSocketEnd result{.cause = Cause::kRefused, .http_status = status};
      const std::string reason = printable(soup_message_get_reason_phrase(message_.get()));
      result.text = server_ + " refused the connection: " + std::to_string(status) +
                    (reason.empty() ? "" : " " + reason);
      result.details = printable(soup_message_headers_get_one(
          soup_message_get_response_headers(message_.get()), "dg-error"));
      return result;
    }
    if (const auto why = HttpSession::certificate_problem(message_.get()); !why.empty()) {
      return {.cause = Cause::kCertificate, .text = "no connection to " + server_ + ": " + why};
    }
    const bool handshake = error->domain == SOUP_WEBSOCKET_ERROR;
    return {.cause = handshake ? Cause::kProtocol : cause_of(error),
            .text = "no connection to " + server_ + ": " + error->message};
  }

  void watch() {
    const uint64_t patience = 3 * options_.ping_interval_s * kSecond;
    const uint64_t now = io_now_ns();
    if (now >= heard_ + patience) {
      end({.cause = Cause::kDead, .text = server_ + " does not answer any more"});
      return;
    }
    start_timer(heard_ + patience - now, [](Connection& c) { c.watch(); });
  }

  static void on_pong(SoupWebsocketConnection*, GBytes*, gpointer data) {
    static_cast<Connection*>(data)->heard_ = io_now_ns();
  }

  static void on_message(SoupWebsocketConnection*, gint type, GBytes* bytes, gpointer data) {
    const auto self = static_cast<Connection*>(data)->shared_from_this();
    self->heard_ = io_now_ns();
    gsize size = 0;
    const auto* start = static_cast<const uint8_t*>(g_bytes_get_data(bytes, &size));
    self->call([&](WebSocketListener& listener) {
      if (type == SOUP_WEBSOCKET_DATA_TEXT) {
        listener.on_text({reinterpret_cast<const char*>(start), size});
      } else {
        listener.on_binary({start, size});
      }
    });
  }

  static void on_error(SoupWebsocketConnection*, GError* error, gpointer data) {
    auto& self = *static_cast<Connection*>(data);
    const bool broken = error->domain != SOUP_WEBSOCKET_ERROR;
    self.failed_ = {.cause = broken ? Cause::kLost : Cause::kProtocol,
                    .text = self.server_ + ": " + error->message};
  }

  static void on_closed(SoupWebsocketConnection* socket, gpointer data) {
    const auto self = static_cast<Connection*>(data)->shared_from_this();
    const int code = soup_websocket_connection_get_close_code(socket);
    WebSocketEnd why;
    if (self->failed_) {
      why = *self->failed_;
    } else if (code == 0 || code == SOUP_WEBSOCKET_CLOSE_ABNORMAL) {
      why = {.cause = Cause::kLost, .text = "the connection to " + self->server_ + " broke"};
    } else {
      why = {.cause = Cause::kClosed,
             .close_code = code,
             .text = self->server_ + " closed the connection (" + std::to_string(code) + ")",
             .details = printable(soup_websocket_connection_get_close_data(socket))};
    }
    self->end(why);
  }

  // What libsoup is given it keeps in a queue without a bound, and writes in the next round of the
  // context. So it gets little at once, and only while the connection takes bytes. A source that
  // waits for that costs three rounds more, each of which looks at all connections of the process:
  // it is made only when it is needed, with a lower priority than libsoup's.
  void arm_pump() {
    {
      const std::lock_guard lock(lock_);
      if (queue_.empty()) pump_wanted_ = false;
    }
    if (over_ || !socket_ || pump_) return;
    // While libsoup closes the stream, in a thread of its own, nothing may be asked of it.
    if (!open()) return;
    GOutputStream* output =
        g_io_stream_get_output_stream(soup_websocket_connection_get_io_stream(socket_.get()));
    std::size_t sent = 0;
    while (sent < kMostAtOnce &&
           g_pollable_output_stream_is_writable(G_POLLABLE_OUTPUT_STREAM(output))) {
      if (!send_one(sent) || !open()) return;
    }
    pump_.reset(g_pollable_output_stream_create_source(G_POLLABLE_OUTPUT_STREAM(output), nullptr));
    g_source_set_priority(pump_.get(), G_PRIORITY_DEFAULT + 1);
    const GPollableSourceFunc ready = [](GObject*, gpointer data) -> gboolean {
      const auto self = static_cast<Connection*>(data)->shared_from_this();
      std::size_t given = 0;
      if (self->send_one(given)) return G_SOURCE_CONTINUE;
      self->pump_.reset();
      return G_SOURCE_REMOVE;
    };
    g_source_set_callback(pump_.get(), reinterpret_cast<GSourceFunc>(ready), this, nullptr);
    g_source_attach(pump_.get(), IoContext::shared().context());
  }

  bool open() const {
    return soup_websocket_connection_get_state(socket_.get()) == SOUP_WEBSOCKET_STATE_OPEN;
  }

  // Whether there may be more; adds to `sent` what libsoup was given, bytes.
  bool send_one(std::size_t& sent) {
    if (over_) return false;
    Outgoing next{};
    bool closing = false;
    {
      const std::lock_guard lock(lock_);
      if (queue_.empty()) {
        pump_wanted_ = false;
        closing = closing_;
      } else {
        next = std::move(queue_.front());
        queue_.pop_front();
        queued_ -= g_bytes_get_size(next.bytes.get());
      }
    }
    if (next.bytes && open()) {
      sent += g_bytes_get_size(next.bytes.get());
      soup_websocket_connection_send_message(socket_.get(), next.type, next.bytes.get());
      return true;
    }
    if (closing && open()) {
      soup_websocket_connection_close(socket_.get(), SOUP_WEBSOCKET_CLOSE_NORMAL, nullptr);
    }
    return false;
  }

  void end(const WebSocketEnd& why) {
    if (over_) return;
    release();
    {
      const std::lock_guard lock(lock_);
      ended_ = true;
    }
    call([&](WebSocketListener& listener) { listener.on_end(why); });
  }

  // Lets everything go; nothing is called back from then on.
  void release() {
    if (std::exchange(over_, true)) return;
    const auto keep = std::move(self_);
    timer_.reset();
    if (pump_) g_source_destroy(pump_.get());
    pump_.reset();
    if (cancellable_) g_cancellable_cancel(cancellable_.get());
    if (socket_) {
      for (const gulong handler : handlers_) g_signal_handler_disconnect(socket_.get(), handler);
      drop(socket_.get());
      socket_.reset();
    }
    {
      const std::lock_guard lock(lock_);
      queue_.clear();
      queued_ = 0;
    }
    message_.reset();
    cancellable_.reset();
  }

  static void drop(SoupWebsocketConnection* socket) {
    if (soup_websocket_connection_get_state(socket) == SOUP_WEBSOCKET_STATE_OPEN) {
      soup_websocket_connection_close(socket, kGoingAway, nullptr);
    }
    g_io_stream_close(soup_websocket_connection_get_io_stream(socket), nullptr, nullptr);
  }

  template <typename F>
  void call(F&& function) {
    const std::lock_guard calling(calling_);
    if (listener_) function(*listener_);
  }

  // Functions of a timer that was replaced or let go are not called.
  void start_timer(uint64_t after_ns, void (*function)(Connection&)) {
    if (over_) return;
    timer_ = std::make_unique<IoTimer>([this, function] {
      const auto self = shared_from_this();
      // The timer may be let go by what it calls.
      const auto timer = std::move(timer_);
      function(*this);
    });
    timer_->arm(io_now_ns() + after_ns);
  }

  const WebSocketOptions options_;
  std::string server_;  // scheme, host and port

  mutable std::mutex lock_;
  std::deque<Outgoing> queue_;
  std::size_t queued_ = 0;
  bool pump_wanted_ = false;  // a job or a source will look at the queue
  bool closing_ = false;
  bool ended_ = false;

  std::mutex calling_;  // held while the listener is called
  WebSocketListener* listener_;

  bool over_ = false;
  std::shared_ptr<Connection> self_;  // once nobody else keeps it
  gstpp::GObjectPtr<SoupMessage> message_;
  gstpp::GObjectPtr<GCancellable> cancellable_;
  gstpp::GObjectPtr<SoupWebsocketConnection> socket_;
  std::vector<gulong> handlers_;
  SourcePtr pump_;
  std::unique_ptr<IoTimer> timer_;
  std::optional<WebSocketEnd> failed_;
  uint64_t heard_ = 0;
};

ClientWebSocket::ClientWebSocket(WebSocketOptions options, WebSocketListener& listener)
    : connection_(std::make_shared<Connection>(std::move(options), listener)) {
  connection_->start();
}

ClientWebSocket::~ClientWebSocket() {
  if (connection_) connection_->cancel();
}

bool ClientWebSocket::send_text(std::string text) {
  if (!is_utf8(text)) return false;
  return connection_->send(SOUP_WEBSOCKET_DATA_TEXT,
                           gstpp::BytesPtr{g_bytes_new(text.data(), text.size())});
}

bool ClientWebSocket::send_binary(std::vector<uint8_t> bytes) {
  return connection_->send(SOUP_WEBSOCKET_DATA_BINARY,
                           gstpp::BytesPtr{g_bytes_new(bytes.data(), bytes.size())});
}

std::size_t ClientWebSocket::queued() const { return connection_->queued(); }
void ClientWebSocket::close() { connection_->close(); }
void ClientWebSocket::cancel() { connection_->cancel(); }

void ClientWebSocket::leave() {
  if (connection_) connection_->leave();
  connection_.reset();
}

}  // namespace jackfield
