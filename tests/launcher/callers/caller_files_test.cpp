#include "callers/caller_files.hpp"

#include <glib/gstdio.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>

#include "../command/jackfield_process.hpp"
#include "caller_directory.hpp"

namespace jackfield {
namespace {

using callers::CallerDirectory;
using testing::HasSubstr;

constexpr std::int64_t kNow = 1'795'392'000;
constexpr std::int64_t kDay = 86'400;
constexpr char kAnna[] = "+15551234567";
constexpr char kBert[] = "+15557654321";

class CallerFilesTest : public testing::Test {
 protected:
  std::string path(const std::string& name = "callers.db") const {
    return folder.path() + "/" + name;
  }
  void know(const char* caller, std::int64_t when) const {
    CallerDirectory(path()).add_note(caller, {.time = when, .text = "a note"}, true);
  }
  bool knows(const char* caller) const { return CallerDirectory(path()).find(caller).has_value(); }
  static bool wait(const std::function<bool()>& done) {
    return test::wait_for([&] {
      while (g_main_context_iteration(nullptr, FALSE)) {
      }
      return done();
    });
  }
  CallerFiles::Config config(unsigned days) {
    return {.by_line = {{"desk", path()}},
            .retention_days = days,
            .trouble = [this](const std::string& text) { trouble.push_back(text); },
            .unix_now = [this] { return now; },
            .purge_every = 1};
  }

  test::TemporaryFolder folder;
  std::int64_t now = kNow;
  std::vector<std::string> trouble;
};

TEST_F(CallerFilesTest, WhoDoesNotCallAnyMoreIsForgottenAtTheStartAndLater) {
  know(kAnna, kNow - 31 * kDay);
  know(kBert, kNow - 29 * kDay);
  CallerFiles files(config(30));
  EXPECT_TRUE(wait([&] { return !knows(kAnna); }));
  EXPECT_TRUE(knows(kBert));
  now += 2 * kDay;
  EXPECT_TRUE(wait([&] { return !knows(kBert); }));
  EXPECT_TRUE(trouble.empty());
}

TEST_F(CallerFilesTest, WithoutRetentionNobodyIsForgotten) {
  know(kAnna, 1);
  {
    CallerFiles files(config(0));
    std::atomic<int> looks = 0;
    // The pool does one thing after the other: this comes behind the first.
    files.pool().submit([&] { ++looks; });
    EXPECT_TRUE(wait([&] { return looks > 0; }));
  }
  EXPECT_TRUE(knows(kAnna));
}

TEST_F(CallerFilesTest, ADirectoryThatCannotBeUsedIsTold) {
  std::ofstream(path()) << std::string(8192, 'x');
  CallerFiles files(config(30));
  ASSERT_TRUE(wait([&] { return !trouble.empty(); }));
  EXPECT_THAT(trouble[0], HasSubstr(path()));
  EXPECT_THAT(trouble[0], HasSubstr("put it aside"));
}

TEST_F(CallerFilesTest, KnowWhichFileIsMeant) {
  EXPECT_FALSE(CallerFiles({.by_line = {}, .trouble = {}}).any());
  const CallerFiles same({.by_line = {{"a", path()}, {"b", path()}}, .trouble = {}});
  EXPECT_TRUE(same.any());
  ASSERT_TRUE(same.file_of(""));
  EXPECT_EQ(*same.file_of(""), path());
  EXPECT_EQ(*same.file_of("b"), path());
  EXPECT_FALSE(same.file_of("c"));
  const CallerFiles several({.by_line = {{"a", path()}, {"b", path("b.db")}}, .trouble = {}});
  EXPECT_FALSE(several.file_of(""));
  EXPECT_EQ(*several.file_of("b"), path("b.db"));
}

}  // namespace
}  // namespace jackfield
