// What the supervisor can do for the agents of its sessions: parts of it offer functions, which the
// model of an agentbrain calls as it calls other tools (docs/tools.md), and tell agents what they
// learn later. Main thread, with all callbacks; streaming threads only hand a call over to it.
#pragma once

#include <gst/gst.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "functions/pipeline_work.hpp"
#include "scenario/session_manager.hpp"

namespace jackfield {

// One call of a model.
struct FunctionCall {
  std::string session, line;
  std::string arguments;  // JSON; fits the schema of the definition
};

struct SessionFunction {
  std::string name;
  // A JSON object as in `functions` of a tools file: name, description, parameters, timeout (s),
  // on-interruption, filler. The time-out should be longer than the function ever takes.
  std::string definition;
  // `answer` once, now or later, with what the model is told; it may outlive everything. When the
  // reply that asked was cut meanwhile, or the call has timed out, the agent is told by tell().
  std::function<void(const FunctionCall& call, std::function<void(const std::string&)> answer)>
      start;
};

// A part of the supervisor that has functions for agents.
class FunctionSource {
 public:
  virtual ~FunctionSource() = default;
  // Those for the agent of a session of this line that begins now.
  virtual std::vector<SessionFunction> functions_for(const std::string& session,
                                                     const std::string& line) = 0;
};

class SessionFunctions {
 public:
  SessionFunctions();
  ~SessionFunctions();
  SessionFunctions(const SessionFunctions&) = delete;
  SessionFunctions& operator=(const SessionFunctions&) = delete;

  // Before any session starts; both must outlive the sessions.
  void add(FunctionSource& source) { sources_.push_back(&source); }
  void add_sessions(SessionManager& sessions);
  // Called with a text for the operator: a pipeline that cannot call what was configured for it.
  void set_on_trouble(std::function<void(const std::string& session, const std::string& text)> f) {
    on_trouble_ = std::move(f);
  }

  // The agent of the session learns this; `speak`: and says something about it as soon as nobody
  // speaks. False when it cannot be told: the session is gone, or has no agent that takes it.
  bool tell(const std::string& session, const std::string& text, bool speak);

 private:
  class Watch;
  struct Agent {
    gstpp::ElementPtr pipeline;
    std::shared_ptr<GstElement> brain;
    std::string line;
    gulong handler = 0;
    std::vector<SessionFunction> functions;
    // Of calls that were answered, by their ids, until it is known what became of it.
    std::map<std::string, std::string, std::less<>> answers;
  };
  struct Link;

  static gboolean on_tool_call(GstElement*, const gchar* call_id, const gchar* name,
                               const gchar* arguments, gpointer link);
  void opened(SessionManager& sessions, const std::string& id, const std::string& line);
  void closed(const std::string& id);
  void called(const std::string& session, const std::string& call_id, const std::string& name,
              const std::string& arguments);
  void answer(const std::string& session, const std::string& call_id, const std::string& output);
  void resulted(const std::string& session, const GstStructure& result);
  void disconnect(Agent& agent);

  static constexpr std::size_t kMostWaiting = 64;  // answers to one agent

  std::vector<FunctionSource*> sources_;
  std::vector<std::unique_ptr<Watch>> watches_;
  std::map<std::string, Agent, std::less<>> agents_;
  std::function<void(const std::string&, const std::string&)> on_trouble_;
  PipelineWork work_{kMostWaiting};
  // Gone with this: calls and answers that come later find nobody.
  std::shared_ptr<SessionFunctions*> self_ = std::make_shared<SessionFunctions*>(this);
};

}  // namespace jackfield
