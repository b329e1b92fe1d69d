// A few threads of the process that run short jobs: decoding, loading models, pushing text. Callers
// share them, so a call costs no thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include "export.hpp"

namespace jackfield {

class JACKFIELD_API WorkerPool {
 public:
  // The pool of the process: as many threads as cores, at least two. It lives until the process
  // ends.
  static WorkerPool& shared();

  explicit WorkerPool(unsigned threads) : limit_(threads) {}
  ~WorkerPool();  // waits for the running jobs; jobs that have not begun are dropped
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Runs `job` soon, in the order of submission. Any thread. Jobs must not throw.
  void submit(std::function<void()> job);

  // For the scope of a call that may block (a push downstream): another thread takes over, so that
  // one stuck pipeline does not hold up the others.
  class Blocking {
   public:
    explicit Blocking(WorkerPool& pool) : pool_(pool) { pool_.enter_blocking(); }
    ~Blocking() { pool_.leave_blocking(); }
    Blocking(const Blocking&) = delete;
    Blocking& operator=(const Blocking&) = delete;

   private:
    WorkerPool& pool_;
  };

 private:
  void enter_blocking();
  void leave_blocking();
  void start_thread_if_needed();  // with the mutex held
  void run();

  std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable gone_;
  std::deque<std::function<void()>> jobs_;
  unsigned limit_;
  unsigned threads_ = 0;
  unsigned waiting_ = 0;
  unsigned blocked_ = 0;
  bool stopping_ = false;
};

// Runs one body in the pool, never twice at a time: a serial queue whose items its owner keeps.
class JACKFIELD_API SerialTask : public std::enable_shared_from_this<SerialTask> {
 public:
  SerialTask(WorkerPool& pool, std::function<void()> body) : pool_(pool), body_(std::move(body)) {}

  // Has the body run once more, after this call. Any thread.
  void schedule();
  // Lets the body run no more, and waits until it has returned. Not from within the body.
  void stop();
  void start();

 private:
  void run();

  WorkerPool& pool_;
  std::function<void()> body_;
  std::mutex mutex_;
  std::condition_variable idle_;
  bool queued_ = false;
  bool running_ = false;
  bool again_ = false;
  bool stopped_ = false;
};

}  // namespace jackfield
