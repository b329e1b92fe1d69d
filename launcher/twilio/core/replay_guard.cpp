#include "twilio/core/replay_guard.hpp"

#include <utility>

namespace jackfield::twilio {

ReplayGuard::Verdict ReplayGuard::judge(std::string_view key, std::int64_t now,
                                        std::string& answer) {
  forget_old(now);
  const auto it = known_.find(key);
  if (it == known_.end()) return Verdict::kNew;
  if (now - it->second.since > kRetryWindow) return Verdict::kReplayed;
  answer = it->second.answer;
  return Verdict::kRepeated;
}

void ReplayGuard::answered(std::string_view key, std::string answer, std::int64_t now) {
  const auto [it, is_new] = known_.try_emplace(std::string{key}, Known{now, std::move(answer)});
  if (!is_new) return;
  by_age_.push_back(it);
  ++with_answer_;
  forget_old(now);
}

void ReplayGuard::forget_old(std::int64_t now) {
  while (!by_age_.empty() &&
         (by_age_.size() > max_ || now - by_age_.front()->second.since > kRemembered)) {
    if (with_answer_ == by_age_.size()) --with_answer_;
    known_.erase(by_age_.front());
    by_age_.pop_front();
  }
  while (with_answer_ > 0) {
    Known& oldest = by_age_[by_age_.size() - with_answer_]->second;
    if (now - oldest.since <= kRetryWindow) break;
    std::string{}.swap(oldest.answer);
    --with_answer_;
  }
}

}  // namespace jackfield::twilio
