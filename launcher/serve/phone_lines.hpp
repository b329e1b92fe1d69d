// The lines that are called by telephone: each call gets a session of the line that it is for. Main
// thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "serve/call_service.hpp"
#include "serve/phone_entry.hpp"
#include "twilio/stream_token.hpp"

namespace jackfield {

class PhoneLines {
 public:
  struct Line {
    PhoneRoute route;
    SessionManager* sessions = nullptr;
    SessionRegistry* registry = nullptr;  // the line's places
  };

  // Adds its paths to the service, which must outlive it. `auth_token`: Twilio's; "": requests are
  // not checked. `check_tokens`: refuse streams that no webhook of ours announced.
  PhoneLines(CallService& service, std::vector<Line> lines, Secret auth_token, bool check_tokens);
  ~PhoneLines();
  PhoneLines(const PhoneLines&) = delete;
  PhoneLines& operator=(const PhoneLines&) = delete;

  // When the service is open.
  void opened() { entry_.set_base(service_.base()); }
  // The webhook that finds the line by the number; "/NAME" behind it is for one line.
  std::string voice_url() const { return entry_.voice_url(); }
  std::string media_url(const std::string& line) const { return entry_.media_url(line); }

 private:
  PhoneEntry::Room room(const std::string& line) const;
  void connected(const std::string& line, UpgradedConnection connection);
  bool announced(const std::string& line, const CallStarted& call);
  // The number that Twilio's signed webhook named; "" when there is none.
  std::string caller_of(const CallStarted& call) const;

  CallService& service_;
  std::map<std::string, Line, std::less<>> lines_;
  twilio::StreamTokens tokens_;
  PhoneEntry entry_;
};

}  // namespace jackfield
