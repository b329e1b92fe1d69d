#include "scenario/core/packages.hpp"

#include <gtest/gtest.h>

using jackfield::how_to_get;

TEST(PackagesTest, StockElementsHaveAPackage) {
  EXPECT_NE(how_to_get("mulawdec").find("apt install gstreamer1.0-plugins-good"),
            std::string::npos);
  EXPECT_NE(how_to_get("webrtcbin").find("gstreamer1.0-plugins-bad"), std::string::npos);
}

TEST(PackagesTest, OursAreBuilt) {
  EXPECT_NE(how_to_get("twiliosrc").find("./dev build"), std::string::npos);
}

TEST(PackagesTest, UnknownOnesAreNotMadeUp) { EXPECT_EQ(how_to_get("nosuchelement"), ""); }
