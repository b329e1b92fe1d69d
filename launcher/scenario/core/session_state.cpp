#include "scenario/core/session_state.hpp"

namespace jackfield {

SessionState::Action SessionState::start_finished(bool success) {
  start_finished_ = true;
  if (phase_ >= Phase::kStopping) return Action::kNone;
  if (!success) {
    failed_ = true;
    because("error");
    return stop();
  }
  if (stop_wanted_) return stop();
  if (phase_ == Phase::kStarting) phase_ = Phase::kRunning;
  return Action::kNone;
}

SessionState::Action SessionState::error() {
  if (phase_ >= Phase::kStopping) return Action::kNone;
  // What breaks because the far end is gone is no failure of the pipeline's.
  if (phase_ != Phase::kEnding) failed_ = true;
  because("error");
  return stop();
}

SessionState::Action SessionState::end_of_stream() {
  because("end of stream");
  return stop();
}

SessionState::Action SessionState::call_ended(const std::string& reason, std::int64_t now) {
  if (phase_ >= Phase::kEnding) return Action::kNone;
  because(reason);
  phase_ = Phase::kEnding;
  deadline_ = now + kEosWait;
  return Action::kNone;
}

SessionState::Action SessionState::end(const std::string& reason, std::int64_t now,
                                       std::int64_t wait) {
  if (phase_ >= Phase::kEnding) return Action::kNone;
  because(reason);
  // What does not run yet takes no EOS: a source that waits in its preroll would hold it up.
  if (!start_finished_ || !reached_running()) return stop();
  phase_ = Phase::kEnding;
  deadline_ = now + wait;
  return Action::kSendEos;
}

SessionState::Action SessionState::abort(const std::string& reason) {
  because(reason);
  return stop();
}

SessionState::Action SessionState::tick(std::int64_t now) {
  return deadline_ && now >= *deadline_ ? stop() : Action::kNone;
}

SessionState::Action SessionState::stop() {
  if (phase_ >= Phase::kStopping) return Action::kNone;
  if (!start_finished_) {
    stop_wanted_ = true;
    return Action::kNone;
  }
  phase_ = Phase::kStopping;
  deadline_.reset();
  return Action::kStop;
}

void SessionState::because(const std::string& reason) {
  if (reason_.empty()) reason_ = reason;
}

}  // namespace jackfield
