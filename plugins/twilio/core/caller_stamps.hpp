// Running times for the caller's audio: from its place on the caller's time line, by the pipeline's
// clock. They neither drift away from that clock nor keep the lateness of the first payload.
#pragma once

#include <cstdint>
#include <span>

#include "caller_timeline.hpp"
#include "far_clock.hpp"

namespace twilio {

class CallerStamps {
 public:
  struct Stamp {
    uint64_t time_ns = 0;  // of the first sample
    bool skip = false;     // leave this audio out: all is stamped late, and nobody misses it
    bool discontinuous = false;
  };
  // Audio that has arrived at running time `now_ns`. `remapped`: see StreamClock.
  Stamp audio(std::span<const uint8_t> mulaw, CallerPosition at, bool discontinuous, bool remapped,
              uint64_t now_ns);
  // A piece of the silence in place of audio, of which `left` samples (with these) are known to be
  // missing at `now_ns`.
  Stamp silence(CallerPosition at, uint64_t samples, uint64_t left, uint64_t now_ns);

  // Running time stood still, or there is a new one.
  void restart();

 private:
  // Stamps that are wrong by more than this are put right at once where nobody hears it; by less,
  // by slewing.
  static constexpr int64_t kMostError = 40'000'000;

  uint64_t time_of(CallerPosition at);
  Stamp finish(uint64_t time_ns, uint64_t samples, bool discontinuous);

  FarClock clock_;
  uint64_t end_ns_ = 0;  // of the last stamped
  bool discontinuous_ = true;
};

}  // namespace twilio
