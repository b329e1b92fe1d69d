#pragma once

#include <atomic>
#include <cstdint>

namespace test_support {
extern std::atomic<int64_t> bytes_in_use;  // by operator new
}
