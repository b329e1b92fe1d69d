// The messages between a peer and the signalling server (docs/webrtc.md), as text and as values:
// JSON objects with a member "type", one in each text frame of a WebSocket of the sub-protocol
// jackfield.v1. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "webrtc/signal_call.hpp"

namespace jackfield::webrtc {

inline constexpr char kSignalProtocol[] = "jackfield.v1";
inline constexpr int kSignalVersion = 1;
inline constexpr std::size_t kMaxSignalMessage = 64 * 1024;  // bytes
inline constexpr std::uint16_t kCloseReplaced =
    4001;                                           // the peer has come back on another connection
inline constexpr std::size_t kMaxName = 64;         // bytes of names of rooms and peers
inline constexpr std::size_t kMaxToken = 1024;      // bytes
inline constexpr std::size_t kMaxCandidate = 2048;  // bytes
inline constexpr std::size_t kMaxReason = 256;      // bytes

// The codes of `error`.
namespace code {
inline constexpr char kBadMessage[] = "bad-message";
inline constexpr char kUnauthorized[] = "unauthorized";
inline constexpr char kNoSuchLine[] = "no-such-line";
inline constexpr char kRoomFull[] = "room-full";
inline constexpr char kNoSuchRoom[] = "no-such-room";
inline constexpr char kBusy[] = "busy";
inline constexpr char kTooLarge[] = "too-large";
inline constexpr char kTimeout[] = "timeout";
inline constexpr char kInternal[] = "internal";
}  // namespace code

// What a peer says to the server.
struct JoinMessage {
  std::string room;    // "": one of its own
  std::string token;   // "": none
  std::string name;    // for other peers, "": none
  std::string resume;  // the id of the peer that comes back, "": a new one
  bool listen_only = false;
};
// `other`: whom it is for; when the server passes it on, whom it is from. "": the line itself.
struct DescriptionMessage {
  Description description;
  std::string other;
};
struct CandidateMessage {
  Candidate candidate;
  std::string other;
};
struct ByeMessage {
  std::string reason;
  std::string other;
};
// What only the server says.
struct WelcomeMessage {
  std::string peer, line, ice_servers_json;
};
struct RoomPeer {
  std::string peer, name;
  std::string json() const;  // also the data of "peer-joined" and "peer-left"
};
struct JoinedMessage {
  std::string room;
  std::vector<RoomPeer> peers;  // those that were there before
  std::string peer;             // who the receiver is now; after a resume not the one of `welcome`
  bool resumed = false;
  std::string ice_servers_json;
};
struct EventMessage {
  std::string name, data_json;
};
struct ErrorMessage {
  std::string code, text;
  std::string re;  // the type of the message that is refused, "" when it is none
};

using PeerMessage = std::variant<JoinMessage, DescriptionMessage, CandidateMessage, ByeMessage>;
using ServerMessage = std::variant<WelcomeMessage, JoinedMessage, DescriptionMessage,
                                   CandidateMessage, EventMessage, ByeMessage, ErrorMessage>;

// The message, or what is wrong with it. Members that are not known are ignored.
template <typename Message>
struct ParsedMessage {
  std::optional<Message> message;
  std::string error;
  std::string type;  // as far as it is known
};
ParsedMessage<PeerMessage> parse_peer_message(std::string_view text);
// Of up to four times the length, for a server may have to write out what a peer had written short.
ParsedMessage<ServerMessage> parse_server_message(std::string_view text);

std::string compose(const JoinMessage& message);
// With `other` as "to" when a peer speaks, as "from" when the server passes a message on.
enum class Speaker { kPeer, kServer };
std::string compose(const DescriptionMessage& message, Speaker speaker);
std::string compose(const CandidateMessage& message, Speaker speaker);
std::string compose(const ByeMessage& message, Speaker speaker);
std::string compose(const WelcomeMessage& message);
std::string compose(const JoinedMessage& message);
std::string compose(const EventMessage& message);
std::string compose(const ErrorMessage& message);

// Those of an RTCIceServer[] that have neither user name nor credential, for peers of whom nothing
// is known yet; "[]" when it is no such list.
std::string without_credentials(const std::string& ice_servers_json);

}  // namespace jackfield::webrtc
