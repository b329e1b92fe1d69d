#include <immintrin.h>

#include <cstring>

#include "kernels.hpp"

namespace ducking {
namespace {

constexpr std::size_t kBytes = 32;
using Floats = float __attribute__((vector_size(kBytes)));
using Ints = std::int32_t __attribute__((vector_size(kBytes)));
using Shorts = std::int16_t __attribute__((vector_size(kBytes / 2)));

// What a compiler makes of comparisons is no minimum.
inline Floats least(Floats one, Floats other) { return _mm256_min_ps(one, other); }
inline Floats most(Floats one, Floats other) { return _mm256_max_ps(one, other); }
inline Ints nearest(Floats value) { return Ints(_mm256_cvtps_epi32(value)); }

#include "kernels_body.hpp"

constexpr Kernels kKernels = all_named("avx2");

}  // namespace

const Kernels* avx2_kernels() { return &kKernels; }

}  // namespace ducking
