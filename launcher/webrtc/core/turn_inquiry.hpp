// Asks a TURN server for a relay, as a call does, to know before a call whether it would get one: a
// call over a server that refuses is silent about why. Pure: time is an argument, any steady clock
// in ns; bytes are sent and brought by others.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "webrtc/core/stun_message.hpp"

namespace jackfield::webrtc {

struct TurnServer {
  std::string host;  // a name or a number, IPv6 without brackets
  unsigned port = 3478;
  std::string transport;  // "udp", "tcp", "tls"
  std::string user, password;
};

// "turn:turn.example.org:3478", with "?transport=tcp"; "turns:".
std::string turn_name(const TurnServer& server);

struct TurnVerdict {
  bool good = false;
  std::string text;    // what was found, with the server's name and never with its password
  std::string advice;  // "" when it is good
};

class TurnInquiry {
 public:
  // Without an answer a datagram is sent again after 0.5 s, 1 s and 2 s; all of it takes at most
  // kPatience. Over TCP nothing is repeated.
  static constexpr std::int64_t kPatience = 5'000'000'000;

  struct Tools {
    HmacSha1 hmac;
    // MD5.
    std::array<std::uint8_t, 16> (*md5)(std::string_view text);
    // Not to be guessed.
    Transaction (*transaction)();
  };

  TurnInquiry(TurnServer server, Tools tools, std::int64_t now);

  // What is to be sent now; empty: nothing.
  Bytes next(std::int64_t now);
  // When next() has something, or the verdict is there, if nothing comes before.
  std::int64_t wake_at() const;
  // A message came; what is none of ours is left out.
  void received(std::span<const std::uint8_t> message);
  // The connection failed, or ended; `why` is for people.
  void lost(const std::string& why);

  const std::optional<TurnVerdict>& verdict() const { return verdict_; }

 private:
  enum class Step { kUnsigned, kSigned, kReleasing };

  void begin(Step step);
  void take(const StunReply& reply);
  void refused(const StunReply& reply);
  void conclude(bool good, std::string text, std::string advice);
  StunSignature signature() const;

  const TurnServer server_;
  const Tools tools_;
  const std::int64_t give_up_;
  Step step_ = Step::kUnsigned;
  Transaction transaction_{};
  std::string realm_, nonce_;
  bool was_stale_ = false;
  std::int64_t send_at_;
  std::int64_t wait_ = 0;
  std::optional<TurnVerdict> verdict_;
};

}  // namespace jackfield::webrtc
