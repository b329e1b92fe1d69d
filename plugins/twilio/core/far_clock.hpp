// The clock of the far end, estimated from when its audio arrives.
//
// Audio that ends at `end` on the far end's count arrives at `now` on ours:
//
//   now - end = offset + skew * end + delay,   delay >= 0
//
// The delay of the network varies and is never negative, so the line that lies below all
// observations tells offset and skew, and one that came late tells nothing: a first frame that was
// held up is found out by the frames after it. The line is that of Moon, Skelly and Towsley
// ("Estimation and Removal of Clock Skew from Network Delay Measurements", INFOCOM 1999): below all
// points, and of all such lines the one with the least sum of distances. It is the edge of the
// lower convex hull above the mean of the points. Points are the fastest frames of each 4 s of the
// last 4 minutes: 64 of them, whatever happens.
//
// Times read off the clock follow the line by slewing, at most 0.5 % fast or slow, so that what is
// stamped with them stays continuous.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace twilio {

class FarClock {
 public:
  static constexpr double kMaxSkew = 500e-6;   // of two quartz clocks, with much room
  static constexpr double kMaxSlew = 5000e-6;  // ns per ns

  // Audio that ends at `end_ns` has arrived. Both only go forward; `end_ns` from any origin.
  // Returns how long it was held up, as far as is known.
  int64_t observe(int64_t end_ns, int64_t now_ns);
  bool known() const { return points_ > 0; }

  // Our time of the far end's `at_ns`, plus the least delay of the network. `at_ns` only goes
  // forward. Needs one observation.
  int64_t read(int64_t at_ns);
  bool reading() const { return read_; }
  // How far the last reading was from the line, before it was slewed; positive: it was early.
  int64_t error() const { return error_; }
  // Readings from here on are later by this: an error is put right at once.
  void jump(int64_t by_ns) { read_offset_ += static_cast<double>(by_ns); }

  // The far end's count may have stood still, or has a new origin: what was observed counts no
  // more. Readings go on from the last one; the skew stays.
  void forget();
  // As new.
  void restart();

  // How much slower than ours the far clock runs: 100e-6 when it takes 100.01 s for its 100 s.
  // Zero until half a minute has been observed.
  double skew() const { return skew_; }

 private:
  static constexpr size_t kMaxPoints = 64;
  static constexpr int64_t kPointNs = 4'000'000'000;     // one point per such time
  static constexpr int64_t kLeastSpan = 30'000'000'000;  // of points for a skew
  // With so much observed, the skew changes by at most this per point: quartz clocks are steady, a
  // change of route only looks like a skew while it passes through the window.
  static constexpr int64_t kSureSpan = 60'000'000'000;
  static constexpr double kMaxSkewStep = 3e-6;
  static constexpr double kSettling = 1e9;  // ns; time constant of readings

  struct Point {
    int64_t end = 0;
    int64_t offset = 0;  // now - end, of the fastest frame
  };

  const Point& point(size_t i) const { return ring_[(first_ + i) % kMaxPoints]; }
  void fit();
  double line_at(int64_t end) const;
  double above_line(const Point& p) const;

  std::array<Point, kMaxPoints> ring_;
  size_t first_ = 0;
  size_t points_ = 0;
  int64_t point_begin_ = 0;  // our time at which the newest point was begun
  double skew_ = 0;
  int64_t origin_ = 0;  // the line: level_ at origin_
  double level_ = 0;
  bool read_ = false;
  int64_t read_at_ = 0;
  double read_offset_ = 0;
  int64_t error_ = 0;
};

}  // namespace twilio
