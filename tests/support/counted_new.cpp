// Counts the bytes in use of the whole test program.
#include "counted_new.hpp"

#include <cstdlib>
#include <new>

namespace {
constexpr size_t kHeader = 16;
}

namespace test_support {
std::atomic<int64_t> bytes_in_use{0};
}

void* operator new(size_t size) {
  auto* block = static_cast<char*>(std::malloc(size + kHeader));
  if (!block) throw std::bad_alloc();
  *reinterpret_cast<size_t*>(block) = size;
  test_support::bytes_in_use += static_cast<int64_t>(size);
  return block + kHeader;
}

void operator delete(void* pointer) noexcept {
  if (!pointer) return;
  char* block = static_cast<char*>(pointer) - kHeader;
  test_support::bytes_in_use -= static_cast<int64_t>(*reinterpret_cast<size_t*>(block));
  std::free(block);
}

void operator delete(void* pointer, size_t) noexcept { operator delete(pointer); }
