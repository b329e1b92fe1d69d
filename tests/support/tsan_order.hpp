// For what stands before the functions of libraries that ThreadSanitizer does not see into, to tell
// it of the order they promise.
#pragma once

#include <dlfcn.h>

#define EXPORT extern "C" [[gnu::visibility("default")]]

// Of the sanitizer's runtime; absent in a program without it.
extern "C" {
[[gnu::weak]] void __tsan_acquire(void* address);
[[gnu::weak]] void __tsan_release(void* address);
}

namespace {

inline void acquired(void* object) {
  if (__tsan_acquire) __tsan_acquire(object);
}
inline void releasing(void* object) {
  if (__tsan_release) __tsan_release(object);
}

}  // namespace

// The library's own function of that name.
#define REAL(function)                                                                            \
  ([] {                                                                                           \
    static auto* const real = reinterpret_cast<decltype(&function)>(dlsym(RTLD_NEXT, #function)); \
    return real;                                                                                  \
  }())
