#include "kernels.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>
#include <utility>
#include <vector>

using namespace ducking;

namespace {

std::vector<float> noise(std::size_t count, float most, unsigned seed) {
  std::mt19937 dice(seed);
  std::uniform_real_distribution<float> value(-most, most);
  std::vector<float> samples(count);
  for (float& sample : samples) sample = value(dice);
  return samples;
}

// Each set of kernels that this machine has, with lengths that are no multiple of any vector.
class KernelsTest : public testing::TestWithParam<std::size_t> {
 protected:
  const Kernels& one() const {
    std::size_t count = 0;
    return *all_kernels(count)[GetParam()];
  }
  static constexpr std::size_t kLengths[] = {1, 7, 80, 480, 481, 960};
};

std::size_t how_many() {
  std::size_t count = 0;
  all_kernels(count);
  return count;
}

TEST_P(KernelsTest, ContributionsAreThoseOfThePlainOnes) {
  for (const std::size_t length : kLengths) {
    const auto in = noise(length, 12, 1);
    std::vector<std::int32_t> a(length), b(length), sum_a(length, 5), sum_b(length, 5);
    one().contribute(in.data(), 0.25F, 1.5F, a.data(), sum_a.data(), length);
    plain_kernels().contribute(in.data(), 0.25F, 1.5F, b.data(), sum_b.data(), length);
    for (std::size_t i = 0; i < length; ++i) {
      // Gain and product may differ by one bit of the 24 of a float each. 32 are one of 16 bits.
      ASSERT_LE(std::abs(a[i] - b[i]), 2) << i;
      ASSERT_EQ(sum_a[i], a[i] + 5);
      ASSERT_LE(std::abs(a[i]), 8 << 20);
    }
  }
}

TEST_P(KernelsTest, WhatIsAddedCanBeTakenAway) {
  const std::size_t length = 481;
  std::mt19937 dice(3);
  std::vector<std::int32_t> sum(length), own(length), before(length), out(length);
  for (std::size_t i = 0; i < length; ++i) {
    before[i] = sum[i] = static_cast<std::int32_t>(dice() >> 2) - (1 << 29);
    own[i] = static_cast<std::int32_t>(dice() >> 8) - (1 << 23);
  }
  one().add(sum.data(), own.data(), length);
  EXPECT_NE(sum, before);
  one().subtract(out.data(), sum.data(), own.data(), length);
  EXPECT_EQ(out, before);
  one().subtract(sum.data(), sum.data(), own.data(), length);
  EXPECT_EQ(sum, before);
}

TEST_P(KernelsTest, AContributionMayTakeThePlaceOfWhatItIsOf) {
  for (const std::size_t length : kLengths) {
    auto in = noise(length, 1, 2);
    std::vector<std::int32_t> right(length), own(length), sum(length), other_sum(length);
    one().contribute(in.data(), 0.5F, 0.7F, right.data(), sum.data(), length);
    std::memcpy(own.data(), in.data(), length * sizeof(float));
    one().contribute(reinterpret_cast<const float*>(own.data()), 0.5F, 0.7F, own.data(),
                     other_sum.data(), length);
    EXPECT_EQ(own, right);
    EXPECT_EQ(other_sum, sum);
  }
}

TEST_P(KernelsTest, WhatIsHeardIsTheSumLessOne) {
  for (const std::size_t length : kLengths) {
    std::vector<std::int32_t> sum(length), less(length), rest(length);
    for (std::size_t i = 0; i < length; ++i) {
      sum[i] = static_cast<std::int32_t>(i * 2179) - 500'000;
      less[i] = static_cast<std::int32_t>(i * 977) - 300'000;
      rest[i] = sum[i] - less[i];
    }
    for (const auto& [from, to] : {std::pair{0.5F, 1.0F}, {1.0F, 1.0F}, {0.7F, 0.0F}}) {
      std::vector<float> a(length), b(length);
      float most = 0;
      const float peak = one().hear(sum.data(), less.data(), from, to, a.data(), length);
      for (std::size_t i = 0; i < length; ++i) {
        const float gain =
            from + (to - from) * static_cast<float>(i + 1) / static_cast<float>(length);
        const float right = static_cast<float>(rest[i]) / kContributionOne * gain;
        ASSERT_NEAR(a[i], right, 0.5F / 32768) << i;
        most = std::max(most, std::abs(a[i]));
      }
      EXPECT_EQ(peak, most);
      EXPECT_EQ(one().hear(rest.data(), nullptr, from, to, b.data(), length), peak);
      EXPECT_EQ(a, b);
    }
  }
}

TEST_P(KernelsTest, PowerAndPeak) {
  for (const std::size_t length : kLengths) {
    auto in = noise(length, 1, 4);
    double sum = 0;
    float most = 0;
    for (const float value : in) {
      sum += static_cast<double>(value) * value;
      most = std::max(most, std::abs(value));
    }
    EXPECT_NEAR(one().power(in.data(), length), sum / static_cast<double>(length), 1e-5);
    EXPECT_EQ(one().peak(in.data(), length), most);
    in[length / 2] = -3;
    EXPECT_EQ(one().peak(in.data(), length), 3);
  }
}

TEST_P(KernelsTest, SixteenBitsThereAndBack) {
  std::vector<std::int16_t> in(65536), out(65536);
  for (std::size_t i = 0; i < in.size(); ++i) in[i] = static_cast<std::int16_t>(i);
  std::vector<float> between(in.size());
  one().from_s16(in.data(), between.data(), in.size());
  one().to_s16(between.data(), out.data(), in.size());
  EXPECT_EQ(in, out);
  const float beyond[] = {1, 1.5F, -1, -1.5F, 100, -100};
  std::int16_t clamped[6];
  one().to_s16(beyond, clamped, 6);
  EXPECT_EQ(clamped[0], 32767);
  EXPECT_EQ(clamped[1], 32767);
  EXPECT_EQ(clamped[2], -32768);
  EXPECT_EQ(clamped[3], -32768);
  EXPECT_EQ(clamped[4], 32767);
  EXPECT_EQ(clamped[5], -32768);
}

TEST_P(KernelsTest, WhatIsNoNumberIsSilent) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  std::vector<float> in(33, nan);
  EXPECT_EQ(one().peak(in.data(), 33), 0);
  in[1] = infinity;
  in[2] = -infinity;
  in[3] = 0.5F;
  EXPECT_FALSE(one().power(in.data(), 33) <= 64);
  EXPECT_TRUE(std::isfinite(one().peak(in.data(), 33)));
  std::int16_t words[33];
  one().to_s16(in.data(), words, 33);
  EXPECT_EQ(words[0], 0);
  one().clean(in.data(), 33);
  EXPECT_EQ(in[0], 0);
  EXPECT_EQ(in[1], kMostOfOneInput);
  EXPECT_EQ(in[2], -kMostOfOneInput);
  EXPECT_EQ(in[3], 0.5F);
  EXPECT_EQ(in[32], 0);
}

TEST_P(KernelsTest, HowMuchOneInputCountsIsBounded) {
  std::vector<float> in(33, 3e38F);
  in[1] = -3e38F;
  std::vector<std::int32_t> out(33), sum(33);
  one().contribute(in.data(), 0, 10, out.data(), sum.data(), 33);
  EXPECT_EQ(out[0], 8 << 20);
  EXPECT_EQ(out[1], -8 << 20);
  EXPECT_EQ(out[32], 8 << 20);
}

INSTANTIATE_TEST_SUITE_P(, KernelsTest, testing::Range(std::size_t{0}, how_many()),
                         [](const auto& tried) {
                           std::size_t count = 0;
                           return std::string{all_kernels(count)[tried.param]->name};
                         });

}  // namespace
