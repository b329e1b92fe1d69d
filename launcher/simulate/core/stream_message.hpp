// The messages of Twilio Media Streams, both ways, from Twilio's side: writes what Twilio sends and
// judges what Twilio receives (protocols of 2026: extra or missing fields are not compliant).
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "line_time.hpp"

namespace jackfield::simulate {

struct StreamIdentity {
  std::string stream_sid;                                       // MZ + 32 hexadecimal digits
  std::string call_sid;                                         // CA…
  std::string account_sid;                                      // AC…
  std::vector<std::pair<std::string, std::string>> parameters;  // of <Parameter>
};

// Twilio's own error codes, as its debugger reports them.
inline constexpr int kErrorProtocol = 31924;
inline constexpr int kErrorQueueFull = 31931;
inline constexpr int kErrorUndecodable = 31950;
inline constexpr int kErrorNotCompliant = 31951;

struct MediaMessage {
  std::vector<std::uint8_t> mulaw;
};
struct MarkMessage {
  std::string name;
};
struct ClearMessage {};
struct BadMessage {
  int code;
  std::string reason;
};
using ServerMessage = std::variant<MediaMessage, MarkMessage, ClearMessage, BadMessage>;

ServerMessage parse_server_message(std::string_view text, std::string_view stream_sid);

std::string connected_message();
std::string start_message(const StreamIdentity& identity, std::uint64_t sequence);
void write_media_message(std::string& out, std::string_view stream_sid, std::uint64_t sequence,
                         std::uint64_t chunk, Samples at, std::span<const std::uint8_t> mulaw);
std::string dtmf_message(std::string_view stream_sid, std::uint64_t sequence, char digit);
std::string mark_message(std::string_view stream_sid, std::uint64_t sequence,
                         std::string_view name);
std::string stop_message(const StreamIdentity& identity, std::uint64_t sequence);

}  // namespace jackfield::simulate
