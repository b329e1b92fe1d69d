// agentbrain's function "think": a stage text -> text that answers a question of the model while
// the conversation goes on, in a thread of its own.
#pragma once

#include <gst/gst.h>

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "built_in_tool.hpp"
#include "gate_listener.hpp"
#include "recent_words.hpp"
#include "text_stage.hpp"

namespace agentbrain {

// Questions are answered one after the other; those of a call know of each other.
class Thinker : public TurnGateListener, public TextGateListener {
 public:
  // Of `bin`, which outlives it.
  explicit Thinker(GstBin* bin) : stage_(bin, "thinker", this, this) {}
  Thinker(const Thinker&) = delete;
  Thinker& operator=(const Thinker&) = delete;

  // ---- The state changes, while nothing streams ----
  // What is wrong with the description, if anything. Empty: there is no stage.
  // `limit`: ns that a question may take.
  std::optional<std::string> build(const std::string& description, guint64 limit);

  // ---- Any thread ----
  // What the agent tells of its conversation, "agentbrain/…": a question comes with the last of it.
  void overhear(const GstStructure* told);
  void ask(std::uint64_t run, const std::string& question, BuiltInTool::Done done);
  void cancel(std::uint64_t run);
  bool owns(GstObject* element) const { return stage_.owns(element); }
  // An error, or a message, of the stage. True: it ends here.
  bool heed(GstMessage* message);

  void on_text(const std::string&) override {}
  void on_turn_end(const jackfield::TurnEnd&) override {}
  void on_input_eos() override {}
  void on_answer_failed(GstFlowReturn flow) override;
  void on_piece(const std::string& text) override;
  void on_reply_end(const jackfield::ReplyEnd& end) override;
  void on_flushed() override;

 private:
  struct Question {
    std::uint64_t run = 0;
    guint turn = 0;
    std::string text;
    BuiltInTool::Done done;
  };
  void ask_next();
  void fail(const std::string& why);

  TextStage stage_;
  std::mutex lock_;
  guint turns_ = 0;
  loop::RecentWords said_;
  std::deque<Question> waiting_;
  std::optional<Question> current_;
  std::string answer_;
  std::string failure_;    // that the stage told of
  bool flushing_ = false;  // the stage has not let go yet
};

// `limit`: ns that a question may take.
std::shared_ptr<BuiltInTool> make_think_tool(std::weak_ptr<Thinker> thinker, std::uint64_t limit);

}  // namespace agentbrain
