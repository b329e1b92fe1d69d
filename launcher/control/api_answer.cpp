#include "control/api_answer.hpp"

#include <initializer_list>
#include <string_view>
#include <utility>

#include "text/redaction.hpp"

namespace jackfield {
namespace {

// Should somebody open an answer as a page: it loads nothing and runs nothing.
const char* policy_for(std::string_view type) {
  return type.starts_with("image/svg") ? "default-src 'none'; style-src 'unsafe-inline'; sandbox"
                                       : "default-src 'none'; frame-ancestors 'none'; sandbox";
}

}  // namespace

ApiAnswer::ApiAnswer(SoupServerMessage* message)
    : message_(SOUP_SERVER_MESSAGE(g_object_ref(message))) {
  g_signal_connect(message, "finished", G_CALLBACK(on_gone), this);
  g_signal_connect(message, "disconnected", G_CALLBACK(on_gone), this);
}

ApiAnswer::~ApiAnswer() {
  if (!is_over()) error(SOUP_STATUS_INTERNAL_SERVER_ERROR, "internal", "no answer was found");
  g_signal_handlers_disconnect_by_data(message_.get(), this);
}

void ApiAnswer::on_gone(SoupServerMessage*, gpointer user) {
  static_cast<ApiAnswer*>(user)->gone_ = true;
}

void ApiAnswer::wait() {
  if (is_over() || waiting_) return;
  waiting_ = true;
  soup_server_message_pause(message_.get());
}

bool ApiAnswer::begin(guint status, const char* type) {
  if (is_over()) return false;
  answered_ = true;
  soup_server_message_set_status(message_.get(), status, nullptr);
  // libsoup would cut any body into as many parts as are asked for.
  soup_message_headers_remove(soup_server_message_get_request_headers(message_.get()), "Range");
  SoupMessageHeaders* headers = soup_server_message_get_response_headers(message_.get());
  for (const auto& [name, value] : std::initializer_list<std::pair<const char*, const char*>>{
           {"Content-Type", type},
           {"Content-Security-Policy", policy_for(type)},
           {"Cache-Control", "no-store"},
           {"Cross-Origin-Resource-Policy", "same-origin"},
           {"Referrer-Policy", "no-referrer"},
           {"X-Content-Type-Options", "nosniff"}})
    soup_message_headers_replace(headers, name, value);
  return true;
}

bool ApiAnswer::start(guint status, const char* type) {
  if (!begin(status, type)) return false;
  finish();
  return true;
}

void ApiAnswer::finish() {
  if (std::exchange(waiting_, false)) soup_server_message_unpause(message_.get());
}

void ApiAnswer::bytes(guint status, const char* type, GBytes* body) {
  if (!begin(status, type)) return;
  soup_message_body_append_bytes(soup_server_message_get_response_body(message_.get()), body);
  finish();
}

void ApiAnswer::text(guint status, const char* type, const std::string& body) {
  const gstpp::BytesPtr bytes_of_body{g_bytes_new(body.data(), body.size())};
  bytes(status, type, bytes_of_body.get());
}

void ApiAnswer::json(guint status, const JsonObjectPtr& object) {
  text(status, "application/json", redacted(to_text(object.get())) + "\n");
}

void ApiAnswer::error(guint status, const char* code, const std::string& message) {
  const JsonObjectPtr object{json_object_new()};
  JsonObject* error = json_object_new();
  json_object_set_string_member(error, "code", code);
  json_object_set_string_member(error, "message", message.c_str());
  json_object_set_object_member(object.get(), "error", error);
  json(status, object);
}

}  // namespace jackfield
