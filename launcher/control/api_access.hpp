// Lets requests to the control API in, or says why not (core/access_rules.hpp has the rules). Main
// thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "control/core/access_rules.hpp"
#include "serve/core/refusals.hpp"
#include "serve/http_server.hpp"
#include "text/secret.hpp"

namespace jackfield {

struct AccessDenied {
  guint status = 403;
  const char* code = "forbidden";
  std::string message;  // for people: what to do
};

class ApiAccess {
 public:
  struct Config {
    Secret token;          // "": none is set
    bool exposed = false;  // the server can be reached from elsewhere than this machine
    std::string public_url;
    HttpServer::OnRefused refused;
  };

  explicit ApiAccess(Config config);

  // nullopt: let it in.
  std::optional<AccessDenied> check(const ServerRequest& request);
  // For sockets, in whose handshakes pages cannot send a token: with `token_follows` set, the first
  // message has to have one that check_token() lets in.
  std::optional<AccessDenied> check_socket(const ServerRequest& request, bool& token_follows);
  // `client` as in ServerRequest.
  std::optional<AccessDenied> check_token(std::string_view token, const std::string& client);

 private:
  std::optional<AccessDenied> denied(Access access, const std::string& client);

  const Config config_;
  const std::string key_;  // tokens are compared by their HMACs, which are all of one length
  WrongTokens wrong_;
};

}  // namespace jackfield
