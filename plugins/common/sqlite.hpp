// SQLite with handles that close themselves. One thread at a time for each SqliteDatabase.
//
//   SqliteDatabase database;
//   if (!database.open(path, error)) ...
//   SqliteStatement find = database.prepare("SELECT name FROM callers WHERE number = ?");
//   find.bind(1, number);
//   if (find.step()) use(find.text(0));
//
// Text is always bound, never put into the statement. A failure makes step() false and leaves its
// text in SqliteDatabase::error().
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace jackfield {

// Of one statement, which is finalized with it. Columns count from 0, parameters from 1. Without a
// statement (what was prepared is wrong) nothing happens and nothing is found.
class SqliteStatement {
 public:
  SqliteStatement(sqlite3* database, std::string_view text);

  SqliteStatement& bind(int parameter, std::string_view value);
  SqliteStatement& bind(int parameter, std::int64_t value);
  SqliteStatement& bind(int parameter, double value);
  SqliteStatement& bind_null(int parameter);
  // A value, or NULL without one.
  template <typename Value>
  SqliteStatement& bind(int parameter, const std::optional<Value>& value) {
    return value ? bind(parameter, *value) : bind_null(parameter);
  }

  // Is there a (next) row? False at the end, and on failure, when ok() is false.
  bool step();
  // Carries it out to its end. False on failure.
  bool run();
  // It can be bound and stepped once more.
  void reset();
  bool ok() const { return ok_; }

  bool is_null(int column) const;
  std::string text(int column) const;
  std::int64_t integer(int column) const;
  double real(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  bool ok_ = true;
};

struct SqliteOptions {
  int busy_ms = 2000;         // how long another connection that writes is waited for
  int query_ms = 0;           // how long statements may take after begin(); 0: any time
  bool create = true;         // the file, when it is not there
  bool erase = false;         // what is deleted is overwritten
  bool durable = false;       // what is committed survives the machine's sudden end, too
  std::size_t max_bytes = 0;  // of the file; 0: any size
};

class SqliteDatabase {
 public:
  SqliteDatabase();
  ~SqliteDatabase();
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;

  // Opens the file, or makes it, readable for its owner only. Several processes may have it open:
  // readers do not wait for a writer (write-ahead log), and a writer waits `busy_ms` for another.
  // False and a text for people when that is impossible, or when the file is something else.
  bool open(const std::string& path, std::string& error, int busy_ms = 2000);
  bool open(const std::string& path, std::string& error, const SqliteOptions& options);
  bool is_open() const { return database_ != nullptr; }
  // How long another connection that writes is waited for from here on.
  void set_busy_ms(int busy_ms);

  // The time of statements counts from here; `more_ms`: they may take so much longer.
  void begin(int more_ms = 0);
  // Brings what is in the write-ahead log into the file and empties the log. False when another
  // connection was in the way for busy_ms.
  bool empty_log();

  // Statements without parameters, with ';' between them. False on failure.
  bool execute(const char* statements);
  SqliteStatement prepare(std::string_view statement) {
    return SqliteStatement{database_.get(), statement};
  }

  // Of the last statement.
  int changes() const;
  std::int64_t last_row() const;
  std::string error() const;
  int code() const;  // of what failed last, as SQLite numbers it (SQLITE_BUSY)

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  struct Deadline;
  bool limit_size(std::size_t bytes);

  std::unique_ptr<Deadline> deadline_;  // where the connection finds it
  int open_code_ = 0;
  std::unique_ptr<sqlite3, Close> database_;
};

// Everything within is done, or nothing: without commit() it is undone at the end.
class SqliteTransaction {
 public:
  // kRead: one view of all that is read.
  enum class Kind { kRead, kWrite };
  explicit SqliteTransaction(SqliteDatabase& database, Kind kind = Kind::kWrite);
  ~SqliteTransaction();
  SqliteTransaction(const SqliteTransaction&) = delete;
  SqliteTransaction& operator=(const SqliteTransaction&) = delete;

  // Has it begun? Not when somebody else writes for too long.
  bool ok() const { return begun_; }
  bool commit();

 private:
  SqliteDatabase& database_;
  bool begun_ = false;
};

}  // namespace jackfield
