// What becomes of the calls that are carried out.
#include <algorithm>
#include <utility>

#include "recorded_text.hpp"
#include "tool_runner.hpp"

namespace agentbrain::tools {

namespace {

constexpr Time kKept = 60 * kSecond;  // a result that came too late
constexpr std::size_t kMostKept = 8;
// A server has this long to say itself that a call took too long.
constexpr Time kGrace = kSecond;

}  // namespace

void ToolRunner::start(std::uint64_t id, Run& run, Time now) {
  run.started = true;
  ToolAction begin = action(
      run.server == kApplication ? ToolAction::Kind::kEmit : ToolAction::Kind::kStart, id, run);
  begin.timeout = run.deadline > now ? run.deadline - now : 1;
  actions_.push_back(std::move(begin));
}

// One after the other where the server can do no more than one thing at a time.
void ToolRunner::start_next(std::size_t server, Time now) {
  const bool parallel = file_.servers[server].parallel;
  const bool busy = std::any_of(runs_.begin(), runs_.end(), [&](const auto& one) {
    return one.second.server == server && one.second.started;
  });
  if (busy && !parallel) return;
  for (auto& [id, run] : runs_) {
    if (run.server != server || run.started) continue;
    if (run.recorded) start(id, run, now);
    if (!parallel) return;
  }
}

bool ToolRunner::finished(std::uint64_t run, CallOutcome outcome, const std::string& text,
                          Time now) {
  if (!runs_.contains(run)) return false;
  end(run, outcome, text, now);
  return true;
}

bool ToolRunner::answered(const std::string& call_id, const std::string& text, Time now) {
  for (const auto& [id, run] : runs_) {
    if (run.server != kApplication || run.call_id != call_id || !run.started) continue;
    end(id, CallOutcome::kOk, text, now);
    return true;
  }
  return false;
}

void ToolRunner::nobody(std::uint64_t run, Time now) {
  const auto found = runs_.find(run);
  if (found == runs_.end()) return;
  const bool offered = functions_.find(found->second.function) != nullptr;
  end(run, CallOutcome::kUnavailable,
      offered ? "nobody answers this function here" : "there is no tool of that name", now);
}

void ToolRunner::withdraw(std::uint64_t id) {
  if (runs_.erase(id) == 0) return;
  --stats_.calls;
  if (runs_.empty()) filler_at_ = kNever;
}

void ToolRunner::end(std::uint64_t id, CallOutcome outcome, const std::string& text, Time now) {
  const auto found = runs_.find(id);
  const Run run = std::move(found->second);
  runs_.erase(found);
  const bool fine = outcome == CallOutcome::kOk;
  if (outcome == CallOutcome::kTimeOut) {
    ++stats_.timed_out;
  } else if (outcome == CallOutcome::kCancelled) {
    ++stats_.cancelled;
  } else if (!fine) {
    ++stats_.failed;
  }
  std::string told = cut_result(text, run.max_result);
  if (!fine) told = "error: " + (told.empty() ? std::string("the tool failed") : told);
  if (fine && told.empty()) told = "(the tool answered nothing)";
  ToolAction report = action(ToolAction::Kind::kReport, id, run);
  report.outcome = outcome_name(outcome);
  report.duration = now > run.asked ? now - run.asked : 0;
  report.bytes = text.size();
  report.text = cut_result(masking_.text(text), kMostRecorded);
  report.background = !run.awaited;
  audit(AuditEntry::Event::kEnd, 0, run, &report);
  actions_.push_back(std::move(report));
  if (run.awaited) {
    ToolAction answer = action(ToolAction::Kind::kAnswer, id, run);
    answer.text = std::move(told);
    actions_.push_back(std::move(answer));
  } else if (outcome != CallOutcome::kCancelled) {
    if (kept_.size() >= kMostKept) kept_.pop_front();
    kept_.push_back({run.function, run.arguments, std::move(told), now + kKept});
  }
  tell_waiting(now);
  if (is_server(run.server)) start_next(run.server, now);
}

void ToolRunner::interrupted(Time now, const std::string& why) {
  // What has not begun need not begin; it goes first, so that nothing takes a free place.
  std::deque<std::uint64_t> cancelled;
  for (auto& [id, run] : runs_) {
    if (!run.awaited) continue;
    run.awaited = false;
    if (!run.started) {
      cancelled.push_front(id);
    } else if (!run.rules.finish_on_interruption) {
      cancelled.push_back(id);
    }
  }
  for (const std::uint64_t id : cancelled) {
    if (runs_[id].started) actions_.push_back(action(ToolAction::Kind::kCancel, id, runs_[id]));
    end(id, CallOutcome::kCancelled, why, now);
  }
  tell_waiting(now);
}

void ToolRunner::stop(Time now) {
  std::vector<std::uint64_t> all;
  for (auto& [id, run] : runs_) {
    run.awaited = false;
    all.push_back(id);
  }
  for (const std::uint64_t id : all) {
    const auto found = runs_.find(id);
    if (found->second.started)
      actions_.push_back(action(ToolAction::Kind::kCancel, id, found->second));
    const Run run = found->second;
    runs_.erase(found);
    ++stats_.cancelled;
    ToolAction report = action(ToolAction::Kind::kReport, id, run);
    report.outcome = outcome_name(CallOutcome::kCancelled);
    report.duration = now > run.asked ? now - run.asked : 0;
    report.text = "the call is over";
    report.background = true;
    audit(AuditEntry::Event::kEnd, 0, run, &report);
    actions_.push_back(std::move(report));
  }
  // The next conversation may be somebody else's.
  kept_.clear();
  confirmations_.clear();
  filler_at_ = kNever;
  filled_ = any_turn_ = waiting_ = false;
}

void ToolRunner::tell_waiting(Time now) {
  Time until = 0;
  for (const auto& [id, run] : runs_)
    if (run.awaited) until = std::max(until, run.deadline + kGrace);
  if (until == 0) filler_at_ = kNever;
  if (until == 0 && !waiting_) return;
  waiting_ = until != 0;
  ToolAction waiting{.kind = ToolAction::Kind::kWaiting};
  waiting.until = until ? std::max(until, now) : 0;
  actions_.push_back(std::move(waiting));
}

Time ToolRunner::deadline() const {
  Time next = filler_at_;
  for (const auto& [id, run] : runs_) next = std::min(next, run.deadline);
  return next;
}

void ToolRunner::timer(Time now) {
  std::vector<std::uint64_t> due;
  for (const auto& [id, run] : runs_)
    if (run.deadline <= now) due.push_back(id);
  for (const std::uint64_t id : due) {
    const auto found = runs_.find(id);
    if (found == runs_.end()) continue;
    if (found->second.started && found->second.server != kApplication)
      actions_.push_back(action(ToolAction::Kind::kCancel, id, found->second));
    end(id, CallOutcome::kTimeOut, "the tool did not answer in time", now);
  }
  if (now < filler_at_) return;
  filler_at_ = kNever;
  for (const auto& [id, run] : runs_) {
    const std::string& text = run.rules.filler ? *run.rules.filler : config_.filler;
    if (!run.awaited || text.empty()) continue;
    filled_ = true;
    ToolAction filler = action(ToolAction::Kind::kFiller, id, run);
    filler.text = text;
    actions_.push_back(std::move(filler));
    return;
  }
}

}  // namespace agentbrain::tools
