// Finds out whether a loudspeaker ran dry: a buffer that comes when it should already sound leaves
// a hole. A stream that has pauses of its own (an agent speaks, then listens) makes none by that.
// Pure; one thread at a time.
#pragma once

#include <cstdint>

namespace jackfield {

class PlaybackGaps {
 public:
  // Less than this is within the rounding of clocks, and is not heard.
  static constexpr std::int64_t kLeastGap = 2'000'000;  // ns

  // A buffer that should sound from `due` on for `duration`, and comes at `now`; all ns of the
  // pipeline's clock. The length of the hole it makes; 0 for none. A row of late buffers is one
  // hole: the device goes on from the first, so the others are late by as much.
  //
  // Converters keep the last few milliseconds of a sentence back until more comes. That is no hole:
  // a late buffer that is shorter than the one before counts only when the stream goes on behind
  // it.
  std::int64_t add(std::int64_t due, std::int64_t duration, std::int64_t now);

  // The stream begins anew (a flush).
  void reset() { *this = PlaybackGaps{}; }

 private:
  std::int64_t late_ = 0;      // how late the running row is
  std::int64_t pending_ = 0;   // a hole that counts only when the stream goes on
  std::int64_t end_ = 0;       // when the last buffer should end
  std::int64_t duration_ = 0;  // of the last buffer
};

}  // namespace jackfield
