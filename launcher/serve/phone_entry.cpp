#include "serve/phone_entry.hpp"

#include <utility>
#include <vector>

#include "twilio/core/phone_address.hpp"
#include "twilio/core/twiml.hpp"

namespace jackfield {
namespace {

using Form = std::unique_ptr<GHashTable, gstpp::FreeWith<g_hash_table_unref>>;

// The webhook's fields: form-encoded body of a POST, query of a GET.
Form fields_of(SoupServerMessage* message) {
  const std::string method = soup_server_message_get_method(message);
  if (method == "GET") {
    const char* query = g_uri_get_query(soup_server_message_get_uri(message));
    return Form{soup_form_decode(query ? query : "")};
  }
  SoupMessageBody* body = soup_server_message_get_request_body(message);
  gstpp::BytesPtr bytes{soup_message_body_flatten(body)};
  gsize size = 0;
  const auto* data = static_cast<const char*>(g_bytes_get_data(bytes.get(), &size));
  return Form{soup_form_decode(std::string{data ? data : "", size}.c_str())};
}

void refuse_busy(SoupServerMessage* message) {
  soup_message_headers_replace(soup_server_message_get_response_headers(message), "Retry-After",
                               "10");
  HttpServer::answer(message, SOUP_STATUS_SERVICE_UNAVAILABLE, "text/plain",
                     "no more calls at the moment\n");
}

// What "wrote-informational" needs; freed with the signal handler.
struct Upgrade {
  HttpServer* server;
  std::function<void(UpgradedConnection)> connected;
};

// The 101 is on the wire: from here the bytes are ours. libsoup gives its own wrapper; underneath
// is the connection with the socket that twiliosrc can poll.
void take_connection(SoupServerMessage* message, gpointer user) {
  auto* upgrade = static_cast<Upgrade*>(user);
  HttpServer* const server = upgrade->server;
  const auto connected = upgrade->connected;
  UpgradedConnection upgraded;
  upgraded.owner.reset(soup_server_message_steal_connection(message));
  if (!upgraded.owner) return;
  GIOStream* connection = nullptr;
  if (g_object_class_find_property(G_OBJECT_GET_CLASS(upgraded.owner.get()), "base-iostream"))
    g_object_get(upgraded.owner.get(), "base-iostream", &connection, nullptr);
  if (!connection) connection = G_IO_STREAM(g_object_ref(upgraded.owner.get()));
  upgraded.stream.reset(connection);
  if (G_IS_SOCKET_CONNECTION(connection)) server->forget(G_SOCKET_CONNECTION(connection));
  connected(std::move(upgraded));
}

}  // namespace

PhoneEntry::PhoneEntry(HttpServer& server, twilio::StreamTokens& tokens, Callbacks callbacks)
    : server_(server), tokens_(tokens), callbacks_(std::move(callbacks)) {
  server_.handle(kVoicePath, [this](SoupServerMessage* message) { answer_webhook(message); });
  server_.handle_upgrade(kMediaPath, [this](SoupServerMessage* message) { upgrade(message); });
}

void PhoneEntry::answer_webhook(SoupServerMessage* message) {
  const std::string method = soup_server_message_get_method(message);
  if (method != "POST" && method != "GET") {
    soup_message_headers_replace(soup_server_message_get_response_headers(message), "Allow",
                                 "GET, POST");
    HttpServer::answer(message, SOUP_STATUS_METHOD_NOT_ALLOWED, "text/plain",
                       "the voice webhook takes GET and POST\n");
    return;
  }
  if (!callbacks_.has_room()) {
    refuse_busy(message);
    return;
  }
  std::vector<std::pair<std::string, std::string>> parameters{
      {"token", tokens_.issue(g_get_real_time() / G_USEC_PER_SEC)}};
  const Form fields = fields_of(message);
  for (const auto& [field, parameter] : {std::pair{"From", "from"}, std::pair{"To", "to"}}) {
    const auto* value =
        fields ? static_cast<const char*>(g_hash_table_lookup(fields.get(), field)) : nullptr;
    if (!value) continue;
    if (auto address = twilio::phone_address(value)) parameters.emplace_back(parameter, *address);
  }
  HttpServer::answer(message, SOUP_STATUS_OK, "text/xml",
                     twilio::connect_stream(media_url_, parameters));
}

void PhoneEntry::upgrade(SoupServerMessage* message) {
  gstpp::ErrorPtr error;
  if (!soup_websocket_server_check_handshake(message, nullptr, nullptr, nullptr,
                                             gstpp::OutPtr{error})) {
    HttpServer::answer(
        message, SOUP_STATUS_BAD_REQUEST, "text/plain",
        "this is a WebSocket for Twilio Media Streams: " + std::string{error->message} + "\n");
    return;
  }
  if (!callbacks_.has_room()) {
    refuse_busy(message);
    return;
  }
  // Neither extensions nor subprotocols: Twilio offers none.
  if (!soup_websocket_server_process_handshake(message, nullptr, nullptr, nullptr, nullptr)) return;
  auto* context = new Upgrade{&server_, callbacks_.connected};
  g_signal_connect_data(
      message, "wrote-informational", G_CALLBACK(take_connection), context,
      [](gpointer data, GClosure*) { delete static_cast<Upgrade*>(data); },
      static_cast<GConnectFlags>(0));
}

}  // namespace jackfield
