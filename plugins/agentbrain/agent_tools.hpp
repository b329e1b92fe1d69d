// The tools of one agentbrain: offers them to the LLM stage, has MCP servers or the application
// carry out what the model calls, and tells the model what came of it. See docs/tools.md.
//
// Any thread may call it; it never blocks. Servers are spoken to in the thread of
// IoContext::patient(), so nothing of it holds up audio.
#pragma once

#include <gst/gst.h>

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "built_in_tool.hpp"
#include "gstpp.hpp"
#include "io_context.hpp"
#include "mcp_server.hpp"
#include "tool_audit.hpp"
#include "tool_runner.hpp"

namespace agentbrain {

class AgentTools : public std::enable_shared_from_this<AgentTools> {
 public:
  struct Conversation {
    std::function<void(const std::string& text)> say_filler;
    // The reply waits for tools, at most so many ns from now; 0: not any more.
    std::function<void(guint64 at_most)> waits;
    // The model is told the result of a call now; may be empty.
    std::function<void(const std::string& call_id)> answers{};
    // Every server has told what it has, or that it is not there; may be empty.
    std::function<void()> settled{};
    std::string messages = "agentbrain";  // before the slash in the names of its messages
  };

  // `bin` has the signal tool-call; it is held weakly, and so `conversation`, which is called with
  // a reference to it held.
  AgentTools(GstElement* bin, tools::ToolsFile file, BuiltInTools built_in,
             tools::ToolRunner::Config config, Conversation conversation);
  ~AgentTools();
  AgentTools(const AgentTools&) = delete;
  AgentTools& operator=(const AgentTools&) = delete;

  // Calls are written down in this file, or without one in that of the session, if it has one
  // (tool_audit.hpp); what cannot be written is not carried out. Before start().
  void open_audit_log(const std::string& path);
  void set_caller(const std::string& caller) { audit_.set_caller(caller); }
  // Who has the signal offer-tools: they are offered the tools from now on.
  void set_models(std::vector<gstpp::ElementPtr> models);
  void start();  // the servers
  // Of the application, in place of those before.
  void set_functions(std::vector<tools::FunctionSettings> functions);
  // Of who calls: what needs another one is not offered to the models.
  void set_permissions(std::vector<std::string> permissions);
  // Which of all functions are offered; nothing: all.
  void set_allowed(std::optional<std::vector<std::string>> names);
  void configure(GstClockTime filler_after, const std::string& filler);
  // The models are offered nothing for now, whatever there is; or what there is again.
  void withhold(bool withheld);

  // "…/tool-call" of a model. False: it is not one of ours, and nobody here took it.
  bool called(GstObject* model, const GstStructure* call);
  bool settled();
  // Of the application. False when nobody waits for it any more.
  bool answered(const std::string& call_id, const std::string& output);
  // For what the caller has to agree to, see tools::Confirmations.
  void caller_speaks(bool speaking);
  void caller_said(std::optional<guint> turn, bool continues);
  void interrupted(const std::string& why = "the caller interrupted");
  void stop();  // the conversation is over; servers stay

  void add_stats(GstStructure* stats);

 private:
  using Lock = std::unique_lock<std::mutex>;
  int index_of(GstElement* model);
  void on_state(std::size_t server, const tools::McpServerState& state);
  void on_result(guint64 run, tools::CallOutcome outcome, const std::string& text);
  void drain(Lock& lock);
  void carry_out(GstElement* bin, const tools::ToolAction& action);
  void audit(const tools::ToolAction& action);
  void on_recorded(guint64 run, const std::string& error);
  void begin(const tools::ToolAction& action);
  void cancel(const tools::ToolAction& action);
  BuiltInTool* built_in(const std::string& name) const;
  bool emit(GstElement* bin, const tools::ToolAction& action) const;
  void arm();
  void post(GstElement* bin, GstStructure* message) const;

  GWeakRef bin_;
  const Conversation conversation_;
  const BuiltInTools built_in_;
  ToolAudit audit_;
  std::vector<std::unique_ptr<tools::McpServer>> servers_;

  std::mutex lock_;
  tools::ToolRunner runner_;
  std::vector<gstpp::ElementPtr> models_;
  std::set<std::size_t> known_;  // servers that have told of themselves
  std::string offer_ = "[]";
  bool withheld_ = false;
  std::vector<std::string> permissions_;  // of the caller
  std::deque<tools::ToolAction> todo_;
  bool executing_ = false;
  unsigned offering_ = 0;  // threads that ask the application first: all else comes behind it
  std::unique_ptr<jackfield::IoTimer> timer_;
};

}  // namespace agentbrain
