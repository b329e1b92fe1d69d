// A jitter buffer in virtual time, with a codec whose samples can be told apart.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <numbers>
#include <random>
#include <vector>

#include "jitter_buffer.hpp"

namespace jitter_test {

constexpr int64_t kMs = 1'000'000;
using Kind = jitter::JitterBuffer::Kind;

// A codec for tests: two bytes a sample, 8 kHz; conceals with a constant, so that it can be told
// apart.
class PlainDecoder : public jitter::SpeechDecoder {
 public:
  static constexpr float kMadeUp = 0.125F;
  int rate() const override { return 8000; }
  int channels() const override { return 1; }
  int duration(jitter::Payload payload) const override {
    return static_cast<int>(payload.size() / 2);
  }
  bool decode(jitter::Payload payload, std::vector<float>& out) override {
    if (payload[0] == 0xee) return false;
    for (size_t i = 0; i + 1 < payload.size(); i += 2) {
      out.push_back(static_cast<float>(static_cast<int16_t>(payload[i] | payload[i + 1] << 8)) /
                    32768);
    }
    return true;
  }
  bool carries_fec(jitter::Payload) const override { return false; }
  bool decode_fec(jitter::Payload, int, std::vector<float>&) override { return false; }
  void conceal(int samples, std::vector<float>& out) override {
    out.insert(out.end(), static_cast<size_t>(samples), kMadeUp);
  }
  bool is_pause(jitter::Payload payload) const override { return payload.size() == 2; }
  void reset() override {}
};

class JitterBufferTest : public testing::Test {
 protected:
  JitterBufferTest() : buffer_(std::make_unique<PlainDecoder>(), {}) {}

  // Packet k of a tone of 200 Hz, 20 ms, in noise when that is set.
  std::vector<uint8_t> tone(int64_t k) const {
    std::mt19937 dice(static_cast<unsigned>(k));
    std::uniform_real_distribution<double> noise(-noise_, noise_);
    std::vector<uint8_t> bytes;
    for (int64_t i = k * 160; i < (k + 1) * 160; ++i) {
      const auto sample = static_cast<int16_t>(
          8000 * std::sin(2 * std::numbers::pi * 200 * static_cast<double>(i) / 8000) +
          (noise_ > 0 ? noise(dice) : 0));
      bytes.push_back(static_cast<uint8_t>(sample & 0xff));
      bytes.push_back(static_cast<uint8_t>(sample >> 8 & 0xff));
    }
    return bytes;
  }
  void send(int64_t k, int64_t now_ms, uint32_t ssrc = 1) {
    const auto payload = tone(k);
    buffer_.insert({ssrc, static_cast<uint16_t>(k), static_cast<uint32_t>(k * 160), payload},
                   now_ms * kMs);
  }
  Kind pull(int64_t now_ms) {
    out_.resize(80);
    return buffer_.pull(out_, now_ms * kMs);
  }
  float peak() const {
    float most = 0;
    for (const float sample : out_) most = std::max(most, std::abs(sample));
    return most;
  }
  // `seconds` without trouble from packet `k` on: arrival at its time + 30 ms.
  int64_t steady(int64_t k, int seconds) {
    for (const int64_t end = k + seconds * 50; k < end; ++k) {
      send(k, k * 20 + 30);
      for (const int64_t now : {k * 20 + 31, k * 20 + 41}) {
        pull(now);
        if (k > 25) {
          EXPECT_GT(peak(), 0.2F) << k;
        }
      }
    }
    return k;
  }

  jitter::JitterBuffer buffer_;
  std::vector<float> out_;
  double noise_ = 0;  // the most of it; the tone has 8000
};

}  // namespace jitter_test
