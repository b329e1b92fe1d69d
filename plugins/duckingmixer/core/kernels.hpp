// The loops over samples, in three instruction sets, of which the best that the machine has is
// taken at run time. All give the same to two bits of a contribution, which is far below one of
// 16-bit sound. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ducking {

// Contributions are whole numbers, so that what is added can be taken away again to the last bit:
// 1 is 2^20 of them (−126 dBFS of noise). One input counts up to 8 (+18 dBFS), and 255 of those
// still fit into 32 bits.
inline constexpr float kContributionOne = 1 << 20;
inline constexpr float kMostOfOneInput = 8;
inline constexpr int kMostInputs = 255;

struct Kernels {
  const char* name;
  // contribution = in × gain, rounded, where the gain goes in a straight line from `from` to `to`;
  // added to `sum`. `contribution` may be where `in` is. Not for what is no number.
  void (*contribute)(const float* in, float from, float to, std::int32_t* contribution,
                     std::int32_t* sum, std::size_t count);
  void (*add)(std::int32_t* to, const std::int32_t* what, std::size_t count);
  // out = from − what; `out` may be `from`.
  void (*subtract)(std::int32_t* out, const std::int32_t* from, const std::int32_t* what,
                   std::size_t count);
  // out = (sum − less) / 2^20 × gain, in a straight line as above; without `less` (nullptr) of the
  // sum. Returns the largest absolute value.
  float (*hear)(const std::int32_t* sum, const std::int32_t* less, float from, float to, float* out,
                std::size_t count);
  // Mean square. Neither a number nor finite, perhaps, where a sample is not.
  float (*power)(const float* in, std::size_t count);
  // What is not a number becomes 0, and what is beyond kMostOfOneInput that.
  void (*clean)(float* samples, std::size_t count);
  // The largest absolute value. What is not a number is 0.
  float (*peak)(const float* in, std::size_t count);
  // In a straight line from `from` to `to`. Returns the largest absolute value.
  float (*scale)(float* samples, float from, float to, std::size_t count);
  void (*from_s16)(const std::int16_t* in, float* out, std::size_t count);
  // Rounded; beyond ±1 clamped.
  void (*to_s16)(const float* in, std::int16_t* out, std::size_t count);
};

const Kernels& plain_kernels();
// nullptr where the program was built without them; to be called only where the machine has them.
const Kernels* avx2_kernels();
const Kernels* avx512_kernels();

// The best of this machine.
const Kernels& kernels();
// Those that this machine has, the plain ones first; for tests. `count` is set.
const Kernels* const* all_kernels(std::size_t& count);

}  // namespace ducking
