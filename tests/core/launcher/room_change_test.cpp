#include "control/core/room_change.hpp"

#include <gtest/gtest.h>

namespace jackfield {
namespace {

using conference::Hears;
using conference::SeatChange;

SeatChange read(const std::string& body) {
  std::string error;
  auto change = read_seat_change(read_json(body), error);
  EXPECT_TRUE(change) << error;
  EXPECT_EQ(error, "");
  return change.value_or(SeatChange{});
}
std::string refused(const std::string& body) {
  std::string error;
  EXPECT_FALSE(read_seat_change(read_json(body), error)) << body;
  return error;
}

TEST(RoomChangeTest, EachMemberByItself) {
  EXPECT_EQ(read(R"({"mute":true})").mute, true);
  EXPECT_FALSE(read(R"({"mute":true})").gain_db);
  EXPECT_FALSE(read(R"({"mute":true})").hears);
  EXPECT_EQ(read(R"({"mute":false})").mute, false);
  EXPECT_EQ(read(R"({"gain":-60})").gain_db, -60);
  EXPECT_EQ(read(R"({"gain":20,"mute":false})").gain_db, 20);
}

TEST(RoomChangeTest, WhomItHears) {
  EXPECT_EQ(read(R"({"hears":"all"})").hears, (Hears{.all = true, .sessions = {}}));
  EXPECT_EQ(read(R"({"hears":{"all-but":["a1","b2"]}})").hears,
            (Hears{.all = true, .sessions = {"a1", "b2"}}));
  EXPECT_EQ(read(R"({"hears":{"only":["a1","a1"]}})").hears,
            (Hears{.all = false, .sessions = {"a1"}}));
  EXPECT_EQ(read(R"({"hears":{"only":[]}})").hears, (Hears{.all = false, .sessions = {}}));
}

TEST(RoomChangeTest, MistakesAreNamed) {
  EXPECT_NE(refused("{}").find("nothing is to be done"), std::string::npos);
  for (const char* gain : {"20.01", "-60.5", "1e300", "-1e300"})
    EXPECT_EQ(refused(std::string{R"({"gain":)"} + gain + "}"), "a gain is from -60 to 20 dB");
  for (const char* hears :
       {R"("none")", R"("")", R"({})", R"({"all":["a"]})", R"({"only":["a"],"all-but":["b"]})",
        R"({"only":"a"})", R"({"only":{}})", R"({"only":[1]})", R"({"only":[""]})",
        R"({"only":["../a"]})", R"({"only":["a b"]})", R"({"only":["a\u0000"]})"})
    EXPECT_NE(refused(std::string{R"({"hears":)"} + hears + "}").find("'hears' is"),
              std::string::npos)
        << hears;
  EXPECT_NE(refused(R"({"hears":{"onli":[]}})").find("did you mean 'only'"), std::string::npos);
  // One mistake, and nothing of it counts.
  EXPECT_FALSE(refused(R"({"mute":true,"gain":21})").empty());
}

TEST(RoomChangeTest, AsManyAsAMixerHas) {
  const auto body = [](std::size_t count) {
    std::string list;
    for (std::size_t i = 0; i < count; ++i) list += (i ? ",\"s" : "\"s") + std::to_string(i) + "\"";
    return R"({"hears":{"all-but":[)" + list + "]}}";
  };
  EXPECT_EQ(read(body(kMostHeard)).hears->sessions.size(), kMostHeard);
  EXPECT_NE(refused(body(kMostHeard + 1)).find("at most 255"), std::string::npos);
}

}  // namespace
}  // namespace jackfield
