#include "scenario/session_registry.hpp"

#include <gtest/gtest.h>

namespace jackfield {
namespace {

TEST(SessionRegistryTest, AsManyAsThereArePlaces) {
  LocalSessionRegistry registry{2};
  EXPECT_TRUE(registry.admit("a"));
  EXPECT_FALSE(registry.admit("a"));
  EXPECT_TRUE(registry.admit("b"));
  EXPECT_FALSE(registry.has_room());
  EXPECT_FALSE(registry.admit("c"));
  registry.leave("a");
  EXPECT_TRUE(registry.admit("c"));
  EXPECT_EQ(registry.active(), 2u);
  registry.close();
  registry.leave("c");
  EXPECT_FALSE(registry.admit("d"));
}

TEST(SessionRegistryTest, ALineHasItsOwnPlacesAmongThoseOfAll) {
  LocalSessionRegistry all{3};
  LineSessionRegistry one{all, 1}, two{all, 3};
  EXPECT_TRUE(one.admit("a"));
  EXPECT_FALSE(one.has_room());
  EXPECT_FALSE(one.admit("b"));
  EXPECT_EQ(all.active(), 1u);
  EXPECT_TRUE(two.admit("c"));
  EXPECT_TRUE(two.admit("d"));
  // The line would have a place, but not all together.
  EXPECT_FALSE(two.has_room());
  EXPECT_FALSE(two.admit("e"));
  EXPECT_EQ(two.active(), 2u);
  one.leave("a");
  EXPECT_TRUE(two.admit("e"));
  EXPECT_FALSE(one.admit("f"));
  EXPECT_EQ(one.active(), 0u);
  two.leave("c");
  two.leave("d");
  two.leave("e");
  EXPECT_EQ(all.active(), 0u);
}

TEST(SessionRegistryTest, ClosingAllClosesEachLine) {
  LocalSessionRegistry all{3};
  LineSessionRegistry one{all, 2}, two{all, 2};
  one.close();
  EXPECT_TRUE(one.is_closed());
  EXPECT_FALSE(one.has_room());
  EXPECT_FALSE(two.is_closed());
  EXPECT_TRUE(two.admit("a"));
  all.close();
  EXPECT_TRUE(two.is_closed());
  EXPECT_FALSE(two.admit("b"));
}

}  // namespace
}  // namespace jackfield
