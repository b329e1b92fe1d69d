// What both players of packet traces have in common: traces, and Opus packets of speech.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace jitter_bench {

constexpr int64_t kFirstTimestamp = 4294900000;  // it wraps around soon
constexpr uint16_t kFirstSequence = 65000;

struct Line {
  double send_ms, arrive_ms;  // −1: lost
};
using Trace = std::vector<Line>;
using Packets = std::vector<std::vector<uint8_t>>;

// Each line: index,send_ms,arrive_ms. Throws what is wrong with the file.
Trace read_trace(const std::string& path);
// Mono, 16 bit, 16 kHz, WAV.
std::vector<int16_t> read_speech(const std::string& path);
// So many packets of 20 ms.
Packets encode(const std::vector<int16_t>& speech, size_t count);

}  // namespace jitter_bench
