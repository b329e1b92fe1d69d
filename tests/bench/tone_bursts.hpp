// Bursts of tone whose beginnings tell how long sound was on its way: one side makes them, the
// other finds them. 16-bit mono. The same in JavaScript: webrtc_page.js.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <span>

namespace jackfield::bench {

// A tone of 60 ms every 620 to 660 ms, so that beginnings fall anywhere in a frame, and a faint hum
// in between, which tells when there is sound at all.
class ToneBursts {
 public:
  ToneBursts(unsigned rate, std::uint32_t seed);
  // Fills `samples`. The index at which a burst begins in them, if one does.
  std::optional<std::size_t> fill(std::span<std::int16_t> samples);

 private:
  std::uint64_t next_gap();

  const unsigned rate_;
  std::minstd_rand random_;
  std::uint64_t position_ = 0;
  std::uint64_t next_;
};

class BurstFinder {
 public:
  explicit BurstFinder(unsigned rate) : quiet_(std::uint64_t{rate} * 3 / 10) {}
  // The index at which a burst begins in `samples`, if one does.
  std::optional<std::size_t> feed(std::span<const std::int16_t> samples);
  // More than silence was in what was fed so far.
  bool heard_anything() const { return heard_; }

 private:
  const std::uint64_t quiet_;  // samples without tone before the next burst
  std::uint64_t position_ = 0;
  std::optional<std::uint64_t> last_;
  bool heard_ = false;
};

}  // namespace jackfield::bench
