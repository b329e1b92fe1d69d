#include "control/core/byte_range.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using jackfield::ByteRange;
using jackfield::range_counts;
using jackfield::read_byte_range;
using Kind = ByteRange::Kind;

std::string answer(std::string_view header, std::uint64_t size) {
  const ByteRange range = read_byte_range(header, size);
  if (range.kind == Kind::kWhole) return "whole";
  if (range.kind == Kind::kNotSatisfiable) return "not satisfiable";
  return std::to_string(range.first) + "-" + std::to_string(range.last);
}

TEST(ByteRange, ReadsOneRange) {
  EXPECT_EQ(answer("bytes=0-99", 1000), "0-99");
  EXPECT_EQ(answer("bytes=0-0", 1000), "0-0");
  EXPECT_EQ(answer("bytes=500-", 1000), "500-999");
  EXPECT_EQ(answer("bytes=-100", 1000), "900-999");
  EXPECT_EQ(answer("Bytes=999-999", 1000), "999-999");
  EXPECT_EQ(answer(" bytes= 1-2 ", 1000), "1-2");
}

TEST(ByteRange, EndsWithTheFile) {
  EXPECT_EQ(answer("bytes=500-5000", 1000), "500-999");
  EXPECT_EQ(answer("bytes=-5000", 1000), "0-999");
  EXPECT_EQ(answer("bytes=1-99999999999999999999999999999", 1000), "1-999");
}

TEST(ByteRange, RefusesWhatLiesBehindTheEnd) {
  EXPECT_EQ(answer("bytes=1000-", 1000), "not satisfiable");
  EXPECT_EQ(answer("bytes=1000-1001", 1000), "not satisfiable");
  EXPECT_EQ(answer("bytes=99999999999999999999999999999-", 1000), "not satisfiable");
  EXPECT_EQ(answer("bytes=-0", 1000), "not satisfiable");
  EXPECT_EQ(answer("bytes=0-", 0), "not satisfiable");
  EXPECT_EQ(answer("bytes=-1", 0), "not satisfiable");
}

// RFC 9110: an invalid range is ignored, and any range may be.
TEST(ByteRange, IgnoresEverythingElse) {
  for (const char* header : {"", "bytes", "bytes=", "bytes=-", "bytes=--1", "bytes=5-2",
                             "bytes=a-b", "bytes=1-2x", "bytes=0x10-", "lines=1-2", "bytes=0-1,2-3",
                             "bytes=0-1,", "bytes=1 -2", "bytes=+1-2", "bytes=1-2;x"})
    EXPECT_EQ(answer(header, 1000), "whole") << header;
}

TEST(ByteRange, IgnoresABombOfRanges) {
  std::string bomb = "bytes=0-";
  for (int i = 0; i < 1000; ++i) bomb += ",5-" + std::to_string(i);
  EXPECT_EQ(answer(bomb, 1000), "whole");
}

TEST(ByteRange, CountsForTheSameFileOnly) {
  EXPECT_TRUE(range_counts("", "\"a\""));
  EXPECT_TRUE(range_counts(" \"a\" ", "\"a\""));
  EXPECT_FALSE(range_counts("\"b\"", "\"a\""));
  EXPECT_FALSE(range_counts("W/\"a\"", "\"a\""));
  EXPECT_FALSE(range_counts("W/\"a\"", "W/\"a\""));
  EXPECT_FALSE(range_counts("Sun, 22 Nov 2026 14:03:05 GMT", "\"a\""));
}

}  // namespace
