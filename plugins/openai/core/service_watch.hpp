// How long a caller waits for a service that is away or silent, and what is done about it. Pure;
// one thread at a time. Times are running times in nanoseconds.
#pragma once

#include <cstdint>

namespace openai::realtime {

class ServiceWatch {
 public:
  struct Config {
    uint64_t filler_after = 2'000'000'000;    // without a session; 0: nothing is said
    uint64_t outage_limit = 15'000'000'000;   // without a session
    uint64_t think_timeout = 10'000'000'000;  // without a sign of the response that is due
  };
  enum class Action {
    kNone,
    kFiller,     // asks the caller to wait
    kAskAgain,   // for a response in place of the one that failed
    kReconnect,  // the service is there and gives nothing
    kGiveUp,
  };

  explicit ServiceWatch(const Config& config) : config_(config) {}

  // There is no session from now on; said again it changes nothing.
  void session_gone(uint64_t now);
  void session_ready();
  bool away() const { return away_since_ != kNever; }

  // Whether a response is due that shows no life.
  void awaiting(bool due, uint64_t now);
  void response_lives();  // audio or a tool call came
  // False: it failed so often in a row that asking again makes no sense.
  bool response_failed(uint64_t now);
  void forget_retry() { retry_at_ = kNever; }  // the caller speaks

  Action check(uint64_t now);
  // When check() has something to say, unless something happens before.
  uint64_t deadline() const;

 private:
  static constexpr uint64_t kNever = UINT64_MAX;
  Config config_;
  uint64_t away_since_ = kNever;
  bool filler_said_ = false;
  uint64_t due_since_ = kNever;
  bool silent_before_ = false;  // reconnected because of a response that did not come
  uint64_t retry_at_ = kNever;
  unsigned failures_ = 0;  // in a row
};

}  // namespace openai::realtime
