// Writes a 16-bit WAV file piece by piece; its header is right after every second of audio.
#pragma once

#include <cstdint>
#include <cstdio>
#include <span>
#include <string>

namespace jackfield::simulate {

class WavWriter {
 public:
  WavWriter() = default;
  ~WavWriter() { close(); }
  WavWriter(const WavWriter&) = delete;
  WavWriter& operator=(const WavWriter&) = delete;

  // Returns what went wrong; empty: nothing.
  std::string open(const std::string& path, int rate, int channels);
  void write(std::span<const std::int16_t> samples);
  // Returns false when any of it could not be written.
  bool close();

 private:
  void write_header();

  std::FILE* file_ = nullptr;
  int rate_ = 0;
  int channels_ = 0;
  std::uint32_t bytes_ = 0;
  std::uint32_t header_bytes_ = 0;
  bool good_ = true;
};

}  // namespace jackfield::simulate
