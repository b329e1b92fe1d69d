#include "loop_work.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "io_pool.hpp"
#include "tool_messages.hpp"

GST_DEBUG_CATEGORY_EXTERN(gst_agent_loop_debug);
#define GST_CAT_DEFAULT gst_agent_loop_debug

namespace agentbrain::loop {

using Kind = LoopAction::Kind;

namespace {

constexpr std::size_t kMostQuestions = 16;     // that wait
constexpr std::size_t kMostTexts = 256;        // of a question
constexpr std::size_t kMostCalls = 256;        // not answered yet
constexpr Time kStrayTime = 10 * kSecond;      // as openaillm's tool-timeout
constexpr std::size_t kMostShown = 16 * 1024;  // bytes of text in a message about a step

std::string joined(const std::vector<std::string>& pieces) {
  std::string all;
  for (const std::string& piece : pieces) all += (all.empty() ? "" : " ") + piece;
  return all;
}

}  // namespace

// ---- Order -----------------------------------------------------------------------------------

template <typename F>
void LoopWork::feed(F&& input) {
  Lock lock(lock_);
  if (!running_) return;
  input();
  drain(lock);
}

// What the core wants done, and what its result leaves to be pushed.
void LoopWork::collect() {
  for (LoopAction& action : loop_.take_actions()) {
    if (action.kind == Kind::kStep) ++stats_.steps;
    if (action.kind == Kind::kResult) {
      called_.clear();
      strays_.clear();
      if (action.outcome != Outcome::kCancelled) {
        reply_ = Reply{.pieces = action.pieces, .end = {.turn_id = action.turn}};
        // Behind one another in a file.
        if (alone_) reply_->pieces = {joined(action.pieces) + "\n"};
        if (alone_ && action.pieces.empty()) reply_->pieces.clear();
      }
    }
    todo_.push_back(std::move(action));
  }
}

void LoopWork::drain(Lock& lock) {
  collect();
  if (executing_) return;  // that thread goes on with these
  executing_ = true;
  std::optional<Question> next;
  for (;;) {
    if (!todo_.empty()) {
      const LoopAction action = std::move(todo_.front());
      todo_.pop_front();
      lock.unlock();
      carry_out(action);
      lock.lock();
      collect();
    } else if (next) {
      // Under the lock, so that a flush comes before it or after it; it only enqueues.
      if (wanted(*next)) gst_turn_gate_submit(in_, next->texts, next->end, {}, true);
      next.reset();
    } else {
      next = next_question();
      if (!next) break;
    }
  }
  executing_ = false;
  arm();
  if (!running_) idle_.notify_all();
}

bool LoopWork::wanted(const Question& question) const {
  return running_ && (loop_.running() || silent_turn_ == question.end.turn_id);
}

// Begins it. Behind the last one, the end of the stream.
std::optional<LoopWork::Question> LoopWork::next_question() {
  if (!running_ || loop_.running() || reply_ || silent_turn_ || flushing_ || tools_begin_)
    return std::nullopt;
  if (questions_.empty()) {
    if (std::exchange(ends_, false)) gst_turn_gate_finish(in_);
    return std::nullopt;
  }
  Question question = std::move(questions_.front());
  questions_.pop_front();
  const guint turn = question.end.turn_id;
  if (question.texts.empty() && turn != 0 && !question.end.not_understood) {
    silent_turn_ = turn;
  } else {
    ++stats_.runs;
    loop_.begin(turn, jackfield::io_now_ns());
    collect();  // tools are offered before it is asked
  }
  return question;
}

void LoopWork::arm() {
  if (!timer_) return;
  Time at = loop_.deadline();
  for (const auto& [id, stray] : strays_) at = std::min(at, stray.deadline);
  if (!running_ || at == kNever) {
    timer_->disarm();
  } else {
    timer_->arm(at);
  }
}

// ---- The state changes -----------------------------------------------------------------------

void LoopWork::start(const TextStage& stage, std::shared_ptr<AgentTools> tools,
                     const Limits& limits, std::optional<jackfield::PriceList> prices, bool alone) {
  timer_ = std::make_unique<jackfield::IoTimer>(
      [this] {
        feed([&] { loop_.timer(jackfield::io_now_ns(), !strays_.empty()); });
        refuse_strays();
      },
      jackfield::IoContext::patient());
  const Lock lock(lock_);
  in_ = stage.in();
  out_ = stage.out();
  tools_ = std::move(tools);
  tools_begin_ = tools_ && !tools_->settled();
  currency_ = prices ? prices->currency() : "";
  alone_ = alone;
  loop_ = AgentLoop(limits, std::move(prices));
  todo_.clear();
  questions_.clear();
  texts_.clear();
  called_.clear();
  strays_.clear();
  reply_.reset();
  silent_turn_.reset();
  turn_events_seen_ = worked_ = ends_ = flushing_ = false;
  own_turns_ = 0;
  running_ = true;
}

void LoopWork::work_on(const std::string& goal) {
  feed([&] {
    if (std::exchange(worked_, true)) return;
    questions_.push_back({.texts = {goal}, .end = {.turn_id = 1}});
    ends_ = true;
  });
}

void LoopWork::stop() {
  feed([&] {
    questions_.clear();
    ends_ = false;
    loop_.cancel(jackfield::io_now_ns());
  });
  {
    Lock lock(lock_);
    running_ = false;
    idle_.wait(lock, [&] { return !executing_; });
    todo_.clear();
    reply_.reset();
    called_.clear();
    strays_.clear();
  }
  timer_.reset();
}

void LoopWork::forget() {
  std::shared_ptr<AgentTools> old;
  const Lock lock(lock_);
  old.swap(tools_);
}

std::shared_ptr<AgentTools> LoopWork::tools() {
  const Lock lock(lock_);
  return tools_;
}

// ---- The sink pad ----------------------------------------------------------------------------

void LoopWork::on_text(const std::string& text) {
  feed([&] {
    if (text.empty() || texts_.size() >= kMostTexts) return;
    texts_.push_back(text);
    if (turn_events_seen_ || questions_.size() >= kMostQuestions) return;
    questions_.push_back({.texts = std::exchange(texts_, {}), .end = {.turn_id = ++own_turns_}});
  });
}

void LoopWork::on_turn_end(const jackfield::TurnEnd& end) {
  feed([&] {
    turn_events_seen_ = true;
    Question question{.texts = std::exchange(texts_, {}), .end = end};
    if (questions_.size() < kMostQuestions) questions_.push_back(std::move(question));
  });
}

void LoopWork::expect_turn_ends() {
  const Lock lock(lock_);
  turn_events_seen_ = true;
}

void LoopWork::on_input_eos() {
  feed([&] {
    if (!texts_.empty())
      questions_.push_back({.texts = std::exchange(texts_, {}), .end = {.turn_id = ++own_turns_}});
    ends_ = true;
  });
}

void LoopWork::on_answer_failed(GstFlowReturn flow) {
  broke(std::string("the stage ended with ") + gst_flow_get_name(flow));
}

void LoopWork::flush() {
  feed([&] {
    questions_.clear();
    texts_.clear();
    reply_.reset();
    silent_turn_.reset();
    loop_.cancel(jackfield::io_now_ns());
  });
  gst_text_gate_flush(out_);
  if (!flush_stage()) gst_text_gate_stop_flushing(out_);
}

// What the stage still gives is not heeded, until it has let go. False: there is nothing to let go
// of.
bool LoopWork::flush_stage() {
  {
    const Lock lock(lock_);
    flushing_ = true;
  }
  if (gst_turn_gate_flush(in_)) return true;
  const Lock lock(lock_);
  flushing_ = false;
  reply_.reset();
  return false;
}

void LoopWork::forget_question() {
  const Lock lock(lock_);
  texts_.clear();
}

// ---- The stage -------------------------------------------------------------------------------

void LoopWork::on_piece(const std::string& text) {
  feed([&] {
    if (!flushing_) loop_.text(text);
  });
}

void LoopWork::on_reply_end(const jackfield::ReplyEnd& end) {
  feed([&] {
    if (flushing_) return;
    if (silent_turn_ == end.turn_id) {
      silent_turn_.reset();
      reply_ = Reply{.pieces = {}, .end = end};
    } else if (loop_.running() && loop_.turn() == end.turn_id) {
      loop_.reply_end(jackfield::io_now_ns());
      collect();
      if (!reply_) return;
      reply_->end.hang_up = end.hang_up;
      reply_->end.transfer = end.transfer;
    }
  });
  push_reply();
}

void LoopWork::on_flushed() {
  {
    const Lock lock(lock_);
    flushing_ = false;
  }
  push_reply();
}

// In the stage's thread, which pushes nothing else meanwhile.
void LoopWork::push_reply() {
  std::optional<Reply> reply;
  {
    const Lock lock(lock_);
    // One that was cut waits for the stage to let go.
    if (!running_ || flushing_) return;
    reply = std::exchange(reply_, std::nullopt);
  }
  if (reply) gst_text_gate_push(out_, reply->pieces, reply->end);
  // Perhaps another question waits.
  feed([] {});
}

bool LoopWork::called(GstObject* model, const GstStructure* call) {
  if (!GST_IS_ELEMENT(model) || !g_signal_lookup("answer-tool-call", G_OBJECT_TYPE(model)))
    return false;
  const std::string id = gstpp::get_string(call, "call-id");
  std::optional<std::string> refused;
  bool heeded = false;
  feed([&] {
    if (flushing_) return;
    heeded = true;
    refused = loop_.call(jackfield::io_now_ns());
    if (refused) {
      ++stats_.refused;
    } else if (called_.size() < kMostCalls) {
      called_.emplace(id, gstpp::share_object(GST_ELEMENT(model)));
    } else {
      loop_.answered();
      refused = "error: too many calls at once";
    }
  });
  if (!heeded) return false;
  if (refused) {
    answer(GST_ELEMENT(model), id, *refused);
    return true;
  }
  const auto tools = this->tools();
  if (tools && tools->called(model, call)) return true;
  feed([&] {
    if (called_.erase(id) == 0) return;
    loop_.answered();  // by somebody else, or by the model's own time-out
    strays_.emplace(
        id, Stray{gstpp::share_object(GST_ELEMENT(model)), jackfield::io_now_ns() + kStrayTime});
  });
  return false;
}

// What nobody answered in time. A model that has its answer does not heed this one.
void LoopWork::refuse_strays() {
  const Time now = jackfield::io_now_ns();
  std::map<std::string, gstpp::ElementPtr> late;
  feed([&] {
    for (auto it = strays_.begin(); it != strays_.end();) {
      if (it->second.deadline > now) {
        ++it;
        continue;
      }
      late.emplace(it->first, std::move(it->second.model));
      it = strays_.erase(it);
    }
  });
  for (const auto& [id, model] : late)
    answer(model.get(), id, "error: there is no tool of that name");
}

bool LoopWork::tool_result(const std::string& call_id, const std::string& output) {
  const auto tools = this->tools();
  return tools && tools->answered(call_id, output);
}

void LoopWork::used(const GstStructure* usage) {
  const jackfield::TokenUsage tokens{.input = gstpp::get_uint64(usage, "input-tokens", 0),
                                     .cached_input = gstpp::get_uint64(usage, "cached-tokens", 0),
                                     .output = gstpp::get_uint64(usage, "output-tokens", 0)};
  feed([&] { loop_.usage(gstpp::get_string(usage, "model"), tokens); });
}

void LoopWork::complained(const std::string& why) {
  feed([&] {
    if (!flushing_) loop_.failed(why);
  });
}

bool LoopWork::broke(const std::string& why) {
  bool ran = false;
  feed([&] {
    ran = loop_.running();
    if (ran) loop_.broken(why, jackfield::io_now_ns());
  });
  return ran;
}

void LoopWork::settled() {
  feed([&] { tools_begin_ = false; });
}

void LoopWork::answered(const std::string& call_id) {
  feed([&] {
    if (called_.erase(call_id) > 0) loop_.answered();
  });
}

// ---- What is done ----------------------------------------------------------------------------

void LoopWork::carry_out(const LoopAction& action) {
  switch (action.kind) {
    case Kind::kAllow:
      if (const auto tools = this->tools()) tools->withhold(false);
      break;
    case Kind::kConclude:
      conclude(action);
      break;
    case Kind::kStep:
      post_step(action);
      break;
    case Kind::kEnd:
      if (const auto tools = this->tools()) tools->interrupted("the work was ended");
      flush_stage();
      break;
    case Kind::kResult:
      post_result(action);
      break;
  }
}

void LoopWork::conclude(const LoopAction& action) {
  GST_INFO_OBJECT(bin_, "a limit is reached: %s", outcome_name(action.outcome));
  if (const auto tools = this->tools()) {
    tools->withhold(true);
    tools->interrupted("a limit is reached");
  }
  std::map<std::string, gstpp::ElementPtr> open;
  {
    const Lock lock(lock_);
    open = std::exchange(called_, {});
    for (auto& [id, stray] : strays_) open.emplace(id, std::move(stray.model));
    strays_.clear();
  }
  for (const auto& [id, model] : open) answer(model.get(), id, action.text);
}

void LoopWork::answer(GstElement* model, const std::string& call_id, const std::string& text) {
  gboolean taken = FALSE;
  g_signal_emit_by_name(model, "answer-tool-call", call_id.c_str(), text.c_str(), &taken);
}

void LoopWork::post_step(const LoopAction& step) {
  post(gst_structure_new(
      "agentloop/step", "turn-id", G_TYPE_UINT, step.turn, "step", G_TYPE_UINT, step.steps, "what",
      G_TYPE_STRING, step.tools ? "tools" : "answer", "text", G_TYPE_STRING,
      step.text.substr(0, kMostShown).c_str(), "model", G_TYPE_STRING, step.model.c_str(),
      "input-tokens", G_TYPE_UINT64, static_cast<guint64>(step.tokens.input), "cached-tokens",
      G_TYPE_UINT64, static_cast<guint64>(step.tokens.cached_input), "output-tokens", G_TYPE_UINT64,
      static_cast<guint64>(step.tokens.output), "cost", G_TYPE_DOUBLE, step.cost, nullptr));
}

void LoopWork::post_result(const LoopAction& result) {
  const bool failed = result.outcome == Outcome::kFailed;
  {
    const Lock lock(lock_);
    stats_.input_tokens += result.tokens.input;
    stats_.cached_tokens += result.tokens.cached_input;
    stats_.output_tokens += result.tokens.output;
    stats_.cost += result.cost;
  }
  // What a stage does not say itself: for whoever apologizes, or turns to another one.
  if (failed && result.cut)
    post(gst_structure_new("agentloop/error", "turn-id", G_TYPE_UINT, result.turn, "cause",
                           G_TYPE_STRING, "stage", "text", G_TYPE_STRING, result.text.c_str(),
                           nullptr));
  const std::string text = failed ? result.text : joined(result.pieces);
  GST_INFO_OBJECT(bin_, "%s after %u steps: %s", outcome_name(result.outcome), result.steps,
                  text.c_str());
  post(gst_structure_new(
      "agentloop/result", "turn-id", G_TYPE_UINT, result.turn, "outcome", G_TYPE_STRING,
      outcome_name(result.outcome), "text", G_TYPE_STRING, text.c_str(), "steps", G_TYPE_UINT,
      result.steps, "input-tokens", G_TYPE_UINT64, static_cast<guint64>(result.tokens.input),
      "cached-tokens", G_TYPE_UINT64, static_cast<guint64>(result.tokens.cached_input),
      "output-tokens", G_TYPE_UINT64, static_cast<guint64>(result.tokens.output), "cost",
      G_TYPE_DOUBLE, result.cost, "currency", G_TYPE_STRING, currency_.c_str(), "duration",
      G_TYPE_UINT64, static_cast<guint64>(result.duration), nullptr));
}

void LoopWork::post(GstStructure* message) {
  gst_element_post_message(bin_, gst_message_new_element(GST_OBJECT(bin_), message));
}

void LoopWork::add_stats(GstStructure* stats) {
  if (const auto tools = this->tools()) {
    tools->add_stats(stats);
  } else {
    add_tool_stats(stats, {}, 0);
  }
  const Lock lock(lock_);
  gst_structure_set(stats, "running", G_TYPE_BOOLEAN, static_cast<gboolean>(loop_.running()),
                    "runs", G_TYPE_UINT64, stats_.runs, "steps", G_TYPE_UINT64, stats_.steps,
                    "calls-refused", G_TYPE_UINT64, stats_.refused, "input-tokens", G_TYPE_UINT64,
                    stats_.input_tokens, "cached-tokens", G_TYPE_UINT64, stats_.cached_tokens,
                    "output-tokens", G_TYPE_UINT64, stats_.output_tokens, "cost", G_TYPE_DOUBLE,
                    stats_.cost, nullptr);
}

}  // namespace agentbrain::loop
