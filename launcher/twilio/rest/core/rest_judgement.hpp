// What an answer of Twilio's REST API means, and whether the request may be sent again. A call that
// is created twice rings twice: what may have been processed is never repeated, unless doing it
// twice is the same as once. Pure. Sources: Twilio's error pages (20429: was not processed, always
// safe to retry), docs/people.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace jackfield::twilio {

struct RestAnswer {
  enum class Transport {
    kAnswered,
    kNotSent,  // no connection: Twilio knows nothing of it
    kUnsure,   // sent, and no whole answer
  };
  Transport transport = Transport::kAnswered;
  int status = 0;                              // of HTTP
  std::string_view body;                       // JSON
  std::optional<std::uint64_t> retry_after{};  // ns, as the answer asks
};

struct RestResult {
  enum class Kind {
    kDone,
    kWrongNumber,  // `To` is no number that can be called
    kNotThere,     // the call is over, or there never was one
    kKey,          // the account's credentials
    kRefused,      // anything else; see `text`
    kUnreachable,
  };
  Kind kind = Kind::kDone;
  std::string sid;     // of the call
  std::string status;  // of the call: "queued", "in-progress"
  int code = 0;        // Twilio's own
  std::string text;    // for people

  bool ok() const { return kind == Kind::kDone; }
};

RestResult judge_answer(const RestAnswer& answer);

// For one request and all its attempts.
class RestRetry {
 public:
  static constexpr unsigned kMostRetries = 3;
  static constexpr std::uint64_t kFirstDelay = 500'000'000;  // doubled each time
  static constexpr std::uint64_t kLongestDelay = 5'000'000'000;

  // `repeatable`: twice is the same as once.
  explicit RestRetry(bool repeatable) : repeatable_(repeatable) {}

  // ns to wait before it is sent again; nullopt: the answer stands.
  std::optional<std::uint64_t> next(const RestAnswer& answer);

 private:
  const bool repeatable_;
  unsigned retries_ = 0;
};

// "https://api.twilio.com" and the like: https, or http on this machine; without a path, query or
// user. "" when it is none.
std::string rest_base(std::string_view url);

}  // namespace jackfield::twilio
