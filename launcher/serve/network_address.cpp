#include "serve/network_address.hpp"

#include <algorithm>
#include <array>

namespace jackfield {
namespace {

using AddressPtr = gstpp::GObjectPtr<GInetAddress>;

// ::ffff:a.b.c.d, RFC 4291 2.5.5.2.
constexpr std::array<guint8, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

AddressPtr parse(const std::string& text) {
  AddressPtr address{g_inet_address_new_from_string(text.c_str())};
  if (!address || g_inet_address_get_family(address.get()) != G_SOCKET_FAMILY_IPV6) return address;
  const guint8* bytes = g_inet_address_to_bytes(address.get());
  if (!std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes)) return address;
  return AddressPtr{
      g_inet_address_new_from_bytes(bytes + kMappedPrefix.size(), G_SOCKET_FAMILY_IPV4)};
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

std::string normal_address(std::string_view text) {
  const AddressPtr address = parse(std::string{text});
  if (!address) return {};
  gstpp::CharPtr normal{g_inet_address_to_string(address.get())};
  return normal.get();
}

std::string address_of(GSocketAddress* address) {
  if (!address || !G_IS_INET_SOCKET_ADDRESS(address)) return {};
  gstpp::CharPtr text{
      g_inet_address_to_string(g_inet_socket_address_get_address(G_INET_SOCKET_ADDRESS(address)))};
  return normal_address(text.get());
}

bool is_loopback_address(const std::string& text) {
  const AddressPtr address = parse(text);
  return address && g_inet_address_get_is_loopback(address.get());
}

std::string network_of(const std::string& text) {
  const AddressPtr address = parse(text);
  if (!address || g_inet_address_get_family(address.get()) != G_SOCKET_FAMILY_IPV6) return text;
  std::array<guint8, 16> bytes{};
  std::copy_n(g_inet_address_to_bytes(address.get()), bytes.size() / 2, bytes.begin());
  const AddressPtr network{g_inet_address_new_from_bytes(bytes.data(), G_SOCKET_FAMILY_IPV6)};
  gstpp::CharPtr normal{g_inet_address_to_string(network.get())};
  return std::string{normal.get()} + "/64";
}

bool TrustedNetworks::add(const std::string& text) {
  GInetAddressMask* mask = g_inet_address_mask_new_from_string(text.c_str(), nullptr);
  if (mask) masks_.emplace_back(mask);
  return mask != nullptr;
}

bool TrustedNetworks::contains(const std::string& text) const {
  const AddressPtr address = parse(text);
  return address && std::any_of(masks_.begin(), masks_.end(), [&](const auto& mask) {
           return g_inet_address_mask_matches(mask.get(), address.get()) != FALSE;
         });
}

}  // namespace jackfield
