// Asks TURN servers over the network whether they would give us a relay (core/turn_inquiry.hpp),
// and makes time-limited credentials for them. Main thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "webrtc/core/turn_inquiry.hpp"

namespace jackfield::webrtc {

// The password of `user` that coturn's use-auth-secret expects: base64(HMAC-SHA1(secret, user)), by
// draft-uberti-behave-turn-rest-00.
std::string turn_password(std::string_view secret, std::string_view user);
// The user of such a password, good until `expires` (Unix time, s); `name` may be empty.
std::string turn_user(std::int64_t expires, std::string_view name);

// One inquiry. Destroying it ends it, and then nothing is told any more.
class TurnProbe {
 public:
  using Done = std::function<void(const TurnVerdict&)>;
  // `done` comes once, from the main context, after at most TurnInquiry::kPatience; not before this
  // returns. It may destroy the probe.
  TurnProbe(TurnServer server, Done done);
  ~TurnProbe();
  TurnProbe(const TurnProbe&) = delete;
  TurnProbe& operator=(const TurnProbe&) = delete;

 private:
  struct Run;
  std::shared_ptr<Run> run_;
};

}  // namespace jackfield::webrtc
