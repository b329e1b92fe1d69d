// A piece of recorded speech as a phone line carries it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "line_time.hpp"
#include "wav.hpp"

namespace jackfield::simulate {

struct Clip {
  std::vector<std::uint8_t> mulaw;  // 8 kHz
  // Where speech stands in it, by energy: a file has silence around its words, and latencies are
  // counted from the words. Both are 0 when the clip is silent.
  Samples speech_begin = 0;
  Samples speech_end = 0;
};

// Band-limited resampling to 8 kHz (Hann-windowed sinc, 32 zero crossings).
std::vector<std::int16_t> resample_to_line(std::span<const std::int16_t> in, int rate);

// gain in dB.
Clip make_clip(const WavAudio& audio, double gain = 0);

// One clip behind the other, with `gap` samples of silence between them.
Clip join_clips(std::span<const Clip* const> clips, Samples gap);

}  // namespace jackfield::simulate
