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

#include "json_schema.hpp"
#include "masking.hpp"
#include "mcp_session.hpp"
#include "tools_file.hpp"

namespace agentbrain::tools {

// In place of a server's index.
inline constexpr std::size_t kApplication = SIZE_MAX;
inline constexpr std::size_t kBuiltIn = SIZE_MAX - 1;  // the agent itself
inline constexpr const char* kBuiltInName = "agent";   // in records

// What the model is offered.
struct OfferedFunction {
  std::string name;  // unique; a name that a language model's API takes
  std::string description;
  jackfield::JsonValue schema;
  std::size_t server = kApplication;
  std::string tool;  // its name at the server
  CallRules rules;
  std::size_t max_result = 16 * 1024;            // bytes of a result that the model is told
  const jackfield::JsonValue* limits = nullptr;  // of the arguments, by the tools file
};

// A name that language models take (at most 64 letters, digits, "_" and "-") and that is not in
// `taken`: the tool's own if it can be, otherwise with the server's before it, or a number behind.
std::string function_name(const std::string& server, const std::string& tool,
                          const std::vector<OfferedFunction>& taken);

struct ToolAction {
  enum class Kind {
    kOffer,     // `text`: the list of functions, JSON, in place of the last one
    kAnnounce,  // the call begins, or is refused: for records
    kStart,     // ask server `server`, or the agent, for `tool` with `arguments`
    kEmit,      // ask the application
    kCancel,    // `server`, `run`: nobody waits any more
    kAnswer,    // `text` is what the model that asked is told
    kReport,    // the call is over: for records
    kFiller,    // say `text`, unless something is heard
    kWaiting,   // a reply waits for its tools until `until` at most; 0: not any more
  };
  Kind kind = Kind::kOffer;
  std::uint64_t run = 0;
  std::size_t server = kApplication;
  std::string server_name;  // "" the application
  int stage = 0;            // who asked
  std::string call_id;
  unsigned turn = 0;
  std::string function;
  std::string tool;
  std::string arguments;    // announce: without secrets
  std::string text;         // report: without secrets, cut
  std::string outcome;      // of outcome_name(), or "refused", "unknown"
  Time duration = 0;        // report
  std::size_t bytes = 0;    // report: of the whole result
  bool background = false;  // report: the reply that asked had been cut
  Time until = 0;
  Time timeout = 0;  // start
};

class ToolRunner {
 public:
  struct Config {
    Time filler_after = 600'000'000;
    std::string filler;  // "": none
    PatternMatcher matches;
    std::vector<FunctionSettings> built_in;  // what the agent carries out itself
  };
  struct Stats {
    std::uint64_t calls = 0, failed = 0, timed_out = 0, cancelled = 0, refused = 0, reused = 0;
  };

  ToolRunner(ToolsFile file, Config config);

  void configure(Time filler_after, const std::string& filler);
  // What the application offers besides the file's functions, in place of what it offered before.
  // Of several functions with one name the agent's own counts, then the file's.
  void set_functions(std::vector<FunctionSettings> functions);
  // What a server has now; none: it is gone.
  void set_tools(std::size_t server, const std::vector<McpTool>& tools);

  // The model of `stage` calls a function. False when there is none of that name, and nothing was
  // done. With `application` it is the application's, whatever it is called.
  bool called(int stage, const std::string& call_id, unsigned turn, const std::string& name,
              const std::string& arguments, Time now, bool application = false);
  // Of kStart and kEmit. False when nobody waits for it any more.
  bool finished(std::uint64_t run, CallOutcome outcome, const std::string& text, Time now);
  // The same for the application, which knows the call by its id.
  bool answered(const std::string& call_id, const std::string& text, Time now);
  // Nobody took the call that kEmit offered.
  void nobody(std::uint64_t run, Time now);
  // The call is somebody else's after all: it is forgotten.
  void withdraw(std::uint64_t run);
  // The reply was cut: what it waited for is cancelled, or finished in the background.
  void interrupted(Time now, const std::string& why = "the caller interrupted");
  // The call is over: everything is cancelled.
  void stop(Time now);

  void timer(Time now);
  Time deadline() const;

  std::vector<ToolAction> take_actions() { return std::exchange(actions_, {}); }
  const std::vector<OfferedFunction>& functions() const { return functions_; }
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
    bool started = false;  // otherwise it waits for its turn at the server
    bool awaited = true;   // a reply waits for it
  };
  struct Kept {  // finished in the background
    std::string function, arguments, text;
    Time until = 0;
  };

  const OfferedFunction* find(const std::string& name) const;
  bool is_server(std::size_t server) const { return server < file_.servers.size(); }
  void add_functions(const std::vector<FunctionSettings>& functions, std::size_t server);
  void offer();
  ToolAction action(ToolAction::Kind kind, std::uint64_t id, const Run& run) const;
  void refuse(Run run, const char* outcome, const std::string& why);
  bool reuse(const Run& run, Time now);
  void start(std::uint64_t id, Run& run, Time now);
  void start_next(std::size_t server, Time now);
  void end(std::uint64_t id, CallOutcome outcome, const std::string& text, Time now);
  void tell_waiting(Time now);

  ToolsFile file_;
  Config config_;
  Masking masking_;
  std::vector<FunctionSettings> application_;
  std::vector<std::vector<McpTool>> tools_;  // by server
  std::vector<OfferedFunction> functions_;
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
