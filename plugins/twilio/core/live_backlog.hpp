// Keeps live audio that is passed on from getting late for good. When it is held up once (a stall
// of the network), all that follows queues up behind it, and nothing in the audio itself ever makes
// up for that. What stands in the queue without need is taken out again: whole buffers in pauses,
// else one sample in 20 ms (0.6 %, inaudible).
//
// Live means: the delay from a buffer's timestamp to its playing has grown. Audio made ahead of
// time, as a reply is, keeps that delay however much of it waits, and is left alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "quiet.hpp"
#include "standing_excess.hpp"

namespace twilio {

class LiveBacklog {
 public:
  struct Cut {
    size_t begin = 0;
    size_t size = 0;  // bytes to leave out from there
  };
  // Audio of the time `pts_ns`, which will begin to play in `ahead_ns`.
  Cut push(std::span<const uint8_t> mulaw, uint64_t pts_ns, uint64_t now_ns, uint64_t ahead_ns);
  // What was is no measure for what comes.
  void restart();

 private:
  StandingExcess delay_;
  PauseFinder pauses_;
  uint64_t least_ahead_ns_ = UINT64_MAX;  // of this window
  uint64_t last_push_ns_ = 0;
  uint64_t too_much_ns_ = 0;
};

}  // namespace twilio
