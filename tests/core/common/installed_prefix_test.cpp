#include "installed_prefix.hpp"

#include <gtest/gtest.h>

using jackfield::prefix_of;

TEST(InstalledPrefix, IsWhatLiesAboveTheSubfolder) {
  EXPECT_EQ(prefix_of("/opt/jackfield/bin", "bin"), "/opt/jackfield");
  EXPECT_EQ(
      prefix_of("/usr/lib/x86_64-linux-gnu/gstreamer-1.0", "lib/x86_64-linux-gnu/gstreamer-1.0"),
      "/usr");
  EXPECT_EQ(prefix_of("/opt/jackfield/bin/", "bin/"), "/opt/jackfield");
  EXPECT_EQ(prefix_of("/bin", "bin"), "/");
  EXPECT_EQ(prefix_of("here/bin", "bin"), "here");
}

TEST(InstalledPrefix, BothSlashesSeparate) {
  EXPECT_EQ(prefix_of("C:\\Jackfield\\lib\\gstreamer-1.0", "lib/gstreamer-1.0"), "C:\\Jackfield");
}

TEST(InstalledPrefix, AnotherFolderHasNone) {
  EXPECT_EQ(prefix_of("/home/me/jackfield/build/plugins/agentbrain", "lib/gstreamer-1.0"), "");
  EXPECT_EQ(prefix_of("/opt/mylib/gstreamer-1.0", "lib/gstreamer-1.0"), "");
  EXPECT_EQ(prefix_of("bin", "bin"), "");
  EXPECT_EQ(prefix_of("", "bin"), "");
  EXPECT_EQ(prefix_of("/opt/bin", ""), "");
  EXPECT_EQ(prefix_of("/opt/bin", "/opt/bin"), "");  // not below the prefix at all
}
