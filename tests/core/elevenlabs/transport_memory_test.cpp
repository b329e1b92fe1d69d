#include "transport_memory.hpp"

#include <gtest/gtest.h>

namespace elevenlabs {
namespace {

TEST(TransportMemoryTest, RemembersForAWhile) {
  TransportMemory memory;
  EXPECT_FALSE(memory.is_refused("a", 5));
  memory.refused("a", 5);
  EXPECT_TRUE(memory.is_refused("a", 6));
  EXPECT_FALSE(memory.is_refused("b", 6));
  EXPECT_TRUE(memory.is_refused("a", TransportMemory::kRemembered));
  EXPECT_FALSE(memory.is_refused("a", 5 + TransportMemory::kRemembered));
  memory.refused("a", TransportMemory::kRemembered);
  EXPECT_TRUE(memory.is_refused("a", 5 + TransportMemory::kRemembered));
}

TEST(TransportMemoryTest, IsBounded) {
  TransportMemory memory;
  for (std::uint64_t i = 0; i < 1000; ++i) memory.refused(std::to_string(i), i);
  EXPECT_EQ(memory.size(), TransportMemory::kMost);
  EXPECT_TRUE(memory.is_refused("999", 1000));
  EXPECT_FALSE(memory.is_refused("0", 1000));
  memory.refused("x", 2 * TransportMemory::kRemembered);
  EXPECT_EQ(memory.size(), 1U);
}

}  // namespace
}  // namespace elevenlabs
