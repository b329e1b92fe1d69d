// Bytes on their way into a socket that may not take them. Bounded by bytes and by age: a peer that
// reads too slowly is to be given up, not waited for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

namespace jackfield {

class WriteQueue {
 public:
  struct Config {
    size_t max_bytes = 256 * 1024;
    uint64_t max_age_ns = 5'000'000'000;
  };

  explicit WriteQueue(Config config) : config_(config) {}

  void append(std::span<const uint8_t> bytes, uint64_t now_ns);
  std::span<const uint8_t> front() const { return {data_.data() + head_, size()}; }
  // The socket took this many bytes.
  void consume(size_t bytes);

  size_t size() const { return data_.size() - head_; }
  bool empty() const { return size() == 0; }
  // How long the oldest byte has waited.
  uint64_t age_ns(uint64_t now_ns) const;
  // When the oldest byte will be too old; UINT64_MAX when empty.
  uint64_t deadline() const;
  bool over_limit(uint64_t now_ns) const;
  size_t max_seen() const { return max_seen_; }

 private:
  struct Stamp {
    uint64_t end;  // count of all bytes ever appended, behind these
    uint64_t since_ns;
  };

  Config config_;
  std::vector<uint8_t> data_;
  size_t head_ = 0;
  uint64_t appended_ = 0;
  uint64_t consumed_ = 0;
  std::deque<Stamp> stamps_;
  size_t max_seen_ = 0;
};

}  // namespace jackfield
