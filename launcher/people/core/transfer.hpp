// A warm transfer: a person is called while the caller stays with the agent, hears what it is about
// and takes the call by a key; then both go into a conference. What happens comes in any order,
// some of it twice, some never. Pure: times are ns of a clock that never goes back; every input may
// leave actions, which the owner carries out in order. Not for several threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jackfield::people {

enum class TransferOutcome {
  kTransferred,
  kBusy,
  kNoAnswer,
  kDeclined,     // by a key
  kNotAccepted,  // hung up without a key, or nobody was there: voice mail never presses one
  kWrongNumber,
  kRefused,      // by the service
  kUnreachable,  // the service
  kCallerGone,
  kLost,  // the person hung up at the last moment; the caller comes back to the agent
};
// "transferred", "no-answer", ...: for records.
const char* outcome_name(TransferOutcome outcome);

class Transfer {
 public:
  enum class Phase { kCalling, kRinging, kBriefing, kMoving, kJoining, kOver };

  struct Limits {
    std::uint64_t ring = 25'000'000'000;  // Twilio gives up itself; this is a little longer
    std::uint64_t ring_grace = 15'000'000'000;
    std::uint64_t briefing = 90'000'000'000;  // from answering to the key
    std::uint64_t move = 40'000'000'000;      // until it is known whether the caller was moved
    std::uint64_t join = 30'000'000'000;      // until both are in the conference
  };

  struct Action {
    enum class Kind {
      kCall,          // the person
      kHangUpPerson,  // `sid`
      kTellPerson,    // `sid`: that the caller has gone, then hang up
      kExcusePerson,  // `sid`: that it did not work, then hang up
      kMoveCaller,    // into the conference
      kReturnCaller,  // out of it, to the agent
      kAskPerson,     // `sid`: whether that call still is; person_ended() when it is not
      kDone,          // `outcome`; comes once
    };
    Kind kind = Kind::kCall;
    std::string sid{};
    TransferOutcome outcome = TransferOutcome::kTransferred;
  };

  // What the person is to hear.
  enum class Hears { kSummary, kConference, kDeclined, kGone };

  Transfer(Limits limits, std::uint64_t now);

  // The service's answer to kCall.
  void called(const std::string& sid, std::uint64_t now);
  void not_called(TransferOutcome why);
  // The person has answered; `sid` of that call.
  Hears answered(const std::string& sid, std::uint64_t now);
  Hears pressed(std::string_view digits, std::uint64_t now);
  // The person's call is over, with this status: completed, busy, no-answer, failed, canceled.
  void person_ended(std::string_view status);
  // The service's answer to kMoveCaller.
  void moved(bool done, std::uint64_t now);
  // Somebody has come into the conference `conference`, of which there may be several, one after
  // the other, of one name.
  void joined(bool caller, const std::string& conference);
  // The caller is not with the agent any more.
  void caller_ended();
  void tick(std::uint64_t now);
  std::optional<std::uint64_t> deadline() const;

  std::vector<Action> take_actions() { return std::exchange(actions_, {}); }
  Phase phase() const { return phase_; }
  bool over() const { return phase_ == Phase::kOver; }
  const std::string& person_sid() const { return sid_; }

 private:
  void act(Action::Kind kind);
  void done(TransferOutcome outcome);
  void end(TransferOutcome outcome);

  const Limits limits_;
  Phase phase_ = Phase::kCalling;
  std::uint64_t deadline_;
  std::string sid_;
  std::string caller_in_, person_in_;  // the conferences that they came into
  std::vector<Action> actions_;
  bool told_ = false;
  bool caller_gone_ = false;
  bool person_gone_ = false;
  bool asked_person_ = false;
  bool hang_up_when_called_ = false;  // the service's answer is still to come
};

}  // namespace jackfield::people
