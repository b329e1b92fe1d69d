#include "serve/request_fields.hpp"

#include "plugins/common/gstpp.hpp"

namespace jackfield {

std::string header_of(SoupServerMessage* message, const char* name) {
  const char* value =
      soup_message_headers_get_one(soup_server_message_get_request_headers(message), name);
  return value ? value : "";
}

std::string list_of(SoupServerMessage* message, const char* name) {
  const char* value =
      soup_message_headers_get_list(soup_server_message_get_request_headers(message), name);
  return value ? value : "";
}

std::string body_of(SoupServerMessage* message) {
  const gstpp::BytesPtr bytes{
      soup_message_body_flatten(soup_server_message_get_request_body(message))};
  gsize size = 0;
  const auto* data = static_cast<const char*>(g_bytes_get_data(bytes.get(), &size));
  return data ? std::string{data, size} : std::string{};
}

}  // namespace jackfield
