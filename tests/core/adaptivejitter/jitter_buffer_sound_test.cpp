// What is put together of decoded, restored, repeated and made up audio has no clicks: speech of
// 16 kHz has nothing above 8 kHz, and a step has.
#include <gtest/gtest.h>
#include <opus/opus.h>

#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include "jitter_buffer.hpp"
#include "jitter_speech.hpp"

namespace {

constexpr int64_t kMs = 1'000'000;
constexpr size_t kTick = 480;

std::vector<std::vector<uint8_t>> packets(const std::vector<float>& speech, size_t count) {
  int error = 0;
  OpusEncoder* encoder = opus_encoder_create(16000, 1, OPUS_APPLICATION_VOIP, &error);
  opus_encoder_ctl(encoder, OPUS_SET_BITRATE(32000));
  opus_encoder_ctl(encoder, OPUS_SET_COMPLEXITY(1));
  opus_encoder_ctl(encoder, OPUS_SET_INBAND_FEC(1));
  opus_encoder_ctl(encoder, OPUS_SET_PACKET_LOSS_PERC(15));
  std::vector<std::vector<uint8_t>> made;
  for (size_t k = 0; k < count; ++k) {
    float frame[320];
    for (size_t i = 0; i < 320; ++i) frame[i] = speech[(k * 320 + i) % speech.size()];
    uint8_t bytes[1500];
    const int length = opus_encode_float(encoder, frame, 320, bytes, sizeof bytes);
    made.emplace_back(bytes, bytes + length);
  }
  opus_encoder_destroy(encoder);
  return made;
}

// Of 20 ms around each 10 ms: how many have more than -75 dB above 9 kHz.
size_t clicks(const std::vector<float>& samples) {
  // Some of the bins from 9 to 24 kHz will do: a click has all of them.
  constexpr size_t kFirst = 180, kLast = 480, kEvery = 12, kLength = 2 * kTick;
  std::vector<double> window(kLength), block(kLength);
  for (size_t i = 0; i < kLength; ++i)
    window[i] = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(i) / kLength);
  size_t found = 0;
  for (size_t begin = 0; begin + kLength <= samples.size(); begin += kTick) {
    for (size_t i = 0; i < kLength; ++i) block[i] = samples[begin + i] * window[i];
    double power = 0;
    for (size_t bin = kFirst; bin < kLast; bin += kEvery) {
      // Goertzel's sum.
      const double twice = 2 * std::cos(2 * std::numbers::pi * static_cast<double>(bin) / kLength);
      double before = 0, last = 0;
      for (const double value : block) before = std::exchange(last, value + twice * last - before);
      power += kEvery * (before * before + last * last - twice * before * last);
    }
    found += 10 * std::log10(power / (kLength * kLength) + 1e-12) > -75;
  }
  return found;
}

TEST(JitterBufferSound, HasNoClicks) {
  const auto speech = jitter_test::speech16k();
  if (speech.empty()) GTEST_SKIP() << "no pocketsphinx-testdata";
  const size_t count = 1500;
  const auto sent = packets(speech, count);
  jitter::JitterBuffer buffer(jitter::make_opus_decoder(1), {});
  std::mt19937 dice(3);
  std::vector<float> heard, out(kTick);
  int64_t arrived = 0;
  bool lost = false;
  for (size_t k = 0, tick = 0; k < count; ++k) {
    const auto chance = [&] { return std::uniform_real_distribution<double>(0, 1)(dice); };
    // A tenth is lost, two in a row on average; now and then nothing comes for a while.
    lost = lost ? chance() < 0.5 : chance() < 0.055;
    if (chance() < 0.01)
      arrived = static_cast<int64_t>(k) * 20 + static_cast<int64_t>(60 + 140 * chance());
    arrived = std::max(arrived, static_cast<int64_t>(k) * 20 + static_cast<int64_t>(4 * chance()));
    for (; static_cast<int64_t>(tick) * 10 < arrived; ++tick) {
      buffer.pull(out, static_cast<int64_t>(tick) * 10 * kMs);
      heard.insert(heard.end(), out.begin(), out.end());
    }
    if (lost) continue;
    buffer.insert({1, static_cast<uint16_t>(k), static_cast<uint32_t>(k * 960), sent[k]},
                  arrived * kMs);
  }
  const auto& statistics = buffer.statistics();
  EXPECT_GT(statistics.concealment_events, 20U);
  EXPECT_GT(statistics.fec_packets_used, 20U);
  EXPECT_GT(statistics.inserted_samples, 5'000U);
  EXPECT_GT(statistics.removed_samples, 10'000U);
  const size_t found = clicks(heard);
  EXPECT_LE(found, 2U) << "of " << heard.size() / kTick;

  // The measure notices a splice that nobody cared for.
  auto broken = heard;
  for (size_t at = 48'000; at < broken.size(); at += 48'000)
    broken.erase(broken.begin() + static_cast<std::ptrdiff_t>(at),
                 broken.begin() + static_cast<std::ptrdiff_t>(at + 211));
  EXPECT_GT(clicks(broken), found + 5);
}

}  // namespace
