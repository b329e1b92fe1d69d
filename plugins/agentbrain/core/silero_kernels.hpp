// The arithmetic of the Silero network, in a portable version and one for AVX2 + FMA that is chosen
// at run time. All functions are pure and may run on any thread.
#pragma once

#include <cstddef>

namespace agentbrain {

// A matrix of depth x columns, stored so that a kernel reads it strictly forward: panels of 16
// columns, in each panel one row after the other. `columns` is a multiple of 16.
struct MatrixView {
  static constexpr int kPanel = 16;
  int depth;
  int columns;
  const float* weights;
  const float* bias;  // nullptr: none
};

struct SileroKernels {
  const char* name;
  // y[r] = x[r] * matrix + bias, for `rows` vectors x that start x_stride floats after each other
  // (they may overlap, which makes a convolution). Negative results become 0 when `relu`.
  void (*multiply)(const MatrixView& matrix, const float* x, std::ptrdiff_t x_stride, int rows,
                   bool relu, float* y, std::ptrdiff_t y_stride);
  // out[i] = |re[i] + j im[i]|; n is a multiple of 8.
  void (*magnitude)(const float* re, const float* im, int n, float* out);
  // One step of an LSTM of n units (a multiple of 8); gates = input, forget, cell, output before
  // their activations, n each.
  void (*lstm_step)(const float* gates, int n, float* cell, float* hidden);
};

const SileroKernels& portable_silero_kernels();
// nullptr when this build or this CPU has no AVX2 and FMA.
const SileroKernels* avx2_silero_kernels();
const SileroKernels& best_silero_kernels();

}  // namespace agentbrain
