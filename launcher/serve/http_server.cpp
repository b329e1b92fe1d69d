#include "serve/http_server.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "plugins/common/websocket_upgrade.hpp"
#include "serve/core/forwarded.hpp"
#include "serve/request_stream.hpp"

namespace jackfield {
namespace {

constexpr guint kTickMs = 500;
constexpr int kBacklog = 1024;  // connections that wait to be accepted
constexpr gint64 kRefusedBodyTime = 2 * G_USEC_PER_SEC;
constexpr guint kTooManyRequests = 429;  // RFC 6585; libsoup has no name for it

gstpp::GObjectPtr<GSocketAddress> any_address() {
  return gstpp::GObjectPtr<GSocketAddress>{g_inet_socket_address_new_from_string("0.0.0.0", 0)};
}

// Said on the bare connection, for the HTTP library takes no part in it. As much as fits.
void answer_too_long(GIOStream* connection, const char* status) {
  const std::string answer =
      std::string{"HTTP/1.1 "} + status + "\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
  GOutputStream* output = g_io_stream_get_output_stream(connection);
  if (G_IS_POLLABLE_OUTPUT_STREAM(output))
    g_pollable_output_stream_write_nonblocking(G_POLLABLE_OUTPUT_STREAM(output), answer.data(),
                                               answer.size(), nullptr, nullptr);
}

}  // namespace

HttpServer::HttpServer(HttpLimits limits)
    : limits_(limits),
      server_(soup_server_new("server-header", "jackfield", nullptr)),
      service_(g_socket_service_new()),
      pending_(limits.connections, limits.per_address) {
  soup_server_add_early_handler(server_.get(), nullptr, on_headers, this, nullptr);
  soup_server_add_handler(server_.get(), nullptr, on_request, this, nullptr);
  g_signal_connect(service_.get(), "incoming", G_CALLBACK(on_incoming), this);
  tick_ = g_timeout_add(kTickMs, on_tick, this);
}

HttpServer::~HttpServer() {
  stop_listening();
  on_refused_ = nullptr;
  g_signal_handlers_disconnect_by_data(service_.get(), this);
  g_source_remove(tick_);
  soup_server_remove_handler(server_.get(), nullptr);
  while (!open_.empty()) forget(open_.begin()->first);
  soup_server_disconnect(server_.get());
}

void HttpServer::set_certificate(GTlsCertificate* certificate) {
  certificate_.reset(certificate ? G_TLS_CERTIFICATE(g_object_ref(certificate)) : nullptr);
}

void HttpServer::handle(const std::string& path, Handler handler) {
  handlers_[path] = std::move(handler);
}

void HttpServer::handle_upgrade(const std::string& path, Handler handler) {
  if (handler)
    upgrades_[path] = std::move(handler);
  else
    upgrades_.erase(path);
}

bool HttpServer::listen(ListenAddress& address, std::string& error) {
  gstpp::GObjectPtr<GSocketAddress> wanted{
      g_inet_socket_address_new_from_string(address.host.c_str(), address.port)};
  gstpp::GObjectPtr<GSocketAddress> real;
  gstpp::ErrorPtr failure;
  // GLib's 10 overflow in a burst of calls, and each caller then waits a second for another try.
  g_socket_listener_set_backlog(G_SOCKET_LISTENER(service_.get()), kBacklog);
  if (!wanted || !g_socket_listener_add_address(
                     G_SOCKET_LISTENER(service_.get()), wanted.get(), G_SOCKET_TYPE_STREAM,
                     G_SOCKET_PROTOCOL_TCP, nullptr, gstpp::OutPtr{real}, gstpp::OutPtr{failure})) {
    error = "cannot listen on " + address.text() + ": " +
            (failure ? failure->message : "not an address");
    return false;
  }
  address.port = g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(real.get()));
  g_socket_service_start(service_.get());
  return true;
}

void HttpServer::stop_listening() {
  g_socket_service_stop(service_.get());
  g_socket_listener_close(G_SOCKET_LISTENER(service_.get()));
}

void HttpServer::answer(SoupServerMessage* message, guint status, const char* type,
                        const std::string& body) {
  soup_server_message_set_status(message, status, nullptr);
  soup_server_message_set_response(message, type, SOUP_MEMORY_COPY, body.data(), body.size());
}

void HttpServer::refused(Refusal refusal, const std::string& detail) {
  if (on_refused_) on_refused_(refusal, detail);
}

void HttpServer::forget(GSocketConnection* connection) {
  if (open_.erase(connection) > 0) g_object_weak_unref(G_OBJECT(connection), on_gone, this);
}

void HttpServer::on_gone(gpointer user, GObject* connection) {
  static_cast<HttpServer*>(user)->open_.erase(reinterpret_cast<GSocketConnection*>(connection));
}

// Takes the connection into the books; false when there are too many.
bool HttpServer::admit(GSocketConnection* connection, GSocketAddress* remote) {
  Open open{.since = g_get_monotonic_time(), .remote = remote};
  open.peer = address_of(remote);
  // Who is behind a trusted proxy is told by the request; behind loopback everybody is one.
  const bool anybody = trusted_.contains(open.peer) || is_loopback_address(open.peer);
  Admission admission = Admission::kAdmitted;
  open.place = pending_.admit(anybody ? "" : network_of(open.peer), admission);
  if (admission == Admission::kTooMany) {
    refused(Refusal::kTooManyConnections,
            "more than " + std::to_string(limits_.connections) + " connections that are no calls");
  } else if (admission == Admission::kTooManyFromAddress) {
    refused(Refusal::kTooManyFromAddress,
            "more than " + std::to_string(limits_.per_address) + " connections from " + open.peer);
  }
  if (!open.place) return false;
  // Of a body that is refused twice as much is let through, so that most clients see the answer.
  open.head =
      std::make_shared<RequestHead>(limits_.head, 2 * static_cast<std::size_t>(limits_.body));
  open_[connection] = std::move(open);
  g_object_weak_ref(G_OBJECT(connection), on_gone, this);
  return true;
}

// What speaks HTTP: the connection itself, or TLS over it.
gstpp::GObjectPtr<GIOStream> HttpServer::secured(GSocketConnection* connection) {
  if (!certificate_) return gstpp::GObjectPtr<GIOStream>{G_IO_STREAM(g_object_ref(connection))};
  gstpp::ErrorPtr error;
  // No database: clients have no certificates to be judged, and GLib would otherwise load the
  // system's authorities for each connection anew, which takes 4 MB and most of the time.
  gstpp::GObjectPtr<GIOStream> tls{G_IO_STREAM(
      g_initable_new(g_tls_backend_get_server_connection_type(g_tls_backend_get_default()), nullptr,
                     gstpp::OutPtr{error}, "base-io-stream", connection, "certificate",
                     certificate_.get(), "database", nullptr, nullptr))};
  if (!tls) refused(Refusal::kFailed, "no TLS: " + std::string{error->message});
  // Most clients just close; that is the end of the request all the same.
  if (tls) g_tls_connection_set_require_close_notify(G_TLS_CONNECTION(tls.get()), FALSE);
  return tls;
}

gboolean HttpServer::on_incoming(GSocketService*, GSocketConnection* connection, GObject*,
                                 gpointer user) {
  auto* self = static_cast<HttpServer*>(user);
  gstpp::GObjectPtr<GSocketAddress> local{
      g_socket_connection_get_local_address(connection, nullptr)};
  gstpp::GObjectPtr<GSocketAddress> remote{
      g_socket_connection_get_remote_address(connection, nullptr)};
  if (!local) local = any_address();
  if (!remote) remote = any_address();  // already gone again
  if (G_IS_TCP_CONNECTION(connection)) {
    constexpr gint kTcpLevel = 6;    // IPPROTO_TCP
    constexpr gint kTcpNoDelay = 1;  // TCP_NODELAY, the same number everywhere GLib runs
    g_socket_set_option(g_socket_connection_get_socket(connection), kTcpLevel, kTcpNoDelay, 1,
                        nullptr);
  }
  // Unless somebody keeps it, the connection closes when this returns.
  if (!self->admit(connection, remote.get())) return TRUE;
  const auto stream = self->secured(connection);
  if (!stream) {
    self->forget(connection);
    return TRUE;
  }
  const auto watched = watch_request(
      stream.get(), self->open_[connection].head, [self, raw = stream.get()](bool head) {
        answer_too_long(raw,
                        head ? "431 Request Header Fields Too Large" : "413 Content Too Large");
        if (!head) return;  // that was told when its length was announced
        self->refused(Refusal::kHeadTooLong, "a request's head has more than " +
                                                 std::to_string(self->limits_.head) + " bytes");
      });
  soup_server_accept_iostream(self->server_.get(), watched.get(), local.get(), remote.get(),
                              nullptr);
  return TRUE;
}

bool HttpServer::is_late(const Open& open, gint64 now) const {
  if (open.answering)
    return now - open.progress > limits_.answer_time ||
           now - open.answering > limits_.whole_answer_time;
  return now - open.since > (open.head->complete()
                                 ? limits_.request_time
                                 : std::min(limits_.head_time, limits_.request_time));
}

gboolean HttpServer::on_tick(gpointer user) {
  auto* self = static_cast<HttpServer*>(user);
  const gint64 now = g_get_monotonic_time();
  std::vector<std::pair<GSocketConnection*, std::string>> late;
  for (const auto& [connection, open] : self->open_) {
    if (self->is_late(open, now)) late.emplace_back(connection, open.peer);
  }
  for (const auto& [connection, peer] : late) {
    self->forget(connection);
    // libsoup notices and lets go of it.
    g_socket_shutdown(g_socket_connection_get_socket(connection), TRUE, TRUE, nullptr);
    self->refused(Refusal::kTooSlow,
                  "a request from " + peer + " did not come, or was not answered, in time");
  }
  return G_SOURCE_CONTINUE;
}

HttpServer::OpenMap::iterator HttpServer::find(SoupServerMessage* message) {
  const GSocketAddress* remote = soup_server_message_get_remote_address(message);
  return std::find_if(open_.begin(), open_.end(),
                      [&](const auto& entry) { return entry.second.remote == remote; });
}

void HttpServer::drop(SoupServerMessage* message) {
  const auto open = find(message);
  if (open == open_.end()) return;
  GSocketConnection* const connection = open->first;
  forget(connection);
  // libsoup notices and lets go of it.
  g_socket_shutdown(g_socket_connection_get_socket(connection), TRUE, TRUE, nullptr);
}

ServerRequest HttpServer::request_of(SoupServerMessage* message, const Open* open) const {
  ServerRequest request{.message = message};
  request.tls = certificate_ != nullptr;
  SoupMessageHeaders* headers = soup_server_message_get_request_headers(message);
  for (const char* name : {"X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"})
    request.forwarded = request.forwarded || soup_message_headers_get_list(headers, name);
  if (!open) return request;
  request.query = open->head->query();
  request.peer = open->peer;
  const char* forwarded = soup_message_headers_get_list(headers, "X-Forwarded-For");
  request.client = client_address(
      open->peer, forwarded ? forwarded : "",
      [this](const std::string& address) { return trusted_.contains(address); }, normal_address);
  return request;
}

// Answers what must not come any further.
bool HttpServer::acceptable(const ServerRequest& request, Open* open) {
  if (open && request.client != open->peer &&
      !pending_.assign(*open->place, network_of(request.client))) {
    refused(Refusal::kTooManyFromAddress, "more than " + std::to_string(limits_.per_address) +
                                              " connections from " + request.client);
    answer(request.message, kTooManyRequests, "text/plain",
           "too many connections from your address\n");
    return false;
  }
  SoupMessageHeaders* headers = soup_server_message_get_request_headers(request.message);
  const SoupEncoding encoding = soup_message_headers_get_encoding(headers);
  guint status = 0;
  if (encoding == SOUP_ENCODING_CONTENT_LENGTH &&
      soup_message_headers_get_content_length(headers) > limits_.body) {
    status = SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE;
  } else if (encoding != SOUP_ENCODING_CONTENT_LENGTH && encoding != SOUP_ENCODING_NONE &&
             encoding != SOUP_ENCODING_EOF) {
    status = SOUP_STATUS_LENGTH_REQUIRED;
  }
  if (status == 0) return true;
  refused(Refusal::kBodyTooLong, "a request from " + request.client +
                                     " with a body that is too long or of unknown length");
  answer(request.message, status, "text/plain", "the body is too long or of unknown length\n");
  // Who sends the body gets the answer behind it; who does not is waited for only briefly.
  if (open) open->since = g_get_monotonic_time() - limits_.request_time + kRefusedBodyTime;
  return false;
}

const HttpServer::Handler* HttpServer::handler_of(const Handlers& handlers,
                                                  const std::string& path) {
  auto it = handlers.find(path);
  std::size_t slash = path.rfind('/');
  if (it == handlers.end()) it = handlers.find(path.substr(0, slash + 1) + "*");
  while (it == handlers.end() && slash != std::string::npos) {
    it = handlers.find(path.substr(0, slash + 1) + "**");
    slash = slash == 0 ? std::string::npos : path.rfind('/', slash - 1);
  }
  return it == handlers.end() || !it->second ? nullptr : &it->second;
}

void HttpServer::on_headers(SoupServer*, SoupServerMessage* message, const char* path, GHashTable*,
                            gpointer user) {
  auto* self = static_cast<HttpServer*>(user);
  const auto open = self->find(message);
  Open* const known = open == self->open_.end() ? nullptr : &open->second;
  ServerRequest request = self->request_of(message, known);
  request.path = path;
  if (self->acceptable(request, known)) {
    if (const Handler* handler = handler_of(self->upgrades_, request.path)) (*handler)(request);
  }
  if (soup_server_message_get_status(message) == SOUP_STATUS_SWITCHING_PROTOCOLS) return;
  // Requests are rare here; connections kept open would only have to be watched.
  soup_message_headers_replace(soup_server_message_get_response_headers(message), "Connection",
                               "close");
}

void HttpServer::on_request(SoupServer*, SoupServerMessage* message, const char* path, GHashTable*,
                            gpointer user) {
  auto* self = static_cast<HttpServer*>(user);
  if (soup_server_message_get_status(message) != 0) return;
  const auto open = self->find(message);
  Open* const known = open == self->open_.end() ? nullptr : &open->second;
  if (known) {
    known->answering = known->progress = g_get_monotonic_time();
    g_signal_connect(message, "wrote-body-data", G_CALLBACK(on_written), self);
  }
  if (const Handler* handler = handler_of(self->handlers_, path)) {
    ServerRequest request = self->request_of(message, known);
    request.path = path;
    (*handler)(request);
  } else {
    answer(message, SOUP_STATUS_NOT_FOUND, "text/plain", "there is nothing here\n");
  }
}

bool HttpServer::is_gone(SoupServerMessage* message) {
  const auto open = find(message);
  if (open == open_.end()) return true;
  GSocket* socket = g_socket_connection_get_socket(open->first);
  if (g_socket_condition_check(socket, static_cast<GIOCondition>(G_IO_IN | G_IO_HUP | G_IO_ERR)) ==
      0)
    return false;
  char byte = 0;
  GInputVector vector{.buffer = &byte, .size = 1};
  gint flags = G_SOCKET_MSG_PEEK;
  gstpp::ErrorPtr error;
  const gssize size = g_socket_receive_message(socket, nullptr, &vector, 1, nullptr, nullptr,
                                               &flags, nullptr, gstpp::OutPtr{error});
  return size == 0 ||
         (size < 0 && !g_error_matches(error.get(), G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK));
}

void HttpServer::on_written(SoupServerMessage* message, guint, gpointer user) {
  auto* self = static_cast<HttpServer*>(user);
  if (const auto open = self->find(message); open != self->open_.end())
    open->second.progress = g_get_monotonic_time();
}

bool HttpServer::upgrade(const ServerRequest& request,
                         std::function<void(UpgradedConnection)> upgraded, std::string& error,
                         const char* protocol) {
  gstpp::ErrorPtr failure;
  const auto open = find(request.message);
  GSocketConnection* const key = open == open_.end() ? nullptr : open->first;
  const auto place = open == open_.end() ? nullptr : open->second.place;
  const auto head = open == open_.end() ? nullptr : open->second.head;
  if (upgrade_websocket(
          request.message,
          [this, key, place, head, upgraded = std::move(upgraded)](GIOStream* stream) {
            forget(key);
            if (head) head->upgraded();
            upgraded({.stream = gstpp::GObjectPtr<GIOStream>{stream}, .place = place});
          },
          gstpp::OutPtr{failure}, protocol))
    return true;
  error = failure ? failure->message : "not a WebSocket handshake";
  return false;
}

}  // namespace jackfield
