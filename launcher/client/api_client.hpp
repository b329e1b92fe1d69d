// Asks the control API of a jackfield by HTTP. Main thread.
//
// Certificates of https are checked as everywhere (plugins/common/http_client.hpp). Redirects are
// not followed: the token goes to the server that was named and nowhere else.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "client/core/answer.hpp"
#include "client/core/server_address.hpp"
#include "text/secret.hpp"

namespace jackfield::client {

// An answer that is waited for; destroying it gives up.
class PendingAnswer;
using PendingAnswerPtr = std::shared_ptr<PendingAnswer>;

class ApiClient {
 public:
  // Of the answer's body, bytes: lists have bounds of their own, so this is no jackfield.
  static constexpr std::size_t kLargest = 16 << 20;

  ApiClient(ServerAddress address, Secret token)
      : address_(std::move(address)), token_(std::move(token)) {}

  // Waits for it, 15 seconds at most. `path` begins with "/api/"; a body is JSON.
  Answer get(const std::string& path) const { return ask("GET", path, ""); }
  Answer post(const std::string& path, const std::string& body) const {
    return ask("POST", path, body);
  }
  Answer patch(const std::string& path, const std::string& body) const {
    return ask("PATCH", path, body);
  }
  Answer remove(const std::string& path, const std::string& body) const {
    return ask("DELETE", path, body);
  }
  // `done` is called once, from the main context.
  using Done = std::function<void(const Answer&)>;
  PendingAnswerPtr get_later(const std::string& path, Done done) const;
  PendingAnswerPtr post_later(const std::string& path, const std::string& body, Done done) const;

  const ServerAddress& address() const { return address_; }
  const Secret& token() const { return token_; }
  const std::string& name() const { return address_.http; }

 private:
  Answer ask(const char* method, const std::string& path, const std::string& body) const;
  PendingAnswerPtr ask_later(const char* method, const std::string& path, const std::string& body,
                             Done done) const;

  const ServerAddress address_;
  const Secret token_;
};

}  // namespace jackfield::client
