#include "serve/http_server.hpp"

#include <vector>

namespace jackfield {
namespace {

constexpr guint kTickMs = 500;

gstpp::GObjectPtr<GSocketAddress> any_address() {
  return gstpp::GObjectPtr<GSocketAddress>{g_inet_socket_address_new_from_string("0.0.0.0", 0)};
}

}  // namespace

bool ListenAddress::is_loopback() const {
  gstpp::GObjectPtr<GInetAddress> address{g_inet_address_new_from_string(host.c_str())};
  return address && g_inet_address_get_is_loopback(address.get());
}

bool ListenAddress::is_any() const {
  gstpp::GObjectPtr<GInetAddress> address{g_inet_address_new_from_string(host.c_str())};
  return address && g_inet_address_get_is_any(address.get());
}

std::string ListenAddress::text() const {
  const bool six = host.find(':') != std::string::npos;
  return (six ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

bool parse_listen_address(const std::string& text, ListenAddress& address) {
  std::string host;
  std::string port = text;
  if (const std::size_t colon = text.rfind(':');
      text.starts_with('[') || colon != std::string::npos || text.find('.') != std::string::npos) {
    const std::size_t bracket = text.find(']');
    const bool has_port =
        colon != std::string::npos &&
        (bracket == std::string::npos ? text.find(':') == colon : colon > bracket);
    host = has_port ? text.substr(0, colon) : text;
    port = has_port ? text.substr(colon + 1) : "";
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (has_port && port.empty()) return false;
  }
  if (text.empty() || (host.empty() && text.starts_with(':'))) return false;
  if (host == "localhost" || text == "localhost") {
    host = "127.0.0.1";
    if (text == "localhost") port.clear();
  }
  if (!host.empty()) {
    gstpp::GObjectPtr<GInetAddress> parsed{g_inet_address_new_from_string(host.c_str())};
    if (!parsed) return false;
    address.host = host;
  }
  if (!port.empty()) {
    guint64 number = 0;
    if (!g_ascii_string_to_unsigned(port.c_str(), 10, 0, 65535, &number, nullptr)) return false;
    address.port = static_cast<guint16>(number);
  }
  return true;
}

HttpServer::HttpServer(HttpLimits limits)
    : limits_(limits),
      server_(soup_server_new("server-header", "jackfield", nullptr)),
      service_(g_socket_service_new()) {
  soup_server_add_early_handler(server_.get(), nullptr, on_headers, this, nullptr);
  soup_server_add_handler(server_.get(), nullptr, on_request, this, nullptr);
  g_signal_connect(service_.get(), "incoming", G_CALLBACK(on_incoming), this);
  tick_ = g_timeout_add(kTickMs, on_tick, this);
}

HttpServer::~HttpServer() {
  stop_listening();
  g_signal_handlers_disconnect_by_data(service_.get(), this);
  g_source_remove(tick_);
  soup_server_remove_handler(server_.get(), nullptr);
  while (!open_.empty()) forget(open_.begin()->first);
  soup_server_disconnect(server_.get());
}

void HttpServer::handle(const std::string& path, Handler handler) {
  handlers_[path] = std::move(handler);
}

void HttpServer::handle_upgrade(const std::string& path, Handler handler) {
  upgrades_[path] = std::move(handler);
}

bool HttpServer::listen(ListenAddress& address, std::string& error) {
  gstpp::GObjectPtr<GSocketAddress> wanted{
      g_inet_socket_address_new_from_string(address.host.c_str(), address.port)};
  gstpp::GObjectPtr<GSocketAddress> real;
  gstpp::ErrorPtr failure;
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

void HttpServer::forget(GSocketConnection* connection) {
  if (open_.erase(connection) > 0) g_object_weak_unref(G_OBJECT(connection), on_gone, this);
}

void HttpServer::on_gone(gpointer user, GObject* connection) {
  static_cast<HttpServer*>(user)->open_.erase(reinterpret_cast<GSocketConnection*>(connection));
}

gboolean HttpServer::on_incoming(GSocketService*, GSocketConnection* connection, GObject*,
                                 gpointer user) {
  auto* self = static_cast<HttpServer*>(user);
  // Unless somebody keeps it, the connection closes when this returns.
  if (self->open_.size() >= self->limits_.connections) return TRUE;
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
  self->open_[connection] = g_get_monotonic_time();
  g_object_weak_ref(G_OBJECT(connection), on_gone, self);
  soup_server_accept_iostream(self->server_.get(), G_IO_STREAM(connection), local.get(),
                              remote.get(), nullptr);
  return TRUE;
}

gboolean HttpServer::on_tick(gpointer user) {
  auto* self = static_cast<HttpServer*>(user);
  const gint64 now = g_get_monotonic_time();
  std::vector<GSocketConnection*> late;
  for (const auto& [connection, since] : self->open_) {
    if (now - since > self->limits_.request_time) late.push_back(connection);
  }
  for (GSocketConnection* connection : late) {
    self->forget(connection);
    // libsoup notices and lets go of it.
    g_socket_shutdown(g_socket_connection_get_socket(connection), TRUE, TRUE, nullptr);
  }
  return G_SOURCE_CONTINUE;
}

void HttpServer::on_headers(SoupServer*, SoupServerMessage* message, const char* path, GHashTable*,
                            gpointer user) {
  auto* self = static_cast<HttpServer*>(user);
  if (const auto it = self->upgrades_.find(path); it != self->upgrades_.end()) {
    it->second(message);
    return;
  }
  SoupMessageHeaders* headers = soup_server_message_get_request_headers(message);
  const SoupEncoding encoding = soup_message_headers_get_encoding(headers);
  guint refused = 0;
  if (encoding == SOUP_ENCODING_CONTENT_LENGTH &&
      soup_message_headers_get_content_length(headers) > self->limits_.body) {
    refused = SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE;
  } else if (encoding != SOUP_ENCODING_CONTENT_LENGTH && encoding != SOUP_ENCODING_NONE &&
             encoding != SOUP_ENCODING_EOF) {
    refused = SOUP_STATUS_LENGTH_REQUIRED;
  }
  // Requests are rare here; connections kept open would only have to be watched.
  soup_message_headers_replace(soup_server_message_get_response_headers(message), "Connection",
                               "close");
  if (refused == 0) return;
  answer(message, refused, "text/plain", "the body is too long or of unknown length\n");
}

void HttpServer::on_request(SoupServer*, SoupServerMessage* message, const char* path, GHashTable*,
                            gpointer user) {
  auto* self = static_cast<HttpServer*>(user);
  if (const auto it = self->handlers_.find(path); it != self->handlers_.end()) {
    it->second(message);
  } else if (soup_server_message_get_status(message) == 0) {
    answer(message, SOUP_STATUS_NOT_FOUND, "text/plain", "there is nothing here\n");
  }
}

}  // namespace jackfield
