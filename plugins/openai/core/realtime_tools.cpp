// The functions that the model calls, and what is said while they are waited for.
#include <utility>

#include "realtime_call.hpp"

namespace openai::realtime {
namespace {

constexpr std::size_t kMostCalls = 32;                 // at a time
constexpr uint64_t kOfferedTimeout = 660'000'000'000;  // beyond what a tool of agentbrain may take
constexpr uint64_t kAsideWithin = 5'000'000'000;       // the service has said it all
constexpr char kInterrupted[] = "error: the caller interrupted before the tool had answered";
constexpr char kNotWanted[] = "error: the caller interrupted; the tool was not called";
constexpr char kNoSuchTool[] = "error: there is no tool of that name";
constexpr char kTooMany[] = "error: too many calls at once; the tool was not called";
constexpr char kEnough[] = "error: enough was called for this answer; the tool was not called";
constexpr char kTooLate[] = "error: the tool did not answer in time";

}  // namespace

Outcome RealtimeCall::offer(const std::vector<jackfield::Tool>& tools) {
  Outcome out;
  offered_names_.clear();
  for (const jackfield::Tool& tool : tools) {
    if (!own_names_.contains(tool.name)) offered_names_.insert(tool.name);
  }
  offer_ = join_tools(settings_.session.tools, tools);
  send_tools(out);
  return out;
}

// They may change at any time; a response that is being made goes on with those it has.
void RealtimeCall::send_tools(Outcome& out) {
  if (!ready_ || offer_ == sent_offer_) return;
  sent_offer_ = offer_;
  out.send.push_back(update_tools(offer_));
}

// Every call gets its output, so that the conversation makes sense.
void RealtimeCall::refuse_tool(const ServerEvent& event, const char* why, Outcome& out) {
  out.send.push_back(tool_output(event.call_id, why));
}

void RealtimeCall::tool_call(const ServerEvent& event, uint64_t now, Outcome& out) {
  if (!ready_) return;
  if (event.response_id != active_ || !wanted_) return refuse_tool(event, kNotWanted, out);
  if (early_ != active_) return start_tool(event, now, out);
  // Perhaps what it answers is a cough.
  if (early_calls_.size() >= kMostCalls) return refuse_tool(event, kTooMany, out);
  early_calls_.push_back(event);
}

// It was none.
void RealtimeCall::start_early_tools(uint64_t now, Outcome& out) {
  for (const ServerEvent& call : std::exchange(early_calls_, {})) start_tool(call, now, out);
  answer_tools(out);
}

void RealtimeCall::start_tool(const ServerEvent& event, uint64_t now, Outcome& out) {
  if (!settings_.hang_up_tool.empty() && event.name == settings_.hang_up_tool) {
    ++stats_.tool_calls;
    playout_.hang_up_after(event.response_id);
    out.send.push_back(tool_output(event.call_id, "{\"ok\":true}"));
    return;
  }
  if (rounds_ >= settings_.max_tool_rounds) {
    error("the model calls functions again and again", out);
    return refuse_tool(event, kEnough, out);
  }
  if (tools_.size() >= kMostCalls) return refuse_tool(event, kTooMany, out);
  ++stats_.tool_calls;
  const bool offered = offered_names_.contains(event.name);
  if (!offered && !own_names_.contains(event.name)) {
    tools_answered_ = true;
    return refuse_tool(event, kNoSuchTool, out);
  }
  tools_[event.call_id] = {.name = event.name,
                           .deadline = now + (offered ? kOfferedTimeout : settings_.tool_timeout)};
  out.notices.push_back({.kind = Notice::Kind::kToolCall,
                         .turn_id = active_turn_,
                         .text = event.text.empty() ? "{}" : event.text,
                         .full = event.call_id,
                         .name = event.name});
}

bool RealtimeCall::tool_result(const std::string& call_id, const std::string& output,
                               Outcome& out) {
  if (tools_.erase(call_id) == 0) return false;
  out.send.push_back(tool_output(call_id, output));
  tools_answered_ = true;
  answer_tools(out);
  return true;
}

// Once all tools of a response have answered, and it is done, the model goes on.
void RealtimeCall::answer_tools(Outcome& out) {
  if (!tools_answered_ || !tools_.empty() || !active_.empty()) return;
  tools_answered_ = false;
  ++rounds_;
  if (interruption_.pending()) {
    create_due_ = true;
    create_with_.clear();
  } else if (!speaking_) {
    ask_for_response({}, out);
  }
}

// Nobody waits for them any more.
void RealtimeCall::abandon_tools(Outcome& out) {
  tools_answered_ = false;
  for (const auto& [id, tool] : std::exchange(tools_, {})) {
    if (ready_) out.send.push_back(tool_output(id, kInterrupted));
    out.notices.push_back(
        {.kind = Notice::Kind::kToolCancelled, .turn_id = answered_turn_, .full = id});
  }
}

void RealtimeCall::check_tools(uint64_t now, Outcome& out) {
  std::vector<std::string> late;
  for (const auto& [id, tool] : tools_) {
    if (tool.deadline <= now) late.push_back(id);
  }
  for (const std::string& id : late) {
    error("nobody answered the call of the tool " + tools_[id].name, out);
    tool_result(id, kTooLate, out);
  }
}

// --- Beside the conversation ------------------------------------------------------------------

bool RealtimeCall::say_filler(const std::string& text, uint64_t now, Outcome& out) {
  const bool silent = !speaking_ && !interruption_.pending() && active_.empty() && !asked_ &&
                      !playout_.audible() && aside_.empty() && !aside_asked_;
  if (!ready_ || tools_.empty() || !silent) return false;
  aside_asked_ = true;
  aside_until_ = now + kAsideWithin;
  out.send.push_back(create_aside("aside_" + std::to_string(++asides_), text));
  return true;
}

// What it has said by now is played.
void RealtimeCall::end_aside(Outcome& out) {
  if (!aside_.empty()) {
    if (ready_) out.send.push_back(cancel_response(aside_));
    playout_.drop_unheard(aside_);
  }
  aside_.clear();
  aside_asked_ = false;
  aside_until_ = kNoTime;
}

// True: it is about a response of ours beside the conversation, and has been dealt with.
bool RealtimeCall::aside_event(const ServerEvent& event, Outcome& out) {
  using Kind = ServerEvent::Kind;
  const std::string last = "aside_" + std::to_string(asides_);
  const bool known = !aside_.empty() && event.response_id == aside_;
  switch (event.kind) {
    case Kind::kResponseCreated:
      if (event.aside.empty()) return false;
      if (!aside_asked_ || event.aside != last) {  // it comes too late
        out.send.push_back(cancel_response(event.response_id));
        return true;
      }
      aside_asked_ = false;
      aside_ = event.response_id;
      playout_.begin(aside_, answered_turn_, true);
      return true;
    case Kind::kAudioDelta:
      // Without the item's name: it is in no conversation, and cannot be cut there.
      if (known) playout_.add_audio(aside_, {}, event.audio);
      return known;
    case Kind::kReplyTranscriptDelta:
      if (known) playout_.add_text(aside_, event.text);
      return known;
    case Kind::kReplyTranscriptDone:
      if (known) playout_.set_text(aside_, event.text);
      return known;
    case Kind::kResponseDone:
      if (event.aside.empty() && !known) return false;
      used(event, answered_turn_, settings_.model, out);
      if (known) {
        playout_.end(aside_);
        aside_.clear();
        aside_until_ = kNoTime;
      }
      return true;
    case Kind::kError:
      if (!event.client_event_id.starts_with("aside_")) return false;
      if (event.client_event_id == last) end_aside(out);
      error("the filler was refused: " + event.text, out);
      return true;
    default:
      return false;
  }
}

}  // namespace openai::realtime
