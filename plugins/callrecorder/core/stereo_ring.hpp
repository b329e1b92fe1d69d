// The samples of a call that are not yet in the file, addressed by their absolute position (sample
// number since running time 0). Slots that nobody wrote are silence. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace callrecorder {

enum class Side : uint8_t { kCaller = 0, kAgent = 1 };
constexpr size_t kSides = 2;
constexpr size_t index_of(Side side) { return static_cast<size_t>(side); }

class StereoRing {
 public:
  // `frames` > 0: how many frames (one sample of each side) it holds.
  explicit StereoRing(size_t frames);

  // The ring covers [begin, end): what lies before has been taken, what lies behind has no room
  // yet.
  int64_t begin() const { return begin_; }
  int64_t end() const { return begin_ + static_cast<int64_t>(frames_); }
  size_t frames() const { return frames_; }

  // Moves an empty ring.
  void start_at(int64_t position) { begin_ = position; }

  struct Stored {
    size_t late = 0;     // samples before begin(), dropped
    size_t overrun = 0;  // samples behind end(), dropped
  };
  Stored write(Side side, int64_t position, std::span<const int16_t> samples) noexcept;

  // All positions below are clipped to what the ring covers.
  void silence(Side side, int64_t from, int64_t to) noexcept;
  // Gain 1 → 0 over [from, to), linear. Only the part inside the ring is changed.
  void ramp_down(Side side, int64_t from, int64_t to) noexcept;
  // First sample other than zero in [from, to).
  std::optional<int64_t> first_sound(Side side, int64_t from, int64_t to) const noexcept;

  // Takes frames from begin() up to `until` or as many as fit in `interleaved` (caller, agent), and
  // frees them. Positions behind end() come out as silence. Returns the number of frames.
  size_t take(int64_t until, std::span<int16_t> interleaved) noexcept;

 private:
  int16_t& at(Side side, int64_t position) noexcept;
  const int16_t& at(Side side, int64_t position) const noexcept;

  size_t frames_;
  std::vector<int16_t> samples_;  // interleaved
  int64_t begin_ = 0;
};

}  // namespace callrecorder
