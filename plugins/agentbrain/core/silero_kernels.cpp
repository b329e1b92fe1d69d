#include "silero_kernels.hpp"

#include <algorithm>
#include <cmath>

namespace agentbrain {

#if defined(JACKFIELD_HAVE_AVX2)
extern const SileroKernels kAvx2SileroKernels;  // silero_kernels_avx2.cpp
#endif

namespace {

void multiply(const MatrixView& matrix, const float* x, std::ptrdiff_t x_stride, int rows,
              bool relu, float* y, std::ptrdiff_t y_stride) {
  constexpr int kPanel = MatrixView::kPanel;
  for (int column = 0; column < matrix.columns; column += kPanel) {
    const float* panel = matrix.weights + static_cast<std::ptrdiff_t>(column) * matrix.depth;
    for (int row = 0; row < rows; ++row) {
      const float* in = x + row * x_stride;
      float sum[kPanel] = {};
      if (matrix.bias) std::copy_n(matrix.bias + column, kPanel, sum);
      const float* w = panel;
      for (int k = 0; k < matrix.depth; ++k, w += kPanel) {
        for (int i = 0; i < kPanel; ++i) sum[i] += in[k] * w[i];
      }
      float* out = y + row * y_stride + column;
      for (int i = 0; i < kPanel; ++i) out[i] = relu ? std::max(sum[i], 0.0f) : sum[i];
    }
  }
}

void magnitude(const float* re, const float* im, int n, float* out) {
  for (int i = 0; i < n; ++i) out[i] = std::sqrt(re[i] * re[i] + im[i] * im[i]);
}

float sigmoid(float x) { return 1.0f / (1.0f + std::exp(-x)); }

void lstm_step(const float* gates, int n, float* cell, float* hidden) {
  for (int i = 0; i < n; ++i) {
    cell[i] = sigmoid(gates[n + i]) * cell[i] + sigmoid(gates[i]) * std::tanh(gates[2 * n + i]);
    hidden[i] = sigmoid(gates[3 * n + i]) * std::tanh(cell[i]);
  }
}

constexpr SileroKernels kPortable = {"portable", multiply, magnitude, lstm_step};

}  // namespace

const SileroKernels& portable_silero_kernels() { return kPortable; }

const SileroKernels* avx2_silero_kernels() {
#if defined(JACKFIELD_HAVE_AVX2)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return &kAvx2SileroKernels;
#endif
  return nullptr;
}

const SileroKernels& best_silero_kernels() {
  static const SileroKernels* const avx2 = avx2_silero_kernels();
  return avx2 ? *avx2 : kPortable;
}

}  // namespace agentbrain
