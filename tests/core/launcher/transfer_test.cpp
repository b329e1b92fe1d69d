// A warm transfer in virtual time, with what can happen in any order.
#include "people/core/transfer.hpp"

#include <gtest/gtest.h>

#include <random>

namespace jackfield::people {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
using Kind = Transfer::Action::Kind;
using Hears = Transfer::Hears;
using Phase = Transfer::Phase;

// "call", "hang-up CA1", "done busy": in order, with blanks between them.
std::string acts(Transfer& transfer) {
  std::string text;
  for (const Transfer::Action& action : transfer.take_actions()) {
    if (!text.empty()) text += ", ";
    switch (action.kind) {
      case Kind::kCall:
        text += "call";
        break;
      case Kind::kHangUpPerson:
        text += "hang up " + action.sid;
        break;
      case Kind::kTellPerson:
        text += "tell " + action.sid;
        break;
      case Kind::kExcusePerson:
        text += "excuse " + action.sid;
        break;
      case Kind::kMoveCaller:
        text += "move";
        break;
      case Kind::kReturnCaller:
        text += "return";
        break;
      case Kind::kAskPerson:
        text += "ask " + action.sid;
        break;
      case Kind::kDone:
        text += outcome_name(action.outcome);
        break;
    }
  }
  return text;
}

class TransferTest : public testing::Test {
 protected:
  TransferTest() { EXPECT_EQ(acts(transfer), "call"); }
  void brief() {
    transfer.called("CA1", now);
    EXPECT_EQ(transfer.answered("CA1", now), Hears::kSummary);
  }
  void accept() {
    brief();
    EXPECT_EQ(transfer.pressed("1", now), Hears::kConference);
    EXPECT_EQ(acts(transfer), "move");
  }

  std::uint64_t now = 100 * kSecond;
  Transfer transfer{{}, now};
};

TEST_F(TransferTest, ThePersonTakesTheCall) {
  accept();
  transfer.caller_ended();
  EXPECT_EQ(acts(transfer), "");
  transfer.moved(true, now);
  EXPECT_EQ(acts(transfer), "transferred");
  transfer.joined(false, "CF1");
  EXPECT_FALSE(transfer.over());
  transfer.joined(true, "CF1");
  EXPECT_TRUE(transfer.over());
  transfer.person_ended("completed");
  EXPECT_EQ(acts(transfer), "");
}

TEST_F(TransferTest, ThePersonIsNotThere) {
  const std::pair<const char*, const char*> ends[] = {{"busy", "busy"},
                                                      {"no-answer", "no-answer"},
                                                      {"canceled", "no-answer"},
                                                      {"failed", "wrong-number"},
                                                      {"completed", "not-accepted"}};
  for (const auto& [status, outcome] : ends) {
    Transfer one{{}, now};
    acts(one);
    one.called("CA1", now);
    one.person_ended(status);
    EXPECT_EQ(acts(one), outcome);
    EXPECT_TRUE(one.over());
  }
}

TEST_F(TransferTest, ThePersonDeclines) {
  brief();
  EXPECT_EQ(transfer.pressed("2", now), Hears::kDeclined);
  EXPECT_EQ(acts(transfer), "declined");
  EXPECT_EQ(transfer.pressed("1", now), Hears::kGone);
  transfer.person_ended("completed");
  EXPECT_EQ(acts(transfer), "");
}

TEST_F(TransferTest, VoiceMailPressesNothing) {
  brief();
  transfer.person_ended("completed");
  EXPECT_EQ(acts(transfer), "not-accepted");
}

TEST_F(TransferTest, VoiceMailThatNeverEndsIsHungUp) {
  brief();
  EXPECT_EQ(transfer.deadline(), now + 90 * kSecond);
  transfer.tick(now + 89 * kSecond);
  EXPECT_EQ(acts(transfer), "");
  transfer.tick(now + 90 * kSecond);
  EXPECT_EQ(acts(transfer), "hang up CA1, not-accepted");
  EXPECT_EQ(transfer.deadline(), std::nullopt);
}

TEST_F(TransferTest, TheTelephoneThatRingsForEver) {
  transfer.called("CA1", now);
  transfer.tick(now + 40 * kSecond);
  EXPECT_EQ(acts(transfer), "hang up CA1, no-answer");
}

TEST_F(TransferTest, TheServiceRefuses) {
  transfer.not_called(TransferOutcome::kRefused);
  EXPECT_EQ(acts(transfer), "refused");
  EXPECT_EQ(transfer.answered("CA1", now), Hears::kGone);
}

TEST_F(TransferTest, TheServiceNeverAnswersAndThenDoes) {
  transfer.tick(now + 60 * kSecond);
  EXPECT_EQ(acts(transfer), "unreachable");
  transfer.called("CA1", now);
  EXPECT_EQ(acts(transfer), "hang up CA1");
}

TEST_F(TransferTest, TheAnswerOfTheServiceMayBeLateOrLost) {
  EXPECT_EQ(transfer.answered("CA1", now), Hears::kSummary);
  transfer.not_called(TransferOutcome::kUnreachable);
  EXPECT_EQ(acts(transfer), "");
  EXPECT_EQ(transfer.pressed("1", now), Hears::kConference);
  EXPECT_EQ(acts(transfer), "move");
}

TEST_F(TransferTest, TheCallerHangsUpBeforeThePersonIsCalled) {
  transfer.caller_ended();
  EXPECT_EQ(acts(transfer), "caller-gone");
  transfer.called("CA1", now);
  EXPECT_EQ(acts(transfer), "hang up CA1");
}

TEST_F(TransferTest, TheCallerHangsUpWhileItRings) {
  transfer.called("CA1", now);
  transfer.caller_ended();
  EXPECT_EQ(acts(transfer), "hang up CA1, caller-gone");
  // The person has just answered.
  EXPECT_EQ(transfer.answered("CA1", now), Hears::kGone);
}

TEST_F(TransferTest, TheCallerHangsUpDuringTheBriefing) {
  brief();
  transfer.caller_ended();
  EXPECT_EQ(acts(transfer), "tell CA1, caller-gone");
  EXPECT_EQ(transfer.pressed("1", now), Hears::kGone);
}

TEST_F(TransferTest, TheCallerHangsUpAsThePersonAccepts) {
  accept();
  transfer.caller_ended();
  transfer.moved(false, now);
  // Who was moved all the same, and waits there, comes back; a call that is over cannot.
  EXPECT_EQ(acts(transfer), "tell CA1, return, caller-gone");
}

TEST_F(TransferTest, TheCallerCannotBeMoved) {
  accept();
  transfer.moved(false, now);
  EXPECT_EQ(acts(transfer), "excuse CA1, refused");
}

TEST_F(TransferTest, NobodySaysWhetherTheCallerWasMoved) {
  accept();
  transfer.tick(now + 40 * kSecond);
  EXPECT_EQ(acts(transfer), "excuse CA1, refused");
  transfer.moved(true, now);
  EXPECT_EQ(acts(transfer), "");
}

TEST_F(TransferTest, ThePersonHangsUpWhileTheCallerIsMoved) {
  accept();
  transfer.person_ended("completed");
  transfer.moved(true, now);
  EXPECT_EQ(acts(transfer), "return, lost");
}

TEST_F(TransferTest, ThePersonHangsUpAndTheCallerStaysWithTheAgent) {
  accept();
  transfer.person_ended("completed");
  transfer.moved(false, now);
  EXPECT_EQ(acts(transfer), "not-accepted");
}

TEST_F(TransferTest, ThePersonHangsUpBeforeTheCallerHasJoined) {
  accept();
  transfer.moved(true, now);
  transfer.joined(false, "CF1");
  EXPECT_EQ(acts(transfer), "transferred");
  transfer.person_ended("completed");
  EXPECT_EQ(acts(transfer), "return");
  EXPECT_TRUE(transfer.over());
}

TEST_F(TransferTest, TheCallerWhoComesIntoAnEmptyRoomIsBroughtBack) {
  accept();
  transfer.moved(true, now);
  transfer.joined(false, "CF1");
  transfer.joined(true, "CF2");
  EXPECT_FALSE(transfer.over());
  acts(transfer);
  transfer.person_ended("completed");
  EXPECT_EQ(acts(transfer), "return");
}

TEST_F(TransferTest, BothHaveJoinedBeforeTheServiceSaysSo) {
  accept();
  transfer.joined(true, "CF1");
  transfer.joined(false, "CF1");
  transfer.moved(true, now);
  EXPECT_EQ(acts(transfer), "transferred");
  EXPECT_TRUE(transfer.over());
}

TEST_F(TransferTest, WhoWasMovedAlthoughNobodySaidSoIsNotLeftAlone) {
  accept();
  transfer.joined(true, "CF1");
  transfer.caller_ended();
  transfer.moved(false, now);
  EXPECT_EQ(acts(transfer), "transferred");
  transfer.joined(false, "CF1");
  EXPECT_TRUE(transfer.over());
}

TEST_F(TransferTest, ThePersonOfWhomNothingIsHeardIsAskedFor) {
  accept();
  transfer.moved(true, now);
  transfer.joined(true, "CF1");
  EXPECT_EQ(acts(transfer), "transferred");
  transfer.tick(*transfer.deadline());
  EXPECT_EQ(acts(transfer), "ask CA1");
  EXPECT_FALSE(transfer.over());
  transfer.person_ended("completed");
  EXPECT_EQ(acts(transfer), "return");
  EXPECT_TRUE(transfer.over());
}

TEST_F(TransferTest, WhoTalksWithoutOurHavingBeenToldIsLeftInPeace) {
  accept();
  transfer.moved(true, now);
  acts(transfer);
  transfer.tick(*transfer.deadline());
  EXPECT_EQ(acts(transfer), "ask CA1");
  transfer.tick(*transfer.deadline());
  EXPECT_EQ(acts(transfer), "");
  EXPECT_TRUE(transfer.over());
}

TEST_F(TransferTest, WhatIsToldTwiceIsDoneOnce) {
  brief();
  EXPECT_EQ(transfer.answered("CA1", now), Hears::kSummary);
  EXPECT_EQ(transfer.pressed("1", now), Hears::kConference);
  EXPECT_EQ(transfer.pressed("1", now), Hears::kConference);
  EXPECT_EQ(transfer.answered("CA1", now), Hears::kConference);
  EXPECT_EQ(acts(transfer), "move");
  transfer.moved(true, now);
  transfer.moved(true, now);
  EXPECT_EQ(transfer.pressed("1", now), Hears::kConference);
  EXPECT_EQ(acts(transfer), "transferred");
}

// Whatever comes in whatever order: it ends, says once how, and moves the caller once at most, and
// only when the person has pressed the key.
TEST(TransferOrders, EveryOneEndsAndSaysOnceHow) {
  std::mt19937 random{7};
  for (int round = 0; round < 20'000; ++round) {
    std::uint64_t now = kSecond;
    Transfer transfer{{}, now};
    int calls = 0, moves = 0, dones = 0, returns = 0;
    bool key = false;
    const auto count = [&] {
      for (const Transfer::Action& action : transfer.take_actions()) {
        calls += action.kind == Kind::kCall;
        moves += action.kind == Kind::kMoveCaller;
        dones += action.kind == Kind::kDone;
        returns += action.kind == Kind::kReturnCaller;
        EXPECT_TRUE(key || action.kind != Kind::kMoveCaller);
      }
    };
    for (int step = 0; step < 12; ++step) {
      now += random() % (20 * kSecond);
      switch (random() % 11) {
        case 0:
          transfer.called("CA1", now);
          break;
        case 1:
          transfer.not_called(TransferOutcome::kRefused);
          break;
        case 2:
        case 3:
          transfer.answered("CA1", now);
          break;
        case 4:
        case 5:
          key = true;
          transfer.pressed("1", now);
          break;
        case 6:
          transfer.person_ended(random() % 2 ? "completed" : "busy");
          break;
        case 7:
          transfer.moved(random() % 2 != 0, now);
          break;
        case 8:
          transfer.joined(random() % 2 != 0, random() % 2 ? "CF1" : "CF2");
          break;
        case 9:
          transfer.caller_ended();
          break;
        default:
          transfer.tick(now);
      }
      count();
    }
    while (const auto deadline = transfer.deadline()) {
      transfer.tick(*deadline);
      count();
    }
    EXPECT_TRUE(transfer.over());
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(dones, 1) << round;
    EXPECT_LE(moves, 1);
    EXPECT_LE(returns, moves);
  }
}

}  // namespace
}  // namespace jackfield::people
