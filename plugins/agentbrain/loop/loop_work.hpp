// What agentloop does between its gates: puts one question after the other to the stage, keeps the
// limits, lets tools be called, and tells what became of it.
//
// Inputs come from any thread. One lock guards the core; what it wants done is done in order by
// whichever thread got there first, without the lock. A result is pushed in the thread of the
// stage. The timer runs in IoContext::patient(), and nothing done there blocks.
#pragma once

#include <gst/gst.h>

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "agent_loop.hpp"
#include "agent_tools.hpp"
#include "gate_listener.hpp"
#include "io_context.hpp"
#include "text_stage.hpp"

namespace agentbrain::loop {

class LoopWork : public TurnGateListener, public TextGateListener {
 public:
  // Of `bin`, which outlives it.
  explicit LoopWork(GstElement* bin) : bin_(bin) {}
  LoopWork(const LoopWork&) = delete;
  LoopWork& operator=(const LoopWork&) = delete;

  // ---- The state changes ----
  // Before anything streams. `alone`: there is one question, work_on()'s, and the stream ends
  // behind its result.
  void start(const TextStage& stage, std::shared_ptr<AgentTools> tools, const Limits& limits,
             std::optional<jackfield::PriceList> prices, bool alone);
  void work_on(const std::string& goal);
  void stop();    // first: what runs is cancelled, and nothing is done any more
  void forget();  // the tools, once nothing streams

  // ---- The sink pad ----
  void on_text(const std::string& text) override;
  void on_turn_end(const jackfield::TurnEnd& end) override;
  void on_input_eos() override;
  void on_answer_failed(GstFlowReturn flow) override;
  void expect_turn_ends();  // until then each text is a turn
  void flush();             // FLUSH_START: nobody wants what was asked; any thread
  void forget_question();   // FLUSH_STOP

  // ---- The stage ----
  void on_piece(const std::string& text) override;
  void on_reply_end(const jackfield::ReplyEnd& end) override;
  void on_flushed() override;
  // Its messages. False: it is not for us.
  bool called(GstObject* model, const GstStructure* call);
  void used(const GstStructure* usage);
  void complained(const std::string& why);
  bool broke(const std::string& why);

  // Of the application. False when nobody waits for it any more.
  bool tool_result(const std::string& call_id, const std::string& output);
  // Of AgentTools: a call is answered now.
  void answered(const std::string& call_id);
  // Of AgentTools: it is known what tools there are, which questions wait for.
  void settled();

  void add_stats(GstStructure* stats);

 private:
  using Lock = std::unique_lock<std::mutex>;
  struct Question {
    std::vector<std::string> texts;
    jackfield::TurnEnd end;
  };
  struct Reply {
    std::vector<std::string> pieces;
    jackfield::ReplyEnd end;
  };
  struct Stats {
    guint64 runs = 0, steps = 0, refused = 0;
    guint64 input_tokens = 0, cached_tokens = 0, output_tokens = 0;
    double cost = 0;
  };

  std::shared_ptr<AgentTools> tools();
  template <typename F>
  void feed(F&& input);
  void collect();
  void drain(Lock& lock);
  bool wanted(const Question& question) const;
  std::optional<Question> next_question();
  void arm();
  void carry_out(const LoopAction& action);
  void conclude(const LoopAction& action);
  void refuse_strays();
  void answer(GstElement* model, const std::string& call_id, const std::string& text);
  bool flush_stage();
  void push_reply();
  void post_step(const LoopAction& step);
  void post_result(const LoopAction& result);
  void post(GstStructure* message);

  GstElement* const bin_;
  GstTurnGate* in_ = nullptr;  // while it streams
  GstTextGate* out_ = nullptr;
  std::unique_ptr<jackfield::IoTimer> timer_;  // while it streams
  bool alone_ = false;
  std::string currency_;

  std::mutex lock_;
  std::condition_variable idle_;
  bool running_ = false;
  bool executing_ = false;
  bool worked_ = false;       // on the goal
  bool tools_begin_ = false;  // which tools there are is not known yet
  std::shared_ptr<AgentTools> tools_;
  AgentLoop loop_{Limits{}, std::nullopt};
  std::deque<LoopAction> todo_;
  std::deque<Question> questions_;  // that wait
  std::vector<std::string> texts_;  // of the next one
  bool turn_events_seen_ = false;
  guint own_turns_ = 0;
  bool flushing_ = false;                            // the stage has not let go yet
  bool ends_ = false;                                // the stream ends behind them
  std::optional<guint> silent_turn_;                 // to which nothing is to be answered
  std::map<std::string, gstpp::ElementPtr> called_;  // not answered yet: id → model
  // That nobody here took: who knows the stage may answer itself, until `deadline`.
  struct Stray {
    gstpp::ElementPtr model;
    Time deadline = 0;
  };
  std::map<std::string, Stray> strays_;
  std::optional<Reply> reply_;  // to be pushed
  Stats stats_;
};

}  // namespace agentbrain::loop
