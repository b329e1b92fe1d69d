#include <cstring>

#include "kernels.hpp"

namespace ducking {
namespace {

constexpr std::size_t kBytes = 32;
#include "kernels_body.hpp"

constexpr Kernels kKernels{"avx2", contribute, add,   subtract, to_float,
                           power,  peak,       scale, from_s16, to_s16};

}  // namespace

const Kernels* avx2_kernels() { return &kKernels; }

}  // namespace ducking
