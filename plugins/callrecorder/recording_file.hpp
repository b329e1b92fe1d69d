// The file of a recording: written in order, playable after every refresh(). One thread.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>

namespace callrecorder {

class RecordingFile {
 public:
  struct Config {
    std::string path;         // in the encoding of GLib file names
    bool overwrite = false;   // false: an existing file is an error
    bool wav_header = false;  // 16-bit WAV; false: bytes as they come
  };

  RecordingFile() = default;
  ~RecordingFile() { close(); }
  RecordingFile(const RecordingFile&) = delete;
  RecordingFile& operator=(const RecordingFile&) = delete;

  // All functions that can fail return an empty string, or what went wrong and what to do about it.
  // After an error the file holds whole frames and is playable; nothing more is written to it.

  // Creates missing folders (mode 0750) and the file, and writes the header of an empty recording.
  std::string open(const Config& config);
  // Format of the header from the next refresh on.
  void set_format(uint32_t rate, uint16_t channels);
  // Hands the bytes to the operating system. Whole frames only.
  std::string append(std::span<const uint8_t> bytes);
  // Makes the header count all that was appended.
  std::string refresh();
  std::string close();

  bool is_open() const { return file_ != nullptr; }
  uint64_t data_bytes() const { return data_bytes_; }
  uint32_t rate() const { return rate_; }
  // 0 unless a WAV header is written.
  uint64_t frames() const;

 private:
  struct Closer {
    void operator()(std::FILE* f) const noexcept { std::fclose(f); }
  };
  std::string write_header();
  std::string fail(const char* what);

  Config config_;
  std::unique_ptr<std::FILE, Closer> file_;
  uint32_t rate_ = 8000;
  uint16_t channels_ = 2;
  uint64_t data_bytes_ = 0;
};

}  // namespace callrecorder
