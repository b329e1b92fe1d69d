// The secrets of a server that jackfield itself needs, and nobody else: they are taken out of the
// environment, so that neither elements nor child processes get them.
#pragma once

#include <map>
#include <string>

#include "text/secret.hpp"

namespace jackfield::cli {

inline constexpr char kAuthToken[] = "TWILIO_AUTH_TOKEN";
// Of an API key of the account, in place of the auth token for its REST API.
inline constexpr char kApiKey[] = "TWILIO_API_KEY";
inline constexpr char kApiSecret[] = "TWILIO_API_SECRET";
inline constexpr char kTokenSecret[] = "JACKFIELD_TOKEN_SECRET";
inline constexpr char kTurnSecret[] = "TURN_SECRET";
inline constexpr char kApiToken[] = "JACKFIELD_API_TOKEN";
inline constexpr char kTurnPassword[] = "TURN_PASSWORD";

class CallSecrets {
 public:
  // Takes what is there now. To be called before anything is started, and when .env was read: what
  // was there first counts, even when it is empty.
  void take();
  // Empty when it is not set.
  Secret get(const char* name) const;

 private:
  std::map<std::string, Secret, std::less<>> found_;
};

}  // namespace jackfield::cli
