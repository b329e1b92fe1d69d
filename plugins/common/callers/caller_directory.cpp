#include "caller_directory.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <utility>

#include "caller_text.hpp"
#include "checked_database.hpp"

namespace jackfield::callers {

using Cause = DirectoryError::Cause;

namespace {

// PRAGMA user_version; 0 is an empty file. PRAGMA application_id tells it from other files.
constexpr std::int64_t kVersion = 1;
constexpr std::int64_t kApplication = 0x4A464341;  // "JFCA"
constexpr std::int64_t kDay = 24 * 3600;

constexpr const char* kSchema[] = {
    "CREATE TABLE caller(id INTEGER PRIMARY KEY, identity TEXT NOT NULL UNIQUE, name TEXT NOT NULL "
    "DEFAULT '', language TEXT NOT NULL DEFAULT '', created INTEGER NOT NULL, changed INTEGER NOT "
    "NULL, last_call INTEGER NOT NULL DEFAULT 0, calls INTEGER NOT NULL DEFAULT 0) STRICT",
    "CREATE TABLE permission(caller INTEGER NOT NULL REFERENCES caller(id) ON DELETE CASCADE, name "
    "TEXT NOT NULL, PRIMARY KEY(caller, name)) STRICT, WITHOUT ROWID",
    // No number is used twice: a note that is gone cannot be taken for another one.
    "CREATE TABLE note(id INTEGER PRIMARY KEY AUTOINCREMENT, caller INTEGER NOT NULL REFERENCES "
    "caller(id) ON DELETE CASCADE, time INTEGER NOT NULL, author INTEGER NOT NULL, source TEXT NOT "
    "NULL, text TEXT NOT NULL) STRICT",
    "CREATE INDEX note_of_caller ON note(caller)",
    "CREATE INDEX note_by_time ON note(time)",
};

Cause cause_of(int code) {
  switch (code) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_INTERRUPT:
      return Cause::kLocked;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR:  // tables that are not ours
      return Cause::kDamaged;
    case SQLITE_FULL:
      return Cause::kFull;
    default:
      return Cause::kFile;
  }
}

const char* advice_of(Cause cause) {
  switch (cause) {
    case Cause::kLocked:
      return "another program holds it for too long";
    case Cause::kDamaged:
      return "it is no directory of callers, or is damaged; put it aside, or bring back a copy";
    case Cause::kFull:
      return "the disk is full, or the directory as large as it may get";
    default:
      return "do the file and its folder exist, and may they be written?";
  }
}

Caller read_caller(const Query& row) {
  Caller caller;
  caller.identity = row.text(1);
  caller.name = row.text(2);
  caller.language = row.text(3);
  caller.created = row.integer(4);
  caller.changed = row.integer(5);
  caller.last_call = row.integer(6);
  caller.calls = row.integer(7);
  caller.note_count = static_cast<std::size_t>(row.integer(8));
  return caller;
}

constexpr char kSelect[] =
    "SELECT id, identity, name, language, created, changed, last_call, calls, "
    "(SELECT count(*) FROM note WHERE note.caller = caller.id) FROM caller ";

std::vector<std::string> permissions_of(CheckedDatabase& db, std::int64_t caller) {
  std::vector<std::string> names;
  Query row = db.prepare("SELECT name FROM permission WHERE caller = ? ORDER BY name");
  row.bind(caller);
  while (row.step()) names.push_back(row.text(0));
  return names;
}

[[noreturn]] void refuse(const std::string& why) { throw DirectoryError(Cause::kRefused, why); }

}  // namespace

struct CallerDirectory::State {
  std::string path;
  Limits limits;
  std::unique_ptr<CheckedDatabase> database;

  [[noreturn]] void fail(const SqliteFailure& error) const {
    const Cause cause = cause_of(error.code());
    throw DirectoryError(cause, path + ": " + error.what() + " (" + advice_of(cause) + ")");
  }

  // What a function here does, with SQLite's errors told as ours.
  template <typename Function>
  auto guarded(const Function& function) {
    try {
      database->begin();
      return function(*database);
    } catch (const SqliteFailure& error) {
      fail(error);
    }
  }

  void prepare(CheckedDatabase& db) const {
    const auto version = [&] { return db.number("PRAGMA user_version"); };
    if (version() == 0) {
      CheckedTransaction transaction{db};
      // Another process may have been faster.
      if (version() == 0) {
        if (db.number("SELECT count(*) FROM sqlite_schema") > 0)
          throw DirectoryError(Cause::kDamaged, path +
                                                    ": it is a SQLite file, but not a directory "
                                                    "of callers; name another file");
        for (const char* statement : kSchema) db.execute(statement);
        db.execute("PRAGMA application_id=" + std::to_string(kApplication));
        db.execute("PRAGMA user_version=" + std::to_string(kVersion));
      }
      transaction.commit();
    }
    if (db.number("PRAGMA application_id") != kApplication)
      throw DirectoryError(Cause::kDamaged, path +
                                                ": it is a SQLite file of another program, not a "
                                                "directory of callers; name another file");
    if (version() > kVersion)
      throw DirectoryError(Cause::kDamaged, path +
                                                ": it was written by a newer Jackfield (version " +
                                                std::to_string(version()) + " of its tables)");
  }

  std::optional<std::int64_t> id_of(CheckedDatabase& db, std::string_view identity) const {
    Query found = db.prepare("SELECT id FROM caller WHERE identity = ?");
    if (!found.bind(identity).step()) return std::nullopt;
    return found.integer(0);
  }

  std::int64_t id_for(CheckedDatabase& db, std::string_view identity, std::int64_t now,
                      bool calling) const {
    if (const auto id = id_of(db, identity)) return *id;
    if (db.number("SELECT count(*) FROM caller") >= static_cast<std::int64_t>(limits.callers))
      throw DirectoryError(Cause::kFull, path + ": there are " + std::to_string(limits.callers) +
                                             " callers already; forget some");
    db.prepare(
          "INSERT INTO caller(identity, created, changed, last_call, calls) "
          "VALUES(?, ?, ?, ?, ?)")
        .bind(identity)
        .bind(now)
        .bind(now)
        .bind(calling ? now : 0)
        .bind(calling ? 1 : 0)
        .run();
    return *id_of(db, identity);
  }

  void touch(CheckedDatabase& db, std::int64_t id, std::int64_t now) const {
    db.prepare("UPDATE caller SET changed = max(changed, ?) WHERE id = ?").bind(now).bind(id).run();
  }

  // Room for one more note; kRefused when there is none.
  void make_room(CheckedDatabase& db, std::int64_t id, Author author) const {
    const auto count = [&] {
      Query notes = db.prepare("SELECT count(*) FROM note WHERE caller = ?");
      return notes.bind(id).step() ? notes.integer(0) : 0;
    };
    while (count() >= static_cast<std::int64_t>(limits.notes)) {
      const auto drop = [&](const char* which) {
        db.prepare(
              std::string{"DELETE FROM note WHERE id = (SELECT id FROM note WHERE caller = ? "} +
              which + " ORDER BY time, id LIMIT 1)")
            .bind(id)
            .run();
        return db.changes() > 0;
      };
      if (drop("AND author = 0")) continue;
      if (author == Author::kAgent)
        refuse("there are " + std::to_string(limits.notes) +
               " notes of a person about this caller already");
      if (!drop("")) return;
    }
  }

  std::string checked(const std::string& text, std::size_t most, const char* what) const {
    std::string clean = clean_text(text);
    if (clean.empty() && !text.empty())
      refuse(std::string{what} + " has nothing in it that can be read, or is no UTF-8");
    if (clean.size() > most)
      refuse(std::string{what} + " is longer than " + std::to_string(most) + " bytes");
    return clean;
  }
};

bool CallerDirectory::available() { return true; }

CallerDirectory::CallerDirectory(const std::string& path, const Limits& limits, bool create)
    : state_(std::make_unique<State>()) {
  state_->path = path;
  state_->limits = limits;
  try {
    state_->database =
        std::make_unique<CheckedDatabase>(path, SqliteOptions{.busy_ms = limits.busy_ms,
                                                              .query_ms = limits.query_ms,
                                                              .create = create,
                                                              .erase = true,
                                                              .durable = true,
                                                              .max_bytes = limits.file_bytes});
    state_->prepare(*state_->database);
  } catch (const SqliteFailure& error) {
    state_->fail(error);
  }
}

CallerDirectory::~CallerDirectory() = default;

std::optional<Caller> CallerDirectory::find(std::string_view identity) {
  return state_->guarded([&](CheckedDatabase& db) -> std::optional<Caller> {
    // One view of it all: somebody else may forget the caller meanwhile.
    CheckedTransaction view{db, CheckedTransaction::Kind::kRead};
    Query found = db.prepare(std::string{kSelect} + "WHERE identity = ?");
    if (!found.bind(identity).step()) return std::nullopt;
    const std::int64_t id = found.integer(0);
    Caller caller = read_caller(found);
    caller.permissions = permissions_of(db, id);
    Query note = db.prepare(
        "SELECT id, time, author, source, text FROM note WHERE caller = ? ORDER BY time, id");
    note.bind(id);
    while (note.step())
      caller.notes.push_back({.id = note.integer(0),
                              .time = note.integer(1),
                              .author = note.integer(2) == 0 ? Author::kAgent : Author::kPerson,
                              .source = note.text(3),
                              .text = note.text(4)});
    return caller;
  });
}

std::vector<Caller> CallerDirectory::list(std::string_view after, std::size_t most) {
  return state_->guarded([&](CheckedDatabase& db) {
    std::vector<Caller> callers;
    CheckedTransaction view{db, CheckedTransaction::Kind::kRead};
    Query row = db.prepare(std::string{kSelect} + "WHERE identity > ? ORDER BY identity LIMIT ?");
    row.bind(after).bind(static_cast<std::int64_t>(most));
    while (row.step()) {
      Caller& caller = callers.emplace_back(read_caller(row));
      caller.permissions = permissions_of(db, row.integer(0));
    }
    return callers;
  });
}

void CallerDirectory::called(std::string_view identity, std::int64_t now) {
  state_->guarded([&](CheckedDatabase& db) {
    CheckedTransaction transaction{db};
    db.prepare(
          "UPDATE caller SET calls = calls + 1, last_call = max(last_call, ?) "
          "WHERE identity = ?")
        .bind(now)
        .bind(identity)
        .run();
    transaction.commit();
  });
}

void CallerDirectory::change(std::string_view identity, const Change& change, std::int64_t now,
                             bool calling) {
  state_->guarded([&](CheckedDatabase& db) {
    const Limits& limits = state_->limits;
    std::optional<std::string> name;
    if (change.name) name = state_->checked(*change.name, limits.name_bytes, "the name");
    if (change.language && !change.language->empty() && !is_language(*change.language))
      refuse("'" + clean_text(*change.language) + "' is no language; it looks like de or en-GB");
    if (change.permissions) {
      if (change.permissions->size() > limits.permissions)
        refuse("a caller has at most " + std::to_string(limits.permissions) + " permissions");
      for (const std::string& one : *change.permissions) {
        if (!is_permission(one))
          refuse("'" + clean_text(one) +
                 "' is no permission; it has letters, digits, '-', '_', '.' and ':', at most 64");
      }
    }
    CheckedTransaction transaction{db};
    const std::int64_t id = state_->id_for(db, identity, now, calling);
    state_->touch(db, id, now);
    if (name) db.prepare("UPDATE caller SET name = ? WHERE id = ?").bind(*name).bind(id).run();
    if (change.language)
      db.prepare("UPDATE caller SET language = ? WHERE id = ?")
          .bind(*change.language)
          .bind(id)
          .run();
    if (change.permissions) {
      db.prepare("DELETE FROM permission WHERE caller = ?").bind(id).run();
      for (const std::string& one : *change.permissions)
        db.prepare("INSERT OR IGNORE INTO permission VALUES(?, ?)").bind(id).bind(one).run();
    }
    transaction.commit();
  });
}

std::int64_t CallerDirectory::add_note(std::string_view identity, const Note& note, bool calling) {
  return state_->guarded([&](CheckedDatabase& db) {
    const std::string text = state_->checked(note.text, state_->limits.note_bytes, "the note");
    if (text.empty()) refuse("the note is empty");
    const std::string source =
        state_->checked(note.source, state_->limits.name_bytes, "the source");
    CheckedTransaction transaction{db};
    const std::int64_t caller = state_->id_for(db, identity, note.time, calling);
    state_->touch(db, caller, note.time);
    state_->make_room(db, caller, note.author);
    db.prepare("INSERT INTO note(caller, time, author, source, text) VALUES(?, ?, ?, ?, ?)")
        .bind(caller)
        .bind(note.time)
        .bind(note.author == Author::kAgent ? 0 : 1)
        .bind(source)
        .bind(text)
        .run();
    const std::int64_t id = db.number("SELECT last_insert_rowid()");
    transaction.commit();
    return id;
  });
}

bool CallerDirectory::remove_note(std::string_view identity, std::int64_t id, std::int64_t now) {
  return state_->guarded([&](CheckedDatabase& db) {
    bool removed = false;
    {
      CheckedTransaction transaction{db};
      const auto caller = state_->id_of(db, identity);
      if (!caller) return false;
      db.prepare("DELETE FROM note WHERE id = ? AND caller = ?").bind(id).bind(*caller).run();
      removed = db.changes() > 0;
      if (removed) state_->touch(db, *caller, now);
      transaction.commit();
    }
    if (removed) db.erase_deleted(state_->limits.erase_ms);
    return removed;
  });
}

CallerDirectory::Forgotten CallerDirectory::forget(std::string_view identity) {
  return state_->guarded([&](CheckedDatabase& db) {
    Forgotten forgotten;
    {
      CheckedTransaction transaction{db};
      db.prepare("DELETE FROM caller WHERE identity = ?").bind(identity).run();
      forgotten.known = db.changes() > 0;
      transaction.commit();
    }
    // Also where there was no entry: an earlier one may not have been erased for good.
    forgotten.erased = db.erase_deleted(state_->limits.erase_ms);
    return forgotten;
  });
}

CallerDirectory::Purged CallerDirectory::purge(std::int64_t now, unsigned days) {
  return state_->guarded([&](CheckedDatabase& db) {
    Purged purged;
    const std::int64_t before = now - static_cast<std::int64_t>(days) * kDay;
    {
      CheckedTransaction transaction{db};
      purged.notes -= db.number("SELECT count(*) FROM note");
      db.prepare("DELETE FROM caller WHERE max(created, changed, last_call) < ?")
          .bind(before)
          .run();
      purged.callers = db.changes();
      db.prepare("DELETE FROM note WHERE time < ?").bind(before).run();
      purged.notes += db.number("SELECT count(*) FROM note");
      purged.notes = -purged.notes;
      transaction.commit();
    }
    if (purged.callers > 0 || purged.notes > 0)
      purged.erased = db.erase_deleted(state_->limits.erase_ms);
    return purged;
  });
}

}  // namespace jackfield::callers
