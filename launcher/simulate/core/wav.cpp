#include "wav.hpp"

#include <algorithm>
#include <cstring>

#include "g711.hpp"

namespace jackfield::simulate {
namespace {

// Format tags of the RIFF specification (mmreg.h).
constexpr unsigned kPcm = 1;
constexpr unsigned kAlaw = 6;
constexpr unsigned kMulaw = 7;
constexpr unsigned kExtensible = 0xFFFE;

unsigned le16(std::span<const std::uint8_t> b, std::size_t at) {
  return static_cast<unsigned>(b[at] | b[at + 1] << 8);
}
std::uint32_t le32(std::span<const std::uint8_t> b, std::size_t at) {
  return le16(b, at) | static_cast<std::uint32_t>(le16(b, at + 2)) << 16;
}
bool tag_at(std::span<const std::uint8_t> b, std::size_t at, const char* tag) {
  return std::memcmp(b.data() + at, tag, 4) == 0;
}
WavResult failed(std::string why) { return {std::nullopt, std::move(why)}; }

struct Format {
  unsigned tag = 0;
  unsigned channels = 0;
  std::uint32_t rate = 0;
  unsigned bits = 0;
};

std::string check(const Format& f) {
  if (f.channels < 1 || f.channels > 8)
    return "has " + std::to_string(f.channels) + " channels (1 to 8 are read)";
  if (f.rate < 8000 || f.rate > 48000)
    return "has " + std::to_string(f.rate) + " Hz (8000 to 48000 are read)";
  if (f.tag == kPcm && f.bits == 16) return {};
  if ((f.tag == kAlaw || f.tag == kMulaw) && f.bits == 8) return {};
  return "has the sample format " + std::to_string(f.tag) + " with " + std::to_string(f.bits) +
         " bits (16-bit PCM, A-law and mu-law are read)";
}

int sample_at(const Format& f, std::span<const std::uint8_t> data, std::size_t index) {
  if (f.tag == kMulaw) return mulaw_to_linear(data[index]);
  if (f.tag == kAlaw) return alaw_to_linear(data[index]);
  return static_cast<std::int16_t>(le16(data, index * 2));
}

}  // namespace

WavResult parse_wav(std::span<const std::uint8_t> file) {
  if (file.size() < 12 || !tag_at(file, 0, "RIFF") || !tag_at(file, 8, "WAVE"))
    return failed("is not a WAV file");
  std::optional<Format> format;
  std::size_t at = 12;
  while (at + 8 <= file.size()) {
    const std::size_t available = file.size() - at - 8;
    const std::size_t size = std::min<std::size_t>(le32(file, at + 4), available);
    const auto chunk = file.subspan(at + 8, size);
    if (tag_at(file, at, "fmt ")) {
      if (size < 16) return failed("has a format chunk that is too short");
      format = Format{le16(chunk, 0), le16(chunk, 2), le32(chunk, 4), le16(chunk, 14)};
      if (format->tag == kExtensible && size >= 26) format->tag = le16(chunk, 24);
      if (std::string why = check(*format); !why.empty()) return failed(std::move(why));
    } else if (tag_at(file, at, "data")) {
      if (!format) return failed("has samples before their format");
      const std::size_t frames = size / (format->bits / 8) / format->channels;
      WavAudio audio{static_cast<int>(format->rate), {}};
      audio.samples.resize(frames);
      const int channels = static_cast<int>(format->channels);
      for (std::size_t i = 0; i < frames; ++i) {
        int sum = 0;
        for (std::size_t c = 0; c < format->channels; ++c)
          sum += sample_at(*format, chunk, i * format->channels + c);
        audio.samples[i] = static_cast<std::int16_t>(sum / channels);
      }
      if (audio.samples.empty()) return failed("holds no samples");
      return {std::move(audio), {}};
    }
    at += 8 + size + (size & 1);  // chunks are padded to even lengths
  }
  return failed("holds no samples");
}

std::vector<std::uint8_t> wav_header(int rate, int channels, std::uint32_t data_bytes) {
  std::vector<std::uint8_t> out;
  out.reserve(44);
  const auto tag = [&](const char* text) { out.insert(out.end(), text, text + 4); };
  const auto put16 = [&](std::uint32_t v) {
    out.push_back(static_cast<std::uint8_t>(v));
    out.push_back(static_cast<std::uint8_t>(v >> 8));
  };
  const auto put32 = [&](std::uint32_t v) {
    put16(v & 0xFFFF);
    put16(v >> 16);
  };
  const auto frame = static_cast<std::uint32_t>(channels) * 2;
  tag("RIFF");
  put32(36 + data_bytes);
  tag("WAVE");
  tag("fmt ");
  put32(16);
  put16(kPcm);
  put16(static_cast<std::uint32_t>(channels));
  put32(static_cast<std::uint32_t>(rate));
  put32(static_cast<std::uint32_t>(rate) * frame);
  put16(frame);
  put16(16);
  tag("data");
  put32(data_bytes);
  return out;
}

}  // namespace jackfield::simulate
