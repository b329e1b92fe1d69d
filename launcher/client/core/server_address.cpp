#include "client/core/server_address.hpp"

#include <algorithm>

#include "terminal/core/terminal_text.hpp"
#include "url_query.hpp"

namespace jackfield::client {
namespace {

AddressProblem problem(std::string_view text, const char* why) {
  return {"'" + clean_terminal_text(text) + "' is no address of a server: " + why +
          "; it looks like http://127.0.0.1:8080"};
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }) &&
         std::stoul(std::string{text}) <= 65535;
}

}  // namespace

std::variant<ServerAddress, AddressProblem> read_server_address(std::string_view text) {
  const bool secure = text.starts_with("https://");
  if (!secure && !text.starts_with("http://"))
    return problem(text, "it begins with http:// or https://");
  std::string_view rest = text.substr(secure ? 8 : 7);
  if (std::any_of(text.begin(), text.end(), [](char c) { return c <= ' ' || c >= 0x7F; }))
    return problem(text, "it has a space or another character that no address has");
  if (rest.find_first_of("?#") != std::string_view::npos)
    return problem(text, "it has a query or a fragment");
  const std::string_view authority = rest.substr(0, rest.find('/'));
  // A password would be seen on the command line, and is none of the API's.
  if (authority.find('@') != std::string_view::npos)
    return problem(text, "it names a user; the token comes from JACKFIELD_API_TOKEN");
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.rfind(':');
  const bool port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  if (authority.substr(0, port ? colon : authority.size()).empty())
    return problem(text, "it has no host");
  if (port && !is_port(authority.substr(colon + 1))) return problem(text, "its port is none");
  while (rest.ends_with('/')) rest.remove_suffix(1);
  ServerAddress address{.http = (secure ? "https://" : "http://") + std::string{rest},
                        .websocket = {},
                        .secure = secure};
  address.websocket = websocket_base(address.http);
  return address;
}

}  // namespace jackfield::client
