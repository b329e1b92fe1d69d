// Requests to a server of this process, every byte as it is written here. Main thread.
#pragma once

#include <gio/gio.h>

#include <optional>
#include <string>

#include "../command/jackfield_process.hpp"
#include "json_reader.hpp"
#include "plugins/common/gstpp.hpp"
#include "serve/network_address.hpp"

namespace jackfield::test {

class ApiConnection {
 public:
  // Connects and sends `text`.
  ApiConnection(const ListenAddress& address, const std::string& text) {
    const gstpp::GObjectPtr<GSocketClient> client{g_socket_client_new()};
    connection_.reset(g_socket_client_connect_to_host(client.get(), address.text().c_str(),
                                                      address.port, nullptr, nullptr));
    if (!connection_) return;
    GSocket* socket = g_socket_connection_get_socket(connection_.get());
    g_socket_send(socket, text.data(), text.size(), nullptr, nullptr);
    g_socket_set_blocking(socket, FALSE);
  }

  // What has come so far, or in the next `seconds`, up to the end of the connection.
  const std::string& read(double seconds = 20) {
    wait_for(
        [this] {
          char buffer[16384];
          const gssize size = g_socket_receive(g_socket_connection_get_socket(connection_.get()),
                                               buffer, sizeof buffer, nullptr, nullptr);
          if (size > 0) got_.append(buffer, static_cast<std::size_t>(size));
          return size == 0;
        },
        seconds);
    return got_;
  }
  void leave() { connection_.reset(); }

 private:
  gstpp::GObjectPtr<GSocketConnection> connection_;
  std::string got_;
};

struct ApiReply {
  int status = 0;
  std::string head, body;

  // The code of an error; "" when it is none.
  std::string code() const {
    const JsonResult read = parse_json(body);
    const JsonValue* error = read.value ? read.value->find("error") : nullptr;
    const JsonValue* code = error ? error->find("code") : nullptr;
    const JsonValue* message = error ? error->find("message") : nullptr;
    return code && message && !message->string.empty() ? code->string : "";
  }
};

inline ApiReply api_reply(const std::string& text) {
  ApiReply reply;
  const std::size_t end = text.find("\r\n\r\n");
  if (!text.starts_with("HTTP/1.1 ") || end == std::string::npos) return reply;
  reply.status = std::stoi(text.substr(9, 3));
  reply.head = text.substr(0, end);
  reply.body = text.substr(end + 4);
  return reply;
}

// `fields`: lines, each with its "\r\n".
inline ApiReply api_request(const ListenAddress& address, const std::string& method,
                            const std::string& target, const std::string& body = {},
                            const std::string& fields = "Content-Type: application/json\r\n") {
  const std::string host = fields.find("Host:") == std::string::npos
                               ? "Host: " + address.text() + "\r\n"
                               : std::string{};
  const std::string length =
      body.empty() ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n";
  ApiConnection connection{
      address, method + " " + target + " HTTP/1.1\r\n" + host + fields + length + "\r\n" + body};
  return api_reply(connection.read());
}

}  // namespace jackfield::test
