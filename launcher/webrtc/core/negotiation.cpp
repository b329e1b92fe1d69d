#include "webrtc/core/negotiation.hpp"

namespace jackfield::webrtc {
namespace {

Negotiation::Verdict verdict_of(CandidateGate::Verdict verdict) {
  switch (verdict) {
    case CandidateGate::Verdict::kPass:
      return Negotiation::Verdict::kPass;
    case CandidateGate::Verdict::kHeld:
      return Negotiation::Verdict::kHeld;
    case CandidateGate::Verdict::kTooMany:
      break;
  }
  return Negotiation::Verdict::kTooMany;
}

}  // namespace

Negotiation::Verdict Negotiation::from_peer(const Description& description, std::uint64_t now) {
  if (description.type == Description::Type::kOffer) {
    // Who comes back cannot know whether its offer had arrived.
    if (state_ == State::kPeerOffered)
      return description.sdp == offer_.sdp ? Verdict::kIgnored : Verdict::kUnexpected;
    if (state_ == State::kCallOffered) {
      // Without a restart of ICE the candidates on their way are still good.
      ignore_candidates_ = description.restart;
      return Verdict::kIgnored;
    }
    state_ = State::kPeerOffered;
    offer_ = description;
    deadline_ = now + config_.answer_time;
  } else {
    if (state_ != State::kCallOffered) return Verdict::kUnexpected;
    state_ = State::kStable;
    offer_ = {};
  }
  ignore_candidates_ = false;
  candidates_ = 0;
  released_ = to_call_.open();
  return Verdict::kPass;
}

Negotiation::Verdict Negotiation::from_peer(const Candidate& candidate) {
  if (++candidates_ > config_.candidates) return Verdict::kFlood;
  if (ignore_candidates_) return Verdict::kIgnored;
  return verdict_of(to_call_.offer(candidate));
}

Negotiation::Verdict Negotiation::from_call(const Description& description, std::uint64_t now) {
  if (description.type == Description::Type::kOffer) {
    // Also when the peer's offer has gone to the call just before: the call ignores that one.
    state_ = State::kCallOffered;
    offer_ = description;
    deadline_ = now + config_.answer_time;
  } else {
    if (state_ != State::kPeerOffered) return Verdict::kUnexpected;
    state_ = State::kStable;
    offer_ = {};
  }
  released_ = to_peer_.open();
  return Verdict::kPass;
}

Negotiation::Verdict Negotiation::from_call(const Candidate& candidate) {
  return verdict_of(to_peer_.offer(candidate));
}

Negotiation::Missing Negotiation::overdue(std::uint64_t now) const {
  if (state_ == State::kStable || now < deadline_) return Missing::kNothing;
  return state_ == State::kPeerOffered ? Missing::kCallsAnswer : Missing::kPeersAnswer;
}

}  // namespace jackfield::webrtc
