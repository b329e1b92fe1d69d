#include <sys/resource.h>

#include <algorithm>

#include "platform/descriptors.hpp"

namespace jackfield {
namespace {

// Some systems (macOS) refuse an infinite soft limit, and containers have hard limits of a billion,
// which programs that close everything when they start a child would feel.
constexpr rlim_t kEnough = 1 << 20;

}  // namespace

std::uint64_t raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return UINT64_MAX;
  if (limit.rlim_cur == RLIM_INFINITY) return UINT64_MAX;
  const rlim_t wanted =
      limit.rlim_max == RLIM_INFINITY ? kEnough : std::min(limit.rlim_max, kEnough);
  if (wanted > limit.rlim_cur) {
    const rlimit raised{wanted, limit.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  return limit.rlim_cur;
}

}  // namespace jackfield
