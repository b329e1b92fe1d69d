// What agentbrain does with its tools: makes them of its settings, finds who is offered them, and
// lets the conversation wait for them. Any thread, but where stated.
#pragma once

#include <gst/gst.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "agent_brain_settings.hpp"
#include "agent_tools.hpp"
#include "loop/thinker.hpp"

namespace agentbrain {

class BrainTools {
 public:
  // `conductor` of `bin`, which outlives both; `waiting_changed` is called when adjusted() gives
  // something else.
  BrainTools(GstElement* bin, Conductor* conductor, std::function<void()> waiting_changed)
      : bin_(bin),
        conductor_(conductor),
        waiting_changed_(std::move(waiting_changed)),
        thinker_(std::make_shared<Thinker>(GST_BIN(bin))) {}

  // Whose functions are built in where there is a directory of callers. Before prepare().
  void set_caller(std::shared_ptr<BrainCaller> caller) { caller_ = std::move(caller); }
  // Who calls, "" when nobody knows, and what they may do, in place of what was said before; from
  // READY on.
  void set_known(const std::string& identity, std::vector<std::string> permissions);

  // On the way to READY and PAUSED, once the stages are there. False after an element error.
  bool prepare(const brain::Settings& settings);
  void begin();   // READY -> PAUSED
  void stop();    // PAUSED -> READY
  void forget();  // READY -> NULL

  void configure(const brain::Settings& settings);
  // The application's functions, in place of those before. Throws std::runtime_error, also when the
  // stage takes none.
  void offer_functions(const std::string& json);
  // Of a reply: one that waits for tools has not ended because nothing comes. Stages that use tools
  // announce the ends of replies.
  ReplyGateSettings adjusted(ReplyGateSettings reply) const;

  // Whatever the agent tells of its conversation.
  void overhear(const GstStructure* told) { thinker_->overhear(told); }
  // Whatever the stage that thinks posts. True: it ends here.
  bool heed_thinker(GstMessage* message);
  // "…/tool-call" of the model `from`: false when it is somebody else's.
  bool called(GstObject* from, const GstStructure* call);
  bool answered(const gchar* call_id, const gchar* output);
  void reply_cut();
  // The caller speaks, or not any more; words of the caller's are about to go to the model. Any
  // thread.
  void caller_speaks(bool speaking);
  void caller_said(guint turn, bool continues);
  // The same of a speech-to-speech stage, by what it posts.
  void heed_realtime(GstMessage* message);
  void add_stats(GstStructure* stats);

 private:
  // The settings that the tools are made of: others need others.
  struct Basis {
    std::string file;
    std::string audit_log;
    std::optional<std::vector<std::string>> may;
    std::string thinker;  // its description
    guint64 think_limit = 0;
    std::string callers;  // the directory
    bool operator==(const Basis&) const = default;
  };

  void say_filler(const std::string& text);
  std::shared_ptr<AgentTools> tools();
  bool prepare_thinker(const brain::Settings& settings, bool takes_tools);
  BuiltInTools built_in(const brain::Settings& settings) const;

  GstElement* const bin_;
  Conductor* const conductor_;
  const std::function<void()> waiting_changed_;
  const std::shared_ptr<Thinker> thinker_;
  std::shared_ptr<BrainCaller> caller_;
  std::mutex lock_;
  std::shared_ptr<AgentTools> tools_;               // from READY on
  std::vector<tools::FunctionSettings> functions_;  // of the application
  bool takes_tools_ = true;                         // the stage, once it is known
  Basis basis_;                                     // of the state changes
  std::atomic<guint64> wait_{0};                    // ns that a reply waits for them
  std::atomic<bool> used_{false};                   // in this call
  std::atomic<bool> realtime_hears_{false};         // the caller speaks
};

}  // namespace agentbrain
