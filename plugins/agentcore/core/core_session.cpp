#include "core_session.hpp"

#include <algorithm>
#include <utility>

#include "core_texts.hpp"

namespace agentcore {

namespace {

constexpr std::size_t kMostRecent = 16;
constexpr Time kLasting = 5 * kSecond;  // a stream that was worth something

}  // namespace

CoreSession::CoreSession(const Config& config, std::function<double()> random)
    : config_(config), backoff_(config.backoff), random_(std::move(random)) {}

// ---- The call ----

void CoreSession::begin(v1::Open open, Time now) {
  open_ = std::move(open);
  open_stream(now);
}

void CoreSession::set_caller(std::string caller, Time now) {
  open_.set_caller(std::move(caller));
  tell_caller(now);
}

void CoreSession::tell_caller(Time now) {
  if (link_ != Link::kReady || told_caller_ == open_.caller()) return;
  told_caller_ = open_.caller();
  v1::ToCore message;
  message.mutable_caller()->set_caller(told_caller_);
  send(message, now);
}

void CoreSession::end(Time now) {
  if (running_) cancel(now);
  retry_at_ = ready_by_ = ping_at_ = kNever;
  if (link_ == Link::kReady) {
    v1::ToCore message;
    message.mutable_close();
    send(message, now);
    if (link_ != Link::kReady) return;
    link_ = Link::kEnding;
    close_by_ = now + kCloseTimeout;
  } else if (link_ == Link::kConnecting) {
    actions_.push_back(Action::kCut);
    outgoing_.clear();
    link_ = Link::kEnding;
  } else if (link_ == Link::kCutting) {
    link_ = Link::kEnding;
  } else if (link_ == Link::kWaiting) {
    link_ = Link::kNone;
  }
}

// ---- The stream ----

v1::Open CoreSession::make_open() const {
  v1::Open open = open_;
  open.set_resumed(was_ready_);
  for (const v1::Tool& tool : tools_) *open.add_tools() = tool;
  for (const jackfield::Entry* entry : conversation_.recent(kHistoryTokens)) {
    // The turn that is to be asked (again) brings its question itself.
    const bool asked = running_ && entry->turn_id == running_->turn.turn_id() && entry->addressed &&
                       entry->kind == jackfield::Entry::Kind::kCaller;
    if (!asked) add_said(*entry, open);
  }
  return open;
}

void CoreSession::open_stream(Time now) {
  link_ = Link::kConnecting;
  retry_at_ = kNever;
  ready_by_ = now + config_.connect_timeout;
  told_caller_ = open_.caller();
  malformed_ = unwanted_ = 0;
  outgoing_.clear();
  outgoing_bytes_ = 0;
  pending_.clear();
  if (running_) running_->sent = false;
  actions_.push_back(Action::kOpen);
  v1::ToCore message;
  *message.mutable_open() = make_open();
  outgoing_.push_back(message.SerializeAsString());
  outgoing_bytes_ = outgoing_.back().size();
}

std::optional<CoreSession::Action> CoreSession::next_action() {
  if (actions_.empty()) return std::nullopt;
  const Action action = actions_.front();
  actions_.pop_front();
  return action;
}

std::optional<std::string> CoreSession::next_message() {
  if (outgoing_.empty()) return std::nullopt;
  std::string message = std::move(outgoing_.front());
  outgoing_.pop_front();
  outgoing_bytes_ -= message.size();
  return message;
}

// To a core that is not ready yet when it is; to one that is not there not at all: what it misses
// is in the history with which the next stream begins.
void CoreSession::send(const v1::ToCore& message, Time now) {
  if (link_ == Link::kConnecting) {
    if (pending_.size() < kMostOutgoingMessages) pending_.push_back(message);
    return;
  }
  if (link_ != Link::kReady) return;
  outgoing_.push_back(message.SerializeAsString());
  outgoing_bytes_ += outgoing_.back().size();
  if (outgoing_.size() > kMostOutgoingMessages || outgoing_bytes_ > kMostOutgoing)
    cut({"timeout", "the agent core does not read what it is sent"}, now, true);
}

void CoreSession::cut(Failure why, Time now, bool dead) {
  if (link_ != Link::kReady && link_ != Link::kConnecting) return;
  ++stats_.cuts;
  failure_ = std::move(why);
  link_ = Link::kCutting;
  ready_by_ = ping_at_ = kNever;
  outgoing_.clear();
  outgoing_bytes_ = 0;
  // Its end is waited for, but not for ever.
  close_by_ = now + kCloseTimeout;
  actions_.push_back(dead ? Action::kCutDead : Action::kCut);
}

void CoreSession::closed(const StreamEnd& end, Time now) {
  const Link was = std::exchange(link_, Link::kNone);
  ready_by_ = ping_at_ = close_by_ = kNever;
  outgoing_.clear();
  outgoing_bytes_ = 0;
  pending_.clear();
  if (was == Link::kNone || was == Link::kEnding) return;
  if (was != Link::kCutting) failure_ = describe(end, was == Link::kReady);
  if (was == Link::kConnecting || (was == Link::kCutting && ready_at_ == 0))
    ++stats_.failed_attempts;
  const bool lasted = ready_at_ != 0 && now - ready_at_ >= kLasting;
  ready_at_ = 0;
  if (lasted) backoff_.reset();
  connection_notice(false, failure_.text, now);
  link_ = Link::kWaiting;
  retry_at_ = now + backoff_.next(random_()).value_or(config_.backoff.most_ns);
  if (!failure_.retryable) retry_at_ = now + config_.backoff.most_ns;
  if (!running_) return;
  if (!failure_.retryable || running_->answered || running_->asks >= kMostAsks) {
    fail_turn(failure_);
  } else if (running_->sent) {
    running_->sent = false;
    running_->deadline = now + config_.connect_timeout;
  }
}

void CoreSession::tick(Time now) {
  if (now >= retry_at_) open_stream(now);
  if (now >= ready_by_) cut({"timeout", "the agent core took no call in time"}, now, true);
  if (now >= close_by_) {
    // Whoever drives it gets the end of a stream that was cut, sooner or later.
    close_by_ = kNever;
    actions_.push_back(Action::kCut);
  }
  if (link_ == Link::kReady && now >= last_heard_ + 2 * config_.ping_interval) {
    cut({"timeout", "the agent core gives no sign of life"}, now, true);
  } else if (link_ == Link::kReady && now >= ping_at_) {
    v1::ToCore message;
    message.mutable_ping()->set_number(++pings_);
    send(message, now);
    ping_at_ = now + config_.ping_interval;
  }
  if (!running_ || now < running_->deadline) return;
  if (!running_->open_calls.empty()) {
    const auto open = running_->open_calls;
    for (const auto& [id, core_id] : open)
      answer_tool(id, "error: the tool did not answer in time", now);
    return;
  }
  if (!running_->sent) {
    return fail_turn(failure_.text.empty() ? Failure{"timeout", "the agent core cannot be reached"}
                                           : failure_);
  }
  v1::ToCore message;
  message.mutable_cancel()->set_request_id(running_->turn.request_id());
  send(message, now);
  fail_turn({"timeout", running_->answered
                            ? "the rest of the agent core's answer did not come in time"
                            : "the agent core did not answer in time"});
}

Time CoreSession::deadline() const {
  Time first = std::min({retry_at_, ready_by_, ping_at_, close_by_});
  if (link_ == Link::kReady) first = std::min(first, last_heard_ + 2 * config_.ping_interval);
  if (running_) first = std::min(first, running_->deadline);
  return first;
}

// ---- Turns ----

void CoreSession::turn_starts(std::uint32_t turn_id, Time now) {
  if (link_ != Link::kReady) return;
  v1::ToCore message;
  message.mutable_turn_started()->set_turn_id(turn_id);
  send(message, now);
}

void CoreSession::ask(std::uint32_t turn_id, const std::string& text, bool not_understood,
                      const Limits& limits, Time now) {
  cancel(now);
  Running running;
  running.turn.set_request_id(++requests_);
  running.turn.set_turn_id(turn_id);
  running.turn.set_text(text);
  running.turn.set_not_understood(not_understood && text.empty());
  running.limits = limits;
  running.asked_at = now;
  running.deadline = now + config_.connect_timeout;
  running_ = std::move(running);
  if (recent_.size() >= kMostRecent) recent_.pop_front();
  recent_.emplace_back(requests_, turn_id);
  if (turn_id != 0 || !text.empty())
    conversation_.add_caller(turn_id, text.empty() ? kNotUnderstood : std::string_view(text));
  if (link_ == Link::kReady) return send_turn(now);
  // Somebody waits: it is tried at once, unless that is known to be in vain.
  if (link_ == Link::kWaiting && !failure_.retryable) return fail_turn(failure_);
  if (link_ == Link::kWaiting) open_stream(now);
}

void CoreSession::send_turn(Time now) {
  running_->sent = true;
  running_->turn.set_again(running_->asks > 0);
  if (running_->asks++ > 0) ++stats_.asked_again;
  running_->deadline = now + running_->limits.first_text;
  v1::ToCore message;
  *message.mutable_turn() = running_->turn;
  send(message, now);
}

void CoreSession::cancel(Time now) {
  events_.clear();
  if (!running_) return;
  if (running_->sent) {
    v1::ToCore message;
    message.mutable_cancel()->set_request_id(running_->turn.request_id());
    send(message, now);
  }
  running_.reset();
  conversation_.close_tool_calls(kVoid);
}

void CoreSession::fail_turn(Failure failure) {
  finish_turn({.kind = ReplyEvent::Kind::kFailed, .failure = std::move(failure)});
}

void CoreSession::finish_turn(ReplyEvent end) {
  events_.push_back(std::move(end));
  running_.reset();
  conversation_.close_tool_calls(kVoid);
}

void CoreSession::said(std::uint32_t turn_id, std::string_view piece) {
  conversation_.add_agent(turn_id, piece);
}

void CoreSession::note(std::uint32_t turn_id, const std::string& text, Time now) {
  v1::History history;
  history.set_from_turn(UINT32_MAX);
  v1::Said& said = *history.add_said();
  said.set_turn_id(turn_id);
  said.set_kind(v1::Said::CALLER);
  said.set_text(text);
  take_history(history, now);
}

void CoreSession::heard(std::uint32_t turn_id, std::string_view text, Time now) {
  conversation_.heard(turn_id, text);
  v1::ToCore message;
  message.mutable_heard()->set_turn_id(turn_id);
  message.mutable_heard()->set_text(std::string(text));
  send(message, now);
}

void CoreSession::take_history(const v1::History& history, Time now) {
  conversation_.forget_from(history.from_turn());
  for (const v1::Said& said : history.said()) {
    if (said.kind() == v1::Said::AGENT) {
      conversation_.add_agent(said.turn_id(), said.text());
    } else if (said.kind() == v1::Said::OVERHEARD) {
      conversation_.add_overheard(said.turn_id(), said.text());
    } else {
      conversation_.add_caller(said.turn_id(), said.text());
    }
  }
  v1::ToCore message;
  *message.mutable_history() = history;
  send(message, now);
}

std::optional<ReplyEvent> CoreSession::next_event() {
  if (events_.empty()) return std::nullopt;
  ReplyEvent event = std::move(events_.front());
  events_.pop_front();
  return event;
}

std::optional<Notice> CoreSession::next_notice() {
  if (notices_.empty()) return std::nullopt;
  Notice first = std::move(notices_.front());
  notices_.pop_front();
  return first;
}

// ---- Tools ----

void CoreSession::offer(std::vector<v1::Tool> tools, Time now) {
  tools_ = std::move(tools);
  v1::ToCore message;
  for (const v1::Tool& tool : tools_) *message.mutable_tool_offer()->add_tools() = tool;
  message.mutable_tool_offer();  // also when there are none
  send(message, now);
}

bool CoreSession::answer_tool(const std::string& call_id, std::string_view output, Time now) {
  if (!running_) return false;
  const auto call = running_->open_calls.find(call_id);
  if (call == running_->open_calls.end()) return false;
  v1::ToCore message;
  auto* result = message.mutable_tool_result();
  result->set_request_id(running_->turn.request_id());
  result->set_call_id(call->second);
  result->set_output(whole_text(output, kMostToolOutput));
  conversation_.add_tool_output(running_->turn.turn_id(), call_id, result->output());
  running_->open_calls.erase(call);
  send(message, now);
  check_finished(now);
  return true;
}

// All calls are answered: the reply ends, or its text is waited for.
void CoreSession::check_finished(Time now) {
  if (!running_ || !running_->open_calls.empty()) return;
  if (running_->end) return finish_turn(std::move(*running_->end));
  running_->deadline = now + running_->limits.first_text;
  running_->due_by = kNever;
}

}  // namespace agentcore
