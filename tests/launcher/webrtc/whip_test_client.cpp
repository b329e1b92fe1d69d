#include "whip_test_client.hpp"

#include "../command/jackfield_process.hpp"

namespace jackfield::test {

WhipExchange::WhipExchange(const std::string& address, const std::string& method,
                           const std::string& path, const std::string& body, const Fields& fields) {
  const gstpp::GObjectPtr<GSocketClient> client{g_socket_client_new()};
  connection_.reset(
      g_socket_client_connect_to_host(client.get(), address.c_str(), 80, nullptr, nullptr));
  if (!connection_) return;
  std::string text = method + " " + path + " HTTP/1.1\r\nHost: " + address +
                     "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  for (const auto& [name, value] : fields) text += name + ": " + value + "\r\n";
  text += "\r\n" + body;
  g_output_stream_write_all(g_io_stream_get_output_stream(G_IO_STREAM(connection_.get())),
                            text.data(), text.size(), nullptr, nullptr, nullptr);
}

// What has come. True when that is all.
bool WhipExchange::take() {
  if (!connection_) return true;
  GSocket* socket = g_socket_connection_get_socket(connection_.get());
  g_socket_set_blocking(socket, FALSE);
  char buffer[4096];
  gstpp::ErrorPtr error;
  gssize size = 0;
  while ((size = g_socket_receive(socket, buffer, sizeof buffer, nullptr, gstpp::OutPtr{error})) >
         0)
    received_.append(buffer, static_cast<std::size_t>(size));
  over_ = size == 0 || !g_error_matches(error.get(), G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  return over_;
}

unsigned WhipExchange::status(double seconds) {
  wait_for([this] { return over_ || take(); }, seconds);
  return over_ && received_.size() > 12 ? static_cast<unsigned>(std::stoul(received_.substr(9, 3)))
                                        : 0;
}

std::string WhipExchange::field(const std::string& name) const {
  std::string values;
  const std::string head = received_.substr(0, received_.find("\r\n\r\n")) + "\r\n";
  for (std::size_t at = head.find("\r\n"); at + 2 < head.size(); at = head.find("\r\n", at + 2)) {
    const std::size_t end = head.find("\r\n", at + 2);
    const std::string line = head.substr(at + 2, end - at - 2);
    if (g_ascii_strncasecmp(line.c_str(), (name + ": ").c_str(), name.size() + 2) != 0) continue;
    values += (values.empty() ? "" : ", ") + line.substr(name.size() + 2);
  }
  return values;
}

std::string WhipExchange::body() const {
  const std::size_t head = received_.find("\r\n\r\n");
  return head == std::string::npos ? "" : received_.substr(head + 4);
}

}  // namespace jackfield::test
