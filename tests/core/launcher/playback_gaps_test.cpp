#include "audio/core/playback_gaps.hpp"

#include <gtest/gtest.h>

using jackfield::PlaybackGaps;

namespace {

constexpr std::int64_t kMs = 1'000'000;

// A stream of 20 ms buffers that come 60 ms before they are due, less `late`.
struct Stream {
  PlaybackGaps gaps;
  std::int64_t due = 100 * kMs;
  std::int64_t total = 0;
  int holes = 0;

  void push(std::int64_t late, std::int64_t duration = 20 * kMs) {
    const std::int64_t gap = gaps.add(due, duration, due - 60 * kMs + late);
    due += duration;
    total += gap;
    holes += gap > 0;
  }
  void push_many(int n, std::int64_t late = 0) {
    for (int i = 0; i < n; ++i) push(late);
  }
};

}  // namespace

TEST(PlaybackGapsTest, PausesAreNoHoles) {
  Stream stream;
  stream.push_many(50);
  stream.due += 5000 * kMs;
  stream.push_many(50, 55 * kMs);
  EXPECT_EQ(stream.holes, 0);
}

TEST(PlaybackGapsTest, LateIsAHoleOfThatLength) {
  Stream stream;
  stream.push_many(50);
  stream.push(100 * kMs);
  stream.push_many(10);
  EXPECT_EQ(stream.holes, 1);
  EXPECT_EQ(stream.total, 40 * kMs);
}

TEST(PlaybackGapsTest, ARowOfLateBuffersIsOne) {
  Stream stream;
  stream.push_many(50);
  stream.push_many(20, 100 * kMs);
  stream.push_many(20, 150 * kMs);  // later still
  stream.push_many(10);
  EXPECT_EQ(stream.holes, 2);
  EXPECT_EQ(stream.total, 90 * kMs);
}

TEST(PlaybackGapsTest, TheRestOfASentenceIsNone) {
  Stream stream;
  stream.push_many(50);
  stream.push(3000 * kMs, 4 * kMs);  // came out of the resampler with the next sentence
  stream.due += 3000 * kMs;
  stream.push_many(50);
  EXPECT_EQ(stream.holes, 0);
}

TEST(PlaybackGapsTest, AShortBufferInTheMiddleIsOne) {
  Stream stream;
  stream.push_many(50);
  stream.push(100 * kMs, 4 * kMs);
  stream.push_many(50);
  EXPECT_EQ(stream.holes, 1);
  EXPECT_EQ(stream.total, 40 * kMs);
}

TEST(PlaybackGapsTest, AFlushForgets) {
  Stream stream;
  stream.push_many(50, 100 * kMs);
  const int holes = stream.holes;
  stream.gaps.reset();
  stream.push_many(50);
  EXPECT_EQ(stream.holes, holes);
}
