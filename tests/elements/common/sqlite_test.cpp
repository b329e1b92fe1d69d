#include "sqlite.hpp"

#include <glib/gstdio.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>

#include "gstpp.hpp"

namespace jackfield {
namespace {

class SqliteTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = gstpp::CharPtr{g_dir_make_tmp("jackfield-sqlite-XXXXXX", nullptr)}.get();
    path_ = folder_ + "/state.sqlite";
    ASSERT_TRUE(database_.open(path_, error_)) << error_;
    ASSERT_TRUE(database_.execute(
        "CREATE TABLE things(id INTEGER PRIMARY KEY, name TEXT UNIQUE, size REAL, at INTEGER)"));
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::int64_t count(SqliteDatabase& database) {
    SqliteStatement all = database.prepare("SELECT count(*) FROM things");
    return all.step() ? all.integer(0) : -1;
  }

  std::string folder_, path_, error_;
  SqliteDatabase database_;
};

TEST_F(SqliteTest, KeepsWhatIsBound) {
  SqliteStatement add = database_.prepare("INSERT INTO things(name, size, at) VALUES(?, ?, ?)");
  const std::string name{"Robert'); DROP TABLE things;--\0after", 36};
  EXPECT_TRUE(add.bind(1, name).bind(2, 0.5).bind(3, std::optional<std::int64_t>{}).run());
  EXPECT_EQ(database_.changes(), 1);
  SqliteStatement find = database_.prepare("SELECT name, size, at FROM things WHERE id = ?");
  find.bind(1, database_.last_row());
  ASSERT_TRUE(find.step());
  EXPECT_EQ(find.text(0), name);
  EXPECT_EQ(find.real(1), 0.5);
  EXPECT_TRUE(find.is_null(2));
  EXPECT_FALSE(find.step());
  EXPECT_TRUE(find.ok());
  find.reset();
  find.bind(1, std::int64_t{99});
  EXPECT_FALSE(find.step());
}

TEST_F(SqliteTest, AnEmptyTextIsNotNull) {
  ASSERT_TRUE(
      database_.prepare("INSERT INTO things(name) VALUES(?)").bind(1, std::string_view{}).run());
  SqliteStatement find = database_.prepare("SELECT name FROM things");
  ASSERT_TRUE(find.step());
  EXPECT_FALSE(find.is_null(0));
}

TEST_F(SqliteTest, FailuresAreTold) {
  SqliteStatement wrong = database_.prepare("SELECT name FROM nowhere");
  EXPECT_FALSE(wrong.ok());
  EXPECT_FALSE(wrong.bind(1, "x").step());
  EXPECT_EQ(database_.error(), "no such table: nowhere");
  SqliteStatement add = database_.prepare("INSERT INTO things(name) VALUES(?)");
  EXPECT_TRUE(add.bind(1, "one").run());
  add.reset();
  EXPECT_FALSE(add.bind(1, "one").run());
  EXPECT_FALSE(add.ok());
}

TEST_F(SqliteTest, ATransactionIsWholeOrNothing) {
  {
    SqliteTransaction transaction{database_};
    ASSERT_TRUE(transaction.ok());
    ASSERT_TRUE(database_.execute("INSERT INTO things(name) VALUES('gone')"));
  }
  EXPECT_EQ(count(database_), 0);
  SqliteTransaction transaction{database_};
  ASSERT_TRUE(database_.execute("INSERT INTO things(name) VALUES('kept')"));
  EXPECT_TRUE(transaction.commit());
  EXPECT_EQ(count(database_), 1);
}

TEST_F(SqliteTest, TwoAtOnce) {
  SqliteDatabase other;
  ASSERT_TRUE(other.open(path_, error_, 50)) << error_;
  SqliteTransaction writes{database_};
  ASSERT_TRUE(database_.execute("INSERT INTO things(name) VALUES('first')"));
  // Who reads does not wait, and sees what was there before.
  EXPECT_EQ(count(other), 0);
  EXPECT_FALSE(SqliteTransaction{other}.ok());
  ASSERT_TRUE(writes.commit());
  EXPECT_EQ(count(other), 1);
}

TEST_F(SqliteTest, OnlyItsOwnerReadsIt) {
  for (const char* ending : {"", "-wal"}) {
    GStatBuf status{};
    ASSERT_EQ(g_stat((path_ + ending).c_str(), &status), 0) << ending;
    EXPECT_EQ(status.st_mode & 0777, 0600u) << ending;
  }
}

TEST_F(SqliteTest, WhatIsNoDatabaseIsRefused) {
  const std::string text = folder_ + "/text";
  std::ofstream{text} << std::string(5000, 'x');
  SqliteDatabase database;
  EXPECT_FALSE(database.open(text, error_));
  EXPECT_TRUE(error_.starts_with(text)) << error_;
  EXPECT_FALSE(database.is_open());
  EXPECT_FALSE(database.execute("SELECT 1"));
  EXPECT_FALSE(database.open(folder_ + "/no/such/folder", error_));
}

TEST_F(SqliteTest, StatementsEndInTimeWhenThatIsAskedFor) {
  SqliteDatabase bounded;
  ASSERT_TRUE(bounded.open(path_, error_, SqliteOptions{.query_ms = 50})) << error_;
  SqliteStatement endless = bounded.prepare(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n");
  EXPECT_FALSE(endless.step());
  EXPECT_FALSE(endless.ok());
  EXPECT_EQ(bounded.code(), SQLITE_INTERRUPT);
  bounded.begin();
  EXPECT_EQ(count(bounded), 0);
}

TEST_F(SqliteTest, AFileThatIsNotThereIsNotMade) {
  SqliteDatabase none;
  const std::string path = folder_ + "/none.sqlite";
  EXPECT_FALSE(none.open(path, error_, SqliteOptions{.create = false}));
  EXPECT_EQ(none.code(), SQLITE_CANTOPEN);
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(SqliteTest, AFileGetsNoLargerThanItMay) {
  SqliteDatabase small;
  ASSERT_TRUE(small.open(path_, error_, SqliteOptions{.max_bytes = 64 * 1024})) << error_;
  bool good = true;
  for (int i = 0; good && i < 100; ++i)
    good = small.prepare("INSERT INTO things(name) VALUES(?)")
               .bind(1, std::to_string(i) + std::string(4000, 'x'))
               .run();
  EXPECT_FALSE(good);
  EXPECT_EQ(small.code(), SQLITE_FULL);
}

TEST_F(SqliteTest, WhatIsErasedIsInNoFile) {
  SqliteDatabase erasing;
  ASSERT_TRUE(erasing.open(path_, error_, SqliteOptions{.erase = true})) << error_;
  ASSERT_TRUE(erasing.execute("INSERT INTO things(name) VALUES('SecretName')"));
  ASSERT_TRUE(erasing.empty_log());
  ASSERT_TRUE(erasing.execute("DELETE FROM things"));
  ASSERT_TRUE(erasing.empty_log());
  for (const char* ending : {"", "-wal"}) {
    std::ifstream file(path_ + ending, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    EXPECT_EQ(bytes.find("SecretName"), std::string::npos) << ending;
  }
}

TEST_F(SqliteTest, AReaderSeesOneStateOfItAll) {
  SqliteDatabase reader;
  ASSERT_TRUE(reader.open(path_, error_)) << error_;
  {
    SqliteTransaction view{reader, SqliteTransaction::Kind::kRead};
    EXPECT_EQ(count(reader), 0);
    ASSERT_TRUE(database_.execute("INSERT INTO things(name) VALUES('x')"));
    EXPECT_EQ(count(reader), 0);
  }
  EXPECT_EQ(count(reader), 1);
}

}  // namespace
}  // namespace jackfield
