// What the agent core sends.
#include <algorithm>
#include <utility>

#include "core_session.hpp"
#include "core_texts.hpp"
#include "utf8.hpp"

namespace agentcore {

namespace {

constexpr std::size_t kMostName = 256;    // bytes of the core's name
constexpr std::size_t kMostText = 1024;   // of an error
constexpr std::size_t kMostTold = 4096;   // of what it tells
constexpr std::size_t kMostCallId = 128;  // of a call's name, and a function's
constexpr std::size_t kMostTransfer = 256;
constexpr std::size_t kMostModel = 128;
constexpr std::uint64_t kMostTokens = 1'000'000'000'000;

bool is_ink(char c) { return static_cast<unsigned char>(c) > ' '; }

}  // namespace

void CoreSession::received(std::string_view bytes, Time now) {
  if (link_ != Link::kConnecting && link_ != Link::kReady) return;
  last_heard_ = now;
  if (link_ == Link::kReady) ping_at_ = now + config_.ping_interval;
  v1::FromCore message;
  // Texts that are no UTF-8 are not parsed either.
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return malformed("no message", now);
  take(message, now);
}

void CoreSession::take(const v1::FromCore& message, Time now) {
  using Case = v1::FromCore::MessageCase;
  if (message.has_ready() != (link_ == Link::kConnecting))
    return malformed(message.has_ready() ? "ready twice" : "a message before ready", now);
  switch (message.message_case()) {
    case Case::kReady:
      return take_ready(message.ready(), now);
    case Case::kText:
      return take_text(message.text(), now);
    case Case::kToolCall:
      return take_tool_call(message.tool_call(), now);
    case Case::kReplyEnd:
      return take_end(message.reply_end(), now);
    case Case::kError:
      return take_error(message.error(), now);
    case Case::kUsage:
      return take_usage(message.usage(), now);
    case Case::kTell:
      return notice(
          {.kind = Notice::Kind::kTell,
           .text = std::string(jackfield::truncate_utf8(message.tell().text(), kMostTold)),
           .speak = message.tell().speak()},
          now);
    case Case::kPing: {
      v1::ToCore pong;
      pong.mutable_pong()->set_number(message.ping().number());
      send(pong, now);
      return unwanted(now);
    }
    case Case::kPong:
      if (message.pong().number() == 0 || message.pong().number() > pings_) unwanted(now);
      return;
    case Case::MESSAGE_NOT_SET:
      return unwanted(now);  // of a later version
  }
}

void CoreSession::malformed(const char* what, Time now) {
  ++stats_.malformed;
  if (++malformed_ > kMostMalformed)
    cut({"protocol", std::string("the agent core talks nonsense, such as ") + what}, now);
}

void CoreSession::unwanted(Time now) {
  ++stats_.unwanted;
  if (now - unwanted_since_ > kUnwantedTime) {
    unwanted_since_ = now;
    unwanted_ = 0;
  }
  if (++unwanted_ > kMostUnwanted)
    cut({"protocol", "the agent core floods with messages that nobody asked for"}, now);
}

void CoreSession::notice(Notice notice, Time now) {
  if (notices_.size() >= kMostNotices) return unwanted(now);
  notices_.push_back(std::move(notice));
}

// The newest takes the place of another one: there is one state.
void CoreSession::connection_notice(bool connected, const std::string& text, Time now) {
  std::erase_if(notices_, [](const Notice& n) { return n.kind == Notice::Kind::kConnection; });
  notice({.kind = Notice::Kind::kConnection,
          .connected = connected,
          .resumed = connected && was_ready_,
          .text = text},
         now);
}

void CoreSession::take_ready(const v1::Ready& ready, Time now) {
  link_ = Link::kReady;
  ready_by_ = kNever;
  ready_at_ = now;
  ping_at_ = now + config_.ping_interval;
  ++stats_.connections;
  connection_notice(true, std::string(jackfield::truncate_utf8(ready.name(), kMostName)), now);
  was_ready_ = true;
  failure_ = {};
  tell_caller(now);
  for (const v1::ToCore& message : std::exchange(pending_, {})) send(message, now);
  if (running_ && !running_->sent) send_turn(now);
}

bool CoreSession::is_running(std::uint64_t request_id, Time now) {
  if (request_id == 0 || request_id > requests_) {
    malformed("an answer to nothing that was asked", now);
    return false;
  }
  if (running_ && running_->sent && running_->turn.request_id() == request_id && !running_->end)
    return true;
  ++stats_.late;
  unwanted(now);
  return false;
}

void CoreSession::take_text(const v1::Text& text, Time now) {
  if (!is_running(text.request_id(), now)) return;
  Running& turn = *running_;
  if (text.delta().empty()) return unwanted(now);
  if (turn.bytes == 0) {
    stats_.first_text = now - turn.asked_at;
    stats_.first_text_max = std::max(stats_.first_text_max, stats_.first_text);
  }
  turn.answered = true;
  const std::string_view delta =
      jackfield::truncate_utf8(text.delta(), kMostReply - std::min(kMostReply, turn.bytes));
  turn.bytes += text.delta().size();
  if (turn.open_calls.empty()) {
    if (turn.due_by == kNever) turn.due_by = now + turn.limits.text;
    turn.due_by += kSlowest * static_cast<Time>(std::count_if(delta.begin(), delta.end(), is_ink));
    turn.deadline = std::min(now + turn.limits.text, turn.due_by);
  }
  if (!events_.empty() && events_.back().kind == ReplyEvent::Kind::kText) {
    events_.back().text += delta;
  } else if (!delta.empty()) {
    events_.push_back({.kind = ReplyEvent::Kind::kText, .text = std::string(delta)});
  }
  if (turn.bytes <= kMostReply) return;
  v1::ToCore cancel;
  cancel.mutable_cancel()->set_request_id(turn.turn.request_id());
  send(cancel, now);
  if (running_) finish_turn({.kind = ReplyEvent::Kind::kEnd});
}

void CoreSession::take_tool_call(const v1::ToolCall& call, Time now) {
  if (!is_running(call.request_id(), now)) return;
  Running& turn = *running_;
  const bool known =
      std::find(turn.call_ids.begin(), turn.call_ids.end(), call.call_id()) != turn.call_ids.end();
  if (call.call_id().empty() || call.call_id().size() > kMostCallId || call.name().empty() ||
      call.name().size() > kMostCallId || call.arguments().size() > kMostArguments || known ||
      turn.call_ids.size() >= kMostToolCalls) {
    malformed("a call of a tool that cannot be made", now);
    return;
  }
  turn.answered = true;
  turn.call_ids.push_back(call.call_id());
  ++stats_.tool_calls;
  const jackfield::ToolCall own{
      .id = "call_" + std::to_string(turn.turn.request_id()) + "_" + call.call_id(),
      .name = call.name(),
      .arguments = call.arguments().empty() ? "{}" : call.arguments()};
  conversation_.add_tool_call(turn.turn.turn_id(), own);
  turn.open_calls.emplace(own.id, call.call_id());
  turn.deadline = now + kToolTimeout;
  const bool offered = std::any_of(tools_.begin(), tools_.end(),
                                   [&](const v1::Tool& tool) { return tool.name() == own.name; });
  if (offered) {
    events_.push_back({.kind = ReplyEvent::Kind::kToolCall, .call = own});
  } else {
    answer_tool(own.id, "error: there is no tool of that name", now);
  }
}

void CoreSession::take_end(const v1::ReplyEnd& end, Time now) {
  if (!is_running(end.request_id(), now)) return;
  ReplyEvent event{
      .kind = ReplyEvent::Kind::kEnd,
      .hang_up = end.hang_up(),
      .transfer = std::string(jackfield::truncate_utf8(end.transfer(), kMostTransfer))};
  if (running_->open_calls.empty()) return finish_turn(std::move(event));
  running_->end = std::move(event);
}

void CoreSession::take_error(const v1::Error& error, Time now) {
  const std::string text(jackfield::truncate_utf8(error.text(), kMostText));
  if (error.request_id() == 0) return notice({.kind = Notice::Kind::kError, .text = text}, now);
  if (!is_running(error.request_id(), now)) return;
  fail_turn({"server", text.empty() ? "the agent core failed" : text, error.retryable()});
}

void CoreSession::take_usage(const v1::Usage& usage, Time now) {
  const auto turn = std::find_if(recent_.begin(), recent_.end(), [&](const auto& recent) {
    return recent.first == usage.request_id();
  });
  const bool sensible = std::max({usage.input_tokens(), usage.output_tokens(),
                                  usage.cached_tokens(), usage.reasoning_tokens()}) < kMostTokens;
  if (turn == recent_.end() || !sensible || usage.model().size() > kMostModel)
    return malformed("a usage of nothing", now);
  stats_.input_tokens += usage.input_tokens();
  stats_.cached_tokens += usage.cached_tokens();
  stats_.output_tokens += usage.output_tokens();
  stats_.reasoning_tokens += usage.reasoning_tokens();
  notice({.kind = Notice::Kind::kUsage, .turn_id = turn->second, .usage = usage}, now);
}

}  // namespace agentcore
