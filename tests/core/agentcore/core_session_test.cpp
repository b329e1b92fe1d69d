#include "core_session.hpp"

#include "core_fixture.hpp"

namespace agentcore {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(CoreSessionTest, OpensAStreamAndAsks) {
  begin();
  EXPECT_THAT(actions(), ElementsAre("open"));
  const auto first = sent();
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].open().session_id(), "one");
  EXPECT_FALSE(first[0].open().resumed());
  // Nothing is sent to a core that is not ready.
  ask(1, "Hello?");
  EXPECT_THAT(sent(), IsEmpty());
  ready();
  EXPECT_TRUE(session_.connected());
  const auto asked = sent();
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].turn().turn_id(), 1u);
  EXPECT_EQ(asked[0].turn().text(), "Hello?");
  EXPECT_FALSE(asked[0].turn().again());
  text(1, "Hello ");
  text(1, "there.");
  EXPECT_THAT(events(), ElementsAre("text:Hello there."));
  reply_end(1, true);
  EXPECT_THAT(events(), ElementsAre("end+"));
  const auto told = notices();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_TRUE(told[0].connected);
  EXPECT_EQ(told[0].text, "test core");
  EXPECT_EQ(session_.stats().malformed, 0u);
}

TEST_F(CoreSessionTest, WhoCallsIsToldWhenTheCoreDoesNotKnow) {
  v1::Open open;
  open.set_caller("+15550100");
  session_.begin(open, now_);
  EXPECT_EQ(sent()[0].open().caller(), "+15550100");
  // Learned while the core is not ready yet: before all else, and only the last of it.
  ask(1, "Hello?");
  for (int i = 0; i < 5000; ++i) session_.set_caller("+1555" + std::to_string(i), now_);
  EXPECT_THAT(sent(), IsEmpty());
  ready();
  EXPECT_THAT(sent_names(), ElementsAre("caller:+15554999", "turn"));
  session_.set_caller("+15554999", now_);
  EXPECT_THAT(sent(), IsEmpty()) << "it knows";
  session_.set_caller("", now_);
  EXPECT_THAT(sent_names(), ElementsAre("caller:"));
  session_.set_caller("+15550101", now_);
  sent();
  // A stream that is opened later begins with it.
  actions();
  close(14, "gone");
  session_.set_caller("+15550102", now_);
  EXPECT_THAT(sent(), IsEmpty());
  pass(kSecond);
  EXPECT_THAT(actions(), ElementsAre("open"));
  const auto again = sent();
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].open().caller(), "+15550102");
  ready();
  EXPECT_THAT(sent_names(), ElementsAre("turn"));
  session_.end(now_);
  session_.set_caller("+15550103", now_);
  EXPECT_EQ(sent_names().back(), "close");
}

TEST_F(CoreSessionTest, ACoreThatIsNotReadyInTimeIsTriedAgain) {
  begin();
  actions();
  pass(3 * kSecond);
  EXPECT_THAT(actions(), ElementsAre("dead"));
  // A stream that was cut is cut again, should its end not come.
  pass(5 * kSecond);
  EXPECT_THAT(actions(), ElementsAre("cut"));
  close(1);
  EXPECT_THAT(actions(), IsEmpty());
  pass(kSecond);
  EXPECT_THAT(actions(), ElementsAre("open"));
  EXPECT_EQ(session_.stats().failed_attempts, 1u);
}

TEST_F(CoreSessionTest, TheWaitBetweenAttemptsGrows) {
  begin();
  int attempts = 0;
  for (const Time end = now_ + 60 * kSecond; now_ < end; pass(kMillisecond)) {
    for (const auto& action : actions()) {
      EXPECT_EQ(action, "open");
      ++attempts;
      close(14, "connection refused");
    }
  }
  // At most every 5 s, less what is left to chance.
  EXPECT_GE(attempts, 15);
  EXPECT_LE(attempts, 35);
}

TEST_F(CoreSessionTest, ATurnIsNotAskedForEverWhereNobodyIs) {
  begin();
  actions();
  close(14, "connection refused");
  const Time asked = now_;
  ask(1, "Hello?");
  EXPECT_THAT(actions(), ElementsAre("open")) << "at once";
  close(14, "connection refused");
  while (!session_.has_event()) {
    pass(10 * kMillisecond);
    if (!actions().empty()) close(14, "connection refused");
    ASSERT_LT(now_, asked + 20 * kSecond);
  }
  EXPECT_LE(now_ - asked, 3 * kSecond + 10 * kMillisecond);
  const auto failed = session_.next_event();
  EXPECT_EQ(failed->failure.cause, "network");
  EXPECT_THAT(failed->failure.text, HasSubstr("connection refused"));
  EXPECT_THAT(events(), IsEmpty()) << "once";
}

TEST_F(CoreSessionTest, ARefusalIsNotWaitedFor) {
  begin();
  actions();
  ask(1, "Hello?");
  close(16, "a wrong token");
  EXPECT_THAT(events(), ElementsAre("failed:key"));
  ask(2, "Hello?");
  EXPECT_THAT(events(), ElementsAre("failed:key"));
  EXPECT_THAT(actions(), IsEmpty());
  pass(5 * kSecond);
  EXPECT_THAT(actions(), ElementsAre("open")) << "the core may have been mended";
}

TEST_F(CoreSessionTest, ATurnOfWhichNothingWasAnsweredIsAskedAgain) {
  connect();
  ask(1, "Hello?");
  sent();
  close(14, "gone");
  EXPECT_THAT(events(), IsEmpty());
  pass(kSecond);
  EXPECT_THAT(actions(), ElementsAre("open"));
  const auto open = sent();
  ASSERT_EQ(open.size(), 1u);
  EXPECT_TRUE(open[0].open().resumed());
  EXPECT_EQ(open[0].open().session_id(), "one");
  EXPECT_EQ(open[0].open().history_size(), 0) << "the question comes with its turn";
  ready();
  const auto asked = sent();
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_TRUE(asked[0].turn().again());
  EXPECT_EQ(asked[0].turn().request_id(), 1u);
  text(1, "Hello.");
  reply_end(1);
  EXPECT_THAT(events(), ElementsAre("text:Hello.", "end"));
  EXPECT_EQ(session_.stats().asked_again, 1u);
}

TEST_F(CoreSessionTest, ATurnThatKillsTheCoreIsNotAskedForEver) {
  connect();
  ask(1, "Die.");
  for (int asks = 1; asks < 3; ++asks) {
    sent();
    close(14, "gone");
    EXPECT_THAT(events(), IsEmpty());
    pass(2 * kSecond);
    actions();
    ready();
  }
  close(14, "gone");
  EXPECT_THAT(events(), ElementsAre("failed:cut"));
}

TEST_F(CoreSessionTest, ATurnThatWasPartlyAnsweredFails) {
  connect();
  ask(1, "Tell me.");
  sent();
  text(1, "It was a ");
  close(14, "gone");
  EXPECT_THAT(events(), ElementsAre("text:It was a ", "failed:cut"));
}

TEST_F(CoreSessionTest, AResumedStreamBeginsWithTheHistory) {
  connect();
  session_.offer({tool("look_up")}, now_);
  ask(1, "What is there?");
  call(1, "a", "look_up", R"({"x":1})");
  const auto asked = session_.next_event();
  ASSERT_TRUE(asked);
  EXPECT_TRUE(session_.answer_tool(asked->call.id, "a sea", now_));
  text(1, "A sea and a land.");
  session_.said(1, "A sea and a land.");
  reply_end(1);
  session_.heard(1, "A sea", now_);
  v1::History overheard;
  overheard.set_from_turn(4294967295);
  overheard.add_said()->set_turn_id(2);
  overheard.mutable_said(0)->set_kind(v1::Said::OVERHEARD);
  overheard.mutable_said(0)->set_text("Lunch?");
  session_.take_history(overheard, now_);
  close(0);
  events();
  pass(kSecond);
  actions();
  const auto messages = sent();
  ASSERT_EQ(messages.size(), 1u);
  const v1::Open& open = messages[0].open();
  ASSERT_EQ(open.history_size(), 4);
  EXPECT_EQ(open.history(0).kind(), v1::Said::CALLER);
  EXPECT_EQ(open.history(0).text(), "What is there?");
  EXPECT_EQ(open.history(1).kind(), v1::Said::TOOL);
  EXPECT_EQ(open.history(1).text(), "a sea");
  EXPECT_EQ(open.history(1).tool().name(), "look_up");
  EXPECT_EQ(open.history(2).kind(), v1::Said::AGENT);
  EXPECT_EQ(open.history(2).text(), "A sea");
  EXPECT_EQ(open.history(2).full_text(), "A sea and a land.");
  EXPECT_EQ(open.history(3).kind(), v1::Said::OVERHEARD);
  ASSERT_EQ(open.tools_size(), 1);
  EXPECT_EQ(open.tools(0).name(), "look_up");
}

TEST_F(CoreSessionTest, WhatHappensWhileItConnectsIsToldWhenItIsReady) {
  begin();
  actions();
  sent();
  session_.offer({tool("late")}, now_);
  session_.turn_starts(1, now_);
  ready();
  EXPECT_THAT(sent_names(), ElementsAre("tool_offer"));
  session_.turn_starts(2, now_);
  EXPECT_THAT(sent_names(), ElementsAre("turn_started"));
}

TEST_F(CoreSessionTest, AFlushCancelsTheTurn) {
  connect();
  ask(1, "Hello?");
  sent();
  text(1, "One ");
  session_.cancel(now_);
  EXPECT_THAT(events(), IsEmpty());
  EXPECT_THAT(sent_names(), ElementsAre("cancel"));
  text(1, "two");
  reply_end(1);
  EXPECT_THAT(events(), IsEmpty());
  EXPECT_EQ(session_.stats().late, 2u);
  session_.heard(1, "One", now_);
  ask(2, "Go on.");
  EXPECT_THAT(sent_names(), ElementsAre("heard", "turn"));
  text(2, "Two");
  EXPECT_THAT(events(), ElementsAre("text:Two"));
}

TEST_F(CoreSessionTest, DeadlinesOfTheFirstTextAndOfTheNext) {
  connect();
  const auto pass_with_pongs = [&](Time time) {
    for (Time passed = 0; passed < time; passed += kSecond) {
      pass(kSecond);
      v1::FromCore pong;
      pong.mutable_pong()->set_number(1);
      receive(pong);
    }
  };
  ask(1, "Hello?");
  pass_with_pongs(14 * kSecond);
  EXPECT_THAT(events(), IsEmpty());
  sent();
  pass_with_pongs(2 * kSecond);
  EXPECT_THAT(events(), ElementsAre("failed:timeout"));
  EXPECT_THAT(sent_names(), testing::Contains("cancel"));
  ask(2, "Hello?");
  for (int i = 0; i < 5; ++i) {
    pass_with_pongs(9 * kSecond);
    text(2, "Wait still. ");
  }
  EXPECT_THAT(events(), ElementsAre(testing::StartsWith("text:Wait still. Wait still. ")));
  pass_with_pongs(11 * kSecond);
  EXPECT_THAT(events(), ElementsAre("failed:timeout"));
  // Each part in time, and yet nothing that could be listened to.
  ask(3, "Hello?");
  for (int i = 0; i < 10; ++i) {
    pass_with_pongs(2 * kSecond);
    text(3, i % 2 == 0 ? " \n" : "a");
  }
  EXPECT_THAT(events(), ElementsAre("text: \na \na \na \n", "failed:timeout"));
  EXPECT_TRUE(session_.connected()) << "it is only slow";
}

TEST_F(CoreSessionTest, ACoreWithoutASignOfLifeIsDead) {
  connect();
  pass(5 * kSecond);
  EXPECT_THAT(sent_names(), ElementsAre("ping"));
  v1::FromCore pong;
  pong.mutable_pong()->set_number(1);
  receive(pong);
  pass(5 * kSecond);
  EXPECT_THAT(sent_names(), ElementsAre("ping"));
  EXPECT_THAT(actions(), IsEmpty());
  pass(5 * kSecond);
  EXPECT_THAT(actions(), ElementsAre("dead"));
  EXPECT_EQ(session_.stats().cuts, 1u);
}

TEST_F(CoreSessionTest, ACoreThatDoesNotReadIsCut) {
  connect();
  const std::string much(60'000, 'x');
  for (int i = 0; i < 100 && session_.connected(); ++i) session_.heard(1, much, now_);
  EXPECT_THAT(actions(), ElementsAre("dead"));
  EXPECT_THAT(sent(), IsEmpty()) << "nothing is kept for it";
}

TEST_F(CoreSessionTest, TheEndOfTheCall) {
  connect();
  ask(1, "Hello?");
  sent();
  session_.end(now_);
  EXPECT_THAT(sent_names(), ElementsAre("cancel", "close"));
  EXPECT_TRUE(session_.finished_writing());
  pass(3 * kSecond);
  EXPECT_THAT(actions(), ElementsAre("cut")) << "a core that does not end the stream";
  close(0);
  EXPECT_EQ(session_.deadline(), kNever);
  EXPECT_THAT(events(), IsEmpty());
  pass(60 * kSecond);
  EXPECT_THAT(actions(), IsEmpty());
}

TEST_F(CoreSessionTest, TheEndOfACallThatNeverConnected) {
  begin();
  actions();
  session_.end(now_);
  EXPECT_THAT(actions(), ElementsAre("cut"));
  close(1);
  EXPECT_EQ(session_.deadline(), kNever);

  CoreSession waiting({}, [] { return 0.0; });
  waiting.begin({}, now_);
  waiting.next_action();
  waiting.closed({14, ""}, now_);
  waiting.end(now_);
  EXPECT_EQ(waiting.deadline(), kNever);
}

}  // namespace
}  // namespace agentcore
