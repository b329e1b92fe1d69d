#include "frame_cutter.hpp"

#include <gtest/gtest.h>

#include <random>

namespace {

using namespace sharedopus;

constexpr std::int64_t kMs = 1'000'000;
constexpr std::size_t kSample = 2;

// Counts who holds it.
struct Buffer {
  int holders = 1;
};
constexpr Hold::Kind kKind = {[](void* buffer) { ++static_cast<Buffer*>(buffer)->holders; },
                              [](void* buffer) { --static_cast<Buffer*>(buffer)->holders; }};

FrameCutter::Block block(std::size_t bytes, std::int64_t time = FrameCutter::kNone,
                         std::int64_t number = FrameCutter::kNone) {
  FrameCutter::Block made;
  made.slice.bytes = bytes;
  made.time = time;
  made.number = number;
  made.shareable = true;
  return made;
}

// A mixer's block of 10 ms at 48 kHz.
FrameCutter::Block numbered(std::int64_t number) { return block(960, number * 10 * kMs, number); }

std::size_t bytes_of(const CutFrame& frame) {
  std::size_t bytes = 0;
  for (const Slice& slice : frame.slices) bytes += slice.bytes;
  return bytes;
}

TEST(FrameCutter, CutsWhateverComesIntoFramesThatFollowEachOther) {
  std::mt19937 random(1);
  FrameCutter cutter(48000, kSample);
  CutFrame frame;
  std::int64_t came = 0, went = 0;
  for (int i = 0; i < 2000; ++i) {
    const auto samples = std::uniform_int_distribution<std::int64_t>(1, 3000)(random);
    cutter.add(block(static_cast<std::size_t>(samples) * kSample, came * 1'000'000'000 / 48000));
    came += samples;
    while (cutter.take(frame)) {
      ASSERT_EQ(bytes_of(frame), 1920U);
      ASSERT_NEAR(static_cast<double>(frame.time), static_cast<double>(went) * 1e9 / 48000, 20);
      ASSERT_FALSE(frame.discont);
      went += 960;
    }
    ASSERT_LT(cutter.pending(), 1920U);
  }
  EXPECT_EQ(static_cast<std::size_t>(came - went) * kSample, cutter.pending());
  EXPECT_EQ(cutter.dropped(), 0U);
}

TEST(FrameCutter, SlicesSayWhereTheirSamplesLie) {
  Buffer buffer;
  int memory = 0;
  FrameCutter cutter(48000, kSample);
  FrameCutter::Block whole = block(2400, 0);
  whole.slice.memory = &memory;
  whole.slice.offset = 100;
  whole.slice.hold = Hold(&buffer, &kKind);
  cutter.add(std::move(whole));
  cutter.add(block(2400));
  CutFrame first, second;
  ASSERT_TRUE(cutter.take(first));
  ASSERT_TRUE(cutter.take(second));
  ASSERT_EQ(first.slices.size(), 1U);
  ASSERT_EQ(second.slices.size(), 2U);
  EXPECT_EQ(first.slices[0].offset, 100U);
  EXPECT_EQ(second.slices[0].memory, &memory);
  EXPECT_EQ(second.slices[0].offset, 2020U);
  EXPECT_EQ(second.slices[0].skip, 1920U);
  EXPECT_EQ(second.slices[0].bytes, 480U);
  EXPECT_EQ(second.time, 20 * kMs);
  EXPECT_EQ(buffer.holders, 2);
  first.slices.clear();
  EXPECT_EQ(buffer.holders, 1);
  second.slices.clear();
  EXPECT_EQ(buffer.holders, 0);
}

TEST(FrameCutter, ListenersOfNumberedBlocksCutAtTheSamePlacesWheneverTheyCame) {
  for (const std::int64_t blocks : {1, 2, 4, 6}) {
    for (std::int64_t from = 1; from < 8; ++from) {
      FrameCutter cutter(48000, kSample);
      cutter.set_frame(blocks * 10 * kMs);
      CutFrame frame;
      int frames = 0;
      for (std::int64_t number = from; number < from + 30; ++number) {
        cutter.add(numbered(number));
        if (!cutter.take(frame)) continue;
        ++frames;
        EXPECT_EQ(frame.time % (blocks * 10 * kMs), 0) << from;
        EXPECT_EQ(number % blocks, blocks - 1);
        EXPECT_EQ(frame.slices.size(), static_cast<std::size_t>(blocks));
      }
      EXPECT_GE(frames, (30 - blocks) / blocks);
      EXPECT_LT(cutter.dropped(), static_cast<std::uint64_t>(blocks) * 480);
    }
  }
}

TEST(FrameCutter, FallsIntoStepAgainBehindAMissingBlock) {
  FrameCutter cutter(48000, kSample);
  CutFrame frame;
  std::vector<std::int64_t> times;
  for (const std::int64_t number : {0, 1, 2, /*3*/ 4, 5, 6, 7, /*8*/ 9, 10, 11}) {
    cutter.add(numbered(number));
    if (!cutter.take(frame)) continue;
    EXPECT_EQ(frame.discont, number == 5 || number == 11) << number;
    times.push_back(frame.time / kMs);
  }
  EXPECT_EQ(times, (std::vector<std::int64_t>{0, 40, 60, 100}));
  EXPECT_EQ(cutter.dropped(), 2U * 480);
}

TEST(FrameCutter, TakesOtherFramesFromTheNextOneOn) {
  FrameCutter cutter(48000, kSample);
  CutFrame frame;
  cutter.set_frame(10 * kMs);
  std::vector<std::int64_t> times;
  for (std::int64_t number = 0; number < 9; ++number) {
    if (number == 3) cutter.set_frame(20 * kMs);
    cutter.add(numbered(number));
    while (cutter.take(frame)) times.push_back(frame.time / kMs);
  }
  EXPECT_EQ(times, (std::vector<std::int64_t>{0, 10, 20, 40, 60}));
}

TEST(FrameCutter, AJumpInTimeForgetsWhatWaits) {
  FrameCutter cutter(48000, kSample);
  CutFrame frame;
  cutter.add(block(960, 0));
  cutter.add(block(960, 39 * kMs));  // within what clocks may differ
  ASSERT_TRUE(cutter.take(frame));
  EXPECT_FALSE(frame.discont);
  cutter.add(block(960, 49 * kMs));
  cutter.add(block(1920, 500 * kMs));
  ASSERT_TRUE(cutter.take(frame));
  EXPECT_TRUE(frame.discont);
  EXPECT_EQ(frame.time, 500 * kMs);
  EXPECT_EQ(cutter.dropped(), 480U);
}

TEST(FrameCutter, WithoutTimesGoesOnFromTheLast) {
  FrameCutter cutter(8000, kSample);
  CutFrame frame;
  for (int i = 0; i < 3; ++i) {
    cutter.add(block(320));
    ASSERT_TRUE(cutter.take(frame));
    EXPECT_EQ(frame.time, i * 20 * kMs);
  }
}

TEST(FrameCutter, IsSharedOnlyWhenAllOfItIs) {
  FrameCutter cutter(48000, kSample);
  CutFrame frame;
  cutter.add(block(960));
  FrameCutter::Block alone = block(960);
  alone.shareable = false;
  cutter.add(std::move(alone));
  ASSERT_TRUE(cutter.take(frame));
  EXPECT_FALSE(frame.shareable);
  cutter.add(block(1920));
  ASSERT_TRUE(cutter.take(frame));
  EXPECT_TRUE(frame.shareable);
}

TEST(FrameCutter, GivesTheRestAndItsTime) {
  FrameCutter cutter(48000, kSample);
  CutFrame frame;
  cutter.add(block(961, 7 * kMs));  // half a sample too much
  EXPECT_FALSE(cutter.take(frame));
  cutter.take_rest(frame);
  EXPECT_EQ(bytes_of(frame), 960U);
  EXPECT_EQ(frame.time, 7 * kMs);
  cutter.take_rest(frame);
  EXPECT_TRUE(frame.slices.empty());
  EXPECT_EQ(frame.time, 17 * kMs);
}

}  // namespace
