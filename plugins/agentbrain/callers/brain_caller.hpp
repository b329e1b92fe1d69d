// Who calls, for agentbrain: looks them up in a directory, tells the model what is known of them
// before it greets, and gives it the functions that write down, or delete. docs/callers.md. Any
// thread; nothing but begin() waits.
#pragma once

#include <gst/gst.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "built_in_tool.hpp"
#include "caller_memory.hpp"
#include "gstpp.hpp"
#include "io_context.hpp"

namespace agentbrain {

// The permission that the functions about the caller ask for. Everybody has it whom the directory
// can have an entry for.
inline constexpr char kKnownCaller[] = "known-caller";

class BrainCaller : public std::enable_shared_from_this<BrainCaller> {
 public:
  struct Settings {
    std::string directory;  // file; "": none
    std::string caller;     // as it was given; "": unknown
    std::string source;     // of notes
    bool operator==(const Settings&) const = default;
  };
  // Who it is that calls, as far as that is known.
  struct Known {
    std::string identity;                  // as read_identity() gives it; "": nobody knows
    std::vector<std::string> permissions;  // what they may do
  };
  // Called with a reference to the bin held, without locks.
  struct Conversation {
    std::function<void(const std::string& text)> tell;
    // In place of what was said before.
    std::function<void(const Known& known)> known;
  };

  static std::shared_ptr<BrainCaller> make(GstElement* bin, Conversation conversation);
  ~BrainCaller();
  BrainCaller(const BrainCaller&) = delete;
  BrainCaller& operator=(const BrainCaller&) = delete;

  // While a conversation runs who calls is looked up anew, when it is somebody else.
  void configure(const Settings& settings);
  // Why the directory cannot be used; "": it can. Waits for the disk. Calls go on without it.
  static std::string check(const Settings& settings);
  // READY -> PAUSED, when the model can be told things. Waits for the lookup for a while.
  void begin();
  void stop();  // PAUSED -> READY

  // The greeting waits until it is known who calls, or too long has passed. False: it need not.
  bool greet_later(std::function<void()> greet);

  BuiltInTools tools();
  // Of the conversation; null when nobody is known who could be remembered.
  std::shared_ptr<CallerMemory> memory();

 private:
  using Lock = std::unique_lock<std::mutex>;
  BrainCaller(GstElement* bin, Conversation conversation);
  enum class Lookup { kNone, kNobody, kBegun };
  Lookup look_up();  // with the lock held
  void tell_nobody();
  void set_known(Known known);  // with the lock held
  void tell_known();
  void forgotten(const CallerMemory& memory);
  void found(guint64 lookup, const CallerMemory::Found& found);
  void end_lookup(Lock& lock);
  void warn(const std::string& text);

  GWeakRef bin_;
  const Conversation conversation_;
  std::mutex lock_;
  std::condition_variable known_;
  Settings settings_;
  bool running_ = false;
  bool waiting_ = false;  // a lookup is under way
  guint64 lookup_ = 0;    // the last one; earlier ones do not count
  Known known_caller_;
  guint64 known_version_ = 0;
  std::set<std::string> warned_;  // in this conversation; the texts are few
  std::shared_ptr<CallerMemory> memory_;
  std::function<void()> greet_;
  std::unique_ptr<jackfield::IoTimer> timer_;
};

}  // namespace agentbrain
