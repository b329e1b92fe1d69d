// ITU-T G.711 µ-law, and how many bytes of it a time is.
#pragma once

#include <cstdint>

namespace twilio {

constexpr uint8_t kSilence = 0xff;       // µ-law of the sample 0
constexpr uint64_t kSampleNs = 125'000;  // one sample at 8000 Hz is one byte
constexpr uint64_t kSamplesPerMs = 8;
constexpr uint64_t kMillisecondNs = 1'000'000;
constexpr uint64_t kFrameBytes = 160;    // 20 ms
constexpr uint64_t kNever = UINT64_MAX;  // a deadline that does not come

constexpr int16_t mulaw_decode(uint8_t code) {
  // G.711 table 2a: 3 bits of segment, 4 of step, bias 33 << 2, all bits inverted.
  const int value = ~code & 0xff;
  const int magnitude = ((((value & 0x0f) << 3) + 0x84) << (value >> 4 & 7)) - 0x84;
  return static_cast<int16_t>(value & 0x80 ? -magnitude : magnitude);
}

constexpr uint8_t mulaw_encode(int sample) {
  constexpr int kBias = 0x84;
  constexpr int kMax = 32635;
  const int sign = sample < 0 ? 0x80 : 0;
  int magnitude = sample < 0 ? -sample : sample;
  if (magnitude > kMax) magnitude = kMax;
  magnitude += kBias;
  int segment = 7;
  for (int bit = 0x4000; segment > 0 && !(magnitude & bit); bit >>= 1) --segment;
  const int step = magnitude >> (segment + 3) & 0x0f;
  return static_cast<uint8_t>(~(sign | segment << 4 | step));
}

}  // namespace twilio
