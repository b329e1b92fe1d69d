#include "conference/core/room_rules.hpp"

#include <gtest/gtest.h>

using jackfield::conference::Choice;
using jackfield::conference::is_room_name;
using jackfield::conference::Pin;
using jackfield::conference::read_choice;
using jackfield::conference::read_pin;
using jackfield::conference::RoomRules;

namespace {

const Pin kMain{.digits = "1234", .room = "main"};
const Pin kSales{.digits = "5678", .room = "sales"};
const Pin kSpeaker{.digits = "9999", .room = "main", .speaker = true};

Choice room(const char* name) { return {.room = name}; }

}  // namespace

TEST(RoomRulesTest, NamesHaveSmallLettersDigitsAndDashes) {
  EXPECT_TRUE(is_room_name("sales-2"));
  EXPECT_TRUE(is_room_name(std::string(32, 'a')));
  for (const std::string& name : {std::string{}, std::string(33, 'a'), std::string{"Sales"},
                                  std::string{"a b"}, std::string{"a:speaker"}, std::string{"ä"}})
    EXPECT_FALSE(is_room_name(name)) << name;
}

TEST(RoomRulesTest, ReadsPins) {
  EXPECT_EQ(std::get<Pin>(read_pin("1234=main")), kMain);
  EXPECT_EQ(std::get<Pin>(read_pin("9999=main:speaker")), kSpeaker);
  for (const char* wrong : {"", "1234", "123=main", "1234567890123=main", "12a4=main",
                            "1234=", "1234=Main", "1234=main:listener", "=main"})
    EXPECT_TRUE(std::holds_alternative<std::string>(read_pin(wrong))) << wrong;
}

TEST(RoomRulesTest, ALineWithoutRoomsHasOneOfItsOwnName) {
  const RoomRules rules{{}, "Front_desk"};
  EXPECT_EQ(rules.default_room(), room("Front_desk"));
  EXPECT_FALSE(rules.must_ask());
  EXPECT_EQ(rules.find("front_DESK"), room("Front_desk"));
  EXPECT_EQ(rules.find("other"), std::nullopt);
  EXPECT_EQ(rules.find(""), std::nullopt);
}

TEST(RoomRulesTest, AmongSeveralRoomsOneIsChosen) {
  const RoomRules rules{{.rooms = {"main", "sales"}}, "line"};
  EXPECT_TRUE(rules.must_ask());
  EXPECT_EQ(rules.default_room(), std::nullopt);
  EXPECT_EQ(rules.find("Sales"), room("sales"));
  EXPECT_EQ(rules.find("line"), std::nullopt);
}

TEST(RoomRulesTest, APinLocksItsRoom) {
  const RoomRules rules{{.rooms = {"main", "sales"}, .pins = {kMain}}, "line"};
  EXPECT_EQ(rules.find("1234"), room("main"));
  EXPECT_EQ(rules.find("main"), std::nullopt);
  EXPECT_EQ(rules.find("sales"), room("sales"));
  EXPECT_EQ(rules.find("1235"), std::nullopt);
  EXPECT_EQ(rules.find_named("main"), room("main")) << "for who has proved that he may";
  EXPECT_EQ(rules.find_named("nowhere"), std::nullopt);
}

TEST(RoomRulesTest, TheOnlyRoomIsAskedForWhenItHasAPin) {
  const RoomRules rules{{.rooms = {"main"}, .pins = {kMain}}, "line"};
  EXPECT_TRUE(rules.must_ask());
  EXPECT_EQ(rules.default_room(), std::nullopt);
}

TEST(RoomRulesTest, ASpeakersPinLocksNobodyOut) {
  const RoomRules rules{{.rooms = {"main"}, .pins = {kSpeaker}}, "line"};
  EXPECT_FALSE(rules.must_ask());
  EXPECT_EQ(rules.default_room(), room("main"));
  EXPECT_EQ(rules.find("9999"), (Choice{.room = "main", .speaker = true}));
  EXPECT_EQ(rules.find("main"), room("main"));
}

TEST(RoomRulesTest, PinsMakeTheRoomsWhenThereAreNoOthers) {
  const RoomRules rules{{.pins = {kMain, kSales, kSpeaker}}, "line"};
  EXPECT_EQ(rules.rooms(), (std::vector<std::string>{"main", "sales"}));
  EXPECT_EQ(rules.find("line"), std::nullopt);
}

TEST(RoomRulesTest, AnyNameMakesAnOpenRoomButNoLockedOne) {
  const RoomRules rules{{.rooms = {"main"}, .pins = {kMain}, .open_rooms = true}, "line"};
  EXPECT_TRUE(rules.must_ask());
  EXPECT_EQ(rules.find("Tuesday-9"), room("tuesday-9"));
  EXPECT_EQ(rules.find("4711"), room("4711"));
  EXPECT_EQ(rules.find("main"), std::nullopt);
  EXPECT_EQ(rules.find("no such name"), std::nullopt);
}

TEST(RoomRulesTest, AChoiceAsTextComesBack) {
  for (const Choice& choice : {room("main"), Choice{.room = "main", .speaker = true}})
    EXPECT_EQ(read_choice(choice.text()), choice);
}
