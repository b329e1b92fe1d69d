// The runs of tasks in a SQLite file: what was started for which time of a schedule, and what came
// of it. Several servers can share the file: a time of a schedule is claimed by writing it down,
// which only one of them can. Who runs something says so every few seconds; what nobody speaks for
// any more was interrupted, and is never begun again. Main thread.
//
// Another program may hold the file for as long as it likes (a backup, somebody with sqlite3). Only
// begin() waits for it, once; what cannot be written otherwise is kept here, is what the readers
// see, and is written as soon as that is possible.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "plugins/common/sqlite.hpp"
#include "tasks/task_run.hpp"

namespace jackfield {

class RunHistory {
 public:
  // ms
  static constexpr UnixMs kBeat = 3'000;                  // how often alive() is to be called
  static constexpr UnixMs kSilence = 12'000;              // after which a run was interrupted
  static constexpr int kPatience = 2'000;                 // of begin() with who holds the file
  static constexpr int kShortPatience = 100;              // of all else, and after a vain wait
  static constexpr std::size_t kMostRuns = 20'000;        // older ones are forgotten
  static constexpr std::size_t kLongestText = 64 * 1024;  // bytes of a result that are kept

  RunHistory() = default;
  ~RunHistory();  // writes what is not written yet
  RunHistory(const RunHistory&) = delete;
  RunHistory& operator=(const RunHistory&) = delete;

  // False and a text for people when the file cannot be used.
  bool open(const std::string& path, std::string& error);

  // Writes down that this run is wanted, which gives it its id. nullopt when it is for a time that
  // somebody has claimed before, or on failure, when has_failed() is true and error() says more.
  // `now` is in each call the time in ms.
  std::optional<std::int64_t> begin(const TaskRun& run, UnixMs now);
  void started(std::int64_t id, const std::string& session, UnixMs now);
  // `run`: its outcome, text, steps and cost.
  void ended(const TaskRun& run, UnixMs now);
  // These are still there. Writes what is not written yet; is there nothing any more?
  bool alive(const std::vector<std::int64_t>& ids, UnixMs now);
  // Those that nobody speaks for count as interrupted from now on, and are returned. Nobody does
  // for a while after the file could not be written: others could not speak up either.
  std::vector<TaskRun> end_silent(UnixMs now);
  // Has a run of this schedule begun and not ended, here or elsewhere?
  bool is_running(const std::string& schedule);

  std::optional<TaskRun> find(std::int64_t id);
  std::optional<TaskRun> of_session(const std::string& session);
  struct Query {
    std::optional<std::string> task, schedule, caller;
    std::optional<std::int64_t> before;  // runs with smaller ids
    std::size_t limit = 50;
  };
  // Newest first.
  std::vector<TaskRun> list(const Query& query);

  // Up to when the times of a schedule are dealt with, s; nullopt when it is not known, or was
  // another rule.
  std::optional<std::int64_t> handled(const std::string& schedule, const std::string& rule);
  bool set_handled(const std::string& schedule, const std::string& rule, std::int64_t until);

  // Forgets what is too old.
  void prune();

  bool has_failed() const { return failed_; }
  std::string error() const { return database_.error(); }

 private:
  bool write(const TaskRun& run, UnixMs now);
  void keep(TaskRun run, UnixMs now);
  bool write_kept(UnixMs now);
  // As it is known here.
  TaskRun newest(TaskRun run) const;

  SqliteDatabase database_;
  bool failed_ = false;                      // the last begin()
  std::map<std::int64_t, TaskRun> kept_;     // not written yet; no more than run and wait
  std::optional<UnixMs> could_not_write_{};  // last
};

}  // namespace jackfield
