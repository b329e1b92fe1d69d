// Where a control API is, as people name it. Pure.
#pragma once

#include <string>
#include <string_view>
#include <variant>

namespace jackfield::client {

struct ServerAddress {
  std::string http;       // "http://127.0.0.1:8080", without a slash at the end
  std::string websocket;  // "ws://127.0.0.1:8080"
  bool secure = false;    // https
};

// What is wrong with it, for people.
struct AddressProblem {
  std::string text;
};

// Takes http://HOST[:PORT] and https://HOST[:PORT], with a path in front of which a proxy may have
// put the server.
std::variant<ServerAddress, AddressProblem> read_server_address(std::string_view text);

}  // namespace jackfield::client
