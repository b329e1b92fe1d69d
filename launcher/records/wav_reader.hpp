// Reads a WAV file of 16-bit PCM (RIFF, or RF64 beyond 4 GiB) from a stream, piece by piece.
// Strict: a header that does not fit the file is refused with a reason. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <optional>
#include <span>
#include <string>

namespace jackfield {

class WavReader {
 public:
  // Reads the header from the start of `stream`, which must be seekable, opened in binary mode, and
  // outlive the reader. nullopt and a reason when it is not such a file.
  static std::optional<WavReader> open(std::istream& stream, std::string& error);

  std::uint32_t rate() const { return rate_; }          // Hz, 1 or more
  std::uint16_t channels() const { return channels_; }  // 1 or 2
  std::uint64_t frames() const { return frames_; }
  double seconds() const { return static_cast<double>(frames_) / rate_; }

  // The next frames, interleaved, as many as fit. 0 at the end, or when reading fails.
  std::size_t read(std::span<std::int16_t> samples);

 private:
  explicit WavReader(std::istream& stream) : stream_(&stream) {}
  std::string read_header();
  std::string read_format(std::uint64_t size);

  std::istream* stream_;
  std::uint32_t rate_ = 0;
  std::uint16_t channels_ = 0;
  std::uint64_t frames_ = 0;
  std::uint64_t left_ = 0;  // frames not yet read
};

}  // namespace jackfield
