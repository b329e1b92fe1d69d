// Cuts what comes in buffers of any size into the frames of an encoder, without touching a sample.
// Numbered blocks of 10 ms (a mixer's) are cut where their numbers say, so that all who hear the
// same mix cut it at the same places, whenever they came.
//
// Pure. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "hold.hpp"

namespace sharedopus {

// Some bytes of a buffer.
struct Slice {
  Hold hold;                     // of the buffer
  const void* memory = nullptr;  // identifies the buffer's memory, as long as it is held
  std::size_t offset = 0;        // of the first byte in the memory
  std::size_t skip = 0;          // of the first byte in the buffer
  std::size_t bytes = 0;
};

struct CutFrame {
  std::vector<Slice> slices;
  std::int64_t time = 0;   // ns, of the first sample
  bool discont = false;    // something is missing before it
  bool shareable = false;  // others may have it too
};

class FrameCutter {
 public:
  static constexpr std::int64_t kNone = -1;
  // Two clocks that count the same samples may be so far apart.
  static constexpr std::int64_t kTolerance = 40'000'000;  // ns

  struct Block {
    Slice slice;
    std::int64_t number = kNone;  // of the block, when it has 10 ms
    std::int64_t time = kNone;    // ns
    bool discont = false;
    bool shareable = false;  // others hold its memory too
  };

  // `bytes` for one sample of all channels.
  FrameCutter(int rate, std::size_t bytes);

  // 2.5 to 60 ms, from the next frame on.
  void set_frame(std::int64_t nanoseconds);
  std::size_t frame_bytes() const { return frame_bytes_; }

  void add(Block block);
  // The next whole frame goes into `frame`. False: more has to come.
  bool take(CutFrame& frame);
  // What is left, less than a frame; the time of its first sample, or of what would come next.
  void take_rest(CutFrame& frame);
  std::size_t pending() const { return pending_; }  // bytes
  // Forgets what waits; what comes begins anew.
  void reset();

  // Samples that belonged to no whole frame, since the cutter was made.
  std::uint64_t dropped() const { return dropped_; }

 private:
  struct Piece {
    Slice slice;
    std::int64_t time;
    bool shareable;
  };

  std::int64_t duration(std::size_t bytes) const;
  void drop_pending();
  bool begins_a_frame(std::int64_t number) const;
  void cut(CutFrame& frame, std::size_t bytes);

  const int rate_;
  const std::size_t sample_bytes_;
  std::int64_t frame_ns_ = 20'000'000;
  std::size_t frame_bytes_ = 0;
  std::deque<Piece> pieces_;
  std::size_t pending_ = 0;
  std::int64_t next_time_ = 0;        // of what comes next, when it has none
  std::int64_t next_number_ = kNone;  // kNone: whatever comes
  bool any_ = false;                  // something came
  bool discont_ = false;
  std::uint64_t dropped_ = 0;
};

}  // namespace sharedopus
