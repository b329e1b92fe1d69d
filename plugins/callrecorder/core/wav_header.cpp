#include "wav_header.hpp"

#include <cstring>

namespace callrecorder {
namespace {

class Writer {
 public:
  explicit Writer(uint8_t* at) : at_(at) {}
  void tag(const char* four) {
    std::memcpy(at_, four, 4);
    at_ += 4;
  }
  void number(uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) *at_++ = static_cast<uint8_t>(value >> (8 * i));
  }

 private:
  uint8_t* at_;
};

constexpr uint32_t kSeeDs64 = 0xFFFFFFFFu;
constexpr uint32_t kDs64Bytes = 28;
constexpr uint16_t kPcm = 1;
constexpr uint16_t kBytesPerSample = 2;

}  // namespace

std::array<uint8_t, kWavHeaderBytes> wav_header(uint32_t rate, uint16_t channels,
                                                uint64_t data_bytes) noexcept {
  std::array<uint8_t, kWavHeaderBytes> bytes{};
  Writer w{bytes.data()};
  const uint64_t riff_bytes = kWavHeaderBytes - 8 + data_bytes;
  const bool big = data_bytes > kMaxRiffDataBytes;
  const uint16_t frame_bytes = static_cast<uint16_t>(channels * kBytesPerSample);

  w.tag(big ? "RF64" : "RIFF");
  w.number(big ? kSeeDs64 : riff_bytes, 4);
  w.tag("WAVE");

  w.tag(big ? "ds64" : "JUNK");
  w.number(kDs64Bytes, 4);
  w.number(big ? riff_bytes : 0, 8);
  w.number(big ? data_bytes : 0, 8);
  w.number(big && frame_bytes > 0 ? data_bytes / frame_bytes : 0, 8);
  w.number(0, 4);  // no table of further chunk sizes

  w.tag("fmt ");
  w.number(16, 4);
  w.number(kPcm, 2);
  w.number(channels, 2);
  w.number(rate, 4);
  w.number(static_cast<uint64_t>(rate) * frame_bytes, 4);
  w.number(frame_bytes, 2);
  w.number(8 * kBytesPerSample, 2);

  w.tag("data");
  w.number(big ? kSeeDs64 : data_bytes, 4);
  return bytes;
}

}  // namespace callrecorder
