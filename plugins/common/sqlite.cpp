#include "sqlite.hpp"

#include <glib.h>
#include <glib/gstdio.h>
#include <sqlite3.h>

#include <chrono>

namespace jackfield {
namespace {

constexpr int kOwnerOnly = 0600;
constexpr int kStepsBetweenLooks = 10'000;  // of SQLite's machine; about a millisecond
constexpr int kPrimaryCode = 0xFF;          // of an extended result code

// SQLite gives its own files beside it (-wal, -shm) the rights of this one.
void make_private(const std::string& path) {
  if (g_file_test(path.c_str(), G_FILE_TEST_EXISTS)) return;
  if (std::FILE* file = g_fopen(path.c_str(), "ab")) std::fclose(file);
  g_chmod(path.c_str(), kOwnerOnly);
}

}  // namespace

void SqliteStatement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

SqliteStatement::SqliteStatement(sqlite3* database, std::string_view text) {
  sqlite3_stmt* statement = nullptr;
  ok_ = database && sqlite3_prepare_v2(database, text.data(), static_cast<int>(text.size()),
                                       &statement, nullptr) == SQLITE_OK;
  statement_.reset(statement);
  ok_ = ok_ && statement_;
}

SqliteStatement& SqliteStatement::bind(int parameter, std::string_view value) {
  // An empty view may have no data, which would be NULL.
  const char* data = value.data() ? value.data() : "";
  if (statement_)
    ok_ = sqlite3_bind_text64(statement_.get(), parameter, data, value.size(), SQLITE_TRANSIENT,
                              SQLITE_UTF8) == SQLITE_OK &&
          ok_;
  return *this;
}

SqliteStatement& SqliteStatement::bind(int parameter, std::int64_t value) {
  if (statement_) ok_ = sqlite3_bind_int64(statement_.get(), parameter, value) == SQLITE_OK && ok_;
  return *this;
}

SqliteStatement& SqliteStatement::bind(int parameter, double value) {
  if (statement_) ok_ = sqlite3_bind_double(statement_.get(), parameter, value) == SQLITE_OK && ok_;
  return *this;
}

SqliteStatement& SqliteStatement::bind_null(int parameter) {
  if (statement_) ok_ = sqlite3_bind_null(statement_.get(), parameter) == SQLITE_OK && ok_;
  return *this;
}

bool SqliteStatement::step() {
  if (!statement_ || !ok_) return false;
  const int result = sqlite3_step(statement_.get());
  ok_ = result == SQLITE_ROW || result == SQLITE_DONE;
  return result == SQLITE_ROW;
}

bool SqliteStatement::run() {
  while (step()) continue;
  return ok_;
}

void SqliteStatement::reset() {
  if (!statement_) return;
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
  ok_ = true;
}

bool SqliteStatement::is_null(int column) const {
  return !statement_ || sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

std::string SqliteStatement::text(int column) const {
  if (!statement_) return {};
  const unsigned char* text = sqlite3_column_text(statement_.get(), column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return text ? std::string{reinterpret_cast<const char*>(text), size} : std::string{};
}

std::int64_t SqliteStatement::integer(int column) const {
  return statement_ ? sqlite3_column_int64(statement_.get(), column) : 0;
}

double SqliteStatement::real(int column) const {
  return statement_ ? sqlite3_column_double(statement_.get(), column) : 0;
}

void SqliteDatabase::Close::operator()(sqlite3* database) const { sqlite3_close_v2(database); }

struct SqliteDatabase::Deadline {
  std::chrono::milliseconds limit{0};
  std::chrono::steady_clock::time_point end;
};

SqliteDatabase::SqliteDatabase() : deadline_(std::make_unique<Deadline>()) {}
SqliteDatabase::~SqliteDatabase() = default;

bool SqliteDatabase::open(const std::string& path, std::string& error, int busy_ms) {
  return open(path, error, SqliteOptions{.busy_ms = busy_ms});
}

void SqliteDatabase::set_busy_ms(int busy_ms) { sqlite3_busy_timeout(database_.get(), busy_ms); }

bool SqliteDatabase::open(const std::string& path, std::string& error,
                          const SqliteOptions& options) {
  if (options.create) make_private(path);
  sqlite3* database = nullptr;
  const int result = sqlite3_open_v2(
      path.c_str(), &database,
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX | (options.create ? SQLITE_OPEN_CREATE : 0),
      nullptr);
  database_.reset(database);
  // Before the first statement: another process may be at work there.
  if (result == SQLITE_OK) sqlite3_busy_timeout(database, options.busy_ms);
  // The first statement finds out whether this is a database.
  bool good = result == SQLITE_OK && execute(
                                         "PRAGMA journal_mode=WAL; PRAGMA foreign_keys=ON;"
                                         "PRAGMA trusted_schema=OFF;");
  good = good && execute(options.durable ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
  if (options.erase) good = good && execute("PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY;");
  if (options.max_bytes > 0) good = good && limit_size(options.max_bytes);
  if (good) {
    deadline_->limit = std::chrono::milliseconds{options.query_ms};
    if (options.query_ms > 0)
      sqlite3_progress_handler(
          database, kStepsBetweenLooks,
          [](void* deadline) -> int {
            return std::chrono::steady_clock::now() > static_cast<Deadline*>(deadline)->end;
          },
          deadline_.get());
    begin();
    return true;
  }
  open_code_ = code();
  error = path + ": " + this->error();
  database_.reset();
  return false;
}

bool SqliteDatabase::limit_size(std::size_t bytes) {
  SqliteStatement page = prepare("PRAGMA page_size");
  if (!page.step() || page.integer(0) <= 0) return false;
  const auto pages = static_cast<std::int64_t>(bytes) / page.integer(0);
  return execute(("PRAGMA max_page_count=" + std::to_string(pages)).c_str());
}

void SqliteDatabase::begin(int more_ms) {
  deadline_->end =
      std::chrono::steady_clock::now() + deadline_->limit + std::chrono::milliseconds{more_ms};
}

bool SqliteDatabase::empty_log() {
  SqliteStatement checkpoint = prepare("PRAGMA wal_checkpoint(TRUNCATE)");
  return checkpoint.step() && checkpoint.integer(0) == 0;
}

bool SqliteDatabase::execute(const char* statements) {
  return database_ &&
         sqlite3_exec(database_.get(), statements, nullptr, nullptr, nullptr) == SQLITE_OK;
}

int SqliteDatabase::changes() const { return database_ ? sqlite3_changes(database_.get()) : 0; }

std::int64_t SqliteDatabase::last_row() const {
  return database_ ? sqlite3_last_insert_rowid(database_.get()) : 0;
}

std::string SqliteDatabase::error() const {
  return database_ ? sqlite3_errmsg(database_.get()) : "no database is open";
}

int SqliteDatabase::code() const {
  return database_ ? sqlite3_errcode(database_.get()) & kPrimaryCode : open_code_;
}

// To write with the lock at once: one that is asked for later cannot be waited for.
SqliteTransaction::SqliteTransaction(SqliteDatabase& database, Kind kind)
    : database_(database),
      begun_(database.execute(kind == Kind::kWrite ? "BEGIN IMMEDIATE" : "BEGIN")) {}

SqliteTransaction::~SqliteTransaction() {
  if (!begun_) return;
  database_.begin();
  database_.execute("ROLLBACK");
}

bool SqliteTransaction::commit() {
  if (!begun_ || !database_.execute("COMMIT")) return false;
  begun_ = false;
  return true;
}

}  // namespace jackfield
