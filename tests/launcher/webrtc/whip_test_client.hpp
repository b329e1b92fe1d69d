// One HTTP request of a WHIP client and its reply, byte by byte. Main thread; what waits keeps the
// main context going and has a bound.
#pragma once

#include <gio/gio.h>

#include <string>
#include <utility>
#include <vector>

#include "plugins/common/gstpp.hpp"

namespace jackfield::test {

class WhipExchange {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;

  // `address`: "127.0.0.1:8080". Sends the request.
  WhipExchange(const std::string& address, const std::string& method, const std::string& path,
               const std::string& body = {}, const Fields& fields = {});

  // Until the reply is complete; its status, 0 when none has come.
  unsigned status(double seconds = 20);
  // Of the reply; all values of the field with ", " between them.
  std::string field(const std::string& name) const;
  std::string body() const;
  // Goes away.
  void close() { connection_.reset(); }

 private:
  bool take();

  gstpp::GObjectPtr<GSocketConnection> connection_;
  std::string received_;
  bool over_ = false;
};

}  // namespace jackfield::test
