#include "jitter_packets.hpp"

#include <opus/opus.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace jitter_bench {

Trace read_trace(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(path + ": cannot be read");
  Trace lines;
  for (std::string text; std::getline(file, text);) {
    double index = 0;
    Line line{};
    if (std::sscanf(text.c_str(), "%lf,%lf,%lf", &index, &line.send_ms, &line.arrive_ms) != 3) {
      throw std::runtime_error(path + ": not index,send_ms,arrive_ms: " + text);
    }
    lines.push_back(line);
  }
  if (lines.size() < 100) throw std::runtime_error(path + ": fewer than 100 packets");
  return lines;
}

std::vector<int16_t> read_speech(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<char> bytes((std::istreambuf_iterator<char>(file)), {});
  if (bytes.size() < 44 + 32000) throw std::runtime_error(path + ": no speech");
  std::vector<int16_t> samples((bytes.size() - 44) / 2);
  std::copy_n(bytes.data() + 44, samples.size() * 2, reinterpret_cast<char*>(samples.data()));
  return samples;
}

// As browsers send it: 32 kbit/s, FEC for an expected loss of 15 %.
Packets encode(const std::vector<int16_t>& speech, size_t count) {
  int error = 0;
  OpusEncoder* encoder = opus_encoder_create(16000, 1, OPUS_APPLICATION_VOIP, &error);
  opus_encoder_ctl(encoder, OPUS_SET_BITRATE(32000));
  opus_encoder_ctl(encoder, OPUS_SET_COMPLEXITY(9));
  opus_encoder_ctl(encoder, OPUS_SET_INBAND_FEC(1));
  opus_encoder_ctl(encoder, OPUS_SET_PACKET_LOSS_PERC(15));
  Packets packets;
  for (size_t k = 0; k < count; ++k) {
    int16_t frame[320];
    for (size_t i = 0; i < 320; ++i) frame[i] = speech[(k * 320 + i) % speech.size()];
    uint8_t bytes[1500];
    const int length = opus_encode(encoder, frame, 320, bytes, sizeof bytes);
    packets.emplace_back(bytes, bytes + length);
  }
  opus_encoder_destroy(encoder);
  return packets;
}

}  // namespace jitter_bench
