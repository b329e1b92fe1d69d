#include "webrtc/core/calling_side.hpp"

#include <algorithm>

namespace jackfield::webrtc {

CallingSide::CallingSide(Config config, std::uint64_t now)
    : config_(std::move(config)),
      now_(now),
      deadline_(now + config_.join_time),
      retry_(config_.first_retry) {
  act(calling::Connect{});
}

std::optional<CallingAction> CallingSide::next_action() {
  if (actions_.empty()) return std::nullopt;
  CallingAction next = std::move(actions_.front());
  actions_.pop_front();
  return next;
}

void CallingSide::say(std::string text) {
  if (joined_) return act(calling::Send{std::move(text)});
  // More than that happens only to calls that go wrong.
  if (waiting_.size() < config_.waiting) waiting_.push_back(std::move(text));
}

void CallingSide::received(std::string_view text, std::uint64_t now) {
  now_ = std::max(now_, now);
  if (state_ == State::kOver) return;
  const auto parsed = parse_server_message(text);
  // A later server may say more than we know.
  if (!parsed.message) return;
  std::visit([this](const auto& message) { handle(message); }, *parsed.message);
}

void CallingSide::handle(const WelcomeMessage&) {
  if (joined_ || state_ == State::kHangingUp) return;
  JoinMessage join = config_.join;
  join.resume = peer_;
  if (peer_.empty()) state_ = State::kJoining;
  act(calling::Send{compose(join)});
}

void CallingSide::handle(const JoinedMessage& message) {
  if (joined_) return;
  joined_ = true;
  retry_ = config_.first_retry;
  if (peer_.empty()) {
    peer_ = message.peer;
    state_ = State::kInCall;
    act(calling::Begin{message.peer, message.room, message.ice_servers_json});
    return;
  }
  if (state_ == State::kAway) state_ = State::kInCall;
  // An offer that was on its way when the connection broke may not have arrived; the server knows
  // one that comes twice.
  if (open_offer_ && waiting_.empty())
    say(compose({.description = *open_offer_, .other = {}}, Speaker::kPeer));
  for (std::string& text : std::exchange(waiting_, {})) say(std::move(text));
}

void CallingSide::handle(const DescriptionMessage& message) {
  if (!message.other.empty() || state_ != State::kInCall) return;
  if (message.description.type == Description::Type::kAnswer) {
    if (!open_offer_) return;
    open_offer_.reset();
    outcome_.answered = true;
  }
  act(calling::Describe{message.description});
  for (Candidate& candidate : gate_.open()) act(calling::Suggest{std::move(candidate)});
}

void CallingSide::handle(const CandidateMessage& message) {
  if (!message.other.empty() || state_ != State::kInCall) return;
  if (gate_.offer(message.candidate) == CandidateGate::Verdict::kPass)
    act(calling::Suggest{message.candidate});
}

void CallingSide::handle(const ByeMessage& message) {
  if (!message.other.empty()) return;
  const std::string reason = message.reason.empty() ? "the line has hung up" : message.reason;
  end_call(fault_.empty() ? reason : fault_, !fault_.empty());
}

void CallingSide::handle(const ErrorMessage& message) {
  fault_ = message.text.empty() ? message.code : message.text;
  if (message.re == "join" || message.code == code::kNoSuchLine) end_call(fault_, true);
  // Without its first answer there is no call; all else the line may get over.
  if (message.re == "offer" && !outcome_.answered) end_call(fault_, true);
}

void CallingSide::lost(const std::string& why, bool final, std::uint64_t now) {
  now_ = std::max(now_, now);
  joined_ = false;
  if (state_ == State::kOver || state_ == State::kHangingUp) return;
  if (final) return end_call(fault_.empty() ? why : fault_, true);
  if (state_ == State::kInCall) {
    state_ = State::kAway;
    deadline_ = now_ + config_.grace;
  }
  if (fault_.empty()) outcome_.reason = why;
  retry_at_ = now_ + retry_;
  retry_ = std::min(2 * retry_, config_.last_retry);
}

void CallingSide::advance(std::uint64_t now) {
  now_ = std::max(now_, now);
  switch (state_) {
    case State::kConnecting:
    case State::kJoining:
    case State::kAway:
      if (now_ >= deadline_) {
        const std::string why =
            outcome_.reason.empty() ? "the server does not answer" : outcome_.reason;
        return end_call(fault_.empty() ? why : fault_, true);
      }
      if (retry_at_ != 0 && now_ >= retry_at_) {
        retry_at_ = 0;
        act(calling::Connect{});
      }
      break;
    case State::kHangingUp:
      if (now_ >= deadline_) finish();
      break;
    case State::kInCall:
    case State::kOver:
      break;
  }
}

void CallingSide::call_describes(const Description& description) {
  if (state_ != State::kInCall && state_ != State::kAway) return;
  if (description.type == Description::Type::kOffer) open_offer_ = description;
  say(compose({.description = description, .other = {}}, Speaker::kPeer));
}

void CallingSide::call_suggests(const Candidate& candidate) {
  if (state_ != State::kInCall && state_ != State::kAway) return;
  say(compose(CandidateMessage{.candidate = candidate, .other = {}}, Speaker::kPeer));
}

void CallingSide::call_ended(const std::string& reason, bool failed, std::uint64_t now) {
  now_ = std::max(now_, now);
  if (state_ == State::kOver) return;
  if (state_ != State::kHangingUp) {
    outcome_.reason = fault_.empty() ? reason : fault_;
    outcome_.failed = failed || !outcome_.answered || !fault_.empty();
  }
  finish();
}

void CallingSide::hang_up(const std::string& reason, std::uint64_t now) {
  now_ = std::max(now_, now);
  end_call(reason, false);
}

void CallingSide::end_call(const std::string& reason, bool failed) {
  if (state_ == State::kOver || state_ == State::kHangingUp) return;
  outcome_.reason = reason;
  outcome_.failed = failed;
  const bool begun = !peer_.empty();
  state_ = State::kHangingUp;
  deadline_ = now_ + config_.hang_up_time;
  if (!begun) return finish();
  act(calling::HangUp{reason});
}

void CallingSide::finish() {
  state_ = State::kOver;
  if (joined_)
    act(calling::Send{compose(ByeMessage{.reason = outcome_.reason, .other = {}}, Speaker::kPeer)});
  act(calling::Disconnect{});
  act(calling::End{outcome_});
}

}  // namespace jackfield::webrtc
