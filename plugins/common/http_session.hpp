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
  // For each message before it is sent: authorities beyond the system's count for it.
  void trust(SoupMessage* message);
  // What was wrong with the certificate of the peer, for people; "" when nothing was.
  static std::string certificate_problem(SoupMessage* message);

 private:
  HttpSession() = default;

  gstpp::GObjectPtr<SoupSession> session_;
  gstpp::GObjectPtr<GTlsDatabase> further_;  // authorities of SSL_CERT_FILE
  std::string login_;  // for the proxy of https, as a header; "" when it wants none
  std::map<std::string, RetryBudget> budgets_;  // by host
};

}  // namespace jackfield
