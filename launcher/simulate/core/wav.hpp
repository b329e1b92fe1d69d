// Reads WAV files into 16-bit mono, and writes WAV headers.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace jackfield::simulate {

struct WavAudio {
  int rate = 0;                       // Hz
  std::vector<std::int16_t> samples;  // mono: several channels are averaged
};

struct WavResult {
  std::optional<WavAudio> audio;
  std::string error;  // when there is no audio
};

// Takes 16-bit PCM, A-law and mu-law, 1 to 8 channels, 8 to 48 kHz. A data chunk that claims more
// than the file holds is cut to what is there (a file whose writer was killed).
WavResult parse_wav(std::span<const std::uint8_t> file);

// The 44 bytes before the samples of a 16-bit PCM file.
std::vector<std::uint8_t> wav_header(int rate, int channels, std::uint32_t data_bytes);

}  // namespace jackfield::simulate
