#include "scenario/core/nearest.hpp"

#include <gtest/gtest.h>

using jackfield::did_you_mean;
using jackfield::nearest_names;

TEST(NearestTest, FindsTypos) {
  const std::vector<std::string> names{"location", "blocksize", "num-buffers", "name"};
  EXPECT_EQ(nearest_names("locatoin", names), std::vector<std::string>{"location"});
  EXPECT_EQ(nearest_names("num_buffers", names), std::vector<std::string>{"num-buffers"});
  EXPECT_EQ(nearest_names("NAME", names), std::vector<std::string>{"name"});
}

TEST(NearestTest, FindsPartsOfNames) {
  EXPECT_EQ(nearest_names("buffers", {"num-buffers", "name"}),
            std::vector<std::string>{"num-buffers"});
}

TEST(NearestTest, NothingNearGivesNothing) {
  EXPECT_TRUE(nearest_names("voice", {"location", "blocksize"}).empty());
  EXPECT_EQ(did_you_mean("voice", {"location"}), "");
}

TEST(NearestTest, NearestFirstAndBounded) {
  EXPECT_EQ(nearest_names("rate", {"rates", "rate-x", "rate", "orate"}, 2),
            (std::vector<std::string>{"rate", "rates"}));
  EXPECT_EQ(did_you_mean("sik", {"sink", "silk"}), "did you mean 'sink' or 'silk'?");
}
