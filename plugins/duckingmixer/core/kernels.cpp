#include "kernels.hpp"

#include <array>

namespace ducking {
namespace {

struct Choice {
  std::array<const Kernels*, 3> all{&plain_kernels(), nullptr, nullptr};
  std::size_t count = 1;

  Choice() {
#if defined(JACKFIELD_X86_KERNELS)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
      all[count++] = avx2_kernels();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
      all[count++] = avx512_kernels();
#endif
  }
};

const Choice& choice() {
  static const Choice made;
  return made;
}

}  // namespace

const Kernels& kernels() { return *choice().all[choice().count - 1]; }

const Kernels* const* all_kernels(std::size_t& count) {
  count = choice().count;
  return choice().all.data();
}

}  // namespace ducking
