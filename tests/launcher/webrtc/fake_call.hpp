// Calls without sound: they answer offers and give candidates back, or say nothing.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "webrtc/signal_call.hpp"

namespace jackfield::test {

class FakeLine {
 public:
  class Call : public webrtc::SignalCall {
   public:
    Call(FakeLine& owner, webrtc::CallRequest asked, webrtc::SignalPeer& other)
        : request(std::move(asked)), peer(other), line(owner) {
      line.calls[request.peer] = this;
      ++line.started;
    }
    ~Call() override {
      line.calls.erase(request.peer);
      ++line.destroyed;
    }
    void remote(const webrtc::Description& description) override {
      descriptions.push_back(description);
      if (line.silent) return;
      if (line.answer) return line.answer(peer, description);
      if (description.type == webrtc::Description::Type::kOffer)
        peer.send({.type = webrtc::Description::Type::kAnswer,
                   .sdp = "answer to " + description.sdp,
                   .restart = description.restart});
    }
    void remote(const webrtc::Candidate& candidate) override {
      candidates.push_back(candidate);
      if (!line.silent) peer.send(candidate);
    }
    void hang_up(const std::string& reason) override {
      ended = reason;
      if (!line.deaf) peer.call_ended(reason);
    }

    const webrtc::CallRequest request;
    webrtc::SignalPeer& peer;
    FakeLine& line;
    std::vector<webrtc::Description> descriptions;
    std::vector<webrtc::Candidate> candidates;
    std::string ended;
  };

  webrtc::CallFactory factory() {
    return [this](const webrtc::CallRequest& request, webrtc::SignalPeer& peer, std::string& code,
                  std::string& text) -> std::unique_ptr<webrtc::SignalCall> {
      if (started - destroyed >= most) {
        code = "busy";
        text = "no place for one more call";
        return nullptr;
      }
      return std::make_unique<Call>(*this, request, peer);
    };
  }

  int most = 1000;
  bool silent = false;  // answers nothing
  // In place of "answer to ...".
  std::function<void(webrtc::SignalPeer&, const webrtc::Description&)> answer;
  bool deaf = false;  // does not hang up
  int started = 0;
  int destroyed = 0;
  std::map<std::string, Call*> calls;  // by peer
};

}  // namespace jackfield::test
