#include "serve/core/pending_limits.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace jackfield {
namespace {

TEST(PendingLimitsTest, InAllAndFromOneAddress) {
  PendingLimits limits{4, 2};
  Admission admission{};
  std::vector<std::shared_ptr<PendingLimits::Place>> places;
  for (const char* address : {"a", "a", "b"}) {
    places.push_back(limits.admit(address, admission));
    EXPECT_EQ(admission, Admission::kAdmitted);
  }
  EXPECT_FALSE(limits.admit("a", admission));
  EXPECT_EQ(admission, Admission::kTooManyFromAddress);
  places.push_back(limits.admit("", admission));
  EXPECT_EQ(admission, Admission::kAdmitted);
  EXPECT_FALSE(limits.admit("", admission));
  EXPECT_EQ(admission, Admission::kTooMany);
  EXPECT_EQ(limits.total(), 4u);
  places.erase(places.begin());
  EXPECT_EQ(limits.from("a"), 1u);
  EXPECT_TRUE(limits.admit("a", admission));
  EXPECT_EQ(limits.from("a"), 1u);  // that one went at once
  places.clear();
  EXPECT_EQ(limits.total(), 0u);
}

TEST(PendingLimitsTest, WhoIsBehindAPlaceMayBecomeKnown) {
  PendingLimits limits{10, 1};
  Admission admission{};
  const auto one = limits.admit("", admission);
  const auto two = limits.admit("", admission);
  EXPECT_TRUE(limits.assign(*one, "a"));
  EXPECT_TRUE(limits.assign(*one, "a"));
  EXPECT_FALSE(limits.assign(*two, "a"));
  EXPECT_EQ(limits.from("a"), 1u);
  EXPECT_EQ(limits.total(), 2u);
  EXPECT_TRUE(limits.assign(*one, "b"));
  EXPECT_TRUE(limits.assign(*two, "a"));
  EXPECT_EQ(limits.from("b"), 1u);
}

TEST(PendingLimitsTest, APlaceMayOutliveTheLimits) {
  Admission admission{};
  std::shared_ptr<PendingLimits::Place> place;
  {
    PendingLimits limits{1, 1};
    place = limits.admit("a", admission);
  }
  place.reset();
}

}  // namespace
}  // namespace jackfield
