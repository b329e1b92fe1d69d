// The libsoup session of the HTTP client, which lives on the IoContext's thread. Private to the
// client.
#pragma once

#include <libsoup/soup.h>

#include <map>
#include <string>

#include "gstpp.hpp"
#include "retry_policy.hpp"

namespace jackfield {

// Of the process. For the IoContext's thread only.
class HttpSession {
 public:
  static HttpSession& instance();

  SoupSession* soup();
  RetryBudget& retry_budget(GUri* uri);
  void prewarm(const std::string& url);

 private:
  HttpSession() = default;

  gstpp::GObjectPtr<SoupSession> session_;
  std::map<std::string, RetryBudget> budgets_;  // by host
};

}  // namespace jackfield
