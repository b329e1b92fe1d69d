// The tools of one agent and the calls that are under way: who is asked, with which arguments, for
// how long, and what becomes of a call when the caller interrupts. In virtual time (ns of one clock
// that never goes back); every input may leave actions that the owner carries out in order. One
// thread at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "confirmations.hpp"
#include "json_schema.hpp"
#include "masking.hpp"
#include "mcp_session.hpp"
#include "offered_functions.hpp"
#include "tool_action.hpp"
#include "tools_file.hpp"

namespace agentbrain::tools {

class ToolRunner {
 public:
  struct Config {
    Time filler_after = 600'000'000;
    std::string filler;  // "": none
    PatternMatcher matches;
    std::vector<FunctionSettings> built_in;  // what the agent carries out itself
    bool has_caller = false;                 // who can be asked; otherwise what needs it is refused
  };
  struct Stats {
    std::uint64_t calls = 0, failed = 0, timed_out = 0, cancelled = 0, refused = 0, reused = 0;
    std::uint64_t unaudited = 0;  // lines that the audit log did not take
  };

  ToolRunner(ToolsFile file, Config config);

  void configure(Time filler_after, const std::string& filler);
  // What the application offers besides the file's functions, in place of what it offered before.
  // Of several functions with one name the agent's own counts, then the file's.
  void set_functions(std::vector<FunctionSettings> functions);
  // Which of all functions are offered, by the names they have for the model; nothing: all.
  void set_allowed(std::optional<std::vector<std::string>> names);
  // What a server has now; none: it is gone.
  void set_tools(std::size_t server, const std::vector<McpTool>& tools);

  // A call is carried out when its beginning stands in the audit log, and not otherwise.
  void set_audited(bool audited) { audited_ = audited; }
  // Of who calls, see OfferedFunctions. What runs goes on.
  void set_permissions(std::vector<std::string> permissions);

  // The model of `stage` calls a function. False when there is none of that name, and nothing was
  // done. With `application` it is the application's, whatever it is called, unless a function of
  // that name is withheld from this agent or this caller.
  bool called(int stage, const std::string& call_id, unsigned turn, const std::string& name,
              const std::string& arguments, Time now, bool application = false);
  // Nobody here has the function that was called: for the audit log.
  void unknown(const std::string& call_id, unsigned turn, const std::string& name,
               const std::string& arguments);
  // Of kAudit, always when it has a `run`: its line stands in the log; or why not: then the run is
  // refused.
  void recorded(std::uint64_t run, const std::string& error, Time now);
  // Of kStart and kEmit. False when nobody waits for it any more.
  bool finished(std::uint64_t run, CallOutcome outcome, const std::string& text, Time now);
  // The same for the application, which knows the call by its id.
  bool answered(const std::string& call_id, const std::string& text, Time now);
  // See Confirmations.
  void caller_speaks(bool speaking) { confirmations_.speaks(speaking); }
  void caller_said(std::optional<unsigned> turn, bool continues) {
    confirmations_.said(turn, continues);
  }
  // Nobody took the call that kEmit offered.
  void nobody(std::uint64_t run, Time now);
  // The call is somebody else's after all: it is forgotten.
  void withdraw(std::uint64_t id);
  // The reply was cut: what it waited for is cancelled, or finished in the background.
  void interrupted(Time now, const std::string& why = "the caller interrupted");
  // The call is over: everything is cancelled, and no result is kept for the next one.
  void stop(Time now);

  void timer(Time now);
  Time deadline() const;

  std::vector<ToolAction> take_actions() { return std::exchange(actions_, {}); }
  const std::vector<OfferedFunction>& functions() const { return functions_.all(); }
  std::size_t running() const { return runs_.size(); }
  const Stats& stats() const { return stats_; }
  const ToolsFile& file() const { return file_; }
  std::string masked(const std::string& text) const { return masking_.text(text); }

 private:
  struct Run {
    std::size_t server = kApplication;
    std::string function;
    std::string tool;
    std::string arguments;
    int stage = 0;
    std::string call_id;
    unsigned turn = 0;
    CallRules rules;
    std::size_t max_result = 0;
    Time asked = 0;
    Time deadline = kNever;
    std::string shown;       // its arguments, for records
    std::string audited_as;  // the id of the call that began it
    bool recorded = true;    // its beginning stands in the audit log, if there is one
    bool started = false;    // otherwise it waits for its turn at the server
    bool awaited = true;     // a reply waits for it
    bool confirmed = false;  // the caller was asked before
  };
  struct Kept {  // finished in the background
    std::string function, arguments, text;
    Time until = 0;
  };

  bool is_server(std::size_t server) const { return server < file_.servers.size(); }
  void offer();
  ToolAction action(ToolAction::Kind kind, std::uint64_t id, const Run& run) const;
  void audit(AuditEntry::Event event, std::uint64_t id, const Run& run,
             const ToolAction* report = nullptr);
  void begin(std::uint64_t id, Run& run, Time now);
  void refuse(Run run, const char* outcome, const std::string& why);
  bool reuse(const Run& run, Time now);
  bool ask_first(Run& run, const jackfield::JsonValue& arguments, Time now);
  void start(std::uint64_t id, Run& run, Time now);
  void start_next(std::size_t server, Time now);
  void end(std::uint64_t id, CallOutcome outcome, const std::string& text, Time now);
  void tell_waiting(Time now);

  ToolsFile file_;
  Config config_;
  bool audited_ = false;
  Masking masking_;
  OfferedFunctions functions_;
  Confirmations confirmations_;
  std::map<std::uint64_t, Run> runs_;
  std::deque<Kept> kept_;
  std::uint64_t next_run_ = 1;
  Time filler_at_ = kNever;
  bool filled_ = false;  // in this reply
  bool waiting_ = false;
  unsigned filler_turn_ = 0;
  bool any_turn_ = false;
  Stats stats_;
  std::vector<ToolAction> actions_;
};

}  // namespace agentbrain::tools
