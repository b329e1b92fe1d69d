#include "packet_buffer.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>

namespace {

using Insert = jitter::PacketBuffer::Insert;

Insert put(jitter::PacketBuffer& buffer, int64_t sequence) {
  const std::array<uint8_t, 2> payload{static_cast<uint8_t>(sequence), 7};
  return buffer.insert(sequence, sequence * 960, 0, payload);
}

TEST(PacketBuffer, KeepsTheOrderOfSequenceNumbers) {
  jitter::PacketBuffer buffer;
  EXPECT_EQ(buffer.first(), nullptr);
  for (const int64_t sequence : {12, 10, 11, 15}) EXPECT_EQ(put(buffer, sequence), Insert::kStored);
  EXPECT_EQ(put(buffer, 11), Insert::kDuplicate);
  EXPECT_EQ(buffer.first()->sequence, 10);
  EXPECT_EQ(buffer.last()->sequence, 15);
  EXPECT_EQ(buffer.find(13), nullptr);
  EXPECT_EQ(buffer.after(12)->sequence, 15);
  EXPECT_EQ(buffer.after(15), nullptr);
  buffer.discard_before(12);
  EXPECT_EQ(buffer.first()->sequence, 12);
  EXPECT_EQ(put(buffer, 11), Insert::kTooOld);
  EXPECT_EQ(buffer.size(), 2U);
}

TEST(PacketBuffer, IsBounded) {
  jitter::PacketBuffer buffer;
  EXPECT_EQ(put(buffer, 100), Insert::kStored);
  EXPECT_EQ(put(buffer, 100 + jitter::PacketBuffer::kCapacity - 1), Insert::kStored);
  EXPECT_EQ(put(buffer, 100 + jitter::PacketBuffer::kCapacity), Insert::kTooFar);
  buffer.clear();
  EXPECT_EQ(buffer.size(), 0U);
  EXPECT_EQ(put(buffer, 5), Insert::kStored);
}

// Beside an ordered map, on random operations.
TEST(PacketBuffer, IsLikeAMap) {
  std::mt19937 dice(1);
  jitter::PacketBuffer buffer;
  std::map<int64_t, int64_t> model;
  int64_t from = INT64_MIN, around = -300;
  for (int i = 0; i < 200'000; ++i) {
    around += dice() % 2;
    const int64_t sequence = around + static_cast<int64_t>(dice() % 40) - 20;
    if (dice() % 3 == 0) {
      buffer.discard_before(sequence - 25);
      from = std::max(from, sequence - 25);
      model.erase(model.begin(), model.lower_bound(from));
    } else {
      const Insert expected = sequence < from         ? Insert::kTooOld
                              : model.count(sequence) ? Insert::kDuplicate
                                                      : Insert::kStored;
      ASSERT_EQ(put(buffer, sequence), expected);
      if (expected == Insert::kStored) model[sequence] = sequence * 960;
    }
    ASSERT_EQ(buffer.size(), model.size());
    ASSERT_EQ(buffer.first() ? buffer.first()->media : -1,
              model.empty() ? -1 : model.begin()->second);
    const auto next = model.upper_bound(sequence);
    ASSERT_EQ(buffer.after(sequence) ? buffer.after(sequence)->sequence : INT64_MIN,
              next == model.end() ? INT64_MIN : next->first);
  }
}

}  // namespace
