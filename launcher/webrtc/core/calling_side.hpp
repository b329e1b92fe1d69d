// The calling side of the signalling without a socket and a call: joins, begins the call, passes on
// what both sides say, and comes back when the connection breaks. It is told what happens and when,
// and answers with actions. Pure, not for several threads; times are a steady clock in ns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "webrtc/core/candidate_gate.hpp"
#include "webrtc/core/signal_message.hpp"

namespace jackfield::webrtc {

struct CallingOutcome {
  bool answered = false;  // the line did answer
  bool failed = false;    // it was not the wish of one of the two that it is over
  std::string reason;     // for people
};

namespace calling {
struct Connect {};
struct Send {
  std::string text;
};
// Behind what was sent; no connection follows.
struct Disconnect {};
// Make the call and let it offer.
struct Begin {
  std::string peer, room, ice_servers_json;
};
struct Describe {
  Description description;
};
struct Suggest {
  Candidate candidate;
};
struct Tell {
  EventMessage event;
};
struct HangUp {
  std::string reason;
};
// The last one.
struct End {
  CallingOutcome outcome;
};
}  // namespace calling

using CallingAction =
    std::variant<calling::Connect, calling::Send, calling::Disconnect, calling::Begin,
                 calling::Describe, calling::Suggest, calling::Tell, calling::HangUp, calling::End>;

class CallingSide {
 public:
  struct Config {
    JoinMessage join;
    std::uint64_t join_time = 10'000'000'000;    // ns for the first way in
    std::uint64_t grace = 10'000'000'000;        // ns for the way back
    std::uint64_t first_retry = 250'000'000;     // ns between attempts; doubled each time
    std::uint64_t last_retry = 2'000'000'000;    // ns, at most
    std::uint64_t hang_up_time = 5'000'000'000;  // ns that the call may take to end
    std::size_t waiting = 256;                   // messages for a server that is away
  };

  CallingSide(Config config, std::uint64_t now);

  // What is to be done, in order; call it after every other function until it is empty.
  std::optional<CallingAction> next_action();

  // The connection.
  void received(std::string_view text, std::uint64_t now);
  // It has ended, or was never made. `final`: another attempt would end like this one.
  void lost(const std::string& why, bool final, std::uint64_t now);
  // To be called a few times a second.
  void advance(std::uint64_t now);

  // The call.
  void call_describes(const Description& description);
  void call_suggests(const Candidate& candidate);
  // `failed`: something went wrong.
  void call_ended(const std::string& reason, bool failed, std::uint64_t now);

  // The wish of somebody here.
  void hang_up(const std::string& reason, std::uint64_t now);

 private:
  enum class State { kConnecting, kJoining, kInCall, kAway, kHangingUp, kOver };

  void act(CallingAction action) { actions_.push_back(std::move(action)); }
  void handle(const WelcomeMessage& message);
  void handle(const JoinedMessage& message);
  void handle(const DescriptionMessage& message);
  void handle(const CandidateMessage& message);
  void handle(const EventMessage& message) { act(calling::Tell{message}); }
  void handle(const ByeMessage& message);
  void handle(const ErrorMessage& message);
  void say(std::string text);
  void end_call(const std::string& reason, bool failed);
  void finish();

  const Config config_;
  State state_ = State::kConnecting;
  std::uint64_t now_;
  std::uint64_t deadline_ = 0;  // of what the state waits for
  std::uint64_t retry_at_ = 0;  // 0: an attempt is under way
  std::uint64_t retry_;
  bool joined_ = false;  // on the present connection
  std::string peer_;     // who we are; "" before the first `joined`
  CandidateGate gate_;   // of the line's candidates
  std::optional<Description> open_offer_;
  std::deque<std::string> waiting_;
  std::string fault_;  // what the server said last is wrong
  CallingOutcome outcome_;
  std::deque<CallingAction> actions_;
};

}  // namespace jackfield::webrtc
