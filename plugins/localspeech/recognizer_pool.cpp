#include "recognizer_pool.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include "worker_pool.hpp"

namespace localspeech {

namespace {

// Unused pools beyond this number are let go.
constexpr std::size_t kKeptPools = 8;

struct Key {
  RecognizerConfig config;
  std::int64_t grammar_written = 0;
  std::int64_t pronunciations_written = 0;
  auto operator<=>(const Key&) const = default;
};

std::int64_t last_written(const std::string& path) {
  if (path.empty()) return 0;
  std::error_code error;
  const auto time = std::filesystem::last_write_time(path, error);
  return error ? 0 : static_cast<std::int64_t>(time.time_since_epoch().count());
}

}  // namespace

std::shared_ptr<RecognizerPool> RecognizerPool::get(const RecognizerConfig& config) {
  static auto* mutex = new std::mutex;
  static auto* pools = new std::map<Key, std::shared_ptr<RecognizerPool>>;
  const Key key{config, last_written(config.grammar), last_written(config.pronunciations)};
  std::vector<std::shared_ptr<RecognizerPool>> unused;  // freed behind the lock
  const std::lock_guard lock(*mutex);
  if (const auto found = pools->find(key); found != pools->end()) return found->second;
  for (auto it = pools->begin(); it != pools->end() && pools->size() >= kKeptPools;) {
    if (it->second.use_count() > 1) {
      ++it;
      continue;
    }
    unused.push_back(std::move(it->second));
    it = pools->erase(it);
  }
  return (*pools)[key] = std::make_shared<RecognizerPool>(config);
}

void RecognizerPool::set_limit(unsigned limit) {
  const std::lock_guard lock(mutex_);
  limit_ = std::max(1U, limit);
  if (loaded_ + loading_ > 0) load_if_needed();
}

std::string RecognizerPool::prepare(std::function<void()> loaded) {
  {
    const std::lock_guard lock(mutex_);
    error_.clear();
    if (loaded_ > 0) return {};
    if (loading_ > 0) {
      watchers_.push_back(std::move(loaded));
      return {};
    }
    ++loading_;
  }
  load();
  return error();
}

void RecognizerPool::load_if_needed() {
  const bool wanted = loaded_ + loading_ == 0 || queue_.size() > loading_;
  if (!wanted || !error_.empty() || loaded_ + loading_ >= limit_) return;
  ++loading_;
  jackfield::WorkerPool::shared().submit([self = shared_from_this()] { self->load(); });
}

void RecognizerPool::load() {
  std::unique_ptr<Recognizer> recognizer;
  std::string error;
  try {
    recognizer = std::make_unique<Recognizer>(config_);
  } catch (const std::exception& e) {
    error = e.what();
  } catch (...) {
    error = "unknown exception";
  }
  std::vector<std::function<void()>> told;
  {
    const std::lock_guard lock(mutex_);
    --loading_;
    told.swap(watchers_);
    if (recognizer) {
      ++loaded_;
    } else if (loaded_ == 0) {
      // When only a further one could not be made, the others serve the queue.
      error_ = error;
      for (const auto& ticket : queue_) told.push_back(ticket->wake_);
      queue_.clear();
    }
  }
  if (recognizer) release(std::move(recognizer));
  for (const auto& wake : told) wake();
}

std::shared_ptr<RecognizerPool::Ticket> RecognizerPool::request(std::function<void()> wake) {
  auto ticket = std::make_shared<Ticket>();
  ticket->wake_ = std::move(wake);
  const std::lock_guard lock(mutex_);
  if (!idle_.empty()) {
    ticket->granted_ = std::move(idle_.back());
    idle_.pop_back();
    return ticket;
  }
  if (error_.empty()) queue_.push_back(ticket);
  load_if_needed();
  return ticket;
}

std::unique_ptr<Recognizer> RecognizerPool::claim(Ticket& ticket) {
  const std::lock_guard lock(mutex_);
  return std::move(ticket.granted_);
}

std::string RecognizerPool::error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

void RecognizerPool::cancel(Ticket& ticket) {
  std::unique_ptr<Recognizer> granted;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(queue_, [&](const auto& queued) { return queued.get() == &ticket; });
    granted = std::move(ticket.granted_);
  }
  if (granted) release(std::move(granted));
}

void RecognizerPool::release(std::unique_ptr<Recognizer> recognizer) {
  recognizer->cancel();
  std::shared_ptr<Ticket> next;
  {
    const std::lock_guard lock(mutex_);
    if (queue_.empty()) {
      idle_.push_back(std::move(recognizer));
      return;
    }
    next = std::move(queue_.front());
    queue_.pop_front();
    next->granted_ = std::move(recognizer);
  }
  next->wake_();
}

RecognizerPool::Figures RecognizerPool::figures() const {
  const std::lock_guard lock(mutex_);
  return {.loaded = loaded_, .busy = loaded_ - static_cast<unsigned>(idle_.size())};
}

}  // namespace localspeech
