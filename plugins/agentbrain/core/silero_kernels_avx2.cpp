// Compiled with AVX2 and FMA enabled; entered only where the CPU has both. It instantiates nothing
// from the standard library, so that no such code ends up in functions shared with other files.
#include <immintrin.h>

#include "silero_kernels.hpp"

namespace agentbrain {

extern const SileroKernels kAvx2SileroKernels;

namespace {

// Rows x Panels x 2 accumulators: eight of them hide the latency of FMA on two ports.
template <int Rows, int Panels>
inline void block(const float* w, std::ptrdiff_t panel_stride, const float* bias, int depth,
                  const float* x, std::ptrdiff_t x_stride, bool relu, float* y,
                  std::ptrdiff_t y_stride) {
  __m256 sum[Rows][Panels][2];
#pragma GCC unroll 8
  for (int p = 0; p < Panels; ++p) {
    const __m256 b0 = bias ? _mm256_loadu_ps(bias + p * 16) : _mm256_setzero_ps();
    const __m256 b1 = bias ? _mm256_loadu_ps(bias + p * 16 + 8) : _mm256_setzero_ps();
#pragma GCC unroll 8
    for (int r = 0; r < Rows; ++r) {
      sum[r][p][0] = b0;
      sum[r][p][1] = b1;
    }
  }
  for (int k = 0; k < depth; ++k) {
    __m256 in[Rows];
#pragma GCC unroll 8
    for (int r = 0; r < Rows; ++r) in[r] = _mm256_broadcast_ss(x + r * x_stride + k);
#pragma GCC unroll 8
    for (int p = 0; p < Panels; ++p) {
      const float* row = w + p * panel_stride + static_cast<std::ptrdiff_t>(k) * 16;
      const __m256 w0 = _mm256_loadu_ps(row);
      const __m256 w1 = _mm256_loadu_ps(row + 8);
#pragma GCC unroll 8
      for (int r = 0; r < Rows; ++r) {
        sum[r][p][0] = _mm256_fmadd_ps(in[r], w0, sum[r][p][0]);
        sum[r][p][1] = _mm256_fmadd_ps(in[r], w1, sum[r][p][1]);
      }
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 8
    for (int p = 0; p < Panels; ++p) {
#pragma GCC unroll 8
      for (int half = 0; half < 2; ++half) {
        __m256 v = sum[r][p][half];
        if (relu) v = _mm256_max_ps(v, _mm256_setzero_ps());
        _mm256_storeu_ps(y + r * y_stride + p * 16 + half * 8, v);
      }
    }
  }
}

template <int Rows, int Panels>
inline void rows_of(const MatrixView& m, const float* x, std::ptrdiff_t x_stride, bool relu,
                    float* y, std::ptrdiff_t y_stride) {
  const std::ptrdiff_t panel_stride = static_cast<std::ptrdiff_t>(m.depth) * 16;
  const int panels = m.columns / 16;
  int p = 0;
  for (; p + Panels <= panels; p += Panels) {
    block<Rows, Panels>(m.weights + p * panel_stride, panel_stride,
                        m.bias ? m.bias + p * 16 : nullptr, m.depth, x, x_stride, relu, y + p * 16,
                        y_stride);
  }
  for (; p < panels; ++p) {
    block<Rows, 1>(m.weights + p * panel_stride, panel_stride, m.bias ? m.bias + p * 16 : nullptr,
                   m.depth, x, x_stride, relu, y + p * 16, y_stride);
  }
}

void multiply(const MatrixView& matrix, const float* x, std::ptrdiff_t x_stride, int rows,
              bool relu, float* y, std::ptrdiff_t y_stride) {
  int r = 0;
  for (; r + 4 <= rows; r += 4) {
    rows_of<4, 1>(matrix, x + r * x_stride, x_stride, relu, y + r * y_stride, y_stride);
  }
  for (; r + 2 <= rows; r += 2) {
    rows_of<2, 2>(matrix, x + r * x_stride, x_stride, relu, y + r * y_stride, y_stride);
  }
  for (; r < rows; ++r) {
    rows_of<1, 4>(matrix, x + r * x_stride, x_stride, relu, y + r * y_stride, y_stride);
  }
}

void magnitude(const float* re, const float* im, int n, float* out) {
  for (int i = 0; i < n; i += 8) {
    const __m256 a = _mm256_loadu_ps(re + i);
    const __m256 b = _mm256_loadu_ps(im + i);
    const __m256 power = _mm256_fmadd_ps(a, a, _mm256_mul_ps(b, b));
    _mm256_storeu_ps(out + i, _mm256_sqrt_ps(power));
  }
}

// e^x = 2^n e^r with n = round(x / ln 2), so |r| <= ln(2) / 2, where the Taylor polynomial of
// degree 6 is within r^7 / 7! = 1.2e-7 of e^r.
inline __m256 exponential(__m256 x) {
  x = _mm256_min_ps(_mm256_max_ps(x, _mm256_set1_ps(-87.0f)), _mm256_set1_ps(87.0f));
  const __m256 n = _mm256_round_ps(_mm256_mul_ps(x, _mm256_set1_ps(1.44269504f)),
                                   _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  // ln 2 as the sum of the nearest float and what is missing from it.
  __m256 r = _mm256_fnmadd_ps(n, _mm256_set1_ps(0.693147182f), x);
  r = _mm256_fnmadd_ps(n, _mm256_set1_ps(-1.90465429e-9f), r);
  __m256 e = _mm256_set1_ps(1.0f / 720);
  e = _mm256_fmadd_ps(e, r, _mm256_set1_ps(1.0f / 120));
  e = _mm256_fmadd_ps(e, r, _mm256_set1_ps(1.0f / 24));
  e = _mm256_fmadd_ps(e, r, _mm256_set1_ps(1.0f / 6));
  e = _mm256_fmadd_ps(e, r, _mm256_set1_ps(0.5f));
  e = _mm256_fmadd_ps(e, r, _mm256_set1_ps(1.0f));
  e = _mm256_fmadd_ps(e, r, _mm256_set1_ps(1.0f));
  const __m256i exponent =
      _mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127)), 23);
  return _mm256_mul_ps(e, _mm256_castsi256_ps(exponent));
}

inline __m256 sigmoid(__m256 x) {
  const __m256 one = _mm256_set1_ps(1.0f);
  return _mm256_div_ps(one, _mm256_add_ps(one, exponential(_mm256_sub_ps(_mm256_setzero_ps(), x))));
}

// tanh(x) = 2 sigmoid(2 x) - 1
inline __m256 hyperbolic_tangent(__m256 x) {
  return _mm256_fmsub_ps(_mm256_set1_ps(2.0f), sigmoid(_mm256_add_ps(x, x)), _mm256_set1_ps(1.0f));
}

void lstm_step(const float* gates, int n, float* cell, float* hidden) {
  for (int i = 0; i < n; i += 8) {
    const __m256 input = sigmoid(_mm256_loadu_ps(gates + i));
    const __m256 forget = sigmoid(_mm256_loadu_ps(gates + n + i));
    const __m256 candidate = hyperbolic_tangent(_mm256_loadu_ps(gates + 2 * n + i));
    const __m256 output = sigmoid(_mm256_loadu_ps(gates + 3 * n + i));
    const __m256 c =
        _mm256_fmadd_ps(forget, _mm256_loadu_ps(cell + i), _mm256_mul_ps(input, candidate));
    _mm256_storeu_ps(cell + i, c);
    _mm256_storeu_ps(hidden + i, _mm256_mul_ps(output, hyperbolic_tangent(c)));
  }
}

}  // namespace

const SileroKernels kAvx2SileroKernels = {"avx2", multiply, magnitude, lstm_step};

}  // namespace agentbrain
