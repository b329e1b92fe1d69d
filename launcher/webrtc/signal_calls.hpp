// The calls of a signaller, by number: made, told what is for them, let go of. Main thread.
#pragma once

#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "serve/http_server.hpp"
#include "serve/text_socket.hpp"
#include "webrtc/core/signal_action.hpp"
#include "webrtc/core/signal_message.hpp"
#include "webrtc/signal_call.hpp"

namespace jackfield::webrtc {

// `Core` is the signaller without calls (SignalRooms, WhipSessions), whose actions come here and
// which is told what the calls say.
template <typename Core>
class SignalCalls {
 public:
  // `drain` does what the core wants done; it may be called while it runs.
  SignalCalls(Core& core, CallFactory factory, HttpServer::OnRefused on_refused,
              std::function<void()> drain)
      : core_(core),
        factory_(std::move(factory)),
        on_refused_(std::move(on_refused)),
        drain_(std::move(drain)) {}
  SignalCalls(const SignalCalls&) = delete;
  SignalCalls& operator=(const SignalCalls&) = delete;

  void perform(action::StartCall& start) {
    auto call = std::make_unique<Call>(*this, start.call);
    Call* peer = call.get();
    calls_.emplace(start.call, std::move(call));
    std::string code;
    std::string text;
    try {
      peer->call = factory_(start.request, *peer, code, text);
    } catch (const std::exception& e) {
      code = code::kInternal;
      text = "the call could not be made";
      refused(Refusal::kFailed, e.what());
    }
    if (peer->call) return;
    calls_.erase(start.call);
    core_.call_refused(start.call, code.empty() ? code::kInternal : code, text, monotonic_ns());
  }
  void perform(const action::Describe& describe) {
    if (SignalCall* call = find(describe.call)) call->remote(describe.description);
  }
  void perform(const action::Suggest& suggest) {
    if (SignalCall* call = find(suggest.call)) call->remote(suggest.candidate);
  }
  void perform(const action::HangUp& hang_up) {
    if (SignalCall* call = find(hang_up.call)) call->hang_up(hang_up.reason);
  }
  void perform(const action::DropCall& drop) {
    const auto it = calls_.find(drop.call);
    if (it == calls_.end()) return;
    ended_.push_back(std::move(it->second));
    calls_.erase(it);
  }
  void perform(const action::Refuse& refuse) { refused(refuse.why, refuse.detail); }

  // Does what the core wants: `own(action)` where there is such a thing, else here. What calls say
  // meanwhile adds to that, and is done, too. False: it is being done already, or no more.
  template <typename Own>
  bool drain(Own own) {
    if (std::exchange(draining_, true)) return false;
    while (auto next = core_.next_action())
      std::visit(
          [&](auto& action) {
            if constexpr (requires { own(action); })
              own(action);
            else
              perform(action);
          },
          *next);
    draining_ = false;
    return true;
  }
  // From now on nothing is done, and calls that say something while they go are not listened to.
  void stop_draining() { draining_ = true; }

  bool empty() const { return calls_.empty(); }
  // Whether there are calls that are over and were not let go of.
  bool has_ended() const { return !ended_.empty(); }
  // From the main loop: none of them is on the stack then.
  void let_go_of_ended() { std::exchange(ended_, {}).clear(); }
  // Ends all of them at once.
  void clear() {
    calls_.clear();
    ended_.clear();
  }

 private:
  // What a call sees of its peer. Whatever it says is only noted in the core; so it may be said
  // from within a function of the call.
  class Call : public SignalPeer {
   public:
    Call(SignalCalls& owner, CallNumber number) : owner_(owner), number_(number) {}

    void send(const Description& description) override {
      owner_.core_.call_describes(number_, description, monotonic_ns());
      owner_.drain_();
    }
    void send(const Candidate& candidate) override {
      owner_.core_.call_suggests(number_, candidate, monotonic_ns());
      owner_.drain_();
    }
    void send_event(const std::string& name, const std::string& data_json) override {
      owner_.core_.call_tells(number_, {.name = name, .data_json = data_json}, monotonic_ns());
      owner_.drain_();
    }
    void send_error(const std::string& code, const std::string& text,
                    const std::string& re) override {
      owner_.core_.call_fails(number_, {.code = code, .text = text, .re = re}, monotonic_ns());
      owner_.drain_();
    }
    void call_ended(const std::string& reason) override {
      owner_.core_.call_ended(number_, reason, monotonic_ns());
      owner_.drain_();
    }

    std::unique_ptr<SignalCall> call;

   private:
    SignalCalls& owner_;
    const CallNumber number_;
  };

  SignalCall* find(CallNumber number) const {
    const auto it = calls_.find(number);
    return it == calls_.end() ? nullptr : it->second->call.get();
  }
  void refused(Refusal why, const std::string& detail) const {
    if (on_refused_) on_refused_(why, detail);
  }

  Core& core_;
  const CallFactory factory_;
  const HttpServer::OnRefused on_refused_;
  const std::function<void()> drain_;
  std::map<CallNumber, std::unique_ptr<Call>> calls_;
  bool draining_ = false;
  // Those that are over; they may still be on the stack.
  std::vector<std::unique_ptr<Call>> ended_;
};

}  // namespace jackfield::webrtc
