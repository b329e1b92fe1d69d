// When a request that failed is sent again. Times are nanoseconds; the caller waits and sends.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace jackfield {

struct RetrySettings {
  unsigned max_retries = 2;
  std::uint64_t first_delay = 200'000'000;  // doubled each time
  std::uint64_t max_delay = 2'000'000'000;  // of our own choice; the server may ask for more
  std::uint64_t budget = 4'000'000'000;     // from the first attempt on; no retry begins later
};

struct FailedAttempt {
  int status = 0;                    // of HTTP; 0: no answer came
  bool answer_begun = false;         // bytes of the answer were passed on: it cannot be taken back
  bool hopeless = false;             // the caller knows that it would fail again
  bool stale = false;                // a kept connection was closed by the peer before it answered
  std::optional<bool> should_retry;  // what the server says (x-should-retry)
  std::optional<std::uint64_t> retry_after;  // what the server asks for
};

// For one request and all its attempts. One thread at a time.
class RetryPolicy {
 public:
  RetryPolicy(const RetrySettings& settings, std::uint64_t seed)
      : settings_(settings), seed_(seed) {}

  // How long to wait before the next attempt; nothing: the failure stands. `elapsed` since the
  // first attempt began. The delays are first_delay * 2^n up to max_delay, each shortened by up to
  // a quarter at random, so that the callers of a provider that was down do not return as one.
  std::optional<std::uint64_t> next_delay(const FailedAttempt& attempt, std::uint64_t elapsed);

  unsigned retries() const { return retries_; }

 private:
  RetrySettings settings_;
  std::uint64_t seed_;
  unsigned retries_ = 0;
  bool stale_seen_ = false;
};

// Keeps retries from multiplying the load on a provider that is down: each takes one of ten tokens,
// each request that goes well gives a tenth back (as gRPC's retry throttling does; none is made
// below half). For all requests to one host. One thread at a time.
class RetryBudget {
 public:
  bool spend();
  void succeeded();

 private:
  static constexpr int kFull = 100;  // tenths
  int tenths_ = kFull;
};

// Whether a failure of this kind can pass by itself: no answer, 408, 409, 429, 5xx.
bool is_transient_status(int status);

// The headers retry-after-ms (milliseconds) and retry-after (seconds or an HTTP date), "" where
// absent; `now` in seconds since 1970. At most an hour; nothing when neither can be read.
std::optional<std::uint64_t> read_retry_after(std::string_view milliseconds,
                                              std::string_view seconds_or_date, std::int64_t now);

}  // namespace jackfield
