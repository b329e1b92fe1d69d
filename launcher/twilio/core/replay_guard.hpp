// Webhooks that were answered already. A signed request stays valid for ever, for nothing in it
// says when it was made; what it may be used for is what this decides. Twilio itself repeats a
// request, with the same signature, when it had no answer: it gets the same answer again, with the
// same token, so that two answers still lead to one call. Later than that the request is refused.
// Pure: time is an argument, any steady clock in ns. Not for several threads.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>

namespace jackfield::twilio {

class ReplayGuard {
 public:
  // A webhook that has no answer after 15 s is given up; a repetition comes at once.
  static constexpr std::int64_t kRetryWindow = 60'000'000'000;
  static constexpr std::int64_t kRemembered = 24 * 3'600'000'000'000;
  static constexpr std::size_t kMaxRemembered = 20'000;  // about 4 MB

  enum class Verdict { kNew, kRepeated, kReplayed };

  explicit ReplayGuard(std::size_t max_remembered = kMaxRemembered) : max_(max_remembered) {}

  // kNew: answer it and call answered(). kRepeated: `answer` is what it was answered with before.
  // `key` is the signature of the request, or whatever is the same for the same request.
  Verdict judge(std::string_view key, std::int64_t now, std::string& answer);
  // Without effect for a key that is known. The oldest make room when there are too many.
  void answered(std::string_view key, std::string answer, std::int64_t now);

  std::size_t size() const { return known_.size(); }

 private:
  struct Known {
    std::int64_t since = 0;
    std::string answer;  // "" after the retry window
  };
  using Map = std::map<std::string, Known, std::less<>>;

  void forget_old(std::int64_t now);

  const std::size_t max_;
  Map known_;
  std::deque<Map::iterator> by_age_;
  std::size_t with_answer_ = 0;  // how many at the end of by_age_ still have one
};

}  // namespace jackfield::twilio
