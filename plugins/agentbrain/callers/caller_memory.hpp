// What is known and kept of the caller of one conversation, in a directory of callers. Any thread;
// nothing here waits: the file is read and written by threads of its own, one after the other for
// each conversation, so a slow disk or a locked file holds up nobody else.
#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "caller.hpp"
#include "worker_pool.hpp"

namespace agentbrain {

class CallerMemory : public std::enable_shared_from_this<CallerMemory> {
 public:
  // Bounds of one conversation.
  static constexpr std::size_t kMostNotes = 20;

  struct Found {
    std::string error;  // "": it could be read
    std::optional<jackfield::callers::Caller> caller;
  };
  // `good`: it was done; the text says what, or why not. Both for the model.
  using Done = std::function<void(bool good, const std::string& text)>;

  // `path`: the directory. `identity` as read_identity() gives it. `source`: what notes name as
  // where they come from. `trouble`: the operator is to know of it; from the threads here.
  CallerMemory(std::string path, std::string identity, std::string source,
               std::function<void(const std::string& text)> trouble);
  ~CallerMemory();
  CallerMemory(const CallerMemory&) = delete;
  CallerMemory& operator=(const CallerMemory&) = delete;

  // What is known, before this call; then the call is counted.
  void look_up(std::function<void(const Found&)> found);
  void remember(const std::string& note, Done done);
  void set_name(const std::string& name, const std::optional<std::string>& language, Done done);
  // From here on nothing is written any more in this conversation.
  void forget(Done done);

 private:
  using Job = std::function<void()>;
  void add(Job job);
  // A write, unless the caller wants to be forgotten.
  void write(Done done, std::function<void()> work, std::string success);

  const std::string path_, identity_, source_;
  const std::function<void(const std::string& text)> trouble_;
  std::atomic<bool> forgotten_{false};
  std::atomic<std::size_t> notes_{0};
  std::mutex lock_;
  std::deque<Job> jobs_;
  std::shared_ptr<jackfield::SerialTask> task_;
};

}  // namespace agentbrain
