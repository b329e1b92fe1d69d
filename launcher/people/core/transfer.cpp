#include "people/core/transfer.hpp"

namespace jackfield::people {

using Kind = Transfer::Action::Kind;

const char* outcome_name(TransferOutcome outcome) {
  switch (outcome) {
    case TransferOutcome::kTransferred:
      return "transferred";
    case TransferOutcome::kBusy:
      return "busy";
    case TransferOutcome::kNoAnswer:
      return "no-answer";
    case TransferOutcome::kDeclined:
      return "declined";
    case TransferOutcome::kNotAccepted:
      return "not-accepted";
    case TransferOutcome::kWrongNumber:
      return "wrong-number";
    case TransferOutcome::kRefused:
      return "refused";
    case TransferOutcome::kUnreachable:
      return "unreachable";
    case TransferOutcome::kCallerGone:
      return "caller-gone";
    case TransferOutcome::kLost:
      break;
  }
  return "lost";
}

Transfer::Transfer(Limits limits, std::uint64_t now)
    : limits_(limits), deadline_(now + limits.ring + limits.ring_grace) {
  act(Kind::kCall);
}

void Transfer::act(Action::Kind kind) { actions_.push_back({.kind = kind, .sid = sid_}); }

void Transfer::done(TransferOutcome outcome) {
  if (std::exchange(told_, true)) return;
  actions_.push_back({.kind = Kind::kDone, .outcome = outcome});
}

void Transfer::end(TransferOutcome outcome) {
  phase_ = Phase::kOver;
  done(outcome);
}

void Transfer::called(const std::string& sid, std::uint64_t) {
  if (sid_.empty()) sid_ = sid;
  if (phase_ == Phase::kCalling) phase_ = Phase::kRinging;
  if (phase_ == Phase::kOver && std::exchange(hang_up_when_called_, false))
    act(Kind::kHangUpPerson);
}

void Transfer::not_called(TransferOutcome why) {
  hang_up_when_called_ = false;
  // If the service's answer was lost, the call may be there all the same.
  if (phase_ == Phase::kCalling) end(why);
}

Transfer::Hears Transfer::answered(const std::string& sid, std::uint64_t now) {
  if (sid_.empty()) sid_ = sid;
  switch (phase_) {
    case Phase::kCalling:
    case Phase::kRinging:
      phase_ = Phase::kBriefing;
      deadline_ = now + limits_.briefing;
      return Hears::kSummary;
    case Phase::kBriefing:
      return Hears::kSummary;
    case Phase::kMoving:
    case Phase::kJoining:
      return Hears::kConference;
    case Phase::kOver:
      hang_up_when_called_ = false;
      break;
  }
  return Hears::kGone;
}

Transfer::Hears Transfer::pressed(std::string_view digits, std::uint64_t now) {
  // Asked again for the same key: the same answer, and nothing is done twice.
  if (phase_ == Phase::kMoving || phase_ == Phase::kJoining) return Hears::kConference;
  if (phase_ != Phase::kBriefing) return Hears::kGone;
  if (digits != "1") {
    end(TransferOutcome::kDeclined);
    return Hears::kDeclined;
  }
  phase_ = Phase::kMoving;
  deadline_ = now + limits_.move;
  act(Kind::kMoveCaller);
  return Hears::kConference;
}

void Transfer::person_ended(std::string_view status) {
  hang_up_when_called_ = false;
  switch (phase_) {
    case Phase::kCalling:
    case Phase::kRinging:
    case Phase::kBriefing:
      if (status == "busy")
        end(TransferOutcome::kBusy);
      else if (status == "failed")
        end(TransferOutcome::kWrongNumber);
      else if (status == "completed" || phase_ == Phase::kBriefing)
        end(TransferOutcome::kNotAccepted);
      else
        end(TransferOutcome::kNoAnswer);
      break;
    case Phase::kMoving:
      person_gone_ = true;
      break;
    case Phase::kJoining:
      // Nobody will come to where the caller waits.
      phase_ = Phase::kOver;
      act(Kind::kReturnCaller);
      break;
    case Phase::kOver:
      break;
  }
}

void Transfer::moved(bool is_done, std::uint64_t now) {
  if (phase_ != Phase::kMoving) return;
  // The service's answer was lost, but the caller is where he was to go.
  if (!caller_in_.empty()) is_done = true;
  if (is_done && person_gone_) {
    act(Kind::kReturnCaller);
    end(TransferOutcome::kLost);
  } else if (is_done) {
    phase_ = Phase::kJoining;
    deadline_ = now + limits_.join;
    done(TransferOutcome::kTransferred);
    joined(true, caller_in_);
  } else {
    if (!person_gone_) act(caller_gone_ ? Kind::kTellPerson : Kind::kExcusePerson);
    // Who left the agent may wait in the conference all the same.
    if (caller_gone_) act(Kind::kReturnCaller);
    end(caller_gone_   ? TransferOutcome::kCallerGone
        : person_gone_ ? TransferOutcome::kNotAccepted
                       : TransferOutcome::kRefused);
  }
}

void Transfer::joined(bool caller, const std::string& conference) {
  (caller ? caller_in_ : person_in_) = conference;
  if (phase_ == Phase::kJoining && !conference.empty() && caller_in_ == person_in_)
    phase_ = Phase::kOver;
}

void Transfer::caller_ended() {
  caller_gone_ = true;
  switch (phase_) {
    case Phase::kCalling:
      hang_up_when_called_ = true;
      end(TransferOutcome::kCallerGone);
      break;
    case Phase::kRinging:
      act(Kind::kHangUpPerson);
      end(TransferOutcome::kCallerGone);
      break;
    case Phase::kBriefing:
      act(Kind::kTellPerson);
      end(TransferOutcome::kCallerGone);
      break;
    // The caller leaves the agent by being moved, too: moved() tells.
    case Phase::kMoving:
    case Phase::kJoining:
    case Phase::kOver:
      break;
  }
}

void Transfer::tick(std::uint64_t now) {
  if (over() || now < deadline_) return;
  switch (phase_) {
    case Phase::kCalling:
      hang_up_when_called_ = true;
      end(TransferOutcome::kUnreachable);
      break;
    case Phase::kRinging:
      act(Kind::kHangUpPerson);
      end(TransferOutcome::kNoAnswer);
      break;
    case Phase::kBriefing:
      act(Kind::kHangUpPerson);
      end(TransferOutcome::kNotAccepted);
      break;
    case Phase::kMoving:
      moved(false, now);
      break;
    case Phase::kJoining:
      // They may talk, and it was not told. Or the caller waits for nobody.
      if (std::exchange(asked_person_, true)) {
        phase_ = Phase::kOver;
      } else {
        act(Kind::kAskPerson);
        deadline_ = now + limits_.join;
      }
      break;
    case Phase::kOver:
      break;
  }
}

std::optional<std::uint64_t> Transfer::deadline() const {
  if (over()) return std::nullopt;
  return deadline_;
}

}  // namespace jackfield::people
