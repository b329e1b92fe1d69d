// The history of tasks, of one server and of two that share the file.
#include "tasks/run_history.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>

#include "plugins/common/gstpp.hpp"

namespace jackfield {
namespace {

constexpr UnixMs kNow = 1'800'000'000'000;

class RunHistoryTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = gstpp::CharPtr{g_dir_make_tmp("jackfield-history-XXXXXX", nullptr)}.get();
    std::string error;
    ASSERT_TRUE(here_.open(path(), error)) << error;
    ASSERT_TRUE(there_.open(path(), error)) << error;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string path() const { return folder_ + "/state.sqlite"; }

  static TaskRun of_schedule(std::int64_t due) {
    TaskRun run;
    run.task = "report";
    run.goal = "write";
    run.started_by = kBySchedule;
    run.schedule = "daily";
    run.due = due;
    run.wanted = kNow;
    return run;
  }
  static TaskRun by_api() {
    TaskRun run;
    run.task = "report";
    run.goal = "write";
    run.started_by = kByApi;
    run.wanted = kNow;
    return run;
  }

  // Another program that writes, for as long as it likes.
  void hold() {
    std::string error;
    ASSERT_TRUE(holder_.is_open() || holder_.open(path(), error)) << error;
    ASSERT_TRUE(holder_.execute("BEGIN IMMEDIATE"));
  }
  void release() { ASSERT_TRUE(holder_.execute("COMMIT")); }
  static bool is_quick(const std::function<void()>& work) {
    const gint64 since = g_get_monotonic_time();
    work();
    return g_get_monotonic_time() - since < gint64{1000} * RunHistory::kPatience;
  }
  TaskRun begun() {
    TaskRun run = of_schedule(1000);
    run.id = here_.begin(run, kNow).value();
    run.outcome = "done";
    run.text = "It rains.";
    run.steps = 3;
    return run;
  }

  std::string folder_;
  SqliteDatabase holder_;
  RunHistory here_, there_;
};

TEST_F(RunHistoryTest, ARunFromItsBeginToItsEnd) {
  const auto id = here_.begin(by_api(), kNow);
  ASSERT_TRUE(id);
  EXPECT_STREQ(there_.find(*id)->state(), "waiting");
  here_.started(*id, "abc123", kNow + 5);
  TaskRun run = *there_.find(*id);
  EXPECT_STREQ(run.state(), "running");
  EXPECT_EQ(run.started, kNow + 5);
  EXPECT_EQ(there_.of_session("abc123")->id, *id);
  run.outcome = "done";
  run.text = "Gr\u00fc\u00dfe";
  run.steps = 3;
  run.cost = 0.25;
  here_.ended(run, kNow + 9);
  const TaskRun ended = *there_.find(*id);
  EXPECT_STREQ(ended.state(), "ended");
  EXPECT_EQ(ended.text, run.text);
  EXPECT_EQ(ended.steps, 3);
  EXPECT_EQ(ended.cost, 0.25);
  EXPECT_FALSE(ended.due);
  EXPECT_EQ(there_.find(99), std::nullopt);
  EXPECT_EQ(there_.of_session(""), std::nullopt);
}

TEST_F(RunHistoryTest, ATimeIsClaimedOnce) {
  EXPECT_TRUE(here_.begin(of_schedule(1000), kNow));
  EXPECT_FALSE(there_.begin(of_schedule(1000), kNow));
  EXPECT_FALSE(here_.begin(of_schedule(1000), kNow + 1));
  EXPECT_TRUE(there_.begin(of_schedule(2000), kNow));
  // Those that are for no time are as many as one likes.
  EXPECT_TRUE(here_.begin(by_api(), kNow));
  EXPECT_TRUE(there_.begin(by_api(), kNow));
  // It stays claimed when it was skipped.
  TaskRun skipped = of_schedule(3000);
  skipped.outcome = "skipped";
  EXPECT_TRUE(here_.begin(skipped, kNow));
  EXPECT_FALSE(there_.begin(of_schedule(3000), kNow));
  EXPECT_EQ(here_.list({.task = {}, .schedule = "daily", .caller = {}, .before = {}}).size(), 3u);
}

TEST_F(RunHistoryTest, WhoFallsSilentWasInterrupted) {
  const auto killed = here_.begin(of_schedule(1000), kNow);
  const auto lives = there_.begin(by_api(), kNow);
  ASSERT_TRUE(killed && lives);
  here_.started(*killed, "abc", kNow);
  EXPECT_TRUE(there_.is_running("daily"));
  const UnixMs later = kNow + RunHistory::kSilence + 1;
  there_.alive({*lives}, later - 100);
  EXPECT_TRUE(there_.end_silent(kNow + RunHistory::kSilence).empty());
  const auto ended = there_.end_silent(later);
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_EQ(ended[0].id, *killed);
  EXPECT_EQ(ended[0].outcome, "interrupted");
  EXPECT_TRUE(here_.end_silent(later).empty());
  EXPECT_FALSE(there_.is_running("daily"));
  // It is not begun again.
  EXPECT_FALSE(there_.begin(of_schedule(1000), later));
}

TEST_F(RunHistoryTest, AClockThatWasSetBackHidesNobody) {
  ASSERT_TRUE(here_.begin(by_api(), kNow));
  EXPECT_EQ(there_.end_silent(kNow - 3'600'000).size(), 1u);
}

TEST_F(RunHistoryTest, HowFarAScheduleIsDealtWith) {
  EXPECT_EQ(here_.handled("daily", "cron=0 9 * * *"), std::nullopt);
  EXPECT_TRUE(here_.set_handled("daily", "cron=0 9 * * *", 5000));
  EXPECT_EQ(there_.handled("daily", "cron=0 9 * * *"), 5000);
  EXPECT_TRUE(there_.set_handled("daily", "cron=0 9 * * *", 6000));
  EXPECT_EQ(here_.handled("daily", "cron=0 9 * * *"), 6000);
  // Another rule is another schedule.
  EXPECT_EQ(here_.handled("daily", "cron=0 8 * * *"), std::nullopt);
}

TEST_F(RunHistoryTest, Lists) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(here_.begin(of_schedule(i), kNow));
  TaskRun other = by_api();
  other.task = "research";
  other.caller = "call1";
  ASSERT_TRUE(here_.begin(other, kNow));
  const auto page =
      here_.list({.task = {}, .schedule = {}, .caller = {}, .before = {}, .limit = 3});
  ASSERT_EQ(page.size(), 3u);
  EXPECT_EQ(page[0].task, "research");
  EXPECT_GT(page[1].id, page[2].id);
  EXPECT_EQ(
      here_.list({.task = "report", .schedule = {}, .caller = {}, .before = page[2].id}).size(),
      3u);
  EXPECT_EQ(here_.list({.task = {}, .schedule = {}, .caller = "call1", .before = {}}).size(), 1u);
  EXPECT_TRUE(
      here_.list({.task = "' OR 1=1 --", .schedule = {}, .caller = {}, .before = {}}).empty());
}

TEST_F(RunHistoryTest, LongResultsAreCut) {
  TaskRun run = by_api();
  run.id = *here_.begin(run, kNow);
  run.outcome = "done";
  run.text = std::string(RunHistory::kLongestText - 1, 'x') + "\u00fc\u00fc";
  here_.ended(run, kNow);
  EXPECT_EQ(here_.find(run.id)->text, std::string(RunHistory::kLongestText - 1, 'x'));
}

TEST_F(RunHistoryTest, PruningLeavesWhatIsNewAndWhatRuns) {
  const auto open = here_.begin(by_api(), kNow);
  TaskRun run = by_api();
  run.id = *here_.begin(run, kNow);
  run.outcome = "done";
  here_.ended(run, kNow);
  here_.prune();
  EXPECT_TRUE(here_.find(run.id));
  SqliteDatabase database;
  std::string error;
  ASSERT_TRUE(database.open(path(), error));
  ASSERT_TRUE(
      database.execute("INSERT INTO task_runs(id, task, goal, started_by, schedule, caller, "
                       "wanted, beat) VALUES(50000, 't', 'g', 'api', '', '', 1, 1)"));
  here_.prune();
  EXPECT_FALSE(here_.find(run.id));
  EXPECT_TRUE(here_.find(*open));
}

TEST_F(RunHistoryTest, WhatCannotBeWrittenIsKeptAndKnown) {
  const TaskRun run = begun();
  hold();
  EXPECT_TRUE(is_quick([&] {
    here_.started(run.id, "abc", kNow + 1);
    EXPECT_STREQ(here_.find(run.id)->state(), "running");
    here_.ended(run, kNow + 2);
    EXPECT_FALSE(here_.alive({}, kNow + 3));
  }));
  EXPECT_EQ(here_.find(run.id)->text, "It rains.");
  EXPECT_EQ(here_.of_session("abc")->outcome, "done");
  EXPECT_EQ(here_.list({.task = "report", .schedule = {}, .caller = {}, .before = {}})[0].ended,
            kNow + 2);
  EXPECT_FALSE(here_.is_running("daily"));
  EXPECT_STREQ(there_.find(run.id)->state(), "waiting");
  release();
  EXPECT_TRUE(here_.alive({}, kNow + 4));
  const auto written = there_.find(run.id);
  EXPECT_EQ(written->outcome, "done");
  EXPECT_EQ(written->text, "It rains.");
  EXPECT_EQ(written->steps, 3);
  EXPECT_EQ(written->session, "abc");
  EXPECT_EQ(written->started, kNow + 1);
  EXPECT_EQ(written->ended, kNow + 2);
}

TEST_F(RunHistoryTest, AStopWritesWhatWasKept) {
  std::optional<RunHistory> server{std::in_place};
  std::string error;
  ASSERT_TRUE(server->open(path(), error)) << error;
  const TaskRun run = begun();
  hold();
  server->ended(run, kNow + 2);
  release();
  EXPECT_STREQ(there_.find(run.id)->state(), "waiting");
  server.reset();
  EXPECT_EQ(there_.find(run.id)->outcome, "done");
}

TEST_F(RunHistoryTest, OnlyTheFirstOneWaitsForWhoHoldsTheFile) {
  hold();
  EXPECT_FALSE(is_quick([&] { EXPECT_FALSE(here_.begin(of_schedule(1000), kNow)); }));
  EXPECT_TRUE(here_.has_failed());
  EXPECT_TRUE(is_quick([&] {
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(here_.begin(of_schedule(1000), kNow));
  }));
  release();
  EXPECT_TRUE(here_.begin(of_schedule(1000), kNow));
  EXPECT_FALSE(here_.has_failed());
}

TEST_F(RunHistoryTest, NobodyIsTakenForDeadWhileNobodyCanSpeak) {
  const TaskRun run = begun();
  const UnixMs later = kNow + RunHistory::kSilence + 1;
  hold();
  EXPECT_FALSE(here_.alive({run.id}, later));
  EXPECT_TRUE(there_.end_silent(later).empty());
  release();
  // Both had the same trouble.
  EXPECT_TRUE(there_.end_silent(later + 1).empty());
  EXPECT_TRUE(here_.alive({run.id}, later + 2000));
  EXPECT_TRUE(there_.end_silent(later + RunHistory::kSilence).empty());
  EXPECT_EQ(there_.end_silent(later + 2001 + RunHistory::kSilence).size(), 1u);
}

}  // namespace
}  // namespace jackfield
