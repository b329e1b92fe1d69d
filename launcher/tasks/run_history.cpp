#include "tasks/run_history.hpp"

#include <glib.h>

#include <cstdlib>
#include <utility>

#include "utf8.hpp"

namespace jackfield {
namespace {

// Later versions add to it; what there is stays.
constexpr char kSchema[] = R"(
CREATE TABLE IF NOT EXISTS task_runs(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  task TEXT NOT NULL,
  goal TEXT NOT NULL,
  started_by TEXT NOT NULL,
  schedule TEXT NOT NULL,
  due INTEGER,
  caller TEXT NOT NULL,
  wanted INTEGER NOT NULL,
  started INTEGER,
  ended INTEGER,
  beat INTEGER NOT NULL,
  session TEXT NOT NULL DEFAULT '',
  outcome TEXT NOT NULL DEFAULT '',
  text TEXT NOT NULL DEFAULT '',
  steps INTEGER,
  cost REAL,
  UNIQUE(schedule, due));
CREATE INDEX IF NOT EXISTS task_runs_open ON task_runs(beat) WHERE ended IS NULL;
CREATE INDEX IF NOT EXISTS task_runs_session ON task_runs(session);
CREATE INDEX IF NOT EXISTS task_runs_caller ON task_runs(caller) WHERE caller <> '';
CREATE INDEX IF NOT EXISTS task_runs_task ON task_runs(task);
CREATE TABLE IF NOT EXISTS schedules(
  name TEXT PRIMARY KEY,
  rule TEXT NOT NULL,
  handled INTEGER NOT NULL);
)";

constexpr char kColumns[] =
    "SELECT id, task, goal, started_by, schedule, due, caller, wanted, started, ended, session, "
    "outcome, text, steps, cost FROM task_runs ";

std::optional<std::int64_t> integer(const SqliteStatement& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional{row.integer(column)};
}

TaskRun run_of(const SqliteStatement& row) {
  TaskRun run;
  run.id = row.integer(0);
  run.task = row.text(1);
  run.goal = row.text(2);
  run.started_by = row.text(3);
  run.schedule = row.text(4);
  run.due = integer(row, 5);
  run.caller = row.text(6);
  run.wanted = row.integer(7);
  run.started = integer(row, 8);
  run.ended = integer(row, 9);
  run.session = row.text(10);
  run.outcome = row.text(11);
  run.text = row.text(12);
  run.steps = integer(row, 13);
  if (!row.is_null(14)) run.cost = row.real(14);
  return run;
}

}  // namespace

RunHistory::~RunHistory() {
  if (kept_.empty()) return;
  database_.set_busy_ms(kPatience);
  write_kept(g_get_real_time() / 1000);
}

bool RunHistory::open(const std::string& path, std::string& error) {
  if (!database_.open(path, error, kPatience)) return false;
  if (!database_.execute(kSchema)) {
    error = path + ": " + database_.error();
    return false;
  }
  database_.set_busy_ms(kShortPatience);
  return true;
}

std::optional<std::int64_t> RunHistory::begin(const TaskRun& run, UnixMs now) {
  // The times of a schedule are unique; what has none is of nobody's.
  SqliteStatement add = database_.prepare(
      "INSERT OR IGNORE INTO task_runs(task, goal, started_by, schedule, due, caller, wanted, "
      "beat, "
      "ended, outcome, text) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?9, ?10)");
  add.bind(1, run.task).bind(2, run.goal).bind(3, run.started_by).bind(4, run.schedule);
  add.bind(5, run.due).bind(6, run.caller).bind(7, now);
  // Of one that ends before it begins.
  add.bind(8, run.outcome.empty() ? std::optional<UnixMs>{} : now);
  add.bind(9, run.outcome).bind(10, run.text);
  // Somebody waits for the answer. But as long as the file is held all do not wait.
  database_.set_busy_ms(failed_ ? kShortPatience : kPatience);
  failed_ = !add.run();
  database_.set_busy_ms(kShortPatience);
  if (failed_ || database_.changes() != 1) return std::nullopt;
  return database_.last_row();
}

bool RunHistory::write(const TaskRun& run, UnixMs now) {
  SqliteStatement change = database_.prepare(
      "UPDATE task_runs SET started = ?1, session = ?2, ended = ?3, outcome = ?4, text = ?5, "
      "steps = ?6, cost = ?7, beat = ?8 WHERE id = ?9");
  change.bind(1, run.started).bind(2, run.session).bind(3, run.ended).bind(4, run.outcome);
  change.bind(5, run.text).bind(6, run.steps).bind(7, run.cost).bind(8, now).bind(9, run.id);
  if (change.run()) return true;
  could_not_write_ = now;
  return false;
}

void RunHistory::keep(TaskRun run, UnixMs now) {
  if (write(run, now))
    kept_.erase(run.id);
  else
    kept_.insert_or_assign(run.id, std::move(run));
}

bool RunHistory::write_kept(UnixMs now) {
  while (!kept_.empty() && write(kept_.begin()->second, now)) kept_.erase(kept_.begin());
  return kept_.empty();
}

TaskRun RunHistory::newest(TaskRun run) const {
  const auto it = kept_.find(run.id);
  return it == kept_.end() ? std::move(run) : it->second;
}

void RunHistory::started(std::int64_t id, const std::string& session, UnixMs now) {
  auto run = find(id);
  if (!run) return;
  run->started = now;
  run->session = session;
  keep(*std::move(run), now);
}

void RunHistory::ended(const TaskRun& run, UnixMs now) {
  auto known = find(run.id);
  if (!known) return;
  known->ended = now;
  known->outcome = run.outcome;
  known->text = truncate_utf8(run.text, kLongestText);
  known->steps = run.steps;
  known->cost = run.cost;
  keep(*std::move(known), now);
}

bool RunHistory::alive(const std::vector<std::int64_t>& ids, UnixMs now) {
  if (!write_kept(now)) return false;
  if (ids.empty()) return true;
  SqliteTransaction together{database_};
  if (together.ok()) {
    SqliteStatement beat =
        database_.prepare("UPDATE task_runs SET beat = ?1 WHERE id = ?2 AND ended IS NULL");
    for (const std::int64_t id : ids) {
      beat.reset();
      beat.bind(1, now).bind(2, id).run();
    }
    if (together.commit()) return true;
  }
  could_not_write_ = now;
  return false;
}

std::vector<TaskRun> RunHistory::end_silent(UnixMs now) {
  if (could_not_write_ && std::abs(now - *could_not_write_) < kSilence) return {};
  std::vector<TaskRun> silent;
  // A beat from the future is of a clock that was set back since.
  SqliteStatement find =
      database_.prepare(std::string{kColumns} + "WHERE ended IS NULL AND (beat < ?1 OR beat > ?2)");
  find.bind(1, now - kSilence).bind(2, now + kSilence);
  while (find.step()) silent.push_back(run_of(find));
  SqliteStatement change = database_.prepare(
      "UPDATE task_runs SET ended = ?1, outcome = 'interrupted', text = ?2 "
      "WHERE id = ?3 AND ended IS NULL");
  std::vector<TaskRun> ended;
  for (TaskRun& run : silent) {
    run.ended = now;
    run.outcome = "interrupted";
    run.text = "the server ended while this was running";
    change.reset();
    if (!change.bind(1, now).bind(2, run.text).bind(3, run.id).run()) {
      could_not_write_ = now;
      break;
    }
    // Somebody else may have been faster.
    if (database_.changes() == 1) ended.push_back(std::move(run));
  }
  return ended;
}

bool RunHistory::is_running(const std::string& schedule) {
  SqliteStatement rows =
      database_.prepare(std::string{kColumns} + "WHERE schedule = ?1 AND ended IS NULL");
  rows.bind(1, schedule);
  while (rows.step())
    if (!newest(run_of(rows)).ended) return true;
  return false;
}

std::optional<TaskRun> RunHistory::find(std::int64_t id) {
  SqliteStatement row = database_.prepare(std::string{kColumns} + "WHERE id = ?1");
  return row.bind(1, id).step() ? std::optional{newest(run_of(row))} : std::nullopt;
}

std::optional<TaskRun> RunHistory::of_session(const std::string& session) {
  if (session.empty()) return std::nullopt;
  for (const auto& [id, run] : kept_)
    if (run.session == session) return run;
  SqliteStatement row = database_.prepare(std::string{kColumns} + "WHERE session = ?1");
  return row.bind(1, session).step() ? std::optional{newest(run_of(row))} : std::nullopt;
}

std::vector<TaskRun> RunHistory::list(const Query& query) {
  SqliteStatement rows = database_.prepare(
      std::string{kColumns} +
      "WHERE (?1 IS NULL OR task = ?1) AND (?2 IS NULL OR schedule = ?2) AND "
      "(?3 IS NULL OR id < ?3) AND (?5 IS NULL OR caller = ?5) ORDER BY id DESC LIMIT ?4");
  rows.bind(1, query.task).bind(2, query.schedule).bind(3, query.before);
  rows.bind(4, static_cast<std::int64_t>(query.limit)).bind(5, query.caller);
  std::vector<TaskRun> runs;
  while (rows.step()) runs.push_back(newest(run_of(rows)));
  return runs;
}

std::optional<std::int64_t> RunHistory::handled(const std::string& schedule,
                                                const std::string& rule) {
  SqliteStatement row =
      database_.prepare("SELECT handled FROM schedules WHERE name = ?1 AND rule = ?2");
  return row.bind(1, schedule).bind(2, rule).step() ? std::optional{row.integer(0)} : std::nullopt;
}

bool RunHistory::set_handled(const std::string& schedule, const std::string& rule,
                             std::int64_t until) {
  SqliteStatement change = database_.prepare(
      "INSERT INTO schedules(name, rule, handled) VALUES(?1, ?2, ?3) "
      "ON CONFLICT(name) DO UPDATE SET rule = ?2, handled = ?3");
  return change.bind(1, schedule).bind(2, rule).bind(3, until).run();
}

void RunHistory::prune() {
  SqliteStatement remove = database_.prepare(
      "DELETE FROM task_runs WHERE ended IS NOT NULL AND id <= "
      "(SELECT max(id) FROM task_runs) - ?1");
  remove.bind(1, static_cast<std::int64_t>(kMostRuns)).run();
}

}  // namespace jackfield
