#include "rtp_unwrap.hpp"

#include <gtest/gtest.h>

namespace {

TEST(Unwrapper, CountsOnBehindTheEndOfTheRange) {
  jitter::Unwrapper<uint16_t> unwrapper;
  EXPECT_EQ(unwrapper.unwrap(65534), 65534);
  EXPECT_EQ(unwrapper.unwrap(65535), 65535);
  EXPECT_EQ(unwrapper.unwrap(0), 65536);
  EXPECT_EQ(unwrapper.unwrap(2), 65538);
  // Late ones are behind.
  EXPECT_EQ(unwrapper.unwrap(1), 65537);
  EXPECT_EQ(unwrapper.unwrap(65535), 65535);
  EXPECT_EQ(unwrapper.unwrap(3), 65539);
}

TEST(Unwrapper, GoesBelowTheFirst) {
  jitter::Unwrapper<uint16_t> unwrapper;
  EXPECT_EQ(unwrapper.unwrap(1), 1);
  EXPECT_EQ(unwrapper.unwrap(65535), -1);
}

TEST(Unwrapper, ManyRoundsOfTimestamps) {
  jitter::Unwrapper<uint32_t> unwrapper;
  int64_t expected = 4294900000;
  for (int i = 0; i < 20'000; ++i, expected += 1'000'000) {
    ASSERT_EQ(unwrapper.unwrap(static_cast<uint32_t>(expected)), expected);
  }
}

}  // namespace
