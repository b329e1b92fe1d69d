// Against libopus itself.
#include "encoder_state.hpp"

#include <gtest/gtest.h>
#include <opus/opus.h>

#include <random>
#include <stdexcept>

namespace {

using namespace sharedopus;

using Packet = std::vector<std::uint8_t>;

std::vector<std::int16_t> noise(std::size_t samples, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::int16_t> out(samples);
  double low = 0;
  for (auto& sample : out) {
    low = 0.9 * low + std::normal_distribution<double>(0, 800)(random);
    sample = static_cast<std::int16_t>(low);
  }
  return out;
}

std::span<const std::byte> bytes_of(const auto& samples) {
  return std::as_bytes(std::span(samples));
}

Packet encode(EncoderState& state, std::span<const std::byte> samples,
              const Controls& controls = {}) {
  Packet packet;
  EXPECT_EQ(state.encode(samples, controls, packet), 0);
  return packet;
}

TEST(EncoderState, GivesTheBytesOfLibopusWithTheSameSettings) {
  for (const int rate : {8000, 12000, 16000, 24000, 48000}) {
    for (const int channels : {1, 2}) {
      for (const bool is_float : {false, true}) {
        EncoderState ours({rate, channels, is_float, AudioType::kVoice});
        const Controls controls{.bitrate = 20000 * channels,
                                .bitrate_type = BitrateType::kVbr,
                                .bandwidth = Bandwidth::kAuto,
                                .complexity = 3,
                                .inband_fec = true,
                                .packet_loss_percentage = 10,
                                .dtx = true};
        OpusEncoder* plain = opus_encoder_create(rate, channels, OPUS_APPLICATION_VOIP, nullptr);
        opus_encoder_ctl(plain, OPUS_SET_BITRATE(20000 * channels));
        opus_encoder_ctl(plain, OPUS_SET_VBR(1));
        opus_encoder_ctl(plain, OPUS_SET_VBR_CONSTRAINT(0));
        opus_encoder_ctl(plain, OPUS_SET_COMPLEXITY(3));
        opus_encoder_ctl(plain, OPUS_SET_INBAND_FEC(1));
        opus_encoder_ctl(plain, OPUS_SET_PACKET_LOSS_PERC(10));
        opus_encoder_ctl(plain, OPUS_SET_DTX(1));
        const auto sound = noise(static_cast<std::size_t>(rate * channels), 1);
        const std::vector<float> floats = [&] {
          std::vector<float> out;
          for (const auto sample : sound) out.push_back(static_cast<float>(sample) / 32768);
          return out;
        }();
        const auto frame = static_cast<std::size_t>(rate / 50 * channels);
        for (std::size_t at = 0; at + frame <= sound.size(); at += frame) {
          Packet expected(4000);
          const int size =
              is_float ? opus_encode_float(plain, &floats[at], rate / 50, expected.data(), 4000)
                       : opus_encode(plain, &sound[at], rate / 50, expected.data(), 4000);
          ASSERT_GT(size, 0);
          expected.resize(static_cast<std::size_t>(size));
          const auto samples = is_float ? bytes_of(std::span(floats).subspan(at, frame))
                                        : bytes_of(std::span(sound).subspan(at, frame));
          ASSERT_EQ(encode(ours, samples, controls), expected)
              << rate << " Hz, " << channels << " channels, at " << at;
        }
        opus_encoder_destroy(plain);
      }
    }
  }
}

TEST(EncoderState, ACopyGoesOnAsTheOriginal) {
  EncoderState original({}), copy({});
  const auto sound = noise(960 * 40, 2);
  const auto frame = [&](int number) {
    return bytes_of(std::span(sound).subspan(static_cast<std::size_t>(number) * 960, 960));
  };
  for (int i = 0; i < 20; ++i) encode(original, frame(i));
  copy.copy(original);
  for (int i = 20; i < 40; ++i) EXPECT_EQ(encode(original, frame(i)), encode(copy, frame(i)));
}

TEST(EncoderState, TakesOtherControlsFromOneFrameToTheNext) {
  EncoderState state({});
  const auto sound = noise(960 * 40, 3);
  std::size_t high = 0, low = 0;
  for (int i = 0; i < 40; ++i) {
    const auto frame = bytes_of(std::span(sound).subspan(static_cast<std::size_t>(i) * 960, 960));
    (i < 20 ? high : low) += encode(state, frame, {.bitrate = i < 20 ? 64000 : 12000}).size();
  }
  EXPECT_GT(high, 3 * low);
}

TEST(EncoderState, SaysWhatLibopusDoesNotTake) {
  EXPECT_THROW(EncoderState({.rate = 44100}), std::runtime_error);
  EXPECT_THROW(EncoderState({.channels = 3}), std::runtime_error);
  EncoderState state({});
  const std::vector<std::int16_t> odd(900);
  Packet packet;
  const int error = state.encode(bytes_of(odd), {}, packet);
  EXPECT_LT(error, 0);
  EXPECT_TRUE(packet.empty());
  EXPECT_STRNE(encoder_error(error), "");
}

TEST(EncoderState, KnowsItsLookahead) {
  EXPECT_EQ(EncoderState({}).lookahead(), 312);
  EXPECT_EQ(EncoderState({.rate = 8000}).lookahead(), 52);
  EXPECT_EQ(EncoderState({.audio_type = AudioType::kRestrictedLowDelay}).lookahead(), 120);
}

}  // namespace
