#include "serve/core/refusals.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace jackfield {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

TEST(RefusalsTest, AFloodIsToldOfOnceInTenSeconds) {
  Refusals refusals;
  EXPECT_EQ(refusals.add(Refusal::kBusy, 0), 1u);
  for (int i = 1; i < 1000; ++i)
    EXPECT_EQ(refusals.add(Refusal::kBusy, i * kSecond / 100), std::nullopt);
  EXPECT_EQ(refusals.add(Refusal::kBusy, 10 * kSecond), 1000u);
  EXPECT_EQ(refusals.add(Refusal::kBusy, 20 * kSecond), 1u);
  EXPECT_EQ(refusals.count(Refusal::kBusy), 1002u);
}

TEST(RefusalsTest, EachReasonForItself) {
  Refusals refusals;
  EXPECT_EQ(refusals.add(Refusal::kBusy, 0), 1u);
  EXPECT_EQ(refusals.add(Refusal::kTooSlow, 0), 1u);
  EXPECT_EQ(refusals.count(Refusal::kBadToken), 0u);
}

TEST(RefusalsTest, EveryReasonHasItsName) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < kRefusals; ++i) names.insert(refusal_name(static_cast<Refusal>(i)));
  EXPECT_EQ(names.size(), kRefusals);
}

}  // namespace
}  // namespace jackfield
