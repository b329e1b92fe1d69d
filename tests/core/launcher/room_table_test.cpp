#include "client/core/room_table.hpp"

#include <gtest/gtest.h>

#include "terminal/core/terminal_text.hpp"
#include "terminal/core/text_table.hpp"

namespace jackfield::client {
namespace {

constexpr char kAnswer[] = R"({"rooms":[
  {"id":"r1","name":"main","line":"meet","size":50,"seats":[
    {"session":"3f2a00112233","kind":"phone","name":"+1555\u001b[2J","joined-at":"T1","muted":false,"voice":true,"gain":-6.4,"level":-21.7,"hears":"all"},
    {"session":"77aa00112233","kind":"agent","name":"","joined-at":"T2","muted":true,"voice":false,"gain":0,"level":-100,"hears":{"only":["3f2a00112233"]}},
    {"session":"../etc","kind":"phone"},
    "nonsense"]},
  {"id":"r2","name":"sales","line":"meet","size":4,"seats":[]},
  {"id":"","name":"no id"}, 7]})";

std::vector<std::string> texts(std::size_t id_length, std::size_t columns) {
  std::vector<std::string> all;
  for (const StyledRow& row : room_table(read_rooms(read_json(kAnswer)), id_length, columns,
                                         [](const std::string& iso) { return "at " + iso; }))
    all.push_back(row.text());
  return all;
}

TEST(RoomTableTest, EachSeatIsARow) {
  EXPECT_EQ(texts(4, kUnlimitedColumns),
            (std::vector<std::string>{
                "ROOM   LINE  SEATS  SEAT  KIND   NAME   SINCE  VOICE   LEVEL dB  GAIN dB  HEARS",
                "main   meet   2/50  3f2a  phone  +1555  at T1  speaks       -22       -6  all",
                "main   meet   2/50  77aa  agent         at T2  muted          -        0  only "
                "3f2a00112233",
                "sales  meet    0/4"}));
}

TEST(RoomTableTest, ANarrowTerminalShowsWhatMattersMost) {
  for (std::size_t columns = 24; columns < 100; ++columns) {
    const auto rows = texts(4, columns);
    for (const std::string& row : rows) EXPECT_LE(text_columns(row), columns);
    EXPECT_NE(rows[1].find("main"), std::string::npos);
    EXPECT_NE(rows[1].find("speaks"), std::string::npos) << columns;
  }
}

TEST(RoomTableTest, AnswersOfOthersAreNoRooms) {
  for (const char* answer : {"{}", "[]", "7", R"({"rooms":{}})", R"({"rooms":[{}]})",
                             R"({"rooms":[{"id":"a b","seats":[]}]})"})
    EXPECT_TRUE(read_rooms(read_json(answer)).empty()) << answer;
}

}  // namespace
}  // namespace jackfield::client
