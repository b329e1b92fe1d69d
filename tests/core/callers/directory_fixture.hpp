// A directory of callers in a folder of its own.
#pragma once

#include <glib.h>
#include <glib/gstdio.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "caller_directory.hpp"

namespace jackfield::callers {

constexpr char kAnna[] = "+15551234567";
constexpr char kBert[] = "+15557654321";
constexpr std::int64_t kNow = 1'795'392'000;
constexpr std::int64_t kOneDay = 86'400;

class DirectoryFolder : public testing::Test {
 protected:
  DirectoryFolder() {
    gchar* folder = g_dir_make_tmp("callers-XXXXXX", nullptr);
    folder_ = folder ? folder : "";
    g_free(folder);
  }
  ~DirectoryFolder() override {
    for (const char* ending : {"", "-wal", "-shm", "-journal"}) g_unlink((path() + ending).c_str());
    g_rmdir(folder_.c_str());
  }

  std::string path() const { return folder_ + "/callers.db"; }

  // Whether the words stand anywhere in the file or its log.
  bool on_disk(const std::string& words) const {
    for (const char* ending : {"", "-wal"}) {
      std::ifstream file(path() + ending, std::ios::binary);
      const std::string bytes{std::istreambuf_iterator<char>(file), {}};
      if (bytes.find(words) != std::string::npos) return true;
    }
    return false;
  }

  std::string folder_;
};

inline DirectoryError::Cause cause_of(const std::function<void()>& function, std::string& text) {
  try {
    function();
  } catch (const DirectoryError& error) {
    text = error.what();
    return error.cause();
  }
  ADD_FAILURE() << "nothing was thrown";
  return DirectoryError::Cause::kMissing;
}

}  // namespace jackfield::callers
