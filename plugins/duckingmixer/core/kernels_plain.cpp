#include <cstring>

#include "kernels.hpp"

namespace ducking {
namespace {

constexpr std::size_t kBytes = 16;
using Floats = float __attribute__((vector_size(kBytes)));
using Ints = std::int32_t __attribute__((vector_size(kBytes)));
using Shorts = std::int16_t __attribute__((vector_size(kBytes / 2)));

inline Floats least(Floats one, Floats other) { return one < other ? one : other; }
inline Floats most(Floats one, Floats other) { return one > other ? one : other; }
inline Ints nearest(Floats value) {
  const Floats half = Floats{} + 0.5F;
  return __builtin_convertvector(value + (value < 0 ? -half : half), Ints);
}

#include "kernels_body.hpp"

constexpr Kernels kKernels = all_named("plain");

}  // namespace

const Kernels& plain_kernels() { return kKernels; }

}  // namespace ducking
