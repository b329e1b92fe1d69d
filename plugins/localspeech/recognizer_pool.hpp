// Recognizers of one configuration, shared by all calls of the process. The first one is loaded
// ahead of need, the others in the background when all are busy. Thread-safe.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "recognizer.hpp"

namespace localspeech {

class RecognizerPool : public std::enable_shared_from_this<RecognizerPool> {
 public:
  // A place in the queue for a recognizer. Its fields belong to the pool.
  class Ticket;

  // The pool of this configuration; a changed grammar file counts as another configuration. Pools
  // are kept for the next call, also when nobody uses them.
  static std::shared_ptr<RecognizerPool> get(const RecognizerConfig& config);

  explicit RecognizerPool(RecognizerConfig config) : config_(std::move(config)) {}

  // At most this many recognizers; those that exist are kept.
  void set_limit(unsigned limit);
  // Loads the first recognizer, if none is there; a load that failed is tried again. Returns why
  // there is none, or "". While another thread loads it, returns at once, and `loaded` is called
  // (from any thread, no lock held) when that has ended, well or not.
  std::string prepare(std::function<void()> loaded);
  // Asks for a recognizer, in turn. `wake` is called (from any thread, no lock held) when claim()
  // or error() has something new to tell.
  std::shared_ptr<Ticket> request(std::function<void()> wake);
  // The recognizer, or null when the turn has not come.
  std::unique_ptr<Recognizer> claim(Ticket& ticket);
  // Why there will be no recognizer; "" while there may be one.
  std::string error() const;
  // Gives up the place, and what was granted.
  void cancel(Ticket& ticket);
  void release(std::unique_ptr<Recognizer> recognizer);

  struct Figures {
    unsigned loaded = 0;
    unsigned busy = 0;
  };
  Figures figures() const;

 private:
  void load_if_needed();  // with the mutex held
  void load();

  const RecognizerConfig config_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Recognizer>> idle_;
  std::deque<std::shared_ptr<Ticket>> queue_;
  std::vector<std::function<void()>> watchers_;
  std::string error_;
  unsigned limit_ = 1;
  unsigned loaded_ = 0;
  unsigned loading_ = 0;
};

class RecognizerPool::Ticket {
  friend class RecognizerPool;
  std::function<void()> wake_;
  std::unique_ptr<Recognizer> granted_;
};

}  // namespace localspeech
