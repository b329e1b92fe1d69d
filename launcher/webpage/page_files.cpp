#include "webpage/page_files.hpp"

#include <initializer_list>
#include <string_view>
#include <utility>

#include "plugins/common/gstpp.hpp"

namespace jackfield {
namespace {

// 'self' holds for WebSockets too, CSP Level 3 §6.7.2.8. blob: is what the page's own scripts made,
// such as a recording that was fetched with a token. No script may make a policy that would let
// text become code.
constexpr char kPolicy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

const char* type_of(std::string_view name) {
  if (name.ends_with(".html")) return "text/html; charset=utf-8";
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (name.ends_with(".txt")) return "text/plain; charset=utf-8";
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

void collect(const std::string& root, const std::string& folder, std::vector<std::string>& names) {
  char** children = g_resources_enumerate_children((root + folder).c_str(),
                                                   G_RESOURCE_LOOKUP_FLAGS_NONE, nullptr);
  for (char** child = children; child && *child; ++child) {
    const std::string name = folder + *child;
    if (name.ends_with('/'))
      collect(root, name, names);
    else
      names.push_back(name);
  }
  g_strfreev(children);
}

}  // namespace

bool only_reads(SoupServerMessage* message) {
  const char* method = soup_server_message_get_method(message);
  if (method == SOUP_METHOD_GET || method == SOUP_METHOD_HEAD) return true;
  soup_message_headers_replace(soup_server_message_get_response_headers(message), "Allow",
                               "GET, HEAD");
  HttpServer::answer(message, SOUP_STATUS_METHOD_NOT_ALLOWED, "text/plain", "only GET\n");
  return false;
}

std::string page_text(const std::string& path) {
  gstpp::ErrorPtr error;
  gstpp::BytesPtr bytes{
      g_resources_lookup_data(path.c_str(), G_RESOURCE_LOOKUP_FLAGS_NONE, gstpp::OutPtr{error})};
  if (!bytes) g_error("the program lacks its own file %s: %s", path.c_str(), error->message);
  gsize size = 0;
  const auto* data = static_cast<const char*>(g_bytes_get_data(bytes.get(), &size));
  return std::string(data, size);
}

void answer_page_file(SoupServerMessage* message, const std::string& path, guint status) {
  if (!only_reads(message)) return;
  add_headers(message);
  HttpServer::answer(message, status, type_of(path), page_text(path));
}

void answer_page_text(SoupServerMessage* message, std::string_view name, const std::string& text) {
  if (!only_reads(message)) return;
  add_headers(message);
  HttpServer::answer(message, SOUP_STATUS_OK, type_of(name), text);
}

void answer_redirect(SoupServerMessage* message, const char* address) {
  if (!only_reads(message)) return;
  soup_message_headers_replace(soup_server_message_get_response_headers(message), "Location",
                               address);
  HttpServer::answer(message, SOUP_STATUS_TEMPORARY_REDIRECT, "text/plain",
                     std::string(address) + "\n");
}

std::vector<std::string> page_files(const std::string& root) {
  std::vector<std::string> names;
  collect(root, "", names);
  return names;
}

}  // namespace jackfield
