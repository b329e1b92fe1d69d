// Where the next block of one side belongs. Timestamps jitter and their clock drifts; audio must
// not. A block that is near its expected place is put exactly behind its predecessor; a lasting
// offset (drift) is worked off by one sample more or less per block; a real gap or jump is obeyed.
// Positions and lengths are in samples. Not thread-safe.
#pragma once

#include <cstdint>

namespace callrecorder {

class Placement {
 public:
  struct Config {
    int64_t tolerance = 80;    // samples; a difference up to this is jitter, a larger one is real
    int64_t averaging = 8000;  // samples; time constant of the mean offset
    int64_t start_above = 16;  // samples of mean offset at which the correction starts
    int64_t stop_below = 4;    // and at which it stops
  };

  struct Placed {
    int64_t position = 0;
    int adjust = 0;              // samples to add (+1) or take away (-1) from this block
    bool discontinuity = false;  // not behind its predecessor
  };

  explicit Placement(const Config& config) : config_(config) {}

  // The block of `length` > 0 samples whose timestamp asks for `wanted`.
  Placed place(int64_t wanted, int64_t length) noexcept;
  // The block that has no timestamp; goes behind its predecessor, or to `fallback` when there is
  // none.
  Placed append(int64_t fallback, int64_t length) noexcept;
  // The next block starts anew.
  void forget() noexcept { open_ = false; }

  bool open() const { return open_; }
  // End of the last block, valid while open().
  int64_t expected() const { return expected_; }

 private:
  Config config_;
  bool open_ = false;
  bool correcting_ = false;
  int64_t expected_ = 0;
  double offset_ = 0.0;  // mean of (wanted - expected)
};

}  // namespace callrecorder
