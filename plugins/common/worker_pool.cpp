#include "worker_pool.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace jackfield {

WorkerPool& WorkerPool::shared() {
  // Never destroyed: at the end of the process its threads may outlive any static object.
  static auto* pool = new WorkerPool(std::max(2U, std::thread::hardware_concurrency()));
  return *pool;
}

WorkerPool::~WorkerPool() {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  jobs_.clear();
  work_.notify_all();
  gone_.wait(lock, [this] { return threads_ == 0; });
}

void WorkerPool::start_thread_if_needed() {
  if (stopping_ || jobs_.size() <= waiting_ || threads_ - blocked_ >= limit_) return;
  ++threads_;
  try {
    std::thread([this] { run(); }).detach();
  } catch (...) {
    // No thread to be had: the job waits for one of the others.
    --threads_;
  }
}

void WorkerPool::submit(std::function<void()> job) {
  const std::lock_guard lock(mutex_);
  jobs_.push_back(std::move(job));
  start_thread_if_needed();
  work_.notify_one();
}

void WorkerPool::enter_blocking() {
  const std::lock_guard lock(mutex_);
  ++blocked_;
  start_thread_if_needed();
}

void WorkerPool::leave_blocking() {
  const std::lock_guard lock(mutex_);
  --blocked_;
}

void WorkerPool::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_ && threads_ - blocked_ <= limit_) {
    if (jobs_.empty()) {
      ++waiting_;
      work_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      --waiting_;
      continue;
    }
    {
      const auto job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job();
    }
    lock.lock();
  }
  --threads_;
  // This thread may have eaten the wake-up of a job that it leaves to another.
  if (!jobs_.empty()) work_.notify_one();
  // Under the lock: the pool may be gone as soon as it is released.
  gone_.notify_all();
}

void SerialTask::schedule() {
  const std::lock_guard lock(mutex_);
  if (stopped_) return;
  if (running_) {
    again_ = true;
    return;
  }
  if (std::exchange(queued_, true)) return;
  pool_.submit([self = shared_from_this()] { self->run(); });
}

void SerialTask::run() {
  {
    const std::lock_guard lock(mutex_);
    queued_ = false;
    if (stopped_) {
      idle_.notify_all();
      return;
    }
    running_ = true;
    again_ = false;
  }
  body_();
  const std::lock_guard lock(mutex_);
  running_ = false;
  idle_.notify_all();
  // Behind the jobs of others, so that nobody is starved.
  if (again_ && !stopped_) {
    queued_ = true;
    pool_.submit([self = shared_from_this()] { self->run(); });
  }
}

void SerialTask::stop() {
  std::unique_lock lock(mutex_);
  stopped_ = true;
  idle_.wait(lock, [this] { return !running_; });
}

void SerialTask::start() {
  const std::lock_guard lock(mutex_);
  stopped_ = false;
}

}  // namespace jackfield
