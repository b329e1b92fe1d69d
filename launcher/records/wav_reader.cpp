#include "records/wav_reader.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace jackfield {
namespace {

constexpr std::uint32_t kSeeDs64 = 0xFFFFFFFFu;
constexpr std::uint16_t kPcm = 1;
constexpr std::uint16_t kExtensible = 0xFFFE;
constexpr std::uint64_t kLongestFormat = 1024;

bool read_bytes(std::istream& in, std::span<char> bytes) {
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return in.gcount() == static_cast<std::streamsize>(bytes.size());
}

std::uint64_t number(std::span<const char> bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) {
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  }
  return value;
}

}  // namespace

std::optional<WavReader> WavReader::open(std::istream& stream, std::string& error) {
  WavReader reader{stream};
  error = reader.read_header();
  if (!error.empty()) return std::nullopt;
  return reader;
}

std::string WavReader::read_format(std::uint64_t size) {
  if (size < 16 || size > kLongestFormat) return "the fmt chunk has an impossible size";
  std::vector<char> b(size);
  if (!read_bytes(*stream_, b)) return "the fmt chunk is cut off";
  const std::span<const char> f{b};
  std::uint64_t format = number(f.subspan(0, 2));
  if (format == kExtensible && size >= 40) format = number(f.subspan(24, 2));
  const std::uint64_t channels = number(f.subspan(2, 2));
  const std::uint64_t rate = number(f.subspan(4, 4));
  const std::uint64_t frame_bytes = number(f.subspan(12, 2));
  const std::uint64_t bits = number(f.subspan(14, 2));
  if (format != kPcm || bits != 16) return "not 16-bit PCM";
  if (channels < 1 || channels > 2) return "not one or two channels";
  if (rate == 0 || rate > 1'000'000) return "an impossible sample rate";
  if (frame_bytes != channels * 2) return "frame size and channels do not agree";
  rate_ = static_cast<std::uint32_t>(rate);
  channels_ = static_cast<std::uint16_t>(channels);
  return {};
}

std::string WavReader::read_header() {
  stream_->clear();
  stream_->seekg(0, std::ios::end);
  const auto end = stream_->tellg();
  stream_->seekg(0);
  if (!*stream_ || end < 0) return "the file cannot be read";
  const auto file_bytes = static_cast<std::uint64_t>(end);

  std::array<char, 12> head{};
  if (!read_bytes(*stream_, head)) return "not a WAV file: too short";
  const std::string form{head.data(), 4};
  if ((form != "RIFF" && form != "RF64") || std::string{head.data() + 8, 4} != "WAVE") {
    return "not a WAV file";
  }
  const bool big = form == "RF64";
  std::uint64_t riff_bytes = number(std::span{head}.subspan(4, 4));
  std::uint64_t big_data_bytes = 0;
  if (!big && riff_bytes + 8 > file_bytes) return "the file is shorter than its header says";

  for (std::uint64_t at = 12;;) {
    std::array<char, 8> chunk{};
    if (at + chunk.size() > file_bytes || !read_bytes(*stream_, chunk)) return "no data chunk";
    at += chunk.size();
    const std::string tag{chunk.data(), 4};
    std::uint64_t size = number(std::span{chunk}.subspan(4, 4));
    if (tag == "data" && big && size == kSeeDs64) size = big_data_bytes;
    if (size > file_bytes - at) return "the chunk \"" + tag + "\" is larger than the file";
    if (tag == "ds64" && big) {
      std::array<char, 24> sizes{};
      if (size < sizes.size() || !read_bytes(*stream_, sizes)) return "the ds64 chunk is too short";
      riff_bytes = number(std::span{sizes}.subspan(0, 8));
      big_data_bytes = number(std::span{sizes}.subspan(8, 8));
      if (riff_bytes > file_bytes - 8) return "the file is shorter than its header says";
    } else if (tag == "fmt ") {
      if (std::string problem = read_format(size); !problem.empty()) return problem;
    } else if (tag == "data") {
      if (rate_ == 0) return "no fmt chunk before the data";
      if (size % (2u * channels_) != 0) return "the data ends in the middle of a frame";
      frames_ = left_ = size / (2u * channels_);
      return {};
    }
    at += size + (size & 1);
    stream_->seekg(static_cast<std::streamoff>(at));
    if (!*stream_) return "no data chunk";
  }
}

std::size_t WavReader::read(std::span<std::int16_t> samples) {
  const std::uint64_t wanted = std::min<std::uint64_t>(samples.size() / channels_, left_);
  std::array<char, 8192> bytes;
  std::size_t done = 0;  // samples
  for (auto todo = static_cast<std::size_t>(wanted) * channels_; done < todo;) {
    const std::size_t n = std::min(todo - done, bytes.size() / 2);
    if (!read_bytes(*stream_, std::span{bytes}.first(n * 2))) {
      left_ = 0;
      return 0;
    }
    for (std::size_t i = 0; i < n; ++i) {
      const auto value = static_cast<std::uint16_t>(number(std::span{bytes}.subspan(i * 2, 2)));
      samples[done + i] = static_cast<std::int16_t>(value);
    }
    done += n;
  }
  left_ -= wanted;
  return static_cast<std::size_t>(wanted);
}

}  // namespace jackfield
