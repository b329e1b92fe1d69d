#include "webrtc/core/signal_message.hpp"

#include <cmath>
#include <stdexcept>
#include <utility>

#include "json_reader.hpp"
#include "text/json_text.hpp"

namespace jackfield::webrtc {
namespace {

// What is wrong with a message, for whoever sent it.
struct Unfit : std::runtime_error {
  using runtime_error::runtime_error;
};

// Reads members; a member that is null counts as absent.
class Members {
 public:
  explicit Members(const JsonValue& object) : object_(object) {}

  const JsonValue* find(std::string_view key, JsonValue::Kind kind, const char* what) const {
    const JsonValue* value = object_.find(key);
    if (!value || value->is(JsonValue::Kind::kNull)) return nullptr;
    if (!value->is(kind)) throw Unfit("\"" + std::string{key} + "\" must be " + what);
    return value;
  }
  std::string text(std::string_view key, std::size_t most) const {
    const JsonValue* value = find(key, JsonValue::Kind::kString, "a string");
    if (!value) return {};
    if (value->string.size() > most)
      throw Unfit("\"" + std::string{key} + "\" has more than " + std::to_string(most) + " bytes");
    return value->string;
  }
  // One line that may be shown.
  std::string name(std::string_view key) const {
    std::string value = text(key, kMaxName);
    for (const char c : value) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
        throw Unfit("\"" + std::string{key} + "\" has control characters");
    }
    return value;
  }
  bool flag(std::string_view key) const {
    const JsonValue* value = find(key, JsonValue::Kind::kBoolean, "true or false");
    return value && value->boolean;
  }
  unsigned small_number(std::string_view key) const {
    const JsonValue* value = find(key, JsonValue::Kind::kNumber, "a number");
    if (!value) return 0;
    if (!(value->number >= 0 && value->number <= 65535) ||
        std::floor(value->number) != value->number)
      throw Unfit("\"" + std::string{key} + "\" must be a whole number from 0 to 65535");
    return static_cast<unsigned>(value->number);
  }
  const JsonValue* member(std::string_view key) const { return object_.find(key); }

 private:
  const JsonValue& object_;
};

JoinMessage read_join(const Members& members) {
  JoinMessage join{.room = members.name("room"),
                   .token = members.text("token", kMaxToken),
                   .name = members.name("name"),
                   .resume = members.text("resume", kMaxName)};
  const std::string role = members.name("role");
  if (!role.empty() && role != "talk" && role != "listen")
    throw Unfit("\"role\" must be \"talk\" or \"listen\"");
  join.listen_only = role == "listen";
  return join;
}

DescriptionMessage read_description(const Members& members, bool offer, const char* other) {
  DescriptionMessage message{
      .description = {.type = offer ? Description::Type::kOffer : Description::Type::kAnswer,
                      .sdp = members.text("sdp", kMaxSignalMessage),
                      .restart = members.flag("restart")},
      .other = members.text(other, kMaxName)};
  if (message.description.sdp.empty()) throw Unfit("\"sdp\" is missing");
  return message;
}

CandidateMessage read_candidate(const Members& members, const char* other) {
  CandidateMessage message{.candidate = {.candidate = std::nullopt,
                                         .mid = members.text("sdpMid", kMaxName),
                                         .line = members.small_number("sdpMLineIndex")},
                           .other = members.text(other, kMaxName)};
  // Absent is not null here: null says that there are no more.
  const JsonValue* candidate = members.member("candidate");
  if (!candidate) throw Unfit("\"candidate\" is missing");
  // Browsers that follow an older draft say "" for the end.
  std::string text = members.text("candidate", kMaxCandidate);
  if (!text.empty()) message.candidate.candidate = std::move(text);
  return message;
}

ByeMessage read_bye(const Members& members, const char* other) {
  ByeMessage bye{.reason = members.text("reason", kMaxReason),
                 .other = members.text(other, kMaxName)};
  // It will stand in logs, on one line.
  for (char& c : bye.reason) c = static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  return bye;
}

std::string read_ice_servers(const Members& members) {
  const JsonValue* servers = members.find("iceServers", JsonValue::Kind::kArray, "an array");
  return servers ? json_text(*servers) : "[]";
}

JoinedMessage read_joined(const Members& members) {
  JoinedMessage joined{.room = members.name("room"),
                       .peers = {},
                       .peer = members.text("peer", kMaxName),
                       .resumed = members.flag("resumed"),
                       .ice_servers_json = read_ice_servers(members)};
  if (const JsonValue* peers = members.find("peers", JsonValue::Kind::kArray, "an array")) {
    for (const JsonValue& item : peers->items) {
      if (!item.is(JsonValue::Kind::kObject)) throw Unfit("\"peers\" must hold objects");
      const Members peer{item};
      joined.peers.push_back({.peer = peer.text("peer", kMaxName), .name = peer.name("name")});
    }
  }
  return joined;
}

EventMessage read_event(const Members& members) {
  const JsonValue* data = members.member("data");
  return {.name = members.name("name"), .data_json = data ? json_text(*data) : "null"};
}

// Calls `read` with the type and the members of a message; false: there is no such type.
template <typename Message, typename Read>
ParsedMessage<Message> parse(std::string_view text, std::size_t most, Read&& read) {
  ParsedMessage<Message> result;
  if (text.size() > most) {
    result.error = "the message has more than " + std::to_string(most / 1024) + " KiB";
    return result;
  }
  const JsonResult json = parse_json(text);
  if (!json.value) {
    result.error = "not JSON: line " + std::to_string(json.where.line) + ", column " +
                   std::to_string(json.where.column) + ": " + json.error;
    return result;
  }
  try {
    if (!json.value->is(JsonValue::Kind::kObject)) throw Unfit("not a JSON object");
    const Members members{*json.value};
    result.type = members.name("type");
    if (result.type.empty()) throw Unfit("\"type\" is missing");
    if (!read(result.type, members, result.message))
      throw Unfit("there is no message type \"" + result.type + "\"");
  } catch (const Unfit& unfit) {
    result.error = unfit.what();
  }
  return result;
}

void append_other(JsonObjectText& out, const std::string& other, Speaker speaker) {
  if (!other.empty()) out.text(speaker == Speaker::kPeer ? "to" : "from", other);
}

}  // namespace

ParsedMessage<PeerMessage> parse_peer_message(std::string_view text) {
  return parse<PeerMessage>(
      text, kMaxSignalMessage,
      [](const std::string& type, const Members& members, std::optional<PeerMessage>& message) {
        if (type == "join")
          message = read_join(members);
        else if (type == "offer" || type == "answer")
          message = read_description(members, type == "offer", "to");
        else if (type == "ice-candidate")
          message = read_candidate(members, "to");
        else if (type == "bye")
          message = read_bye(members, "to");
        return message.has_value();
      });
}

ParsedMessage<ServerMessage> parse_server_message(std::string_view text) {
  return parse<ServerMessage>(
      text, 4 * kMaxSignalMessage,
      [](const std::string& type, const Members& members, std::optional<ServerMessage>& message) {
        if (type == "welcome")
          message = WelcomeMessage{.peer = members.text("peer", kMaxName),
                                   .line = members.name("line"),
                                   .ice_servers_json = read_ice_servers(members)};
        else if (type == "joined")
          message = read_joined(members);
        else if (type == "offer" || type == "answer")
          message = read_description(members, type == "offer", "from");
        else if (type == "ice-candidate")
          message = read_candidate(members, "from");
        else if (type == "event")
          message = read_event(members);
        else if (type == "bye")
          message = read_bye(members, "from");
        else if (type == "error")
          message = ErrorMessage{.code = members.name("code"),
                                 .text = members.text("message", kMaxSignalMessage),
                                 .re = members.name("re")};
        return message.has_value();
      });
}

std::string compose(const JoinMessage& message) {
  JsonObjectText out;
  out.text("type", "join");
  if (!message.room.empty()) out.text("room", message.room);
  if (!message.token.empty()) out.text("token", message.token);
  if (!message.name.empty()) out.text("name", message.name);
  if (!message.resume.empty()) out.text("resume", message.resume);
  return out.text("role", message.listen_only ? "listen" : "talk").close();
}

std::string compose(const DescriptionMessage& message, Speaker speaker) {
  const bool offer = message.description.type == Description::Type::kOffer;
  JsonObjectText out;
  out.text("type", offer ? "offer" : "answer").text("sdp", message.description.sdp);
  append_other(out, message.other, speaker);
  if (message.description.restart) out.json("restart", "true");
  return out.close();
}

std::string compose(const CandidateMessage& message, Speaker speaker) {
  const Candidate& candidate = message.candidate;
  JsonObjectText out;
  out.text("type", "ice-candidate");
  if (candidate.candidate)
    out.text("candidate", *candidate.candidate);
  else
    out.json("candidate", "null");
  if (candidate.mid.empty())
    out.json("sdpMid", "null");
  else
    out.text("sdpMid", candidate.mid);
  out.json("sdpMLineIndex", std::to_string(candidate.line));
  append_other(out, message.other, speaker);
  return out.close();
}

std::string compose(const ByeMessage& message, Speaker speaker) {
  JsonObjectText out;
  out.text("type", "bye");
  if (!message.reason.empty()) out.text("reason", message.reason);
  append_other(out, message.other, speaker);
  return out.close();
}

std::string compose(const WelcomeMessage& message) {
  return JsonObjectText{}
      .text("type", "welcome")
      .text("peer", message.peer)
      .json("iceServers", message.ice_servers_json)
      .text("line", message.line)
      .json("version", std::to_string(kSignalVersion))
      .close();
}

std::string RoomPeer::json() const {
  return JsonObjectText{}.text("peer", peer).text("name", name).close();
}

std::string compose(const JoinedMessage& message) {
  std::string peers = "[";
  for (const RoomPeer& peer : message.peers) {
    if (peers.size() > 1) peers += ',';
    peers += peer.json();
  }
  JsonObjectText out;
  out.text("type", "joined")
      .text("room", message.room)
      .json("peers", peers + "]")
      .text("peer", message.peer)
      .json("iceServers", message.ice_servers_json);
  if (message.resumed) out.json("resumed", "true");
  return out.close();
}

std::string compose(const EventMessage& message) {
  return JsonObjectText{}
      .text("type", "event")
      .text("name", message.name)
      .json("data", message.data_json)
      .close();
}

std::string compose(const ErrorMessage& message) {
  JsonObjectText out;
  out.text("type", "error").text("code", message.code).text("message", message.text);
  if (!message.re.empty()) out.text("re", message.re);
  return out.close();
}

std::string without_credentials(const std::string& ice_servers_json) {
  const JsonResult json = parse_json(ice_servers_json);
  std::string out = "[";
  if (json.value && json.value->is(JsonValue::Kind::kArray)) {
    for (const JsonValue& server : json.value->items) {
      if (server.find("username") || server.find("credential")) continue;
      if (out.size() > 1) out += ',';
      out += json_text(server);
    }
  }
  return out + "]";
}

}  // namespace jackfield::webrtc
