#include "webpage/call_page.hpp"

#include <initializer_list>
#include <string_view>
#include <utility>

#include "plugins/common/gstpp.hpp"

namespace jackfield {
namespace {

constexpr char kRoot[] = "/jackfield/call/";
constexpr char kPage[] = "call.html";

// The page loads nothing from elsewhere and runs nothing that is not a file of its own. 'self'
// holds for the WebSocket too, CSP Level 3 §6.7.2.8.
constexpr char kPolicy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for "
    "'script'";

const char* type_of(std::string_view name) {
  if (name.ends_with(".html")) return "text/html; charset=utf-8";
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  return "image/svg+xml";
}

void add_headers(SoupServerMessage* message) {
  SoupMessageHeaders* headers = soup_server_message_get_response_headers(message);
  for (const auto& [name, value] : std::initializer_list<std::pair<const char*, const char*>>{
           {"Content-Security-Policy", kPolicy},
           {"Permissions-Policy", "microphone=(self), speaker-selection=(self), camera=()"},
           {"Referrer-Policy", "no-referrer"},
           {"X-Content-Type-Options", "nosniff"},
           {"X-Frame-Options", "DENY"},
           {"Cross-Origin-Opener-Policy", "same-origin"},
           {"Cross-Origin-Resource-Policy", "same-origin"},
           // Another version of the server has other files under the same names.
           {"Cache-Control", "no-cache"}})
    soup_message_headers_replace(headers, name, value);
}

// Only for reading; false when it was answered.
bool reads(SoupServerMessage* message) {
  const char* method = soup_server_message_get_method(message);
  if (method == SOUP_METHOD_GET || method == SOUP_METHOD_HEAD) return true;
  soup_message_headers_replace(soup_server_message_get_response_headers(message), "Allow",
                               "GET, HEAD");
  HttpServer::answer(message, SOUP_STATUS_METHOD_NOT_ALLOWED, "text/plain", "only GET\n");
  return false;
}

void answer_file(SoupServerMessage* message, const std::string& name,
                 guint status = SOUP_STATUS_OK) {
  if (!reads(message)) return;
  gstpp::ErrorPtr error;
  gstpp::BytesPtr bytes{g_resources_lookup_data(
      (kRoot + name).c_str(), G_RESOURCE_LOOKUP_FLAGS_NONE, gstpp::OutPtr{error})};
  if (!bytes) g_error("the program lacks its own file %s: %s", name.c_str(), error->message);
  add_headers(message);
  gsize size = 0;
  const auto* data = static_cast<const char*>(g_bytes_get_data(bytes.get(), &size));
  HttpServer::answer(message, status, type_of(name), std::string(data, size));
}

std::vector<std::string> file_names() {
  std::vector<std::string> names;
  char** children = g_resources_enumerate_children(kRoot, G_RESOURCE_LOOKUP_FLAGS_NONE, nullptr);
  for (char** child = children; child && *child; ++child) names.emplace_back(*child);
  g_strfreev(children);
  return names;
}

}  // namespace

CallPage::CallPage(HttpServer& server, const std::vector<std::string>& lines) {
  const auto page = [](const HttpRequest& request) { answer_file(request.message, kPage); };
  // Relative, like all addresses in the page: a proxy may serve it under a path of its own. What
  // stands behind a # goes along.
  server.handle("/call", [](const HttpRequest& request) {
    if (!reads(request.message)) return;
    SoupMessageHeaders* headers = soup_server_message_get_response_headers(request.message);
    soup_message_headers_replace(headers, "Location", "call/");
    HttpServer::answer(request.message, SOUP_STATUS_TEMPORARY_REDIRECT, "text/plain", "call/\n");
  });
  server.handle("/call/", page);
  for (const std::string& line : lines) server.handle("/call/" + line, page);
  // The page tells what is wrong in its own words, which it knows by the status.
  server.handle("/call/*", [](const HttpRequest& request) {
    answer_file(request.message, kPage, SOUP_STATUS_NOT_FOUND);
  });
  for (const std::string& name : file_names()) {
    if (name == kPage) continue;
    server.handle("/call/assets/" + name,
                  [name](const HttpRequest& request) { answer_file(request.message, name); });
  }
}

}  // namespace jackfield
