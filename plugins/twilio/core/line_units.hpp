// Times and sizes of Twilio's audio: µ-law at 8000 Hz, a byte a sample.
#pragma once

#include <cstdint>

namespace twilio {

constexpr uint64_t kSampleNs = 125'000;
constexpr uint64_t kSamplesPerMs = 8;
constexpr uint64_t kMillisecondNs = 1'000'000;
constexpr uint64_t kFrameBytes = 160;    // 20 ms
constexpr uint64_t kNever = UINT64_MAX;  // a deadline that does not come

}  // namespace twilio
