// Places the caller's audio on one gapless time line: Twilio's media.timestamp decides where a
// payload belongs, and what is missing between two payloads is reported so that it can be filled.
//
// Positions count samples from the first audio of the call. They never go back and never jump:
// - a timestamp a little off its place (payloads of odd length round to milliseconds) is
// contiguous;
// - a later one is a gap, filled by the user of this class;
// - an earlier one is late: dropped when its time has been passed on as real audio already; kept,
//   moved behind, when only silence made by on_tick() stood in its place (a stall of the network
//   that delivers its backlog). The time line then runs behind, and quiet payloads are dropped
//   until it has caught up;
// - an impossible leap (ahead of the wall clock, or far back) starts a new mapping at the end.
#pragma once

#include <cstddef>
#include <cstdint>

#include "line_units.hpp"

namespace twilio {

class StreamClock {
 public:
  struct Config {
    // Without media for this long the gap is filled with silence. 0: never.
    uint64_t inactivity_timeout_ns = 200 * kMillisecondNs;
  };

  enum class Verdict {
    kPlay,       // at `position`, after `missing` samples that never came
    kDropLate,   // its time has been played already
    kDropQuiet,  // silence, left out to catch up
  };

  struct Placement {
    Verdict verdict = Verdict::kPlay;
    uint64_t position = 0;  // of the first sample, behind the missing ones
    uint64_t missing = 0;   // samples
    bool discontinuous = false;
    bool remapped = false;  // the timestamps say nothing about the time since the payload before
  };

  explicit StreamClock(Config config) : config_(config) {}

  // The stream has begun; from here silence is due when no media comes.
  void begin(uint64_t now_ns);

  // `quiet`: the payload is so soft that nobody misses it.
  Placement on_media(uint64_t timestamp_ms, size_t samples, bool quiet, uint64_t now_ns);

  struct Silence {
    uint64_t position = 0;
    uint64_t samples = 0;  // 0: none due
  };
  // Silence that is due because no media came. Whole frames of 20 ms.
  Silence on_tick(uint64_t now_ns);
  // When on_tick() has something to do; kNever when it has not.
  uint64_t deadline() const;

  // When media came last (or the stream began).
  uint64_t last_media_ns() const { return last_media_ns_; }
  // End of the time line so far, in samples.
  uint64_t position() const { return next_; }
  // How far the time line runs behind because of kept late audio, in samples.
  uint64_t behind() const { return behind_; }
  // It does not: what looked like a backlog comes in real time, so the timestamps had stood still.
  void accept_pause() { behind_ = 0; }

 private:
  // Rounding to ms and jitter of a sender's own timestamps.
  static constexpr int64_t kTolerance = 10 * kSamplesPerMs;
  // A gap must not end later than the wall clock by more than this.
  static constexpr int64_t kMaxAhead = 1000 * kSamplesPerMs;
  // Timestamps farther back than this belong to a new count.
  static constexpr int64_t kMaxBack = 10000 * kSamplesPerMs;

  uint64_t wall_position(uint64_t now_ns) const;

  Config config_;
  bool begun_ = false;
  bool mapped_ = false;
  int64_t offset_ = 0;        // position = timestamp in samples + offset_
  uint64_t next_ = 0;         // position of the next contiguous sample
  uint64_t silence_run_ = 0;  // samples before next_ that on_tick() made
  uint64_t behind_ = 0;
  uint64_t begin_ns_ = 0;
  uint64_t last_media_ns_ = 0;
  uint64_t last_media_end_ = 0;  // next_ right after the last media
};

}  // namespace twilio
