// The query of a URL, percent-encoded (RFC 3986 section 3.4: all but unreserved characters).
#pragma once

#include <string>
#include <string_view>

namespace jackfield {

std::string percent_encode(std::string_view text);

// The beginning of WebSocket addresses: "https://host/" becomes "wss://host".
std::string websocket_base(std::string_view url);
// The same for HTTP: "wss://host/" becomes "https://host".
std::string http_base(std::string_view url);

class UrlQuery {
 public:
  UrlQuery& add(std::string_view name, std::string_view value);
  UrlQuery& add(std::string_view name, long value) { return add(name, std::to_string(value)); }
  // Nothing when the value is empty.
  UrlQuery& add_if(std::string_view name, std::string_view value) {
    return value.empty() ? *this : add(name, value);
  }
  // "?a=b&c=d", "" when there is nothing.
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace jackfield
