// Directories that are damaged, locked, full, or written by processes that die.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <thread>

#include "checked_database.hpp"
#include "directory_fixture.hpp"

namespace jackfield::callers {
namespace {

using Cause = DirectoryError::Cause;
using testing::HasSubstr;

class CallerDirectoryTrouble : public DirectoryFolder {
 protected:
  void write(const std::string& bytes) const {
    std::ofstream(path(), std::ios::binary | std::ios::trunc) << bytes;
  }
  Cause open_fails(std::string& text) {
    return cause_of([&] { CallerDirectory directory(path(), {.busy_ms = 50}); }, text);
  }
  std::string integrity() const {
    CheckedDatabase database(path(), {});
    Query check = database.prepare("PRAGMA integrity_check");
    return check.step() ? check.text(0) : "";
  }
};

TEST_F(CallerDirectoryTrouble, AFileThatIsNoneIsNamed) {
  write(std::string(8192, 'x'));
  std::string text;
  EXPECT_EQ(open_fails(text), Cause::kDamaged);
  EXPECT_THAT(text, HasSubstr(path()));
  EXPECT_THAT(text, HasSubstr("not a database"));
  EXPECT_THAT(text, HasSubstr("put it aside"));
}

TEST_F(CallerDirectoryTrouble, AFileWhosePagesAreDamagedIsNamed) {
  {
    CallerDirectory directory(path());
    for (int i = 0; i < 60; ++i)
      directory.add_note(kAnna, {.time = kNow, .text = std::string(1000, 'n')});
  }
  {
    std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);
    const std::string rubbish(12 * 4096, '\x5a');
    file.write(rubbish.data(), static_cast<std::streamsize>(rubbish.size()));
  }
  std::string text;
  EXPECT_EQ(cause_of(
                [&] {
                  CallerDirectory directory(path());
                  directory.find(kAnna);
                },
                text),
            Cause::kDamaged);
  EXPECT_THAT(text, HasSubstr("damaged"));
}

TEST_F(CallerDirectoryTrouble, AnotherProgramsDatabaseIsLeftAlone) {
  {
    CheckedDatabase database(path(), {});
    database.execute("CREATE TABLE theirs(x)");
  }
  std::string text;
  EXPECT_EQ(open_fails(text), Cause::kDamaged);
  EXPECT_THAT(text, HasSubstr("name another file"));
  CheckedDatabase database(path(), {});
  EXPECT_EQ(database.number("SELECT count(*) FROM sqlite_schema"), 1);
}

TEST_F(CallerDirectoryTrouble, ANewerVersionIsRefused) {
  { CallerDirectory directory(path()); }
  {
    CheckedDatabase database(path(), {});
    database.execute("PRAGMA user_version=2");
  }
  std::string text;
  EXPECT_EQ(open_fails(text), Cause::kDamaged);
  EXPECT_THAT(text, HasSubstr("newer Jackfield"));
}

TEST_F(CallerDirectoryTrouble, AFolderThatIsNotThereIsAnError) {
  std::string text;
  EXPECT_EQ(cause_of([&] { CallerDirectory directory(folder_ + "/none/callers.db"); }, text),
            Cause::kFile);
  EXPECT_EQ(cause_of([&] { CallerDirectory directory(path(), {}, false); }, text), Cause::kFile);
  EXPECT_FALSE(g_file_test(path().c_str(), G_FILE_TEST_EXISTS));
}

TEST_F(CallerDirectoryTrouble, ALockIsWaitedForNotForEver) {
  CallerDirectory directory(path(), {.busy_ms = 100});
  directory.change(kAnna, {.name = "Anna"}, kNow);
  CheckedDatabase other(path(), {});
  const auto before = std::chrono::steady_clock::now();
  {
    CheckedTransaction holding{other};
    other.execute("UPDATE caller SET name = 'X'");
    std::string text;
    EXPECT_EQ(cause_of([&] { directory.change(kAnna, {.name = "Anne"}, kNow); }, text),
              Cause::kLocked);
    EXPECT_THAT(text, HasSubstr("locked"));
    // Who reads waits for nobody.
    EXPECT_EQ(directory.find(kAnna)->name, "Anna");
  }
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds{20});
  directory.change(kAnna, {.name = "Anne"}, kNow);
  EXPECT_EQ(directory.find(kAnna)->name, "Anne");
}

TEST_F(CallerDirectoryTrouble, ALogThatSomebodyReadsIsEmptiedLater) {
  CallerDirectory directory(path(), {.busy_ms = 50});
  directory.change(kAnna, {.name = "AnnaSecretName"}, kNow);
  {
    CheckedDatabase other(path(), {});
    CheckedTransaction reading{other, CheckedTransaction::Kind::kRead};
    EXPECT_EQ(other.number("SELECT count(*) FROM caller"), 1);
    const auto forgotten = directory.forget(kAnna);
    EXPECT_TRUE(forgotten.known);
    EXPECT_FALSE(forgotten.erased);
    EXPECT_FALSE(directory.find(kAnna));
  }
  EXPECT_TRUE(directory.forget(kAnna).erased);
  EXPECT_FALSE(on_disk("AnnaSecretName"));
}

TEST_F(CallerDirectoryTrouble, AFullDirectoryKeepsWhatItHas) {
  CallerDirectory directory(path(), {.file_bytes = 256 * 1024});
  int kept = 0;
  std::string text;
  const Cause cause = cause_of(
      [&] {
        for (; kept < 1000; ++kept)
          directory.add_note("+1555" + std::to_string(1'000'000 + kept),
                             {.time = kNow, .text = std::string(1000, 'n')});
      },
      text);
  EXPECT_EQ(cause, Cause::kFull);
  EXPECT_THAT(text, HasSubstr("full"));
  EXPECT_GT(kept, 50);
  EXPECT_EQ(directory.list("", 1000).size(), static_cast<std::size_t>(kept));
  EXPECT_TRUE(directory.forget("+15551000000").known);
  directory.change("+15551000001", {.name = "again"}, kNow);
}

// In a process of its own, whose exit code is what `child` gives.
int in_process(const std::function<int()>& child) {
  const pid_t pid = fork();
  if (pid == 0) _exit(child());
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(CallerDirectoryTrouble, AFullDiskIsToldAndLosesNothing) {
  { CallerDirectory(path()).change(kAnna, {.name = "Anna"}, kNow); }
  const int code = in_process([&] {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{.rlim_cur = 200 * 1024, .rlim_max = 200 * 1024};
    setrlimit(RLIMIT_FSIZE, &limit);
    try {
      CallerDirectory directory(path());
      for (int i = 0; i < 1000; ++i)
        directory.add_note("+1555" + std::to_string(1'000'000 + i),
                           {.time = kNow, .text = std::string(1000, 'n')});
    } catch (const DirectoryError& error) {
      return error.cause() == Cause::kFull || error.cause() == Cause::kFile ? 7 : 8;
    }
    return 9;
  });
  EXPECT_EQ(code, 7);
  EXPECT_EQ(integrity(), "ok");
  EXPECT_EQ(CallerDirectory(path()).find(kAnna)->name, "Anna");
}

// Nobody's rights: root may write everything.
TEST_F(CallerDirectoryTrouble, AFileThatMayNotBeWrittenIsNamed) {
  { CallerDirectory(path()).change(kAnna, {.name = "Anna"}, kNow); }
  constexpr uid_t kNobody = 65534;
  g_chmod(path().c_str(), 0444);
  g_chmod(folder_.c_str(), 0555);
  const int code = in_process([&] {
    if (geteuid() == 0 && (setgid(kNobody) != 0 || setuid(kNobody) != 0)) return 1;
    std::string text;
    const Cause cause =
        cause_of([&] { CallerDirectory(path()).change(kBert, {.name = "Bert"}, kNow); }, text);
    if (text.find(path()) == std::string::npos || text.find("may they be written?") == text.npos)
      std::fprintf(stderr, "%s\n", text.c_str());
    else if (cause == Cause::kFile)
      return 7;
    return 8;
  });
  g_chmod(folder_.c_str(), 0700);
  EXPECT_EQ(code, 7);
  EXPECT_EQ(CallerDirectory(path()).find(kAnna)->name, "Anna");
}

// Killed at any moment, it has lost nothing that it said it had written.
TEST_F(CallerDirectoryTrouble, AKilledProcessLeavesAWholeFile) {
  for (int round = 0; round < 5; ++round) {
    int done[2];
    ASSERT_EQ(pipe(done), 0);
    const pid_t pid = fork();
    if (pid == 0) {
      close(done[0]);
      for (int i = 0;; ++i) {
        CallerDirectory directory(path());
        directory.add_note("+1555" + std::to_string(1'001'000 + 1000 * round + i % 500),
                           {.time = kNow, .text = "note " + std::to_string(i)});
        if (::write(done[1], "w", 1) != 1) _exit(1);
        if (i % 7 == 0) directory.forget(kBert);
      }
    }
    close(done[1]);
    int written = 0;
    char byte = 0;
    while (written < 20 + 7 * round && read(done[0], &byte, 1) == 1) ++written;
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    while (read(done[0], &byte, 1) == 1) ++written;
    close(done[0]);
    ASSERT_EQ(integrity(), "ok");
    CallerDirectory directory(path());
    std::size_t found = 0;
    const std::string begin = "+1555" + std::to_string(1001 + round);
    for (const Caller& caller : directory.list("", 5000))
      if (caller.identity.starts_with(begin)) found += caller.note_count;
    EXPECT_GE(found, static_cast<std::size_t>(written));
    EXPECT_LE(found, static_cast<std::size_t>(written) + 1);
  }
}

TEST_F(CallerDirectoryTrouble, TwoProcessesMayWrite) {
  constexpr int kProcesses = 3;
  constexpr int kEach = 20;
  pid_t children[kProcesses];
  for (int process = 0; process < kProcesses; ++process) {
    children[process] = fork();
    if (children[process] != 0) continue;
    try {
      for (int i = 0; i < kEach; ++i) {
        CallerDirectory directory(path(), {.busy_ms = 20'000, .query_ms = 30'000});
        directory.add_note(kAnna, {.time = kNow, .text = "of " + std::to_string(process)}, true);
        directory.called(kAnna, kNow);
      }
    } catch (const DirectoryError& error) {
      std::fprintf(stderr, "%s\n", error.what());
      _exit(1);
    }
    _exit(0);
  }
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  CallerDirectory directory(path());
  const auto caller = directory.find(kAnna);
  ASSERT_TRUE(caller);
  EXPECT_EQ(caller->notes.size(), static_cast<std::size_t>(kProcesses * kEach));
  EXPECT_EQ(caller->calls, 1 + kProcesses * kEach);
}

}  // namespace
}  // namespace jackfield::callers
