#include "serve/http_server.hpp"

#include <vector>

namespace jackfield {
namespace {

constexpr guint kTickMs = 500;

// Ends the connection under a message; libsoup then finishes it.
void shut(SoupServerMessage* message) {
  if (GSocket* socket = soup_server_message_get_socket(message))
    g_socket_shutdown(socket, TRUE, TRUE, nullptr);
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
    : limits_(limits), server_(soup_server_new("server-header", "jackfield", nullptr)) {
  g_signal_connect(server_.get(), "request-started", G_CALLBACK(on_started), this);
  g_signal_connect(server_.get(), "request-finished", G_CALLBACK(on_done), this);
  g_signal_connect(server_.get(), "request-aborted", G_CALLBACK(on_done), this);
  soup_server_add_early_handler(server_.get(), nullptr, on_headers, this, nullptr);
  soup_server_add_handler(server_.get(), nullptr, on_request, this, nullptr);
  tick_ = g_timeout_add(kTickMs, on_tick, this);
}

HttpServer::~HttpServer() {
  g_source_remove(tick_);
  g_signal_handlers_disconnect_by_data(server_.get(), this);
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
  gstpp::GObjectPtr<GSocketAddress> socket_address{
      g_inet_socket_address_new_from_string(address.host.c_str(), address.port)};
  gstpp::ErrorPtr failure;
  if (!socket_address ||
      !soup_server_listen(server_.get(), socket_address.get(),
                          static_cast<SoupServerListenOptions>(0), gstpp::OutPtr{failure})) {
    error = "cannot listen on " + address.text() + ": " +
            (failure ? failure->message : "not an address");
    return false;
  }
  GSList* uris = soup_server_get_uris(server_.get());
  if (uris) address.port = static_cast<guint16>(g_uri_get_port(static_cast<GUri*>(uris->data)));
  g_slist_free_full(uris, [](gpointer uri) { g_uri_unref(static_cast<GUri*>(uri)); });
  return true;
}

void HttpServer::stop_listening() {
  GSList* listeners = soup_server_get_listeners(server_.get());
  for (GSList* item = listeners; item; item = item->next)
    g_socket_close(G_SOCKET(item->data), nullptr);
  g_slist_free(listeners);
}

void HttpServer::answer(SoupServerMessage* message, guint status, const char* type,
                        const std::string& body) {
  soup_server_message_set_status(message, status, nullptr);
  soup_server_message_set_response(message, type, SOUP_MEMORY_COPY, body.data(), body.size());
}

void HttpServer::forget(SoupServerMessage* message) {
  if (open_.erase(message) > 0) g_object_weak_unref(G_OBJECT(message), on_gone, this);
}

void HttpServer::on_gone(gpointer user, GObject* message) {
  static_cast<HttpServer*>(user)->open_.erase(reinterpret_cast<SoupServerMessage*>(message));
}

void HttpServer::on_started(SoupServer*, SoupServerMessage* message, gpointer user) {
  auto* self = static_cast<HttpServer*>(user);
  if (self->open_.size() >= self->limits_.connections) {
    shut(message);
    return;
  }
  self->forget(message);
  self->open_[message] = g_get_monotonic_time();
  g_object_weak_ref(G_OBJECT(message), on_gone, self);
}

void HttpServer::on_done(SoupServer*, SoupServerMessage* message, gpointer user) {
  static_cast<HttpServer*>(user)->forget(message);
}

gboolean HttpServer::on_tick(gpointer user) {
  auto* self = static_cast<HttpServer*>(user);
  const gint64 now = g_get_monotonic_time();
  std::vector<SoupServerMessage*> late;
  for (const auto& [message, since] : self->open_) {
    if (now - since > self->limits_.request_time) late.push_back(message);
  }
  for (SoupServerMessage* message : late) {
    self->forget(message);
    shut(message);
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
