#include <immintrin.h>

#include <cstring>

#include "kernels.hpp"

namespace ducking {
namespace {

constexpr std::size_t kBytes = 64;
using Floats = float __attribute__((vector_size(kBytes)));
using Ints = std::int32_t __attribute__((vector_size(kBytes)));
using Shorts = std::int16_t __attribute__((vector_size(kBytes / 2)));

// With a mask, of all lanes: of the plain ones GCC 12 warns that they are uninitialized
// (https://gcc.gnu.org/bugzilla/show_bug.cgi?id=105593).
constexpr __mmask16 kAll = 0xffff;
inline Floats least(Floats one, Floats other) { return _mm512_maskz_min_ps(kAll, one, other); }
inline Floats most(Floats one, Floats other) { return _mm512_maskz_max_ps(kAll, one, other); }
inline Ints nearest(Floats value) { return Ints(_mm512_maskz_cvtps_epi32(kAll, value)); }

#include "kernels_body.hpp"

constexpr Kernels kKernels = all_named("avx512");

}  // namespace

const Kernels* avx512_kernels() { return &kKernels; }

}  // namespace ducking
