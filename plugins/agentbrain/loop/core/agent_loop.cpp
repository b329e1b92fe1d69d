#include "agent_loop.hpp"

namespace agentbrain::loop {
namespace {

using Kind = LoopAction::Kind;

// Of a model that does not tell its requests apart, and calls on though it was told to conclude.
constexpr unsigned kMostRefused = 32;

const char* limit_text(Outcome limit) {
  switch (limit) {
    case Outcome::kTime:
      return "the time for this task is over";
    case Outcome::kCost:
      return "the money for this task is spent";
    default:
      return "the steps for this task are used up";
  }
}

std::string joined(const std::vector<std::string>& pieces) {
  std::string all;
  for (const std::string& piece : pieces) all += (all.empty() ? "" : " ") + piece;
  return all;
}

}  // namespace

const char* outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kDone:
      return "done";
    case Outcome::kSteps:
      return "steps";
    case Outcome::kTime:
      return "time";
    case Outcome::kCost:
      return "cost";
    case Outcome::kFailed:
      return "failed";
    case Outcome::kCancelled:
      return "cancelled";
  }
  return "";
}

AgentLoop::AgentLoop(Limits limits, std::optional<jackfield::PriceList> prices)
    : limits_(limits), prices_(std::move(prices)) {}

void AgentLoop::begin(unsigned turn, Time now) {
  running_ = true;
  turn_ = turn;
  began_ = now;
  until_ = limits_.time == 0 || limits_.time >= kNever - now ? kNever : now + limits_.time;
  steps_ = refused_ = 0;
  tokens_ = {};
  cost_ = 0;
  last_text_.clear();
  failure_.clear();
  limit_.reset();
  told_ = tells_usage_ = called_ = false;
  next_request();
  actions_.push_back(action(Kind::kAllow));
}

LoopAction AgentLoop::action(Kind kind) const {
  LoopAction out{.kind = kind};
  out.turn = turn_;
  out.steps = steps_;
  out.cost = cost_;
  return out;
}

void AgentLoop::next_request() {
  if (!text_.empty()) last_text_ = std::move(text_);
  text_.clear();
  text_size_ = 0;
  counted_ = called_ = priced_ = false;
  open_ = 0;
  model_.clear();
  step_tokens_ = {};
}

void AgentLoop::count_step() {
  if (counted_) return;
  counted_ = true;
  ++steps_;
}

void AgentLoop::report_step(bool tools) {
  LoopAction step = action(Kind::kStep);
  step.tools = tools;
  step.model = model_;
  step.tokens = step_tokens_;
  step.text = joined(text_);
  actions_.push_back(std::move(step));
}

void AgentLoop::text(const std::string& piece) {
  // What a model says when it failed is an apology.
  if (!running_ || !failure_.empty()) return;
  if (piece.empty() || text_size_ + piece.size() > kMostText) return;
  if (called_ && open_ == 0) next_request();
  text_size_ += piece.size();
  text_.push_back(piece);
}

void AgentLoop::usage(const std::string& model, const jackfield::TokenUsage& tokens) {
  if (!running_) return;
  // The text of a request comes before its usage.
  if (called_) {
    next_request();
  } else if (counted_) {
    report_step(false);
    counted_ = false;
  }
  tells_usage_ = true;
  count_step();
  model_ = model;
  step_tokens_ = tokens;
  tokens_.input += tokens.input;
  tokens_.cached_input += tokens.cached_input;
  tokens_.output += tokens.output;
  const auto cost = prices_ ? prices_->cost(model, tokens) : std::nullopt;
  priced_ = cost.has_value();
  cost_ += cost.value_or(0);
}

std::optional<Outcome> AgentLoop::reached(Time now) const {
  if (limit_) return limit_;
  if (now >= until_) return Outcome::kTime;
  if (steps_ >= limits_.steps) return Outcome::kSteps;
  if (limits_.cost > 0 && cost_ >= limits_.cost) return Outcome::kCost;
  return std::nullopt;
}

std::string AgentLoop::reach(Outcome limit, Time now) {
  const std::string text =
      std::string("error: ") + limit_text(limit) +
      "; no tool can be used any more. Conclude now: give the result with what you have, and say "
      "what is missing.";
  if (!limit_) {
    limit_ = limit;
    until_ = limits_.grace >= kNever - now ? kNever : now + limits_.grace;
    LoopAction conclude = action(Kind::kConclude);
    conclude.text = text;
    conclude.outcome = limit;
    actions_.push_back(std::move(conclude));
  }
  return text;
}

std::optional<std::string> AgentLoop::call(Time now) {
  if (!running_) return "error: nobody waits for this any more";
  const bool was_told = told_;
  if (called_ && !tells_usage_ && open_ == 0) next_request();
  const bool first = !called_;
  count_step();
  if (first) report_step(true);
  called_ = true;
  if (first && limits_.cost > 0 && !priced_ && !limit_) {
    broken(model_.empty() ? "the model tells no usage, so max-cost cannot be kept"
                          : "the model \"" + model_ + "\" is not in the price list",
           now);
    return "error: nobody waits for this any more";
  }
  const auto limit = reached(now);
  if (!limit) {
    ++open_;
    return std::nullopt;
  }
  // Told once, it goes on all the same.
  ++refused_;
  if (was_told && ((tells_usage_ && first) || refused_ > kMostRefused)) {
    end(*limit, "", now, true);
    return "error: nobody waits for this any more";
  }
  told_ = true;
  return reach(*limit, now);
}

void AgentLoop::answered() {
  if (open_ > 0) --open_;
}

void AgentLoop::failed(const std::string& why) {
  if (running_) failure_ = why.empty() ? "the model failed" : why;
}

void AgentLoop::reply_end(Time now) {
  if (!running_) return;
  if (called_) next_request();
  count_step();
  report_step(false);
  end(told_ ? *limit_ : failure_.empty() ? Outcome::kDone : Outcome::kFailed, failure_, now, false);
}

void AgentLoop::broken(const std::string& why, Time now) {
  if (running_) end(Outcome::kFailed, why, now, true);
}

void AgentLoop::cancel(Time now) {
  if (running_) end(Outcome::kCancelled, "", now, true);
}

void AgentLoop::end(Outcome outcome, const std::string& why, Time now, bool cut) {
  if (!text_.empty()) last_text_ = std::move(text_);
  text_.clear();
  running_ = false;
  if (cut) actions_.push_back(action(Kind::kEnd));
  LoopAction result = action(Kind::kResult);
  result.outcome = outcome;
  result.cut = cut;
  result.text = why;
  result.tokens = tokens_;
  result.duration = now > began_ ? now - began_ : 0;
  if (outcome != Outcome::kFailed) result.pieces = std::move(last_text_);
  last_text_.clear();
  actions_.push_back(std::move(result));
}

Time AgentLoop::deadline() const { return running_ ? until_ : kNever; }

void AgentLoop::timer(Time now, bool waits) {
  if (!running_ || now < until_) return;
  if (limit_) return end(*limit_, "", now, true);
  told_ = open_ > 0 || waits;
  reach(Outcome::kTime, now);
  open_ = 0;
}

}  // namespace agentbrain::loop
