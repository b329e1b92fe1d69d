#include "wav_writer.hpp"

#include <glib/gstdio.h>

#include <bit>
#include <cerrno>

#include "simulate/core/wav.hpp"

namespace jackfield::simulate {

static_assert(std::endian::native == std::endian::little, "samples are written as they are");

std::string WavWriter::open(const std::string& path, int rate, int channels) {
  close();
  file_ = g_fopen(path.c_str(), "wb");
  if (!file_) return g_strerror(errno);
  rate_ = rate;
  channels_ = channels;
  bytes_ = header_bytes_ = 0;
  good_ = true;
  write_header();
  return {};
}

void WavWriter::write_header() {
  const auto header = wav_header(rate_, channels_, bytes_);
  good_ = std::fseek(file_, 0, SEEK_SET) == 0 && good_;
  good_ = std::fwrite(header.data(), 1, header.size(), file_) == header.size() && good_;
  good_ = std::fseek(file_, 0, SEEK_END) == 0 && good_;
  good_ = std::fflush(file_) == 0 && good_;
  header_bytes_ = bytes_;
}

void WavWriter::write(std::span<const std::int16_t> samples) {
  if (!file_ || samples.empty()) return;
  good_ = std::fwrite(samples.data(), 2, samples.size(), file_) == samples.size() && good_;
  bytes_ += static_cast<std::uint32_t>(samples.size() * 2);
  if (bytes_ - header_bytes_ >= static_cast<std::uint32_t>(rate_ * channels_ * 2)) write_header();
}

bool WavWriter::close() {
  if (!file_) return true;
  write_header();
  const bool closed = std::fclose(file_) == 0;
  file_ = nullptr;
  return closed && good_;
}

}  // namespace jackfield::simulate
