// Calls a line of another jackfield: the client of the signalling, for a call that offers. Main
// thread.
#pragma once

#include <glib.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "webrtc/core/calling_side.hpp"
#include "webrtc/signal_call.hpp"

namespace jackfield::webrtc {

class SignalClient {
 public:
  struct Config {
    std::string url;  // ws:// or wss://, with /signal and the line
    CallingSide::Config calling;
  };
  struct Callbacks {
    // Makes the call; nullptr and a text when that is impossible.
    std::function<std::unique_ptr<OfferingCall>(const std::string& room, const std::string& peer,
                                                const std::string& ice_servers_json,
                                                SignalPeer& signal, std::string& error)>
        make_call;
    std::function<void(const EventMessage&)> event;  // may be empty
    // Once, from the main loop; the client may be destroyed in it.
    std::function<void(const CallingOutcome&)> ended;
  };

  // Connects at once.
  SignalClient(Config config, Callbacks callbacks);
  // Hangs up at once, without a word.
  ~SignalClient();
  SignalClient(const SignalClient&) = delete;
  SignalClient& operator=(const SignalClient&) = delete;

  // In order; `ended` follows.
  void hang_up(const std::string& reason);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace jackfield::webrtc
