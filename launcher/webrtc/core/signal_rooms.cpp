// Connections, peers and rooms; what concerns calls is in signal_rooms_calls.cpp.
#include "webrtc/core/signal_rooms.hpp"

#include <algorithm>
#include <vector>

#include "websocket_framing.hpp"

namespace jackfield::webrtc {
namespace {

// What a message costs that is no use, in messages: whoever sends such gets few of them.
constexpr double kBadMessageCost = 10;

std::string type_of(const PeerMessage& message) {
  if (std::holds_alternative<JoinMessage>(message)) return "join";
  if (std::holds_alternative<CandidateMessage>(message)) return "ice-candidate";
  if (std::holds_alternative<ByeMessage>(message)) return "bye";
  const auto& description = std::get<DescriptionMessage>(message).description;
  return description.type == Description::Type::kOffer ? "offer" : "answer";
}

}  // namespace

SignalRooms::SignalRooms(Config config) : config_(std::move(config)) {}

std::optional<SignalAction> SignalRooms::next_action() {
  if (actions_.empty()) return std::nullopt;
  SignalAction next = std::move(actions_.front());
  actions_.pop_front();
  return next;
}

void SignalRooms::say(ConnectionId connection, std::string text) {
  act(action::Send{connection, std::move(text)});
}

void SignalRooms::say(Peer& peer, std::string text) {
  if (peer.connection != 0) return say(peer.connection, std::move(text));
  if (peer.leaving) return;
  peer.backlog_bytes += text.size();
  peer.backlog.push_back(std::move(text));
  if (peer.backlog.size() <= config_.limits.backlog &&
      peer.backlog_bytes <= config_.limits.backlog_bytes)
    return;
  peer.overflow = true;  // it is let go with the next advance()
  peer.backlog.clear();
  peer.backlog_bytes = 0;
}

void SignalRooms::refuse(ConnectionId connection, const std::string& code, const std::string& text,
                         const std::string& re) {
  say(connection, compose(ErrorMessage{.code = code, .text = text, .re = re}));
}

void SignalRooms::close(ConnectionId connection, std::uint16_t code) {
  act(action::Close{connection, code});
  connections_.erase(connection);
}

SignalRooms::Peer* SignalRooms::peer_of(const Connection& connection) {
  const auto it = peers_.find(connection.peer);
  return it == peers_.end() ? nullptr : &it->second;
}

void SignalRooms::connected(ConnectionId id, const std::string& line, const std::string& address,
                            const std::string& network, std::uint64_t now) {
  now_ = std::max(now_, now);
  if (line.empty()) {
    refuse(id, code::kNoSuchLine, "there is no such line", "");
    act(action::Close{id, kClosePolicyViolation});
    return;
  }
  Connection connection{.id = config_.new_id(),
                        .line = line,
                        .address = address,
                        .network = network,
                        .peer = {},
                        .since = now_,
                        .heard = now_,
                        .pinged = now_,
                        .rate = MessageRate{config_.limits.rate}};
  const std::string servers = config_.ice_servers(connection.id);
  // Credentials of a relay are for those who may call.
  say(id, compose(WelcomeMessage{
              .peer = connection.id,
              .line = line,
              .ice_servers_json = config_.require_token ? without_credentials(servers) : servers}));
  connections_.emplace(id, std::move(connection));
}

bool SignalRooms::within_rate(ConnectionId id, Connection& connection, double cost) {
  Peer* peer = peer_of(connection);
  if ((peer ? peer->rate : connection.rate).take(cost, now_)) return true;
  act(action::Refuse{Refusal::kTooManyMessages,
                     "a browser's peer at " + connection.address + " sends too many messages"});
  throw_out(id, "too many messages", "");
  return false;
}

// Ends everything with somebody who does not keep to the rules.
void SignalRooms::throw_out(ConnectionId id, const std::string& text, const std::string& re) {
  refuse(id, code::kBadMessage, text, re);
  Peer* peer = peer_of(connections_.at(id));
  close(id, kClosePolicyViolation);
  if (!peer) return;
  peer->connection = 0;
  leave(*peer, text, kClosePolicyViolation);
}

void SignalRooms::received(ConnectionId id, std::string_view text, std::uint64_t now) {
  now_ = std::max(now_, now);
  const auto it = connections_.find(id);
  if (it == connections_.end()) return;
  Connection& connection = it->second;
  connection.heard = now_;
  const auto parsed = parse_peer_message(text);
  if (!within_rate(id, connection, parsed.message ? 1 : kBadMessageCost)) return;
  if (!parsed.message) return refuse(id, code::kBadMessage, parsed.error, parsed.type);
  if (const auto* message = std::get_if<JoinMessage>(&*parsed.message))
    return join(id, connection, *message);
  Peer* peer = peer_of(connection);
  if (!peer) return refuse(id, code::kUnauthorized, "join first", type_of(*parsed.message));
  if (peer->leaving) return;
  if (const auto* description = std::get_if<DescriptionMessage>(&*parsed.message))
    handle(*peer, *description);
  else if (const auto* candidate = std::get_if<CandidateMessage>(&*parsed.message))
    handle(*peer, *candidate);
  else
    handle(*peer, std::get<ByeMessage>(*parsed.message));
}

void SignalRooms::received_too_large(ConnectionId id, std::uint64_t now) {
  now_ = std::max(now_, now);
  const auto it = connections_.find(id);
  if (it == connections_.end()) return;
  Peer* peer = peer_of(it->second);
  refuse(id, code::kTooLarge, "messages may have 64 KiB", "");
  close(id, kCloseTooLong);
  if (!peer) return;
  peer->connection = 0;
  leave(*peer, "a message was too large", kCloseTooLong);
}

void SignalRooms::heard(ConnectionId id, std::uint64_t now) {
  now_ = std::max(now_, now);
  if (const auto it = connections_.find(id); it != connections_.end()) it->second.heard = now_;
}

void SignalRooms::disconnected(ConnectionId id, std::uint64_t now) {
  now_ = std::max(now_, now);
  const auto it = connections_.find(id);
  if (it == connections_.end()) return;
  if (Peer* peer = peer_of(it->second)) {
    peer->connection = 0;
    peer->away_since = now_;
  }
  connections_.erase(it);
}

// What the token permits goes before what the peer says of itself.
bool SignalRooms::allowed(ConnectionId id, const Connection& connection, JoinMessage& message,
                          Peer& of_token) {
  if (!config_.require_token && (message.token.empty() || !config_.check_token)) return true;
  std::string why =
      message.token.empty() ? "a token is needed" : "the token is not valid (any more)";
  const auto claims = config_.check_token && !message.token.empty()
                          ? config_.check_token(message.token)
                          : std::nullopt;
  if (claims) {
    why.clear();
    if (claims->line != connection.line) why = "the token is for another line";
    if (!claims->room.empty() && !message.room.empty() && claims->room != message.room)
      why = "the token is for another room";
    if (claims->listen_only && !message.listen_only) message.listen_only = true;
    of_token.room_of_token = !claims->room.empty();
    of_token.name_of_token = !claims->name.empty();
    if (of_token.room_of_token) message.room = claims->room;
    if (of_token.name_of_token) message.name = claims->name;
  }
  if (why.empty()) return true;
  act(action::Refuse{Refusal::kBadToken, "a browser's peer at " + connection.address + ": " + why});
  refuse(id, code::kUnauthorized, why, "join");
  return false;
}

bool SignalRooms::has_room(ConnectionId id, const Connection& connection, const std::string& room) {
  const SignalLimits& limits = config_.limits;
  const auto room_it = rooms_.find({connection.line, room});
  const auto network = per_network_.find(connection.network);
  if (stopping_) {
    act(action::Refuse{Refusal::kStopping, "the server is stopping"});
    refuse(id, code::kBusy, "the server is stopping", "join");
  } else if (peers_.size() >= limits.peers) {
    act(action::Refuse{Refusal::kBusy, "no place for one more peer"});
    refuse(id, code::kBusy, "there are too many peers", "join");
  } else if (!connection.network.empty() && network != per_network_.end() &&
             network->second >= limits.peers_per_address) {
    act(action::Refuse{Refusal::kTooManyFromAddress, "more than " +
                                                         std::to_string(limits.peers_per_address) +
                                                         " peers from " + connection.address});
    refuse(id, code::kBusy, "there are too many peers from your address", "join");
  } else if (room_it != rooms_.end() && room_it->second.size() >= limits.peers_per_room) {
    refuse(id, code::kRoomFull, "the room is full", "join");
  } else {
    return true;
  }
  return false;
}

void SignalRooms::join(ConnectionId id, Connection& connection, const JoinMessage& message) {
  if (!connection.peer.empty()) return refuse(id, code::kBadMessage, "joined already", "join");
  if (!message.resume.empty()) return resume(id, connection, message);
  JoinMessage wish = message;
  Peer joining;
  if (!allowed(id, connection, wish, joining)) return;
  const bool own_room = wish.room.empty();
  if (own_room) wish.room = connection.id;
  if (!has_room(id, connection, wish.room)) return;
  connection.peer = connection.id;
  Peer& peer = peers_[connection.id] = std::move(joining);
  peer.id = connection.id;
  peer.room = wish.room;
  peer.name = wish.name;
  peer.token = message.token;
  peer.line = connection.line;
  peer.address = connection.address;
  peer.network = connection.network;
  peer.listen_only = wish.listen_only;
  peer.own_room = own_room;
  peer.connection = id;
  peer.idle_since = now_;
  peer.rate = connection.rate;
  peer.negotiation = Negotiation{config_.limits.negotiation};
  if (!peer.network.empty()) ++per_network_[peer.network];
  welcome_in(peer, false);
  tell_room(peer, {.name = "peer-joined",
                   .data_json = RoomPeer{.peer = peer.id, .name = peer.name}.json()});
  room_of(peer).insert(peer.id);
}

void SignalRooms::resume(ConnectionId id, Connection& connection, const JoinMessage& message) {
  const auto it = peers_.find(message.resume);
  // Guessing an id is hopeless; this is for those who try all the same.
  if (it == peers_.end() || it->second.leaving || it->second.overflow ||
      it->second.line != connection.line) {
    if (within_rate(id, connection, kBadMessageCost))
      refuse(id, code::kTimeout, "that peer is gone; join without \"resume\"", "join");
    return;
  }
  Peer& peer = it->second;
  // Others of the room know the id, so the token has to be the one that it joined with.
  if (peer.token != message.token) {
    if (within_rate(id, connection, kBadMessageCost))
      refuse(id, code::kUnauthorized, "that peer joined with another token", "join");
    return;
  }
  if (peer.connection != 0) close(peer.connection, kCloseReplaced);
  peer.connection = id;
  connection.peer = peer.id;
  welcome_in(peer, true);
  // An offer that went out just before the connection broke may never have arrived.
  if (const Description* offer = peer.negotiation.open_offer(); offer && peer.backlog.empty())
    say(id, compose(DescriptionMessage{.description = *offer, .other = {}}, Speaker::kServer));
  for (std::string& text : std::exchange(peer.backlog, {})) say(id, std::move(text));
  peer.backlog_bytes = 0;
}

void SignalRooms::welcome_in(Peer& peer, bool resumed) {
  JoinedMessage joined{.room = peer.room,
                       .peers = {},
                       .peer = peer.id,
                       .resumed = resumed,
                       .ice_servers_json = config_.ice_servers(peer.id)};
  if (const auto room = rooms_.find({peer.line, peer.room}); room != rooms_.end()) {
    for (const std::string& other : room->second) {
      if (other != peer.id) joined.peers.push_back({.peer = other, .name = peers_.at(other).name});
    }
  }
  act(action::Admit{peer.connection});
  say(peer.connection, compose(joined));
}

void SignalRooms::tell_room(const Peer& about, const EventMessage& event) {
  const auto room = rooms_.find({about.line, about.room});
  if (room == rooms_.end()) return;
  const std::string text = compose(event);
  for (const std::string& other : room->second) {
    if (other != about.id) say(peers_.at(other), text);
  }
}

// The others see it go at once; what it has with the line comes to an end in order.
void SignalRooms::leave(Peer& peer, const std::string& reason, std::uint16_t close_code) {
  if (peer.leaving) return;
  peer.leaving = true;
  peer.reason = reason;
  peer.close_code = close_code;
  const auto room = rooms_.find({peer.line, peer.room});
  if (room != rooms_.end()) {
    room->second.erase(peer.id);
    for (const std::string& other : room->second) peers_.at(other).to_others.erase(peer.id);
    tell_room(peer, {.name = "peer-left",
                     .data_json = RoomPeer{.peer = peer.id, .name = peer.name}.json()});
    if (room->second.empty()) rooms_.erase(room);
  }
  if (peer.call == 0) return remove(peer);
  hang_up(peer, reason);
}

void SignalRooms::remove(Peer& peer) {
  if (peer.connection != 0) {
    say(peer.connection, compose(ByeMessage{.reason = peer.reason, .other = {}}, Speaker::kServer));
    close(peer.connection, peer.close_code);
  }
  if (const auto count = per_network_.find(peer.network);
      count != per_network_.end() && --count->second == 0)
    per_network_.erase(count);
  peers_.erase(peer.id);
}

void SignalRooms::end_all(const std::string& reason, std::uint64_t now) {
  now_ = std::max(now_, now);
  stopping_ = true;
  std::vector<std::string> ids;
  for (const auto& entry : peers_) ids.push_back(entry.first);
  for (const std::string& id : ids) leave(peers_.at(id), reason, kCloseGoingAway);
  std::vector<ConnectionId> rest;
  for (const auto& [id, connection] : connections_) {
    if (connection.peer.empty()) rest.push_back(id);
  }
  for (const ConnectionId id : rest) close(id, kCloseGoingAway);
}

void SignalRooms::advance(std::uint64_t now) {
  now_ = std::max(now_, now);
  advance_connections();
  std::vector<std::string> ids;
  for (const auto& entry : peers_) ids.push_back(entry.first);
  for (const std::string& id : ids) {
    if (const auto it = peers_.find(id); it != peers_.end()) advance_peer(it->second);
  }
}

void SignalRooms::advance_connections() {
  const SignalLimits& limits = config_.limits;
  std::vector<ConnectionId> dead;
  std::vector<ConnectionId> late;
  for (auto& [id, connection] : connections_) {
    if (now_ - connection.heard >= limits.dead_time) {
      dead.push_back(id);
    } else if (connection.peer.empty() && now_ - connection.since >= limits.join_time) {
      late.push_back(id);
    } else if (now_ - connection.pinged >= limits.ping_interval) {
      connection.pinged = now_;
      act(action::Ping{id});
    }
  }
  for (const ConnectionId id : dead) {
    act(action::Cut{id});
    disconnected(id, now_);
  }
  for (const ConnectionId id : late) {
    act(action::Refuse{Refusal::kTooSlow, "a browser's peer at " + connections_.at(id).address +
                                              " did not join in time"});
    refuse(id, code::kTimeout, "nothing joined in time", "");
    close(id, kClosePolicyViolation);
  }
}

void SignalRooms::advance_peer(Peer& peer) {
  const SignalLimits& limits = config_.limits;
  if (peer.hanging_up) {
    if (now_ >= peer.hang_up_deadline) end_call(peer, peer.reason);
    return;
  }
  if (peer.overflow) return leave(peer, "too much happened while it was away", kCloseGoingAway);
  if (peer.connection == 0 && now_ - peer.away_since >= limits.grace)
    return leave(peer, "connection lost", kCloseGoingAway);
  const Negotiation::Missing missing =
      peer.call == 0 ? Negotiation::Missing::kNothing : peer.negotiation.overdue(now_);
  if (missing != Negotiation::Missing::kNothing) {
    const bool ours = missing == Negotiation::Missing::kCallsAnswer;
    say(peer, compose(ErrorMessage{.code = code::kTimeout,
                                   .text = ours ? "the line did not answer in time"
                                                : "the answer did not come in time",
                                   .re = ours ? "offer" : ""}));
    return hang_up(peer, "no answer to an offer");
  }
  if (peer.call != 0 || room_of(peer).size() > 1) {
    peer.idle_since = now_;
  } else if (now_ - peer.idle_since >= (peer.own_room ? limits.offer_time : limits.room_time)) {
    act(action::Refuse{Refusal::kNoCall,
                       "a browser's peer at " + peer.address + " joined and did not call"});
    say(peer,
        compose(ErrorMessage{.code = code::kTimeout, .text = "no offer came in time", .re = {}}));
    leave(peer, "no offer came in time", kClosePolicyViolation);
  }
}

}  // namespace jackfield::webrtc
