// The signalling server without sockets and calls: who is there, in which rooms, and what goes from
// whom to whom. It is told what happens and when, and answers with actions. Pure, not for several
// threads; times are a steady clock in ns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "serve/core/message_rate.hpp"
#include "webrtc/core/access_claims.hpp"
#include "webrtc/core/negotiation.hpp"
#include "webrtc/core/signal_action.hpp"
#include "webrtc/core/signal_message.hpp"

namespace jackfield::webrtc {

struct SignalLimits {
  std::size_t peers = 256;             // in all
  std::size_t peers_per_address = 16;  // loopback is not counted
  std::size_t peers_per_room = 8;
  MessageRate::Config rate;                      // of messages, of each peer
  Negotiation::Config negotiation;               // of each call
  std::uint64_t join_time = 10'000'000'000;      // ns from the connection to `join`
  std::uint64_t offer_time = 60'000'000'000;     // ns a peer may be alone without a call
  std::uint64_t room_time = 600'000'000'000;     // the same in a room that it has named
  std::uint64_t grace = 10'000'000'000;          // ns in which a peer may come back
  std::uint64_t hang_up_time = 5'000'000'000;    // ns that a call may take to end
  std::uint64_t ping_interval = 20'000'000'000;  // ns
  std::uint64_t dead_time = 45'000'000'000;      // ns without a sign of life
  std::size_t backlog = 256;                     // messages for a peer that is away
  std::size_t backlog_bytes = 256 * 1024;        // bytes of them
};

class SignalRooms {
 public:
  struct Config {
    SignalLimits limits;
    bool require_token = false;
    // Both are called for each `join`. Without `check`, tokens are not looked at.
    std::function<std::optional<AccessClaims>(std::string_view token)> check_token;
    std::function<std::string()> new_id;  // nobody can guess it; at most kMaxName bytes
    // RTCIceServer[] as JSON, for this peer.
    std::function<std::string(const std::string& peer)> ice_servers;
  };

  explicit SignalRooms(Config config);

  // What is to be done, in order; call it after every other function until it is empty.
  std::optional<SignalAction> next_action();

  // A connection for `line` (which exists; "" when it does not). `address` is shown, `network` is
  // what connections are counted by, "" for none.
  void connected(ConnectionId connection, const std::string& line, const std::string& address,
                 const std::string& network, std::uint64_t now);
  void received(ConnectionId connection, std::string_view text, std::uint64_t now);
  void received_too_large(ConnectionId connection, std::uint64_t now);
  // A sign of life that is no message.
  void heard(ConnectionId connection, std::uint64_t now);
  void disconnected(ConnectionId connection, std::uint64_t now);

  // What a call says. Nothing happens when it is over already.
  void call_refused(CallNumber call, const std::string& code, const std::string& text,
                    std::uint64_t now);
  void call_describes(CallNumber call, const Description& description, std::uint64_t now);
  void call_suggests(CallNumber call, const Candidate& candidate, std::uint64_t now);
  void call_tells(CallNumber call, const EventMessage& event, std::uint64_t now);
  void call_fails(CallNumber call, const ErrorMessage& error, std::uint64_t now);
  void call_ended(CallNumber call, const std::string& reason, std::uint64_t now);

  // To be called a few times a second.
  void advance(std::uint64_t now);

  void stop_new() { stopping_ = true; }
  // Everybody is told goodbye.
  void end_all(const std::string& reason, std::uint64_t now);

  std::size_t connections() const { return connections_.size(); }
  std::size_t peers() const { return peers_.size(); }
  std::size_t calls() const { return calls_.size(); }

 private:
  using RoomKey = std::pair<std::string, std::string>;  // line, room
  struct Peer {
    std::string id, room, name, token;
    std::string line, address, network;
    bool listen_only = false;
    bool own_room = false;
    bool room_of_token = false;
    bool name_of_token = false;
    ConnectionId connection = 0;  // 0: away
    std::uint64_t away_since = 0;
    std::uint64_t idle_since = 0;
    MessageRate rate;
    CallNumber call = 0;  // 0: none
    Negotiation negotiation;
    bool hanging_up = false;  // the call ends
    bool leaving = false;     // and then the peer goes
    std::uint64_t hang_up_deadline = 0;
    std::string reason;
    std::uint16_t close_code = 0;
    std::map<std::string, CandidateGate> to_others;
    std::deque<std::string> backlog;
    std::size_t backlog_bytes = 0;
    bool overflow = false;
  };
  struct Connection {
    std::string id;  // what it is called until it is a peer
    std::string line, address, network;
    std::string peer;  // "": not joined yet
    std::uint64_t since = 0;
    std::uint64_t heard = 0;
    std::uint64_t pinged = 0;
    MessageRate rate;
  };

  void act(SignalAction action) { actions_.push_back(std::move(action)); }
  void say(ConnectionId connection, std::string text);
  void say(Peer& peer, std::string text);
  void refuse(ConnectionId connection, const std::string& code, const std::string& text,
              const std::string& re);
  void close(ConnectionId connection, std::uint16_t code);
  bool within_rate(ConnectionId id, Connection& connection, double cost);
  Peer* peer_of(const Connection& connection);
  Peer* peer_of(CallNumber call);
  std::set<std::string>& room_of(const Peer& peer) { return rooms_[{peer.line, peer.room}]; }

  void join(ConnectionId id, Connection& connection, const JoinMessage& message);
  bool allowed(ConnectionId id, const Connection& connection, JoinMessage& message,
               Peer& of_token);
  bool has_room(ConnectionId id, const Connection& connection, const std::string& room);
  void resume(ConnectionId id, Connection& connection, const JoinMessage& message);
  void welcome_in(Peer& peer, bool resumed);
  void tell_room(const Peer& about, const EventMessage& event);
  void leave(Peer& peer, const std::string& reason, std::uint16_t close_code);
  void remove(Peer& peer);
  void throw_out(ConnectionId id, const std::string& text, const std::string& re);

  void handle(Peer& peer, const DescriptionMessage& message);
  void handle(Peer& peer, const CandidateMessage& message);
  void handle(Peer& peer, const ByeMessage& message);
  Peer* neighbour(Peer& peer, const std::string& id, const char* re);
  void describe_to_call(Peer& peer, const Description& description);
  void suggest_to_call(Peer& peer, const Candidate& candidate);
  void hang_up(Peer& peer, const std::string& reason);
  void end_call(Peer& peer, const std::string& reason);

  void advance_connections();
  void advance_peer(Peer& peer);

  const Config config_;
  std::uint64_t now_ = 0;
  bool stopping_ = false;
  CallNumber last_call_ = 0;
  std::map<ConnectionId, Connection> connections_;
  std::map<std::string, Peer> peers_;
  std::map<RoomKey, std::set<std::string>> rooms_;
  std::map<std::string, std::size_t> per_network_;
  std::map<CallNumber, std::string> calls_;  // whose
  std::deque<SignalAction> actions_;
};

}  // namespace jackfield::webrtc
