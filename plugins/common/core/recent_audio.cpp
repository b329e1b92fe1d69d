#include "recent_audio.hpp"

#include <algorithm>

namespace jackfield {

namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

}  // namespace

RecentAudio::RecentAudio(int rate, std::size_t capacity) : rate_(rate), ring_(capacity) {}

void RecentAudio::clear() { size_ = next_ = 0; }

std::uint64_t RecentAudio::duration(std::size_t samples) const {
  return samples * kSecond / static_cast<std::uint64_t>(rate_);
}

void RecentAudio::append(std::uint64_t time, std::span<const std::int16_t> samples) {
  const std::uint64_t gap = time > end_ ? time - end_ : end_ - time;
  if (gap > kJump) clear();
  end_ = time + duration(samples.size());
  if (samples.size() > ring_.size()) samples = samples.last(ring_.size());
  for (std::size_t done = 0; done < samples.size();) {
    const std::size_t count = std::min(samples.size() - done, ring_.size() - next_);
    std::copy_n(samples.begin() + static_cast<std::ptrdiff_t>(done), count,
                ring_.begin() + static_cast<std::ptrdiff_t>(next_));
    next_ = (next_ + count) % ring_.size();
    done += count;
  }
  size_ = std::min(ring_.size(), size_ + samples.size());
}

std::vector<std::int16_t> RecentAudio::since(std::uint64_t time) const {
  std::size_t count = size_;
  if (time >= end_) return {};
  const std::uint64_t wanted = end_ - time;
  if (wanted < duration(size_)) {
    count = static_cast<std::size_t>(wanted * static_cast<std::uint64_t>(rate_) / kSecond);
  }
  std::vector<std::int16_t> result;
  result.reserve(count);
  std::size_t at = (next_ + ring_.size() - count) % std::max<std::size_t>(1, ring_.size());
  for (std::size_t i = 0; i < count; ++i) {
    result.push_back(ring_[at]);
    at = (at + 1) % ring_.size();
  }
  return result;
}

}  // namespace jackfield
