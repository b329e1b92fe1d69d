#include "websocket_upgrade.hpp"

#include <memory>
#include <utility>

namespace jackfield {
namespace {

void on_wrote_informational(SoupServerMessage* message, gpointer data) {
  auto* upgraded = static_cast<UpgradedFunction*>(data);
  UpgradedFunction function = std::exchange(*upgraded, {});
  if (!function) return;
  GIOStream* connection = soup_server_message_steal_connection(message);
  if (connection) function(connection);
}

// libsoup takes a client that offers no sub-protocol at all.
bool offers(SoupServerMessage* message, const char* protocol, GError** error) {
  const char* offered = soup_message_headers_get_list(
      soup_server_message_get_request_headers(message), "Sec-WebSocket-Protocol");
  if (!protocol || (offered && soup_header_contains(offered, protocol))) return true;
  g_set_error(error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_ERROR_BAD_HANDSHAKE,
              "the client does not offer the sub-protocol %s", protocol);
  return false;
}

}  // namespace

bool upgrade_websocket(SoupServerMessage* message, UpgradedFunction upgraded, GError** error,
                       const char* protocol) {
  // It only reads them.
  char* protocols[] = {const_cast<char*>(protocol), nullptr};
  char** const known = protocol ? protocols : nullptr;
  if (!soup_websocket_server_check_handshake(message, nullptr, known, nullptr, error) ||
      !offers(message, protocol, error) ||
      !soup_websocket_server_process_handshake(message, nullptr, known, nullptr, nullptr)) {
    soup_server_message_set_status(message, SOUP_STATUS_BAD_REQUEST, nullptr);
    return false;
  }
  auto function = std::make_unique<UpgradedFunction>(std::move(upgraded));
  g_signal_connect_data(
      message, "wrote-informational", G_CALLBACK(on_wrote_informational), function.release(),
      [](gpointer data, GClosure*) { delete static_cast<UpgradedFunction*>(data); },
      static_cast<GConnectFlags>(0));
  return true;
}

}  // namespace jackfield
