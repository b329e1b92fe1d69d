#include "client/core/room_choice.hpp"

#include <gtest/gtest.h>

namespace jackfield::client {
namespace {

std::vector<Room> some() {
  const auto seat = [](const char* session, const char* name) {
    Seat one;
    one.session = session;
    one.name = name;
    return one;
  };
  return {{.id = "aa01",
           .name = "main",
           .line = "meet",
           .size = 3,
           .seats = {seat("3f2a", "+1555"), seat("3f2b", ""), seat("77aa", "Ann"),
                     seat("88aa", "Ann")}},
          {.id = "aa02", .name = "sales", .line = "meet", .size = 3, .seats = {}},
          {.id = "bb03", .name = "double", .line = "meet", .size = 3, .seats = {}},
          {.id = "cc04", .name = "double", .line = "other", .size = 3, .seats = {}},
          {.id = "dd05", .name = "aa", .line = "meet", .size = 3, .seats = {}}};
}

std::string room(const std::string& word) {
  const auto rooms = some();
  std::string problem;
  const Room* found = choose_room(rooms, word, problem);
  EXPECT_EQ(found == nullptr, !problem.empty());
  return found ? found->id : problem;
}
std::string seat(const std::string& word) {
  const auto rooms = some();
  std::string problem;
  const Seat* found = choose_seat(rooms[0], word, problem);
  EXPECT_EQ(found == nullptr, !problem.empty());
  return found ? found->session : problem;
}

TEST(RoomChoiceTest, ByNameOrTheBeginningOfAnId) {
  EXPECT_EQ(room("main"), "aa01");
  EXPECT_EQ(room("aa02"), "aa02");
  EXPECT_EQ(room("b"), "bb03");
  // A name comes before what ids begin with.
  EXPECT_EQ(room("aa"), "dd05");
  EXPECT_EQ(room("double"), "'double' is the name of 2 rooms; name one by its id");
  EXPECT_EQ(room("a"), "'a' is the beginning of 2 ids");
  EXPECT_EQ(room("mai"), "there is no room 'mai'");
  EXPECT_EQ(room(""), "there is no room ''");
  EXPECT_EQ(room("\x1b[2J"), "there is no room ''");
}

TEST(RoomChoiceTest, SeatsTheSame) {
  EXPECT_EQ(seat("3f2b"), "3f2b");
  EXPECT_EQ(seat("77"), "77aa");
  EXPECT_EQ(seat("+1555"), "3f2a");
  EXPECT_EQ(seat("Ann"), "'Ann' is the name of 2 seats; name one by its id in room main");
  EXPECT_EQ(seat("3f"), "'3f' is the beginning of 2 ids in room main");
  EXPECT_EQ(seat(""), "there is no seat '' in room main");
}

}  // namespace
}  // namespace jackfield::client
