// The last seconds of audio with their times: a turn is announced after it began, so its beginning
// is taken from here. Nanoseconds of running time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace jackfield {

class RecentAudio {
 public:
  // Keeps at most `capacity` samples of `rate` Hz.
  RecentAudio(int rate, std::size_t capacity);

  // Appends samples that were captured at `time`. When they do not follow the last ones within
  // kJump, what came before is forgotten.
  void append(std::uint64_t time, std::span<const std::int16_t> samples);
  void clear();

  // All that is kept of what was captured at `time` or later, oldest first.
  std::vector<std::int16_t> since(std::uint64_t time) const;
  // The end of the last sample.
  std::uint64_t end() const { return end_; }
  std::size_t size() const { return size_; }
  int rate() const { return rate_; }

  static constexpr std::uint64_t kJump = 100'000'000;

 private:
  std::uint64_t duration(std::size_t samples) const;

  int rate_;
  std::vector<std::int16_t> ring_;
  std::size_t next_ = 0;  // where the next sample goes
  std::size_t size_ = 0;
  std::uint64_t end_ = 0;
};

}  // namespace jackfield
