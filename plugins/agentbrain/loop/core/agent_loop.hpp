// The limits of an agent that works by itself: a model is asked, calls tools, is asked again, until
// it answers without a call, or a limit is reached. Then tools are withdrawn and the model is asked
// to conclude with what it has; if it does not, within `grace` or with the next request, it is cut.
//
// In virtual time (ns of one clock that never goes back); every input may leave actions that the
// owner carries out in order. One thread at a time.
//
// A step is a request to the model that was answered. The model's usage tells of it; of a model
// that tells none, its first call of a tool after the last ones were answered, or its reply's end.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "price_list.hpp"

namespace agentbrain::loop {

using Time = std::uint64_t;  // ns
inline constexpr Time kNever = UINT64_MAX;
inline constexpr Time kSecond = 1'000'000'000;

enum class Outcome { kDone, kSteps, kTime, kCost, kFailed, kCancelled };
const char* outcome_name(Outcome outcome);

struct Limits {
  unsigned steps = 20;        // at least 1
  Time time = 600 * kSecond;  // 0: none
  double cost = 0;            // in the price list's currency; 0: none
  Time grace = 30 * kSecond;  // for the conclusion
};

struct LoopAction {
  enum class Kind {
    kAllow,     // the model may use tools
    kConclude,  // it may not: withdraw them, cancel those that run, and answer their calls by
                // `text`
    kStep,      // one is over: for records
    kEnd,       // the model must be stopped; kResult follows
    kResult,    // the run is over
  };
  Kind kind = Kind::kAllow;
  unsigned turn = 0;
  unsigned steps = 0;            // so far
  bool tools = false;            // step: the model called some, otherwise it answered
  std::string model;             // step: "" unknown
  jackfield::TokenUsage tokens;  // step: of it; result: of all
  double cost = 0;               // so far
  std::string text;              // conclude; step: what the model wrote; result: why it failed
  Outcome outcome = Outcome::kDone;
  bool cut = false;                 // result: the model had not ended by itself
  Time duration = 0;                // result
  std::vector<std::string> pieces;  // result: what is to be told, as the model gave it
};

class AgentLoop {
 public:
  static constexpr std::size_t kMostText = 64 * 1024;  // bytes of one result

  // Without a price list nothing costs anything.
  AgentLoop(Limits limits, std::optional<jackfield::PriceList> prices);

  // From the next run on, the time and the grace of this one excepted.
  void configure(const Limits& limits) { limits_ = limits; }

  // A question goes to the model. What ran is forgotten.
  void begin(unsigned turn, Time now);
  // Of the model: a piece of its reply, and what an answered request took.
  void text(const std::string& piece);
  void usage(const std::string& model, const jackfield::TokenUsage& tokens);
  // It calls a tool. Nothing: it may. Otherwise what it is told in place of a result.
  std::optional<std::string> call(Time now);
  // The model was told the result of one that it might.
  void answered();
  // It says that it failed; its reply's end is still to come.
  void failed(const std::string& why);
  // Its reply has ended.
  void reply_end(Time now);
  // It cannot go on at all.
  void broken(const std::string& why, Time now);
  // Nobody wants the result any more.
  void cancel(Time now);

  // `waits`: perhaps the model waits for the answer of a call besides those that it might make.
  void timer(Time now, bool waits = false);
  Time deadline() const;

  bool running() const { return running_; }
  unsigned turn() const { return turn_; }  // of the last run
  std::vector<LoopAction> take_actions() { return std::exchange(actions_, {}); }

 private:
  LoopAction action(LoopAction::Kind kind) const;
  void count_step();
  void next_request();
  void report_step(bool tools);
  std::optional<Outcome> reached(Time now) const;
  std::string reach(Outcome limit, Time now);
  void end(Outcome outcome, const std::string& why, Time now, bool cut);

  Limits limits_;
  std::optional<jackfield::PriceList> prices_;
  std::vector<LoopAction> actions_;

  // The run.
  bool running_ = false;
  unsigned turn_ = 0;
  Time began_ = 0;
  Time until_ = kNever;
  unsigned steps_ = 0;
  jackfield::TokenUsage tokens_;
  double cost_ = 0;
  std::vector<std::string> last_text_;  // of the last request that gave any
  std::string failure_;
  std::optional<Outcome> limit_;  // that was reached
  bool told_ = false;             // the model knows
  bool tells_usage_ = false;
  unsigned refused_ = 0;

  // The request.
  bool counted_ = false;
  bool called_ = false;
  unsigned open_ = 0;  // its calls that are not answered yet
  std::string model_;
  jackfield::TokenUsage step_tokens_;
  bool priced_ = false;
  std::vector<std::string> text_;
  std::size_t text_size_ = 0;
};

}  // namespace agentbrain::loop
