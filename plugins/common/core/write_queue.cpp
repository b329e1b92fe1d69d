#include "write_queue.hpp"

#include <algorithm>

namespace jackfield {
namespace {

// Bytes appended within this time of each other share a stamp, which bounds the stamps.
constexpr uint64_t kStampNs = 50'000'000;

}  // namespace

void WriteQueue::append(std::span<const uint8_t> bytes, uint64_t now_ns) {
  if (bytes.empty()) return;
  if (head_ == data_.size()) {
    data_.clear();
    head_ = 0;
  } else if (head_ > config_.max_bytes / 2) {
    data_.erase(data_.begin(), data_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
  }
  data_.insert(data_.end(), bytes.begin(), bytes.end());
  appended_ += bytes.size();
  if (!stamps_.empty() && now_ns - stamps_.back().since_ns < kStampNs) {
    stamps_.back().end = appended_;
  } else {
    stamps_.push_back({appended_, now_ns});
  }
  max_seen_ = std::max(max_seen_, size());
}

void WriteQueue::consume(size_t bytes) {
  const size_t taken = std::min(bytes, size());
  head_ += taken;
  consumed_ += taken;
  while (!stamps_.empty() && stamps_.front().end <= consumed_) stamps_.pop_front();
}

uint64_t WriteQueue::age_ns(uint64_t now_ns) const {
  if (stamps_.empty()) return 0;
  return now_ns - std::min(now_ns, stamps_.front().since_ns);
}

uint64_t WriteQueue::deadline() const {
  return stamps_.empty() ? UINT64_MAX : stamps_.front().since_ns + config_.max_age_ns;
}

bool WriteQueue::over_limit(uint64_t now_ns) const {
  return size() > config_.max_bytes || (!empty() && age_ns(now_ns) >= config_.max_age_ns);
}

}  // namespace jackfield
