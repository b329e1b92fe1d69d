// WHIP (RFC 9725) without HTTP and calls: who may begin a session, and what becomes of it. It is
// told what happens and when, and answers with actions. A session is one call to a line; its client
// can only be answered, never told something, so that an answer has all candidates in it. Pure, not
// for several threads; times are a steady clock in ns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "serve/core/message_rate.hpp"
#include "webrtc/core/access_claims.hpp"
#include "webrtc/core/audio_description.hpp"
#include "webrtc/core/sdp_fragment.hpp"
#include "webrtc/core/signal_action.hpp"
#include "webrtc/core/signal_message.hpp"
#include "webrtc/core/whip_message.hpp"

namespace jackfield::webrtc {

using ExchangeId = std::uint64_t;  // of one HTTP request and its reply

namespace action {
struct Reply {
  ExchangeId exchange;
  WhipReply reply;
};
}  // namespace action

using WhipAction = std::variant<action::Reply, action::StartCall, action::Describe, action::Suggest,
                                action::HangUp, action::DropCall, action::Refuse>;

struct WhipLimits {
  std::size_t sessions = 256;                                // in all
  std::size_t sessions_per_address = 16;                     // loopback is not counted
  MessageRate::Config rate{.burst = 100, .per_second = 10};  // of PATCH, of each session
  std::uint64_t answer_time =
      10'000'000'000;                         // ns from an offer to its answer; HTTP waits for 15 s
  std::uint64_t gather_time = 3'000'000'000;  // ns from the answer to the last of our candidates
  std::uint64_t hang_up_time = 5'000'000'000;  // ns that a call may take to end
};

class WhipSessions {
 public:
  struct Config {
    WhipLimits limits;
    bool require_token = false;
    // Is called for each request that has a token.
    std::function<std::optional<AccessClaims>(std::string_view token)> check_token;
    std::function<std::string()> new_id;  // nobody can guess it; it may stand in a URL
    std::function<IceServers(const std::string& peer)> ice_servers;
    std::string base;  // what stands before "/whip" in a session's URL, "" for nothing
  };

  explicit WhipSessions(Config config);

  // What is to be done, in order; call it after every other function until it is empty.
  std::optional<WhipAction> next_action();

  void received(ExchangeId exchange, const WhipRequest& request, std::uint64_t now);
  // Nobody waits for the reply any more.
  void gone(ExchangeId exchange, std::uint64_t now);

  // What a call says. Nothing happens when it is over already.
  void call_refused(CallNumber call, const std::string& code, const std::string& text,
                    std::uint64_t now);
  void call_describes(CallNumber call, const Description& description, std::uint64_t now);
  void call_suggests(CallNumber call, const Candidate& candidate, std::uint64_t now);
  void call_tells(CallNumber, const EventMessage&, std::uint64_t) {}  // there is nobody to tell
  void call_fails(CallNumber call, const ErrorMessage& error, std::uint64_t now);
  void call_ended(CallNumber call, const std::string& reason, std::uint64_t now);

  // To be called a few times a second.
  void advance(std::uint64_t now);

  void stop_new() { stopping_ = true; }

  // Those that end are counted, too.
  std::size_t sessions() const { return sessions_.size(); }

 private:
  // kOffered: to the call, which has not answered; kAnswered: candidates may still come.
  enum class State { kOffered, kAnswered, kStanding, kEnding };
  struct Session {
    std::string id;    // of its URL; "": it has none any more
    std::string peer;  // what the call is known by; who knows the URL may end it
    std::string line, network, token;
    SessionDescription offer;  // the client's, with its newest credentials
    std::string tag;           // of the ICE session, with quotation marks
    State state = State::kOffered;
    std::uint64_t deadline = 0;  // of the state
    ExchangeId waiting = 0;      // whom the answer is for; 0: nobody
    bool begun = false;          // the client knows its URL
    unsigned version = 1;        // of the offer
    std::string answer;
    std::vector<std::string> candidates;
    ErrorMessage error;  // what the call has said last
    MessageRate rate;
  };
  using Sessions = std::map<CallNumber, Session>;
  static constexpr unsigned kBusyFor = 10;  // s until another try may find a place

  void act(WhipAction action) { actions_.push_back(std::move(action)); }
  void reply(ExchangeId exchange, WhipReply reply);
  void refuse(ExchangeId exchange, Refusal why, const std::string& detail, WhipReply reply);
  void to_endpoint(ExchangeId exchange, const WhipRequest& request);
  void to_session(ExchangeId exchange, const WhipRequest& request);
  bool allowed(ExchangeId exchange, const WhipRequest& request, std::string_view known_token,
               AccessClaims& claims);
  bool has_room(ExchangeId exchange, const WhipRequest& request);
  void begin(ExchangeId exchange, const WhipRequest& request, SessionDescription offer,
             const AccessClaims& claims);
  void patch(ExchangeId exchange, const WhipRequest& request, CallNumber call, Session& session);
  void restart(ExchangeId exchange, CallNumber call, Session& session, SdpFragment fragment);
  void answer(CallNumber call, Session& session);
  void hang_up(CallNumber call, Session& session, const std::string& reason);
  void remove(Sessions::iterator it, const WhipReply& to_who_waits);

  const Config config_;
  std::uint64_t now_ = 0;
  bool stopping_ = false;
  CallNumber last_call_ = 0;
  Sessions sessions_;
  std::map<std::string, CallNumber> by_id_;
  std::map<std::string, std::size_t> per_network_;
  std::deque<WhipAction> actions_;
};

}  // namespace jackfield::webrtc
