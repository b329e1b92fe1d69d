// What peers and their calls to the line, and peers of a room among each other, have to say.
#include "webrtc/core/signal_rooms.hpp"
#include "websocket_framing.hpp"

namespace jackfield::webrtc {

SignalRooms::Peer* SignalRooms::peer_of(CallNumber call) {
  const auto it = calls_.find(call);
  return it == calls_.end() ? nullptr : &peers_.at(it->second);
}

// Whom a message of `peer` is for; refuses it when there is nobody.
SignalRooms::Peer* SignalRooms::neighbour(Peer& peer, const std::string& id, const char* re) {
  if (id != peer.id && room_of(peer).contains(id)) return &peers_.at(id);
  refuse(peer.connection, code::kBadMessage, "there is no such peer in this room", re);
  return nullptr;
}

void SignalRooms::handle(Peer& peer, const DescriptionMessage& message) {
  if (message.other.empty()) return describe_to_call(peer, message.description);
  const bool offer = message.description.type == Description::Type::kOffer;
  Peer* other = neighbour(peer, message.other, offer ? "offer" : "answer");
  if (!other) return;
  say(*other, compose({.description = message.description, .other = peer.id}, Speaker::kServer));
  for (const Candidate& candidate : peer.to_others[other->id].open())
    say(*other,
        compose(CandidateMessage{.candidate = candidate, .other = peer.id}, Speaker::kServer));
}

void SignalRooms::handle(Peer& peer, const CandidateMessage& message) {
  if (message.other.empty()) return suggest_to_call(peer, message.candidate);
  Peer* other = neighbour(peer, message.other, "ice-candidate");
  if (!other) return;
  switch (peer.to_others[other->id].offer(message.candidate)) {
    case CandidateGate::Verdict::kPass:
      say(*other, compose(CandidateMessage{.candidate = message.candidate, .other = peer.id},
                          Speaker::kServer));
      break;
    case CandidateGate::Verdict::kHeld:
      break;
    case CandidateGate::Verdict::kTooMany:
      refuse(peer.connection, code::kBadMessage, "too many candidates before a description",
             "ice-candidate");
      break;
  }
}

void SignalRooms::handle(Peer& peer, const ByeMessage& message) {
  if (message.other.empty())
    return leave(peer, message.reason.empty() ? "the peer hung up" : message.reason, kCloseNormal);
  if (Peer* other = neighbour(peer, message.other, "bye")) {
    peer.to_others.erase(other->id);
    other->to_others.erase(peer.id);
    say(*other, compose(ByeMessage{.reason = message.reason, .other = peer.id}, Speaker::kServer));
  }
}

void SignalRooms::describe_to_call(Peer& peer, const Description& description) {
  const bool offer = description.type == Description::Type::kOffer;
  const char* type = offer ? "offer" : "answer";
  if (peer.hanging_up)
    return refuse(peer.connection, code::kBusy, "the call is just coming to its end", type);
  if (peer.call == 0 && !offer)
    return refuse(peer.connection, code::kBadMessage, "nothing was offered", type);
  if (peer.call == 0 && stopping_) {
    act(action::Refuse{Refusal::kStopping, "the server is stopping"});
    return refuse(peer.connection, code::kBusy, "the server is stopping", type);
  }
  switch (peer.negotiation.from_peer(description, now_)) {
    case Negotiation::Verdict::kPass:
      break;
    case Negotiation::Verdict::kUnexpected:
      return refuse(peer.connection, code::kBadMessage,
                    offer ? "the offer before it is not answered yet" : "nothing was offered",
                    type);
    default:  // ignored, as the polite side expects
      return;
  }
  if (peer.call == 0) {
    peer.call = ++last_call_;
    calls_.emplace(peer.call, peer.id);
    act(action::StartCall{peer.call,
                          {.line = peer.line,
                           .room = peer.room,
                           .peer = peer.id,
                           .name = peer.name,
                           .client_address = peer.address,
                           .listen_only = peer.listen_only,
                           .room_of_token = peer.room_of_token,
                           .name_of_token = peer.name_of_token}});
  }
  act(action::Describe{peer.call, description});
  for (Candidate& candidate : peer.negotiation.released())
    act(action::Suggest{peer.call, std::move(candidate)});
}

void SignalRooms::suggest_to_call(Peer& peer, const Candidate& candidate) {
  if (peer.hanging_up) return;
  switch (peer.negotiation.from_peer(candidate)) {
    case Negotiation::Verdict::kPass:
      return act(action::Suggest{peer.call, candidate});
    case Negotiation::Verdict::kTooMany:
      return refuse(peer.connection, code::kBadMessage, "too many candidates before the offer",
                    "ice-candidate");
    case Negotiation::Verdict::kFlood:
      act(action::Refuse{Refusal::kTooManyMessages,
                         "a browser's peer at " + peer.address + " sends candidates without end"});
      return throw_out(peer.connection, "too many candidates", "ice-candidate");
    default:
      return;
  }
}

void SignalRooms::hang_up(Peer& peer, const std::string& reason) {
  if (!peer.leaving) peer.reason = reason;
  if (std::exchange(peer.hanging_up, true)) return;
  peer.hang_up_deadline = now_ + config_.limits.hang_up_time;
  act(action::HangUp{peer.call, reason});
}

// The call is over, or is taken for it.
void SignalRooms::end_call(Peer& peer, const std::string& reason) {
  act(action::DropCall{peer.call});
  calls_.erase(peer.call);
  peer.call = 0;
  peer.hanging_up = false;
  peer.negotiation = Negotiation{config_.limits.negotiation};
  peer.idle_since = now_;
  if (peer.leaving) return remove(peer);
  say(peer, compose(ByeMessage{.reason = reason, .other = {}}, Speaker::kServer));
}

void SignalRooms::call_refused(CallNumber call, const std::string& code, const std::string& text,
                               std::uint64_t now) {
  now_ = std::max(now_, now);
  Peer* peer = peer_of(call);
  if (!peer) return;
  calls_.erase(call);
  peer->call = 0;
  peer->hanging_up = false;
  peer->idle_since = now_;
  peer->negotiation = Negotiation{config_.limits.negotiation};
  if (peer->leaving) return remove(*peer);
  say(*peer, compose(ErrorMessage{.code = code, .text = text, .re = "offer"}));
}

void SignalRooms::call_describes(CallNumber call, const Description& description,
                                 std::uint64_t now) {
  now_ = std::max(now_, now);
  Peer* peer = peer_of(call);
  if (!peer || peer->hanging_up ||
      peer->negotiation.from_call(description, now_) != Negotiation::Verdict::kPass)
    return;
  say(*peer,
      compose(DescriptionMessage{.description = description, .other = {}}, Speaker::kServer));
  for (const Candidate& candidate : peer->negotiation.released())
    say(*peer, compose(CandidateMessage{.candidate = candidate, .other = {}}, Speaker::kServer));
}

void SignalRooms::call_suggests(CallNumber call, const Candidate& candidate, std::uint64_t now) {
  now_ = std::max(now_, now);
  Peer* peer = peer_of(call);
  if (peer && !peer->hanging_up &&
      peer->negotiation.from_call(candidate) == Negotiation::Verdict::kPass)
    say(*peer, compose(CandidateMessage{.candidate = candidate, .other = {}}, Speaker::kServer));
}

void SignalRooms::call_tells(CallNumber call, const EventMessage& event, std::uint64_t now) {
  now_ = std::max(now_, now);
  Peer* peer = peer_of(call);
  // Who is away can do without, rather than without the call.
  if (!peer || (peer->connection == 0 && peer->backlog.size() >= config_.limits.backlog / 2))
    return;
  say(*peer, compose(event));
}

void SignalRooms::call_fails(CallNumber call, const ErrorMessage& error, std::uint64_t now) {
  now_ = std::max(now_, now);
  if (Peer* peer = peer_of(call)) say(*peer, compose(error));
}

void SignalRooms::call_ended(CallNumber call, const std::string& reason, std::uint64_t now) {
  now_ = std::max(now_, now);
  if (Peer* peer = peer_of(call)) end_call(*peer, peer->hanging_up ? peer->reason : reason);
}

}  // namespace jackfield::webrtc
