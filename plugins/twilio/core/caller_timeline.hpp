// Where the caller's audio belongs in time, and how fast Twilio's clock runs: StreamClock, with the
// arrival of the audio as a second witness.
#pragma once

#include <cstdint>
#include <span>

#include "far_clock.hpp"
#include "quiet.hpp"
#include "stream_clock.hpp"

namespace twilio {

// A place on the caller's time line, in samples.
struct CallerPosition {
  uint64_t samples = 0;  // from the first audio of the call; they follow one another
  uint64_t behind = 0;   // how late the time line runs there, see StreamClock
};

class CallerTimeline {
 public:
  explicit CallerTimeline(StreamClock::Config config) : clock_(config) {}

  void begin(uint64_t now_ns) { clock_.begin(now_ns); }
  StreamClock::Placement on_media(uint64_t timestamp_ms, std::span<const uint8_t> mulaw,
                                  uint64_t now_ns);
  StreamClock::Silence on_tick(uint64_t now_ns) { return clock_.on_tick(now_ns); }
  uint64_t deadline() const { return clock_.deadline(); }

  uint64_t last_media_ns() const { return clock_.last_media_ns(); }
  uint64_t behind() const { return clock_.behind(); }
  double skew() const { return far_.skew(); }

 private:
  void follow_arrival(uint64_t now_ns);

  StreamClock clock_;
  FarClock far_;
  PauseFinder pauses_;
  uint64_t in_step_ns_ = 0;  // when what arrived was last not as late as the time line runs behind
};

}  // namespace twilio
