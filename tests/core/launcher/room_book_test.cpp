#include "conference/core/room_book.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace action = jackfield::conference::action;
using jackfield::RestartPolicy;
using jackfield::SeatKind;
using jackfield::conference::Guest;
using jackfield::conference::RoomAction;
using jackfield::conference::RoomBook;
using Texts = std::vector<std::string>;

namespace {

struct ToText {
  std::string operator()(const action::OpenRoom& open) const {
    return "open " + std::to_string(open.room) + " " + open.name;
  }
  std::string operator()(const action::Seat& seat) const {
    return "seat " + seat.guest.session + " in " + std::to_string(seat.room);
  }
  std::string operator()(const action::StartAgent& start) const {
    return "agent for " + std::to_string(start.room);
  }
  std::string operator()(const action::EndSeat& end) const {
    return "end " + end.session + " " + end.reason;
  }
  std::string operator()(const action::EndRoom& end) const {
    return "close " + std::to_string(end.room) + " " + end.reason;
  }
  std::string operator()(const action::Answer& answer) const {
    return answer.session + (answer.always ? " answers always" : " answers when named");
  }
  std::string operator()(const action::Orphan& orphan) const { return "orphan " + orphan.session; }
};

class RoomBookTest : public testing::Test {
 protected:
  Texts done() {
    Texts texts;
    while (const auto next = book.next_action()) texts.push_back(std::visit(ToText{}, *next));
    return texts;
  }
  bool enter(const std::string& session, const std::string& room = "main",
             SeatKind kind = SeatKind::kPhone) {
    return book.enter({.session = session, .kind = kind}, room);
  }
  // A room with one person in it, and its agent.
  void open_with_agent() {
    enter("a");
    book.started(1, "r");
    book.opened(1);
    book.agent_started(1, "bot");
    book.agent_ready(1, "bot");
    done();
  }

  RoomBook book{{.size = 4, .agents = 1}};
};

constexpr std::int64_t kSecond = 1'000'000'000;

}  // namespace

TEST_F(RoomBookTest, TheFirstOpensTheRoomAndWaitsForIt) {
  EXPECT_TRUE(enter("a"));
  EXPECT_EQ(done(), Texts{"open 1 main"});
  EXPECT_TRUE(enter("b"));
  EXPECT_EQ(done(), Texts{});
  book.started(1, "r");
  book.opened(1);
  EXPECT_EQ(done(), (Texts{"seat a in 1", "seat b in 1", "agent for 1"}));
  EXPECT_TRUE(enter("c"));
  EXPECT_EQ(done(), Texts{"seat c in 1"});
  EXPECT_EQ(book.find(1)->session, "r");
  EXPECT_EQ(book.find_named("main"), book.find(1));
  EXPECT_EQ(book.room_of("b"), book.find(1));
}

TEST_F(RoomBookTest, RoomsOfOtherNamesAreOtherRooms) {
  enter("a");
  enter("b", "sales");
  EXPECT_EQ(done(), (Texts{"open 1 main", "open 2 sales"}));
  EXPECT_NE(book.room_of("a"), book.room_of("b"));
}

TEST_F(RoomBookTest, WithTheLastPersonTheRoomEnds) {
  open_with_agent();
  enter("b");
  done();
  book.leave("a");
  EXPECT_EQ(done(), Texts{"bot answers always"});
  book.leave("b");
  EXPECT_EQ(done(), (Texts{"end bot room-empty", "close 1 room-empty"}));
  EXPECT_EQ(book.find_named("main"), nullptr);
  book.leave("bot");
  EXPECT_FALSE(book.agent_over(1, "bot", {.failed = true, .had_been_running = true}, 0));
  book.over(1);
  EXPECT_EQ(done(), Texts{});
  EXPECT_TRUE(book.rooms().empty());
}

TEST_F(RoomBookTest, WhoComesWhileARoomEndsGetsANewOne) {
  open_with_agent();
  book.leave("a");
  done();
  EXPECT_TRUE(enter("b"));
  EXPECT_EQ(done(), Texts{"open 2 main"});
  book.over(1);
  EXPECT_EQ(book.rooms().size(), 1u);
  EXPECT_EQ(done(), Texts{});
}

TEST_F(RoomBookTest, WhoLeavesBeforeTheRoomIsOpenLeavesNothingBehind) {
  enter("a");
  done();
  book.leave("a");
  EXPECT_EQ(done(), Texts{"close 1 room-empty"});
  book.opened(1);
  EXPECT_EQ(done(), Texts{});
}

TEST_F(RoomBookTest, AnAgentHasASeatOfItsOwn) {
  EXPECT_TRUE(enter("a"));
  EXPECT_TRUE(enter("b"));
  EXPECT_TRUE(enter("c"));
  EXPECT_FALSE(enter("d")) << "the fourth seat is the agent's";
  EXPECT_FALSE(book.has_place("main"));
  EXPECT_TRUE(book.has_place("sales"));
  book.opened(1);
  EXPECT_FALSE(enter("d"));
  book.leave("c");
  EXPECT_TRUE(enter("d"));
}

TEST_F(RoomBookTest, AnAgentAnswersEverythingWhileTwoSitThere) {
  enter("a");
  book.opened(1);
  done();
  book.agent_started(1, "bot");
  book.agent_ready(1, "bot");
  EXPECT_EQ(done(), (Texts{"seat bot in 1", "bot answers always"}));
  enter("b");
  EXPECT_EQ(done(), (Texts{"seat b in 1", "bot answers when named"}));
  book.leave("a");
  EXPECT_EQ(done(), Texts{"bot answers always"});
}

TEST_F(RoomBookTest, AnAgentThatDiesComesAgainLaterAndLater) {
  open_with_agent();
  const RoomBook::Run died{.failed = true, .had_been_running = true, .lasted = kSecond};
  EXPECT_TRUE(book.agent_over(1, "bot", died, 0));
  EXPECT_EQ(book.find(1)->seats.size(), 1u);
  EXPECT_EQ(book.deadline(), RestartPolicy::kFirstDelay);
  book.tick(RestartPolicy::kFirstDelay - 1);
  EXPECT_EQ(done(), Texts{});
  book.tick(RestartPolicy::kFirstDelay);
  EXPECT_EQ(done(), Texts{"agent for 1"});
  EXPECT_EQ(book.deadline(), std::nullopt);
  book.agent_started(1, "bot2");
  book.agent_ready(1, "bot2");
  EXPECT_EQ(done(), (Texts{"seat bot2 in 1", "bot2 answers always"}));
  EXPECT_TRUE(book.agent_over(1, "bot2", died, 0));
  EXPECT_EQ(book.deadline(), 2 * RestartPolicy::kFirstDelay);
}

TEST_F(RoomBookTest, AnAgentThatNeverRanOrWentByItselfStaysAway) {
  open_with_agent();
  EXPECT_FALSE(book.agent_over(1, "bot", {.failed = false, .had_been_running = true}, 0));
  EXPECT_TRUE(book.add_agent(1));
  done();
  EXPECT_FALSE(book.agent_over(1, "", {.failed = true}, 0));
  EXPECT_EQ(book.deadline(), std::nullopt);
  EXPECT_EQ(done(), Texts{});
}

TEST_F(RoomBookTest, AnAgentThatIsReadyTooLateIsSentAway) {
  enter("a");
  book.opened(1);
  book.leave("a");
  done();
  book.agent_started(1, "bot");
  EXPECT_EQ(done(), Texts{"end bot room-empty"});
  book.agent_ready(1, "bot");
  EXPECT_EQ(done(), Texts{});
}

TEST_F(RoomBookTest, AgentsAreAddedWhileThereIsASeat) {
  open_with_agent();
  EXPECT_TRUE(book.add_agent(1));
  EXPECT_EQ(done(), Texts{"agent for 1"});
  EXPECT_TRUE(enter("b"));
  EXPECT_FALSE(book.add_agent(1));
  EXPECT_FALSE(enter("c"));
  EXPECT_FALSE(book.add_agent(9));
}

TEST_F(RoomBookTest, WhenARoomFailsItsPeopleAreTold) {
  open_with_agent();
  enter("b");
  done();
  book.over(1);
  EXPECT_EQ(done(), (Texts{"end bot room-failed", "orphan a", "orphan b"}));
  EXPECT_TRUE(book.rooms().empty());
  EXPECT_EQ(book.room_of("a"), nullptr);
  book.leave("a");
  EXPECT_EQ(done(), Texts{});
}

TEST_F(RoomBookTest, ARoomThatCannotBeOpenedLeavesThoseWhoWait) {
  enter("a");
  done();
  book.over(1);
  EXPECT_EQ(done(), Texts{"orphan a"});
}

TEST_F(RoomBookTest, ARoomIsEndedWithAllWhoSitThere) {
  open_with_agent();
  enter("b");
  done();
  book.end(1, "by-api");
  EXPECT_EQ(done(), (Texts{"end a by-api", "end b by-api", "end bot by-api", "close 1 by-api"}));
  book.end(1, "again");
  book.leave("a");
  book.leave("b");
  EXPECT_EQ(done(), Texts{});
}

TEST_F(RoomBookTest, NothingHappensToUnknownOnes) {
  book.leave("nobody");
  book.opened(7);
  book.over(7);
  book.end(7, "x");
  EXPECT_FALSE(book.agent_over(7, "nobody", {}, 0));
  EXPECT_EQ(done(), Texts{});
  EXPECT_EQ(book.find(7), nullptr);
}

TEST(RoomBookWithoutAgentsTest, AllSeatsAreForPeople) {
  RoomBook book{{.size = 2, .agents = 0}};
  EXPECT_TRUE(book.enter({.session = "a"}, "main"));
  EXPECT_TRUE(book.enter({.session = "b"}, "main"));
  EXPECT_FALSE(book.enter({.session = "c"}, "main"));
}
