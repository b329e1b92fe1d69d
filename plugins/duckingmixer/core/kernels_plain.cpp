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
inline float largest_lane(Floats value) {
  const float low = value[0] > value[1] ? value[0] : value[1];
  const float high = value[2] > value[3] ? value[2] : value[3];
  return low > high ? low : high;
}

struct Rest {
  std::size_t count;
  template <typename Vector, typename Number>
  Vector get(const Number* from) const {
    Vector vector{};
    for (std::size_t i = 0; i < count; ++i) vector[i] = from[i];
    return vector;
  }
  template <typename Vector, typename Number>
  void put(Number* to, Vector vector) const {
    for (std::size_t i = 0; i < count; ++i) to[i] = vector[i];
  }
};

#include "kernels_body.hpp"

constexpr Kernels kKernels = all_named("plain");

}  // namespace

const Kernels& plain_kernels() { return kKernels; }

}  // namespace ducking
