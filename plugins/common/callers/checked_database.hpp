// A SqliteDatabase whose failures are thrown, for code of many statements. One thread at a time.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "sqlite.hpp"

namespace jackfield::callers {

class SqliteFailure : public std::runtime_error {
 public:
  explicit SqliteFailure(const SqliteDatabase& database)
      : SqliteFailure(database.code(), database.error()) {}
  SqliteFailure(int code, const std::string& what) : std::runtime_error(what), code_(code) {}
  int code() const { return code_; }

 private:
  int code_;
};

// One run of a statement: its parameters in order, then its rows.
class Query {
 public:
  Query(SqliteDatabase& database, std::string_view text)
      : database_(database), statement_(database.prepare(text)) {
    if (!statement_.ok()) throw SqliteFailure(database_);
  }
  Query& bind(std::int64_t value) { return bound(statement_.bind(++parameter_, value)); }
  Query& bind(std::string_view value) { return bound(statement_.bind(++parameter_, value)); }
  bool step() {
    if (statement_.step()) return true;
    if (!statement_.ok()) throw SqliteFailure(database_);
    return false;
  }
  void run() {
    while (step()) continue;
  }
  std::int64_t integer(int column) const { return statement_.integer(column); }
  std::string text(int column) const { return statement_.text(column); }

 private:
  Query& bound(const SqliteStatement& statement) {
    if (!statement.ok()) throw SqliteFailure(database_);
    return *this;
  }

  SqliteDatabase& database_;
  SqliteStatement statement_;
  int parameter_ = 0;
};

class CheckedDatabase {
 public:
  CheckedDatabase(const std::string& path, const SqliteOptions& options) {
    std::string error;
    if (database_.open(path, error, options)) return;
    // The path is told by who catches it.
    throw SqliteFailure(database_.code(), error.substr(path.size() + 2));
  }
  SqliteDatabase& plain() { return database_; }
  void begin() { database_.begin(); }
  Query prepare(std::string_view text) { return {database_, text}; }
  void execute(const std::string& text) {
    if (!database_.execute(text.c_str())) throw SqliteFailure(database_);
  }
  // Of a statement that gives one; 0 without a row.
  std::int64_t number(std::string_view text) {
    Query query = prepare(text);
    return query.step() ? query.integer(0) : 0;
  }
  std::int64_t changes() const { return database_.changes(); }
  // Makes sure that nothing which was deleted is left in the file or its log. secure_delete alone
  // is not enough: where SQLite has moved an entry to another page, a copy of it may stay in the
  // gap. False when that took longer than `most_ms`, or another connection was in the way.
  bool erase_deleted(int most_ms) {
    database_.begin(most_ms);
    const bool compact = database_.execute("VACUUM");
    begin();
    return database_.empty_log() && compact;
  }

 private:
  SqliteDatabase database_;
};

// Undone at its end, unless it was committed.
class CheckedTransaction {
 public:
  using Kind = SqliteTransaction::Kind;
  explicit CheckedTransaction(CheckedDatabase& database, Kind kind = Kind::kWrite)
      : database_(database.plain()), transaction_(database_, kind) {
    if (!transaction_.ok()) throw SqliteFailure(database_);
  }
  void commit() {
    if (!transaction_.commit()) throw SqliteFailure(database_);
  }

 private:
  SqliteDatabase& database_;
  SqliteTransaction transaction_;
};

}  // namespace jackfield::callers
