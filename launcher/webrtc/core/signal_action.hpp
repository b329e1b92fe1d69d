// What the signalling wants done: by whoever holds the connections and the calls. In order.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "serve/core/refusals.hpp"
#include "webrtc/signal_call.hpp"

namespace jackfield::webrtc {

using ConnectionId = std::uint64_t;
using CallNumber = std::uint64_t;

namespace action {
struct Send {
  ConnectionId connection;
  std::string text;
};
struct Ping {
  ConnectionId connection;
};
// Closes it behind what was sent. Nothing of it is wanted any more.
struct Close {
  ConnectionId connection;
  std::uint16_t code;  // RFC 6455, section 7.4
};
// Nobody is there any more.
struct Cut {
  ConnectionId connection;
};
// The connection is a peer's now; it has shown who it is.
struct Admit {
  ConnectionId connection;
};
struct StartCall {
  CallNumber call;
  CallRequest request;
};
struct Describe {
  CallNumber call;
  Description description;
};
struct Suggest {
  CallNumber call;
  Candidate candidate;
};
struct HangUp {
  CallNumber call;
  std::string reason;
};
// It is over, or does not come to an end.
struct DropCall {
  CallNumber call;
};
struct Refuse {
  Refusal why;
  std::string detail;  // one line for the operator
};
}  // namespace action

using SignalAction =
    std::variant<action::Send, action::Ping, action::Close, action::Cut, action::Admit,
                 action::StartCall, action::Describe, action::Suggest, action::HangUp,
                 action::DropCall, action::Refuse>;

}  // namespace jackfield::webrtc
