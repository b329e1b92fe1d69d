#include "service_watch.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace openai::realtime {
namespace {

// Waits before a response is asked for again.
constexpr std::array<uint64_t, 2> kWaits{500'000'000, 2'000'000'000};

uint64_t after(uint64_t since, uint64_t wait) {
  return since > UINT64_MAX - wait ? UINT64_MAX : since + wait;
}

}  // namespace

void ServiceWatch::session_gone(uint64_t now) {
  if (!away()) away_since_ = now;
  due_since_ = retry_at_ = kNever;
}

void ServiceWatch::session_ready() {
  away_since_ = kNever;
  filler_said_ = false;
}

void ServiceWatch::awaiting(bool due, uint64_t now) {
  if (!due) {
    due_since_ = kNever;
  } else if (due_since_ == kNever) {
    due_since_ = now;
  }
}

void ServiceWatch::response_lives() {
  due_since_ = retry_at_ = kNever;
  silent_before_ = false;
  failures_ = 0;
}

bool ServiceWatch::response_failed(uint64_t now) {
  if (failures_ >= kWaits.size()) return false;
  retry_at_ = now + kWaits[failures_++];
  return true;
}

ServiceWatch::Action ServiceWatch::check(uint64_t now) {
  if (away()) {
    if (now >= after(away_since_, config_.outage_limit)) return Action::kGiveUp;
    if (config_.filler_after > 0 && !filler_said_ &&
        now >= after(away_since_, config_.filler_after)) {
      filler_said_ = true;
      return Action::kFiller;
    }
    return Action::kNone;
  }
  if (now >= retry_at_) {
    retry_at_ = kNever;
    return Action::kAskAgain;
  }
  if (now >= after(due_since_, config_.think_timeout)) {
    due_since_ = kNever;
    return std::exchange(silent_before_, true) ? Action::kGiveUp : Action::kReconnect;
  }
  return Action::kNone;
}

uint64_t ServiceWatch::deadline() const {
  if (!away()) return std::min(retry_at_, after(due_since_, config_.think_timeout));
  const uint64_t end = after(away_since_, config_.outage_limit);
  if (config_.filler_after == 0 || filler_said_) return end;
  return std::min(end, after(away_since_, config_.filler_after));
}

}  // namespace openai::realtime
