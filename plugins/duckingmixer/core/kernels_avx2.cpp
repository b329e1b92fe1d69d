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
inline float largest_lane(Floats value) {
  __m128 four = _mm_max_ps(_mm256_castps256_ps128(value), _mm256_extractf128_ps(value, 1));
  four = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(four, _mm_movehdup_ps(four)));
}

class Rest {
 public:
  explicit Rest(std::size_t count)
      : count_(count),
        mask_(_mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)),
                                 _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7))) {}
  template <typename Vector>
  Floats get(const float* from) const {
    return _mm256_maskload_ps(from, mask_);
  }
  template <typename Vector>
  Ints get(const std::int32_t* from) const {
    return Ints(_mm256_maskload_epi32(from, mask_));
  }
  template <typename Vector>
  Shorts get(const std::int16_t* from) const {
    Shorts vector{};
    for (std::size_t i = 0; i < count_; ++i) vector[i] = from[i];
    return vector;
  }
  void put(float* to, Floats vector) const { _mm256_maskstore_ps(to, mask_, vector); }
  void put(std::int32_t* to, Ints vector) const {
    _mm256_maskstore_epi32(to, mask_, __m256i(vector));
  }
  void put(std::int16_t* to, Shorts vector) const {
    for (std::size_t i = 0; i < count_; ++i) to[i] = vector[i];
  }

 private:
  std::size_t count_;
  __m256i mask_;
};

#include "kernels_body.hpp"

constexpr Kernels kKernels = all_named("avx2");

}  // namespace

const Kernels* avx2_kernels() { return &kKernels; }

}  // namespace ducking
