// The shape of a recording: lowest and highest sample of equal stretches of time. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "records/wav_reader.hpp"

namespace jackfield {

// Of one channel.
struct Envelope {
  struct Range {
    std::int16_t low = 0, high = 0;
  };
  std::vector<Range> ranges;
};

// Reads the recording to its end: one envelope of `points` ranges for each channel, fewer when it
// has fewer frames. Memory: the envelopes, whatever the length. False: reading failed midway.
bool read_waveform(WavReader& reader, std::size_t points, std::vector<Envelope>& channels);

}  // namespace jackfield
