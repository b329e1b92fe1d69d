#include "silero_kernels.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace {

using namespace agentbrain;

class SileroKernelsTest : public testing::TestWithParam<const SileroKernels* (*)()> {
 protected:
  void SetUp() override {
    kernels = GetParam()();
    if (!kernels) GTEST_SKIP() << "this CPU has no AVX2";
  }
  std::vector<float> numbers(std::size_t n, float range) {
    std::vector<float> v(n);
    std::uniform_real_distribution<float> any(-range, range);
    for (float& x : v) x = any(random);
    return v;
  }
  std::mt19937 random{1};
  const SileroKernels* kernels = nullptr;
};

// Against sums in double, for every number of rows and panels that the kernels treat differently.
TEST_P(SileroKernelsTest, MultipliesMatrices) {
  for (const int rows : {1, 2, 3, 4, 5, 7}) {
    for (const int panels : {1, 2, 3, 4, 5, 9}) {
      for (const bool relu : {false, true}) {
        const int depth = 37;
        const int columns = panels * 16;
        const int stride = 11;  // rows overlap, as in a convolution
        const auto weights = numbers(static_cast<std::size_t>(depth * columns), 1);
        const auto bias = numbers(static_cast<std::size_t>(columns), 1);
        const auto x = numbers(static_cast<std::size_t>(stride * rows + depth), 1);
        std::vector<float> y(static_cast<std::size_t>(rows * (columns + 3)), NAN);
        for (const float* b : {bias.data(), static_cast<const float*>(nullptr)}) {
          kernels->multiply({depth, columns, weights.data(), b}, x.data(), stride, rows, relu,
                            y.data(), columns + 3);
          for (int r = 0; r < rows; ++r) {
            for (int c = 0; c < columns; ++c) {
              double sum = b ? b[c] : 0;
              for (int k = 0; k < depth; ++k) {
                sum += double{x[r * stride + k]} * weights[c / 16 * 16 * depth + k * 16 + c % 16];
              }
              if (relu) sum = std::max(sum, 0.0);
              ASSERT_NEAR(y[r * (columns + 3) + c], sum, 1e-5) << rows << " rows, " << panels;
            }
          }
        }
      }
    }
  }
}

TEST_P(SileroKernelsTest, TakesMagnitudes) {
  const auto re = numbers(24, 100);
  const auto im = numbers(24, 100);
  std::vector<float> out(24);
  kernels->magnitude(re.data(), im.data(), 24, out.data());
  for (std::size_t i = 0; i < 24; ++i) EXPECT_NEAR(out[i], std::hypot(re[i], im[i]), 1e-4);
}

TEST_P(SileroKernelsTest, StepsAnLstm) {
  constexpr int n = 64;
  const auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
  for (const float range : {0.1f, 3.0f, 30.0f, 1000.0f}) {
    const auto gates = numbers(4 * n, range);
    auto cell = numbers(n, 2);
    std::vector<float> hidden(n);
    const auto before = cell;
    kernels->lstm_step(gates.data(), n, cell.data(), hidden.data());
    for (int i = 0; i < n; ++i) {
      const double c = sigmoid(gates[n + i]) * before[i] +
                       sigmoid(gates[i]) * std::tanh(double{gates[2 * n + i]});
      EXPECT_NEAR(cell[i], c, 1e-6);
      EXPECT_NEAR(hidden[i], sigmoid(gates[3 * n + i]) * std::tanh(c), 1e-6);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, SileroKernelsTest,
                         testing::Values(
                             +[] { return &portable_silero_kernels(); }, &avx2_silero_kernels),
                         [](const auto& test) { return test.index == 0 ? "Portable" : "Avx2"; });

TEST(SileroKernelsChoiceTest, TheBestIsAvx2WhereThereIsOne) {
  const SileroKernels* avx2 = avx2_silero_kernels();
  EXPECT_EQ(&best_silero_kernels(), avx2 ? avx2 : &portable_silero_kernels());
}

}  // namespace
