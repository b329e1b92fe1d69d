#include "kernels.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>
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
      // One bit of the 24 of a float, at most 8.
      ASSERT_LE(std::abs(a[i] - b[i]), 1) << i;
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

TEST_P(KernelsTest, FloatsAreWithinHalfABitOfSixteen) {
  for (const std::size_t length : kLengths) {
    std::vector<std::int32_t> in(length);
    for (std::size_t i = 0; i < length; ++i) in[i] = static_cast<std::int32_t>(i * 2179) - 500'000;
    std::vector<float> a(length), b(length);
    one().to_float(in.data(), 0.5F, 1, a.data(), length);
    plain_kernels().to_float(in.data(), 0.5F, 1, b.data(), length);
    for (std::size_t i = 0; i < length; ++i) ASSERT_NEAR(a[i], b[i], 0.5F / 32768) << i;
    EXPECT_NEAR(a[length - 1], static_cast<float>(in[length - 1]) / kContributionOne, 1e-5F);
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
  in[1] = infinity;
  in[2] = -infinity;
  std::vector<std::int32_t> out(33), sum(33);
  one().contribute(in.data(), 1, 1, out.data(), sum.data(), 33);
  EXPECT_EQ(out[0], 0);
  EXPECT_EQ(out[1], 8 << 20);
  EXPECT_EQ(out[2], -8 << 20);
  EXPECT_EQ(out[32], 0);
  EXPECT_TRUE(std::isfinite(one().power(in.data(), 33)));
  EXPECT_TRUE(std::isfinite(one().peak(in.data(), 33)));
  std::int16_t words[33];
  one().to_s16(in.data(), words, 33);
  EXPECT_EQ(words[0], 0);
}

INSTANTIATE_TEST_SUITE_P(, KernelsTest, testing::Range(std::size_t{0}, how_many()),
                         [](const auto& tried) {
                           std::size_t count = 0;
                           return std::string{all_kernels(count)[tried.param]->name};
                         });

}  // namespace
