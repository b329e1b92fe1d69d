#include "write_queue.hpp"

#include <gtest/gtest.h>

#include <string>

namespace jackfield {
namespace {

constexpr uint64_t kMs = 1'000'000;

void append(WriteQueue& queue, const std::string& text, uint64_t now) {
  queue.append({reinterpret_cast<const uint8_t*>(text.data()), text.size()}, now);
}

std::string content(const WriteQueue& queue) {
  const auto front = queue.front();
  return {reinterpret_cast<const char*>(front.data()), front.size()};
}

TEST(WriteQueueTest, KeepsOrderOverPartialWrites) {
  WriteQueue queue({.max_bytes = 10});
  std::string expected;
  std::string got;
  for (int i = 0; i < 100; ++i) {
    const std::string text = std::to_string(i) + ",";
    append(queue, text, 0);
    expected += text;
    const size_t take = std::min<size_t>(queue.size(), static_cast<size_t>(i % 5));
    got += content(queue).substr(0, take);
    queue.consume(take);
  }
  got += content(queue);
  EXPECT_EQ(got, expected);
}

TEST(WriteQueueTest, AgeIsThatOfTheOldestByte) {
  WriteQueue queue({.max_bytes = 1000, .max_age_ns = 500 * kMs});
  EXPECT_EQ(queue.deadline(), UINT64_MAX);
  append(queue, "aaaa", 100 * kMs);
  append(queue, "bbbb", 300 * kMs);
  EXPECT_EQ(queue.age_ns(400 * kMs), 300 * kMs);
  EXPECT_EQ(queue.deadline(), 600 * kMs);
  queue.consume(3);  // trickling does not make it young
  EXPECT_EQ(queue.age_ns(400 * kMs), 300 * kMs);
  queue.consume(1);
  EXPECT_EQ(queue.age_ns(400 * kMs), 100 * kMs);
  EXPECT_FALSE(queue.over_limit(799 * kMs));
  EXPECT_TRUE(queue.over_limit(800 * kMs));
  queue.consume(4);
  EXPECT_FALSE(queue.over_limit(9999 * kMs));
}

TEST(WriteQueueTest, BytesAreLimited) {
  WriteQueue queue({.max_bytes = 8});
  append(queue, "12345678", 0);
  EXPECT_FALSE(queue.over_limit(0));
  append(queue, "9", 0);
  EXPECT_TRUE(queue.over_limit(0));
  EXPECT_EQ(queue.max_seen(), 9U);
}

}  // namespace
}  // namespace jackfield
