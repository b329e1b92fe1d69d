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

ApiAnswer::ApiAnswer(SoupServerMessage* message) : answer_(message) {}

ApiAnswer::~ApiAnswer() {
  if (!is_over()) error(SOUP_STATUS_INTERNAL_SERVER_ERROR, "internal", "no answer was found");
}

bool ApiAnswer::begin(guint status, const char* type) {
  if (!answer_.begin(status)) return false;
  // libsoup would cut any body into as many parts as are asked for.
  soup_message_headers_remove(soup_server_message_get_request_headers(message()), "Range");
  for (const auto& [name, value] : std::initializer_list<std::pair<const char*, const char*>>{
           {"Content-Type", type},
           {"Content-Security-Policy", policy_for(type)},
           {"Cache-Control", "no-store"},
           {"Cross-Origin-Resource-Policy", "same-origin"},
           {"Referrer-Policy", "no-referrer"},
           {"X-Content-Type-Options", "nosniff"}})
    soup_message_headers_replace(answer_.fields(), name, value);
  return true;
}

bool ApiAnswer::start(guint status, const char* type) {
  if (!begin(status, type)) return false;
  answer_.finish();
  return true;
}

void ApiAnswer::bytes(guint status, const char* type, GBytes* body) {
  if (!begin(status, type)) return;
  soup_message_body_append_bytes(soup_server_message_get_response_body(message()), body);
  answer_.finish();
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
