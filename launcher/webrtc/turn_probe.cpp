#include "webrtc/turn_probe.hpp"

#include <gio/gio.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "plugins/common/gstpp.hpp"

namespace jackfield::webrtc {
namespace {

constexpr std::size_t kMaxMessage = 2048;

std::array<std::uint8_t, 20> hmac_sha1(std::span<const std::uint8_t> key,
                                       std::span<const std::uint8_t> data) {
  std::array<std::uint8_t, 20> digest{};
  gsize size = digest.size();
  const std::unique_ptr<GHmac, gstpp::FreeWith<g_hmac_unref>> hmac{
      g_hmac_new(G_CHECKSUM_SHA1, key.data(), key.size())};
  g_hmac_update(hmac.get(), data.data(), static_cast<gssize>(data.size()));
  g_hmac_get_digest(hmac.get(), digest.data(), &size);
  return digest;
}

std::array<std::uint8_t, 16> md5(std::string_view text) {
  std::array<std::uint8_t, 16> digest{};
  gsize size = digest.size();
  const std::unique_ptr<GChecksum, gstpp::FreeWith<g_checksum_free>> sum{
      g_checksum_new(G_CHECKSUM_MD5)};
  g_checksum_update(sum.get(), reinterpret_cast<const guchar*>(text.data()),
                    static_cast<gssize>(text.size()));
  g_checksum_get_digest(sum.get(), digest.data(), &size);
  return digest;
}

Transaction random_transaction() {
  Transaction transaction;
  for (std::uint8_t& byte : transaction) byte = static_cast<std::uint8_t>(g_random_int());
  return transaction;
}

std::int64_t now_ns() { return g_get_monotonic_time() * 1000; }

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

std::string turn_password(std::string_view secret, std::string_view user) {
  const auto digest = hmac_sha1(bytes_of(secret), bytes_of(user));
  const gstpp::CharPtr base64{g_base64_encode(digest.data(), digest.size())};
  return base64.get();
}

std::string turn_user(std::int64_t expires, std::string_view name) {
  return std::to_string(expires) + (name.empty() ? "" : ":" + std::string{name});
}

// Kept by what is under way, and by the probe; without the probe it does nothing any more.
struct TurnProbe::Run : std::enable_shared_from_this<Run> {
  Run(TurnServer given, Done what)
      : server(std::move(given)),
        inquiry(server, {.hmac = hmac_sha1, .md5 = md5, .transaction = random_transaction},
                now_ns()),
        done(std::move(what)),
        cancellable(g_cancellable_new()) {}
  ~Run() { stop_timer(); }

  bool datagrams() const { return server.transport == "udp"; }

  void start() {
    const gstpp::GObjectPtr<GSocketClient> client{g_socket_client_new()};
    if (datagrams()) {
      g_socket_client_set_socket_type(client.get(), G_SOCKET_TYPE_DATAGRAM);
      g_socket_client_set_protocol(client.get(), G_SOCKET_PROTOCOL_UDP);
    }
    g_socket_client_set_enable_proxy(client.get(), FALSE);
    g_socket_client_set_tls(client.get(), server.transport == "tls");
    g_socket_client_connect_to_host_async(
        client.get(), server.host.c_str(), static_cast<guint16>(server.port), cancellable.get(),
        [](GObject* source, GAsyncResult* result, gpointer data) {
          const std::unique_ptr<std::shared_ptr<Run>> self{
              static_cast<std::shared_ptr<Run>*>(data)};
          gstpp::ErrorPtr error;
          (*self)->connection.reset(g_socket_client_connect_finish(
              G_SOCKET_CLIENT(source), result, gstpp::OutPtr<gstpp::ErrorPtr>{error}));
          if ((*self)->over) return;
          if (!(*self)->connection) {
            (*self)->inquiry.lost(error->message);
          } else {
            (*self)->read();
          }
          (*self)->go_on();
        },
        new std::shared_ptr<Run>{shared_from_this()});
    go_on();
  }

  void read() {
    g_input_stream_read_async(
        g_io_stream_get_input_stream(G_IO_STREAM(connection.get())), buffer.data() + filled,
        buffer.size() - filled, G_PRIORITY_DEFAULT, cancellable.get(),
        [](GObject* source, GAsyncResult* result, gpointer data) {
          const std::unique_ptr<std::shared_ptr<Run>> self{
              static_cast<std::shared_ptr<Run>*>(data)};
          gstpp::ErrorPtr error;
          const gssize length = g_input_stream_read_finish(G_INPUT_STREAM(source), result,
                                                           gstpp::OutPtr<gstpp::ErrorPtr>{error});
          if (!(*self)->over) (*self)->have_read(length, error.get());
        },
        new std::shared_ptr<Run>{shared_from_this()});
  }

  void have_read(gssize length, const GError* error) {
    if (length < 0 || (length == 0 && !datagrams())) {
      inquiry.lost(error ? error->message : "it closed the connection");
      return go_on();
    }
    if (datagrams()) {
      inquiry.received(std::span{buffer}.first(static_cast<std::size_t>(length)));
    } else if (filled += static_cast<std::size_t>(length); !take_messages()) {
      inquiry.lost("it does not speak TURN");
    }
    go_on();
    if (!over) read();
  }

  // Of a stream. False: what came is none of STUN's.
  bool take_messages() {
    while (filled >= kStunHead) {
      const auto whole = stun_length(std::span{buffer}.first(filled));
      if (!whole || *whole > buffer.size()) return false;
      if (filled < *whole) break;
      inquiry.received(std::span{buffer}.first(*whole));
      std::move(buffer.begin() + static_cast<std::ptrdiff_t>(*whole),
                buffer.begin() + static_cast<std::ptrdiff_t>(filled), buffer.begin());
      filled -= *whole;
    }
    return filled < buffer.size();
  }

  // Sends what is to be sent, sets the timer, tells the verdict.
  void go_on() {
    if (connection || now_ns() >= deadline) {
      for (Bytes message = inquiry.next(now_ns()); !message.empty();
           message = inquiry.next(now_ns()))
        send(message);
    }
    stop_timer();
    if (inquiry.verdict()) return schedule(0);
    // Before there is a connection only the end counts.
    const std::int64_t wake = connection ? inquiry.wake_at() : deadline;
    schedule(std::max<std::int64_t>(0, wake - now_ns()));
  }

  void send(const Bytes& message) {
    if (!connection) return;
    gstpp::ErrorPtr error;
    // The first bytes of a connection always fit into the socket's buffer.
    if (g_output_stream_write(g_io_stream_get_output_stream(G_IO_STREAM(connection.get())),
                              message.data(), message.size(), cancellable.get(),
                              gstpp::OutPtr<gstpp::ErrorPtr>{error}) < 0)
      inquiry.lost(error->message);
  }

  void schedule(std::int64_t after) {
    timer = g_timeout_add(
        static_cast<guint>((after + 999'999) / 1'000'000),
        [](gpointer data) -> gboolean {
          const auto self = static_cast<Run*>(data)->shared_from_this();
          self->timer = 0;
          if (self->inquiry.verdict()) {
            self->tell();
          } else {
            self->go_on();
          }
          return G_SOURCE_REMOVE;
        },
        this);
  }

  void tell() {
    stop();
    if (const Done what = std::exchange(done, nullptr)) what(*inquiry.verdict());
  }

  void stop() {
    over = true;
    stop_timer();
    g_cancellable_cancel(cancellable.get());
  }

  void stop_timer() {
    if (timer) g_source_remove(std::exchange(timer, 0U));
  }

  const TurnServer server;
  TurnInquiry inquiry;
  const std::int64_t deadline = now_ns() + TurnInquiry::kPatience;
  Done done;
  gstpp::GObjectPtr<GCancellable> cancellable;
  gstpp::GObjectPtr<GSocketConnection> connection;
  std::array<std::uint8_t, kMaxMessage> buffer{};
  std::size_t filled = 0;
  guint timer = 0;
  bool over = false;
};

TurnProbe::TurnProbe(TurnServer server, Done done)
    : run_(std::make_shared<Run>(std::move(server), std::move(done))) {
  run_->start();
}

TurnProbe::~TurnProbe() {
  run_->done = nullptr;
  run_->stop();
}

}  // namespace jackfield::webrtc
