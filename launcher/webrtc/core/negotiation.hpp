// Offers and answers between one peer and its call to a line, in both directions. When both offer
// at once, the call's offer stands and the peer's is ignored: "perfect negotiation" (WebRTC 1.0,
// section 10.7) with the server as the impolite side. The peer, polite, takes its own back and
// answers. Pure; times are a steady clock in ns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "webrtc/core/candidate_gate.hpp"
#include "webrtc/signal_call.hpp"

namespace jackfield::webrtc {

class Negotiation {
 public:
  struct Config {
    std::uint64_t answer_time = 20'000'000'000;  // ns that an offer may stay unanswered
    std::size_t candidates = 512;                // of a peer, with each description
  };
  enum class Verdict {
    kPass,        // goes on to the other side
    kHeld,        // it will come out with the description
    kIgnored,     // an offer that lost to ours or came twice, or what belongs to it
    kUnexpected,  // an answer to nothing, an offer on top of another
    kTooMany,     // candidates that wait for a description; this one is dropped
    kFlood,       // candidates without end
  };

  Negotiation() : Negotiation(Config{}) {}
  explicit Negotiation(const Config& config) : config_(config) {}

  // What the peer says.
  Verdict from_peer(const Description& description, std::uint64_t now);
  Verdict from_peer(const Candidate& candidate);
  // What the call says.
  Verdict from_call(const Description& description, std::uint64_t now);
  Verdict from_call(const Candidate& candidate);

  // Candidates that waited for the description that passed last, for its receiver.
  std::vector<Candidate> released() { return std::exchange(released_, {}); }

  // What the call has offered and the peer has not answered.
  const Description* open_offer() const {
    return state_ == State::kCallOffered ? &offer_ : nullptr;
  }

  // Whether an offer has stayed unanswered for too long, and whose answer is missing.
  enum class Missing { kNothing, kPeersAnswer, kCallsAnswer };
  Missing overdue(std::uint64_t now) const;

 private:
  enum class State { kStable, kPeerOffered, kCallOffered };

  Config config_;
  State state_ = State::kStable;
  Description offer_;  // the one that is not answered
  std::uint64_t deadline_ = 0;
  CandidateGate to_call_;
  CandidateGate to_peer_;
  std::vector<Candidate> released_;
  std::size_t candidates_ = 0;      // of the peer since its last description
  bool ignore_candidates_ = false;  // they belong to an offer that was ignored
};

}  // namespace jackfield::webrtc
