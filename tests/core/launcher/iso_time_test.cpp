#include "records/core/iso_time.hpp"

#include <gtest/gtest.h>

namespace {

using jackfield::read_iso_time;

TEST(IsoTime, ReadsWhatWeWrite) {
  EXPECT_EQ(read_iso_time("1970-01-01T00:00:00.000Z"), 0);
  EXPECT_EQ(read_iso_time("2026-11-22T14:03:05.123Z"), 1795356185123);
  EXPECT_EQ(read_iso_time("2024-02-29T23:59:59.999Z"), 1709251199999);
  EXPECT_EQ(read_iso_time("1969-12-31T23:59:59.999Z"), -1);
}

TEST(IsoTime, AndNothingElse) {
  for (const char* text :
       {"", "2026-11-22", "2026-11-22T14:03:05Z", "2026-11-22T14:03:05.123",
        "2026-13-22T14:03:05.123Z", "2026-02-29T14:03:05.123Z", "2026-11-22T24:03:05.123Z",
        "2026-11-22T14:60:05.123Z", "2026-11-22 14:03:05.123Z", "2026-11-22T14:03:05.12xZ",
        "-026-11-22T14:03:05.123Z", "2026-11-22T14:03:05.123+01:00", "2026-11-22T14:03:05.123Zx"})
    EXPECT_FALSE(read_iso_time(text)) << text;
}

}  // namespace
