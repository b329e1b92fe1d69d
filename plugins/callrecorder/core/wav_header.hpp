// The header of a growing WAV file of 16-bit PCM.
//
// The header always has the same length, so it can be rewritten in place while the file grows. A
// JUNK chunk keeps room for the `ds64` chunk of RF64 (EBU Tech 3306): past 4 GiB the header turns
// into RF64, which holds 64-bit sizes, and the file goes on.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace callrecorder {

constexpr size_t kWavHeaderBytes = 80;
// The largest data size that a plain RIFF header can state: the RIFF size, which counts all bytes
// after its own field, must stay below 0xFFFFFFFF (that value means "see ds64").
constexpr uint64_t kMaxRiffDataBytes = 0xFFFFFFFEu - (kWavHeaderBytes - 8);

// `rate` in Hz, `channels` 1 or more, `data_bytes` the size of the samples that follow.
std::array<uint8_t, kWavHeaderBytes> wav_header(uint32_t rate, uint16_t channels,
                                                uint64_t data_bytes) noexcept;

}  // namespace callrecorder
