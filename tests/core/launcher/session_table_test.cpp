#include "client/core/session_table.hpp"

#include <gtest/gtest.h>

#include "terminal/core/terminal_text.hpp"
#include "terminal/core/text_table.hpp"

namespace jackfield::client {
namespace {

std::vector<SessionTableRow> two() {
  Session first{.id = "3f2a00112233", .line = "agent", .state = "running", .from = "+15550000001"};
  first.to = "+15550000002";
  first.duration_ms = 61'000;
  first.turns = 3;
  first.latency_last = 712;
  first.last_who = "caller";
  first.last_text = "are you open tomorrow";
  Session second{.id = "77aa00112233", .line = "echo", .state = "ended"};
  second.end_reason = "stop";
  return {{first, ""}, {second, ""}};
}

std::vector<std::string> texts(const std::vector<SessionTableRow>& rows, std::size_t columns) {
  std::vector<std::string> all;
  for (const StyledRow& row : session_table(rows, 4, columns)) all.push_back(row.text());
  return all;
}

TEST(SessionTableTest, AWideTerminalShowsAll) {
  EXPECT_EQ(texts(two(), 120),
            (std::vector<std::string>{
                "ID    LINE   STATE    TIME  FROM          TO            TURNS  LAST ms  P95 ms  "
                "LAST SAID",
                "3f2a  agent  running  1:01  +15550000001  +15550000002      3      712       -  "
                "caller: are you open tomorrow",
                "77aa  echo   stop     0:00                                  0        -       -"}));
}

TEST(SessionTableTest, ANarrowOneWhatMattersMost) {
  EXPECT_EQ(texts(two(), 36), (std::vector<std::string>{"ID    TIME  LAST ms  LAST SAID",
                                                        "3f2a  1:01      712  caller: are yo\u2026",
                                                        "77aa  0:00        -"}));
  for (std::size_t columns = 1; columns < 140; ++columns)
    for (const std::string& row : texts(two(), columns)) EXPECT_LE(text_columns(row), columns);
}

TEST(SessionTableTest, ProgramsGetAllOfIt) {
  auto rows = two();
  rows[0].session.last_text = std::string(500, 'x');
  EXPECT_NE(texts(rows, kUnlimitedColumns)[1].find(std::string(500, 'x')), std::string::npos);
}

TEST(SessionTableTest, StatesHaveColours) {
  Session session{.state = "running"};
  EXPECT_EQ(state_span(session).style, Style::kGreen);
  session.failed = true;
  EXPECT_EQ(state_span(session).text, "failed");
  EXPECT_EQ(state_span(session).style, Style::kRed);
  EXPECT_EQ(state_span({.state = "ending"}).style, Style::kYellow);
}

}  // namespace
}  // namespace jackfield::client
