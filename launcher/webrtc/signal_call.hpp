// What one peer's call is to the signalling: descriptions and candidates in both directions. Main
// thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace jackfield::webrtc {

struct Description {
  enum class Type { kOffer, kAnswer } type = Type::kOffer;
  std::string sdp;
  bool restart = false;  // of ICE
};

struct Candidate {
  std::optional<std::string> candidate;  // nullopt: no more
  std::string mid;
  unsigned line = 0;
};

// Implemented by the signalling; the call tells it what to send to its peer. All may be called from
// within SignalCall's functions.
class SignalPeer {
 public:
  virtual ~SignalPeer() = default;
  virtual void send(const Description&) = 0;
  virtual void send(const Candidate&) = 0;
  // "transcript", "turn", "interrupted", "latency"; `data_json` is one JSON value.
  virtual void send_event(const std::string& name, const std::string& data_json) = 0;
  // `re`: the message type that is refused.
  virtual void send_error(const std::string& code, const std::string& text,
                          const std::string& re) = 0;
  // Says bye; the last one. The SignalCall may be destroyed later.
  virtual void call_ended(const std::string& reason) = 0;
};

// One call; destroying it hangs up at once.
class SignalCall {
 public:
  virtual ~SignalCall() = default;
  // Its size is checked, nothing else: a bad SDP is answered by send_error and call_ended.
  virtual void remote(const Description&) = 0;
  // Never before the description: the signalling queues up to 64.
  virtual void remote(const Candidate&) = 0;
  virtual void hang_up(const std::string& reason) = 0;  // in order; call_ended() follows
};

// The calling side: offers first, instead of waiting for the peer's offer.
class OfferingCall : public SignalCall {
 public:
  virtual void start_offer() = 0;
};

struct CallRequest {
  std::string line, room, peer, name, client_address;
  bool listen_only = false;
  bool room_of_token = false;  // its token is for this room, and no other
  bool name_of_token = false;  // its token says that it has this name
};

// nullptr and code ("busy", "no-such-line", "internal") and text when impossible. Called when a
// joined peer's first offer to the line comes.
using CallFactory = std::function<std::unique_ptr<SignalCall>(
    const CallRequest&, SignalPeer&, std::string& code, std::string& text)>;

}  // namespace jackfield::webrtc
