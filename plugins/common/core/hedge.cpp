#include "hedge.hpp"

#include <algorithm>

namespace jackfield {

void HedgeBudget::requested() { tenths_ = std::min(kFull, tenths_ + 1); }

bool HedgeBudget::spend() {
  if (tenths_ < 10) return false;
  tenths_ -= 10;
  return true;
}

Hedge::Hedge(std::uint64_t after, std::uint64_t now) {
  if (after == 0) {
    winner_ = kFirst;
  } else {
    deadline_ = after < kNever - now ? now + after : kNever;
  }
}

bool Hedge::due(std::uint64_t now, bool retried, HedgeBudget& budget) {
  if (now < deadline_) return false;
  deadline_ = kNever;
  if (winner_ || !running_[kFirst] || retried) return false;
  withheld_ = !budget.spend();
  sent_ = running_[kSecond] = !withheld_;
  return sent_;
}

bool Hedge::content(Leg leg) {
  if (winner_ || !running_[leg]) return winner_ == leg;
  winner_ = leg;
  deadline_ = kNever;
  return true;
}

bool Hedge::failed(Leg leg) {
  running_[leg] = false;
  // What its own retries could not mend, a hedge does not mend either.
  if (leg == kFirst) deadline_ = kNever;
  if (winner_ || running_[kFirst] || running_[kSecond]) return false;
  winner_ = kFirst;
  return true;
}

}  // namespace jackfield
