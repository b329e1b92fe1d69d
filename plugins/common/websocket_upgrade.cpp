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

}  // namespace

bool upgrade_websocket(SoupServerMessage* message, UpgradedFunction upgraded, GError** error) {
  if (!soup_websocket_server_check_handshake(message, nullptr, nullptr, nullptr, error) ||
      !soup_websocket_server_process_handshake(message, nullptr, nullptr, nullptr, nullptr)) {
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
