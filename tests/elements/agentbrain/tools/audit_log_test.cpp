// The file behind the audit log: full disks, logrotate, several processes.
#include "audit_log.hpp"

#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <future>
#include <map>
#include <sstream>

#include "audit_file.hpp"
#include "gstpp.hpp"

namespace {

using namespace agentbrain::tools;

std::string program;

class AuditLogTest : public testing::Test {
 protected:
  AuditLogTest() {
    const gstpp::CharPtr folder{g_dir_make_tmp("jackfield-audit-XXXXXX", nullptr)};
    folder_ = folder.get();
    path_ = folder_ + "/tools.jsonl";
  }
  ~AuditLogTest() override {
    GDir* dir = g_dir_open(folder_.c_str(), 0, nullptr);
    while (const gchar* name = g_dir_read_name(dir)) g_unlink((folder_ + "/" + name).c_str());
    g_dir_close(dir);
    g_rmdir(folder_.c_str());
  }
  static std::string text_of(const std::string& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
  std::string folder_;
  std::string path_;
};

TEST_F(AuditLogTest, OnlyTheOwnerMayReadANewFile) {
  ASSERT_EQ(append_line(path_, "one\n"), "");
  ASSERT_EQ(append_line(path_, "two\n"), "");
  EXPECT_EQ(text_of(path_), "one\ntwo\n");
  struct stat status {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
}

TEST_F(AuditLogTest, WhatTheOperatorAllowedStays) {
  ASSERT_TRUE(g_file_set_contents(path_.c_str(), "", 0, nullptr));
  ASSERT_EQ(g_chmod(path_.c_str(), 0640), 0);
  ASSERT_EQ(append_line(path_, "one\n"), "");
  struct stat status {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0640u);
}

TEST_F(AuditLogTest, ARenamedFileIsFollowedByANewOne) {
  ASSERT_EQ(append_line(path_, "one\n"), "");
  ASSERT_EQ(g_rename(path_.c_str(), (path_ + ".1").c_str()), 0);
  ASSERT_EQ(append_line(path_, "two\n"), "");
  EXPECT_EQ(text_of(path_ + ".1"), "one\n");
  EXPECT_EQ(text_of(path_), "two\n");
}

TEST_F(AuditLogTest, AFullDiskAndAnUnwritablePlaceAreTold) {
  EXPECT_EQ(append_line("/dev/full", "one\n"), g_strerror(ENOSPC));
  EXPECT_EQ(append_line(folder_ + "/none/tools.jsonl", "one\n"), g_strerror(ENOENT));
  EXPECT_EQ(append_line(folder_, "one\n"), g_strerror(EISDIR));
}

TEST_F(AuditLogTest, ATornLineIsEnded) {
  ASSERT_TRUE(g_file_set_contents(path_.c_str(), "one\n{\"tor", -1, nullptr));
  ASSERT_EQ(append_line(path_, "two\n"), "");
  EXPECT_EQ(text_of(path_), "one\n{\"tor\ntwo\n");
}

// The lines of several processes and threads stand whole, and in the order of each.
TEST_F(AuditLogTest, SeveralProcessesWriteOneFile) {
  constexpr int kProcesses = 3;
  constexpr int kLines = 400;
  std::vector<GPid> children;
  for (int i = 0; i < kProcesses; ++i) {
    const std::string name(1, static_cast<char>('a' + i));
    const std::string count = std::to_string(kLines);
    const gchar* words[] = {program.c_str(), "--append",    path_.c_str(),
                            name.c_str(),    count.c_str(), nullptr};
    GPid child = 0;
    ASSERT_TRUE(g_spawn_async(nullptr, const_cast<gchar**>(words), nullptr,
                              G_SPAWN_DO_NOT_REAP_CHILD, nullptr, nullptr, &child, nullptr));
    children.push_back(child);
  }
  const AuditLog log(path_);
  std::atomic<int> failed{0};
  for (int i = 0; i < kLines; ++i)
    log.write("z " + std::to_string(i) + " " + std::string(3000, 'z') + "\n",
              [&](const std::string& error) { failed += error.empty() ? 0 : 1; });
  ASSERT_TRUE(AuditLog::flush(60'000'000'000));
  EXPECT_EQ(failed, 0);
  for (const GPid child : children) {
    int status = -1;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
    g_spawn_close_pid(child);
  }
  std::ifstream file(path_);
  std::string line;
  std::map<std::string, int> next;
  int lines = 0;
  while (std::getline(file, line)) {
    ++lines;
    std::istringstream words(line);
    std::string name, filling;
    int number = -1;
    words >> name >> number >> filling;
    ASSERT_TRUE(!name.empty() && filling == std::string(3000, name[0])) << lines;
    EXPECT_EQ(number, next[name]++);
  }
  EXPECT_EQ(lines, (kProcesses + 1) * kLines);
}

TEST_F(AuditLogTest, WhoeverWaitsIsTold) {
  std::promise<std::string> fine;
  AuditLog(path_).write("one\n", [&](const std::string& error) { fine.set_value(error); });
  EXPECT_EQ(fine.get_future().get(), "");
  std::promise<std::string> full;
  AuditLog("/dev/full").write("one\n", [&](const std::string& error) { full.set_value(error); });
  EXPECT_EQ(full.get_future().get(), g_strerror(ENOSPC));
}

TEST_F(AuditLogTest, ALockThatIsKeptIsNotWaitedForForEver) {
  const int file = g_open(path_.c_str(), O_RDWR | O_CREAT, 0600);
  ASSERT_EQ(flock(file, LOCK_EX), 0);
  EXPECT_EQ(append_line(path_, "one\n"), "another process keeps it locked");
  close(file);
  EXPECT_EQ(append_line(path_, "two\n"), "");
  EXPECT_EQ(text_of(path_), "two\n");
}

// A disk that is full in the middle of a line: the limit on a file's size does the same.
TEST_F(AuditLogTest, NothingOfALineIsLeftWhenTheDiskIsFull) {
  const gchar* words[] = {program.c_str(), "--limited", path_.c_str(), nullptr};
  gchar* text = nullptr;
  ASSERT_TRUE(g_spawn_sync(nullptr, const_cast<gchar**>(words), nullptr, G_SPAWN_DEFAULT, nullptr,
                           nullptr, &text, nullptr, nullptr, nullptr));
  const gstpp::CharPtr printed{text};
  EXPECT_STREQ(printed.get(), "|the disk is full|File too large");
  EXPECT_EQ(text_of(path_), std::string(999, 'x') + "\n");
}

// Nothing grows while a disk hangs: the lines that find no place fail at once.
TEST_F(AuditLogTest, ADiskThatDoesNotKeepUpIsNotWaitedFor) {
  const AuditLog log(path_);
  std::promise<void> go_on;
  const std::shared_future<void> hanging = go_on.get_future().share();
  log.write("hangs\n", [hanging](const std::string&) { hanging.wait(); });
  std::atomic<int> refused{0};
  std::atomic<int> written{0};
  for (int i = 0; i < 5000; ++i)
    log.write("x\n", [&](const std::string& error) { ++(error.empty() ? written : refused); });
  EXPECT_GE(refused, 900);
  EXPECT_FALSE(AuditLog::flush(1'000'000));
  go_on.set_value();
  ASSERT_TRUE(AuditLog::flush(60'000'000'000));
  EXPECT_EQ(refused + written, 5000);
}

int append(const std::string& path, const std::string& name, int count) {
  for (int i = 0; i < count; ++i) {
    const std::string line =
        name + " " + std::to_string(i) + " " + std::string(3000, name[0]) + "\n";
    if (!append_line(path, line).empty()) return 1;
  }
  return 0;
}

void append_limited(const std::string& path) {
  signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{.rlim_cur = 1500, .rlim_max = 1500};
  setrlimit(RLIMIT_FSIZE, &limit);
  const std::string line = std::string(999, 'x') + "\n";
  std::string told = append_line(path, line);
  told += "|" + append_line(path, line);
  const std::string whole = std::string(499, 'y') + "\n";
  if (!append_line(path + ".other", line).empty()) told += "?";
  append_line(path + ".other", whole);
  told += "|" + append_line(path + ".other", line);
  g_print("%s", told.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 5 && g_str_equal(argv[1], "--append"))
    return append(argv[2], argv[3], static_cast<int>(std::strtol(argv[4], nullptr, 10)));
  if (argc == 3 && g_str_equal(argv[1], "--limited")) {
    append_limited(argv[2]);
    return 0;
  }
  program = argv[0];
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
