// A file that a test writes, and that goes with it.
#pragma once

#include <glib/gstdio.h>
#include <gtest/gtest.h>

#include <string>

#include "gstpp.hpp"

namespace test_support {

class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text) {
    gchar* path = nullptr;
    const int fd = g_file_open_tmp("jackfield-XXXXXX.txt", &path, nullptr);
    const gstpp::CharPtr owner{path};
    if (fd < 0) {
      ADD_FAILURE() << "there is no room for a file";
      return;
    }
    g_close(fd, nullptr);
    path_ = path;
    EXPECT_TRUE(g_file_set_contents(path, text.data(), static_cast<gssize>(text.size()), nullptr));
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (!path_.empty()) g_unlink(path_.c_str());
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace test_support
