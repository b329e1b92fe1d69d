#include "url_query.hpp"

namespace jackfield {

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  constexpr std::string_view kUnreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string out;
  for (const char c : text) {
    if (kUnreserved.find(c) != std::string_view::npos) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

std::string websocket_base(std::string_view url) {
  while (url.ends_with('/')) url.remove_suffix(1);
  return url.starts_with("http") ? "ws" + std::string(url.substr(4)) : std::string(url);
}

std::string http_base(std::string_view url) {
  while (url.ends_with('/')) url.remove_suffix(1);
  const bool websocket = url.starts_with("ws://") || url.starts_with("wss://");
  return websocket ? "http" + std::string(url.substr(2)) : std::string(url);
}

UrlQuery& UrlQuery::add(std::string_view name, std::string_view value) {
  text_ += text_.empty() ? '?' : '&';
  text_ += percent_encode(name);
  text_ += '=';
  text_ += percent_encode(value);
  return *this;
}

}  // namespace jackfield
