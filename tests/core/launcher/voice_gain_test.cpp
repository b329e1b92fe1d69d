#include "control/core/voice_gain.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <numbers>
#include <vector>

#include "control/core/voice_level.hpp"
#include "control/core/voice_samples.hpp"

using namespace jackfield;

namespace {

using Samples = VoiceFormat::Samples;
constexpr Samples kAll[] = {Samples::kMulaw, Samples::kAlaw, Samples::kS16,
                            Samples::kS32,   Samples::kF32,  Samples::kF64};

std::vector<std::uint8_t> sine(const VoiceFormat& format, double seconds, double amplitude,
                               double hertz = 400, double from = 0) {
  const auto frames = static_cast<std::size_t>(seconds * format.rate);
  std::vector<std::uint8_t> bytes;
  with_samples(format.samples, [&](auto samples) {
    using Kind = decltype(samples);
    const auto channels = static_cast<std::size_t>(format.channels);
    bytes.resize(frames * channels * Kind::kSize);
    for (std::size_t i = 0; i < frames * channels; ++i) {
      const double t = from + static_cast<double>(i / channels) / format.rate;
      Kind::write(&bytes[i * Kind::kSize], amplitude * std::sin(2 * std::numbers::pi * hertz * t));
    }
  });
  return bytes;
}

std::vector<double> values(const std::vector<std::uint8_t>& bytes, Samples samples) {
  std::vector<double> out;
  with_samples(samples, [&](auto kind) {
    using Kind = decltype(kind);
    for (std::size_t at = 0; at + Kind::kSize <= bytes.size(); at += Kind::kSize)
      out.push_back(Kind::read(&bytes[at]));
  });
  return out;
}

double rms(const std::vector<std::uint8_t>& bytes, const VoiceFormat& format) {
  VoiceLevel level;
  level.add(bytes, format);
  return level.take().rms;
}

TEST(VoiceGainTest, NeutralAudioStaysAsItIsToTheBit) {
  for (const Samples samples : kAll) {
    const VoiceFormat format{.samples = samples};
    VoiceGain gain;
    EXPECT_TRUE(gain.neutral());
    const auto before = sine(format, 0.1, 0.9);
    auto bytes = before;
    gain.process(bytes, format);
    EXPECT_EQ(bytes, before);
    gain.set(0, false);
    EXPECT_TRUE(gain.neutral());
  }
}

TEST(VoiceGainTest, GainIsExactInEveryFormat) {
  for (const Samples samples : kAll) {
    for (const int rate : {8000, 16000, 48000}) {
      for (const int channels : {1, 2}) {
        const VoiceFormat format{.samples = samples, .rate = rate, .channels = channels};
        for (const double decibels : {-20.0, -6.0, 6.0, 20.0}) {
          VoiceGain gain;
          gain.set(decibels, false);
          auto bytes = sine(format, 0.5, 0.05);
          const double before = rms(bytes, format);
          gain.process(bytes, format);
          bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(bytes.size() / 5));
          EXPECT_NEAR(rms(bytes, format) - before, decibels, 0.25)
              << static_cast<int>(samples) << " " << rate << " Hz " << channels;
        }
      }
    }
  }
}

TEST(VoiceGainTest, MutedIsSilenceBehindTheRamp) {
  for (const Samples samples : kAll) {
    const VoiceFormat format{.samples = samples, .rate = 8000};
    VoiceGain gain;
    gain.set(12, true);
    auto bytes = sine(format, 0.02, 0.9);
    gain.process(bytes, format);
    const auto heard = values(bytes, samples);
    // The first sample is as it was, the second half nothing (A-law has no 0: its least step).
    for (std::size_t i = heard.size() / 2; i < heard.size(); ++i)
      EXPECT_LE(std::abs(heard[i]), 8.0 / 32768) << i;
    auto later = sine(format, 0.02, 0.9);
    gain.process(later, format);
    for (const double value : values(later, samples)) EXPECT_LE(std::abs(value), 8.0 / 32768);
    EXPECT_FALSE(gain.neutral());
  }
}

// The steps between samples of a tone that is faded are hardly larger than its own.
TEST(VoiceGainTest, NoRampClicks) {
  for (const int rate : {8000, 48000}) {
    const VoiceFormat format{.samples = Samples::kF64, .rate = rate};
    constexpr double kHertz = 100;
    const double own = 2 * std::numbers::pi * kHertz / rate;  // the steepest step at amplitude 1
    VoiceGain gain;
    double last = 0, time = 0;
    const std::vector<std::pair<double, bool>> settings{
        {0, true}, {0, false}, {-60, false}, {0, false}, {6, false}, {-6, true}, {0, false}};
    double largest = 0, loudest = 0;
    for (const auto& [decibels, muted] : settings) {
      gain.set(decibels, muted);
      for (int block = 0; block < 5; ++block) {  // of 3 ms: settings change in mid ramp, too
        auto bytes = sine(format, 0.003, 0.4, kHertz, time);
        gain.process(bytes, format);
        time += 0.003;
        for (const double value : values(bytes, Samples::kF64)) {
          largest = std::max(largest, std::abs(value - last));
          loudest = std::max(loudest, std::abs(value));
          last = value;
        }
      }
    }
    // A raised cosine's own steepest step: pi/2 of the change per ramp.
    const double ramp = std::numbers::pi / 2 * 0.8 / (VoiceGain::kRamp * rate);
    EXPECT_LT(largest, 0.8 * own + ramp) << rate;
    EXPECT_GT(loudest, 0.6);
  }
}

TEST(VoiceGainTest, AChangeInMidRampGoesOnFromWhereItIs) {
  const VoiceFormat format{.samples = Samples::kF64, .rate = 8000};
  std::vector<double> ones(40, 1.0);  // 5 ms
  std::vector<std::uint8_t> bytes(ones.size() * sizeof(double));
  VoiceGain gain;
  gain.set(0, true);
  std::memcpy(bytes.data(), ones.data(), bytes.size());
  gain.process(bytes, format);
  const double middle = values(bytes, Samples::kF64).back();
  EXPECT_NEAR(middle, 0.5, 0.03);
  gain.set(0, false);
  std::memcpy(bytes.data(), ones.data(), bytes.size());
  gain.process(bytes, format);
  EXPECT_NEAR(values(bytes, Samples::kF64).front(), middle, 0.03);
  gain.process(bytes, format);
  EXPECT_TRUE(gain.neutral());
}

TEST(VoiceGainTest, NothingGoesBeyondFullScale) {
  for (const Samples samples : kAll) {
    const VoiceFormat format{.samples = samples};
    for (const double decibels : {0.1, 3.0, 20.0}) {
      VoiceGain gain;
      gain.set(decibels, false);
      gain.settle();
      auto bytes = sine(format, 0.1, 0.99);
      const auto before = values(bytes, samples);
      gain.process(bytes, format);
      const auto after = values(bytes, samples);
      for (std::size_t i = 0; i < after.size(); ++i) {
        EXPECT_LE(std::abs(after[i]), 1.0);
        // No sample wraps around, none gets softer by more than the bend.
        EXPECT_GE(after[i] * before[i], 0.0);
        EXPECT_GE(std::abs(after[i]), 0.9 * std::abs(before[i]) - 0.001);
      }
      if (decibels == 20.0) {
        EXPECT_GT(*std::max_element(after.begin(), after.end()), 0.95);
      }
    }
  }
}

// A tone that grows sample by sample is never turned round by the bend, whatever the gain.
TEST(VoiceGainTest, TheBendIsMonotonic) {
  const VoiceFormat format{.samples = Samples::kF64};
  for (double decibels = 0.5; decibels <= 20; decibels += 0.5) {
    VoiceGain gain;
    gain.set(decibels, false);
    gain.settle();
    std::vector<double> slope(1001);
    for (std::size_t i = 0; i < slope.size(); ++i) slope[i] = static_cast<double>(i) / 1000;
    std::vector<std::uint8_t> bytes(slope.size() * sizeof(double));
    std::memcpy(bytes.data(), slope.data(), bytes.size());
    gain.process(bytes, format);
    const auto bent = values(bytes, Samples::kF64);
    for (std::size_t i = 1; i < bent.size(); ++i) ASSERT_GE(bent[i], bent[i - 1]) << decibels;
  }
}

TEST(VoiceGainTest, SettleLeavesOutTheRamp) {
  const VoiceFormat format{.samples = Samples::kMulaw};
  VoiceGain gain;
  gain.set(0, true);
  gain.settle();
  auto bytes = sine(format, 0.02, 0.9);
  gain.process(bytes, format);
  EXPECT_EQ(bytes, std::vector<std::uint8_t>(bytes.size(), kMulawSilence));
}

TEST(VoiceGainTest, ValuesOutOfBoundsAreHeld) {
  const VoiceFormat format{.samples = Samples::kF64};
  for (const double decibels : {1000.0, std::numeric_limits<double>::infinity(), -1000.0,
                                std::numeric_limits<double>::quiet_NaN()}) {
    VoiceGain gain;
    gain.set(decibels, false);
    gain.settle();
    auto bytes = sine(format, 0.1, 0.01);
    const double before = rms(bytes, format);
    gain.process(bytes, format);
    const double change = rms(bytes, format) - before;
    EXPECT_LE(change, VoiceGain::kMost + 0.01);
    EXPECT_GE(change, VoiceGain::kLeast - 0.01);
  }
}

TEST(VoiceGainTest, OddSizesAndNonsense) {
  VoiceGain gain;
  gain.set(6, false);
  std::vector<std::uint8_t> bytes(7, 1);
  gain.process(bytes, {.samples = Samples::kS16, .channels = 2});
  EXPECT_EQ(bytes[4], 1);  // half a frame
  EXPECT_EQ(bytes[6], 1);
  gain.process({}, {});
  gain.process(bytes, {.rate = 0});
  gain.process(bytes, {.channels = 0});
  const double endless = std::numeric_limits<double>::infinity();
  std::vector<std::uint8_t> real(sizeof endless);
  std::memcpy(real.data(), &endless, sizeof endless);
  gain.process(real, {.samples = Samples::kF64});
  EXPECT_EQ(values(real, Samples::kF64).front(), 0);
}

}  // namespace
