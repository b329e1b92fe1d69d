#include "client/core/task_table.hpp"

#include <gtest/gtest.h>

#include "terminal/core/text_table.hpp"

namespace jackfield::client {
namespace {

std::string text_of(const std::vector<StyledRow>& rows) {
  std::string text;
  for (const StyledRow& row : rows) {
    for (const Span& span : row.spans) text += span.text;
    text += '\n';
  }
  return text;
}

std::string same(const std::string& iso) { return iso; }

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

constexpr char kRun[] =
    R"({"id":"7","task":"research","state":"ended","started-by":"agent","schedule":null,)"
    R"("session":"abc","outcome":"done","text":"One.\nTwo.\u001b[31m","steps":3,)"
    R"("wanted-at":"2026-01-01T00:00:00.000Z","started-at":"2026-01-01T00:00:01.000Z"})";

TEST(TaskTable, ARun) {
  const auto run = read_run(read_json(kRun));
  ASSERT_TRUE(run);
  EXPECT_EQ(run->id, "7");
  EXPECT_TRUE(run->ended());
  EXPECT_EQ(run->schedule, "");
  EXPECT_EQ(run->steps, 3);
  EXPECT_EQ(run->cost, std::nullopt);
  // Rows stay, what a terminal would obey does not.
  EXPECT_TRUE(run->text.starts_with("One.\nTwo."));
  EXPECT_EQ(run->text.find('\x1b'), std::string::npos);
}

TEST(TaskTable, AnIdBecomesPartOfAPath) {
  for (const char* id : {"", "1/../2", "7 ", "seven", "123456789012345678901"})
    EXPECT_FALSE(read_run(read_json("{\"id\":\"" + std::string{id} + "\"}"))) << id;
  EXPECT_FALSE(read_run(read_json("[]")));
}

TEST(TaskTable, ListsAsTables) {
  const std::string list = "{\"runs\":[" + std::string{kRun} + ",{\"id\":\"x\"}]}";
  const auto runs = read_runs(read_json(list));
  ASSERT_EQ(runs.size(), 1u);
  const std::string text = text_of(run_table(runs, kUnlimitedColumns, same));
  EXPECT_TRUE(has(text, "research")) << text;
  EXPECT_TRUE(has(text, "One. Two.")) << text;
  EXPECT_TRUE(has(text, "2026-01-01T00:00:01.000Z")) << text;

  const auto tasks = read_tasks(
      read_json(R"({"tasks":[{"name":"a","description":"does it","running":1,"waiting":2,)"
                R"("last-run":)" +
                std::string{kRun} + "},{\"name\":\"b\",\"last-run\":null}]}"));
  ASSERT_EQ(tasks.size(), 2u);
  EXPECT_EQ(tasks[0].waiting, 2u);
  EXPECT_FALSE(tasks[1].last);
  EXPECT_TRUE(has(text_of(task_table(tasks, kUnlimitedColumns, same)), "does it"));
}

TEST(TaskTable, SchedulesAndWhatIsNext) {
  const auto schedules = read_schedules(read_json(
      R"({"schedules":[{"name":"late","task":"a","rule":"cron=0 9 * * *","time-zone":"Europe/Berlin",)"
      R"("upcoming":["2026-01-02T08:00:00.000Z"],"last-run":null},)"
      R"({"name":"soon","task":"b","rule":"every=1h","time-zone":null,)"
      R"("upcoming":["2026-01-01T08:00:00.000Z",5]}]})"));
  ASSERT_EQ(schedules.size(), 2u);
  EXPECT_EQ(schedules[1].upcoming.size(), 1u);
  const std::string table = text_of(schedule_table(schedules, kUnlimitedColumns, same));
  EXPECT_TRUE(has(table, "cron=0 9 * * * Europe/Berlin")) << table;
  const std::string next = text_of(upcoming_table(schedules, kUnlimitedColumns, same));
  EXPECT_LT(next.find("soon"), next.find("late")) << next;
  EXPECT_TRUE(read_schedules(read_json("{}")).empty());
}

}  // namespace
}  // namespace jackfield::client
