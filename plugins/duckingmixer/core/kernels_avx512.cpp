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
inline float largest_lane(Floats value) {
  const __m256 eight = _mm256_max_ps(_mm512_maskz_extractf32x8_ps(0xff, value, 0),
                                     _mm512_maskz_extractf32x8_ps(0xff, value, 1));
  __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  four = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(four, _mm_movehdup_ps(four)));
}

class Rest {
 public:
  explicit Rest(std::size_t count) : mask_(static_cast<__mmask16>((1U << count) - 1)) {}
  template <typename Vector>
  Floats get(const float* from) const {
    return _mm512_maskz_loadu_ps(mask_, from);
  }
  template <typename Vector>
  Ints get(const std::int32_t* from) const {
    return Ints(_mm512_maskz_loadu_epi32(mask_, from));
  }
  template <typename Vector>
  Shorts get(const std::int16_t* from) const {
    return Shorts(_mm256_maskz_loadu_epi16(mask_, from));
  }
  void put(float* to, Floats vector) const { _mm512_mask_storeu_ps(to, mask_, vector); }
  void put(std::int32_t* to, Ints vector) const {
    _mm512_mask_storeu_epi32(to, mask_, __m512i(vector));
  }
  void put(std::int16_t* to, Shorts vector) const {
    _mm256_mask_storeu_epi16(to, mask_, __m256i(vector));
  }

 private:
  __mmask16 mask_;
};

#include "kernels_body.hpp"

constexpr Kernels kKernels = all_named("avx512");

}  // namespace

const Kernels* avx512_kernels() { return &kKernels; }

}  // namespace ducking
