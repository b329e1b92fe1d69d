#include "agent_loop.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace agentbrain::loop;
using jackfield::TokenUsage;
using testing::ElementsAre;
using testing::HasSubstr;
using Kind = LoopAction::Kind;

constexpr char kPrices[] =
    R"({"currency":"USD","models":{"m":{"input":500000,"cached-input":250000,"output":1000000}}})";

class AgentLoopTest : public testing::Test {
 protected:
  void start(const Limits& limits) {
    loop_.emplace(limits, jackfield::read_price_list(kPrices));
    loop_->begin(1, 0);
  }
  // What was done since the last time, but the steps' records.
  std::vector<Kind> done() {
    std::vector<Kind> kinds;
    for (LoopAction& one : loop_->take_actions()) {
      if (one.kind == Kind::kStep) {
        steps_.push_back(std::move(one));
        continue;
      }
      kinds.push_back(one.kind);
      if (one.kind == Kind::kResult) result_ = std::move(one);
      if (one.kind == Kind::kConclude) concluded_ = std::move(one);
    }
    return kinds;
  }
  // A request that calls a tool, which answers. What the model is told of it otherwise.
  std::optional<std::string> step(Time now, const std::string& text = "") {
    if (!text.empty()) loop_->text(text);
    loop_->usage("m", {.input = 1, .cached_input = 0, .output = 1});
    auto refused = loop_->call(now);
    if (!refused) loop_->answered();
    return refused;
  }

  std::optional<AgentLoop> loop_;
  std::optional<LoopAction> result_;
  std::optional<LoopAction> concluded_;
  std::vector<LoopAction> steps_;
};

TEST_F(AgentLoopTest, GoesOnUntilTheModelAnswers) {
  start({.steps = 5});
  EXPECT_FALSE(step(kSecond, "Let me look."));
  EXPECT_FALSE(step(2 * kSecond));
  loop_->text("It is");
  loop_->usage("m", {.input = 4, .cached_input = 2, .output = 3});
  loop_->text("five.");  // what was held back
  loop_->reply_end(3 * kSecond);
  EXPECT_THAT(done(), ElementsAre(Kind::kAllow, Kind::kResult));
  EXPECT_EQ(result_->outcome, Outcome::kDone);
  EXPECT_FALSE(result_->cut);
  EXPECT_THAT(result_->pieces, ElementsAre("It is", "five."));
  EXPECT_EQ(result_->steps, 3u);
  EXPECT_EQ(result_->duration, 3 * kSecond);
  EXPECT_EQ(result_->tokens.input, 6u);
  EXPECT_EQ(result_->tokens.output, 5u);
  EXPECT_DOUBLE_EQ(result_->cost, 1.5 + 1.5 + 1 + 0.5 + 3);
  ASSERT_EQ(steps_.size(), 3u);
  EXPECT_TRUE(steps_[0].tools);
  EXPECT_EQ(steps_[0].text, "Let me look.");
  EXPECT_DOUBLE_EQ(steps_[0].cost, 1.5);
  EXPECT_EQ(steps_[1].steps, 2u);
  EXPECT_FALSE(steps_[2].tools);
  EXPECT_EQ(steps_[2].text, "It is five.");
  EXPECT_FALSE(loop_->running());
  EXPECT_EQ(loop_->deadline(), kNever);
}

TEST_F(AgentLoopTest, SeveralCallsOfOneRequestAreOneStep) {
  start({.steps = 2});
  loop_->usage("m", {});
  EXPECT_FALSE(loop_->call(0));
  loop_->answered();  // before the next one is called
  EXPECT_FALSE(loop_->call(0));
  EXPECT_FALSE(loop_->call(0));
  loop_->answered();
  loop_->answered();
  loop_->text("Done.");
  loop_->usage("m", {});
  loop_->reply_end(0);
  done();
  EXPECT_EQ(result_->steps, 2u);
  EXPECT_EQ(result_->outcome, Outcome::kDone);
  EXPECT_EQ(steps_.size(), 2u);
}

TEST_F(AgentLoopTest, AfterTheLastStepTheModelConcludes) {
  start({.steps = 2});
  EXPECT_FALSE(step(0));
  const auto refused = step(kSecond);
  ASSERT_TRUE(refused);
  EXPECT_THAT(*refused, HasSubstr("error: the steps for this task are used up"));
  EXPECT_TRUE(loop_->call(kSecond));  // of the same request
  EXPECT_THAT(done(), ElementsAre(Kind::kAllow, Kind::kConclude));
  EXPECT_EQ(concluded_->text, *refused);
  loop_->text("Half of it.");
  loop_->usage("m", {});
  loop_->reply_end(2 * kSecond);
  EXPECT_THAT(done(), ElementsAre(Kind::kResult));
  EXPECT_EQ(result_->outcome, Outcome::kSteps);
  EXPECT_FALSE(result_->cut);
  EXPECT_EQ(result_->steps, 3u);
  EXPECT_THAT(result_->pieces, ElementsAre("Half of it."));
}

TEST_F(AgentLoopTest, WhoDoesNotConcludeIsCut) {
  start({.steps = 1});
  EXPECT_TRUE(step(0, "I begin."));
  done();
  EXPECT_TRUE(step(kSecond));
  EXPECT_THAT(done(), ElementsAre(Kind::kEnd, Kind::kResult));
  EXPECT_EQ(result_->outcome, Outcome::kSteps);
  EXPECT_TRUE(result_->cut);
  EXPECT_THAT(result_->pieces, ElementsAre("I begin."));
  // What comes late changes nothing.
  EXPECT_TRUE(step(2 * kSecond));
  loop_->text("late");
  loop_->reply_end(2 * kSecond);
  loop_->timer(100 * kSecond);
  EXPECT_THAT(done(), ElementsAre());
}

TEST_F(AgentLoopTest, TheLastAnswerMayComeWithTheLastStep) {
  start({.steps = 1});
  loop_->text("At once.");
  loop_->usage("m", {});
  loop_->reply_end(0);
  done();
  EXPECT_EQ(result_->outcome, Outcome::kDone);
}

TEST_F(AgentLoopTest, TheTimeEndsWhileAToolRuns) {
  start({.time = 10 * kSecond, .grace = 5 * kSecond});
  loop_->usage("m", {});
  EXPECT_FALSE(loop_->call(kSecond));
  EXPECT_EQ(loop_->deadline(), 10 * kSecond);
  loop_->timer(9 * kSecond);
  EXPECT_THAT(done(), ElementsAre(Kind::kAllow));
  loop_->timer(10 * kSecond);
  EXPECT_THAT(done(), ElementsAre(Kind::kConclude));
  EXPECT_THAT(concluded_->text, HasSubstr("the time for this task is over"));
  EXPECT_EQ(loop_->deadline(), 15 * kSecond);
  loop_->text("Unfinished.");
  loop_->usage("m", {});
  loop_->reply_end(12 * kSecond);
  done();
  EXPECT_EQ(result_->outcome, Outcome::kTime);
  EXPECT_FALSE(result_->cut);
}

TEST_F(AgentLoopTest, TheTimeEndsWhileTheModelThinks) {
  start({.time = 10 * kSecond, .grace = 5 * kSecond});
  loop_->timer(10 * kSecond);
  EXPECT_THAT(done(), ElementsAre(Kind::kAllow, Kind::kConclude));
  // It knows nothing of that yet: its call is what it is told by.
  EXPECT_TRUE(step(11 * kSecond));
  EXPECT_THAT(done(), ElementsAre());
  loop_->timer(14 * kSecond);
  EXPECT_THAT(done(), ElementsAre());
  loop_->timer(15 * kSecond);
  EXPECT_THAT(done(), ElementsAre(Kind::kEnd, Kind::kResult));
  EXPECT_EQ(result_->outcome, Outcome::kTime);
  EXPECT_EQ(result_->duration, 15 * kSecond);
}

TEST_F(AgentLoopTest, TheTimeEndsWhileItWaitsForWhatNobodyGives) {
  start({.time = 10 * kSecond, .grace = 5 * kSecond});
  loop_->usage("m", {});
  EXPECT_FALSE(loop_->call(kSecond));
  loop_->answered();
  loop_->timer(10 * kSecond, true);
  EXPECT_THAT(done(), ElementsAre(Kind::kAllow, Kind::kConclude));
  loop_->text("What I have.");
  loop_->usage("m", {});
  loop_->reply_end(11 * kSecond);
  done();
  EXPECT_EQ(result_->outcome, Outcome::kTime);
}

TEST_F(AgentLoopTest, WhatWasDoneBeforeItWasToldIsDone) {
  start({.time = 10 * kSecond});
  loop_->timer(10 * kSecond);
  loop_->text("Five.");
  loop_->usage("m", {});
  loop_->reply_end(11 * kSecond);
  done();
  EXPECT_EQ(result_->outcome, Outcome::kDone);
}

TEST_F(AgentLoopTest, TheMoneyEnds) {
  start({.cost = 2.5});
  EXPECT_FALSE(step(0));         // 1.5
  const auto refused = step(0);  // 3
  ASSERT_TRUE(refused);
  EXPECT_THAT(*refused, HasSubstr("the money for this task is spent"));
  loop_->usage("m", {.input = 1});
  loop_->reply_end(0);
  done();
  EXPECT_EQ(result_->outcome, Outcome::kCost);
  EXPECT_DOUBLE_EQ(result_->cost, 3.5);
  EXPECT_TRUE(result_->pieces.empty());
}

TEST_F(AgentLoopTest, MoneyThatCannotBeCountedIsNotSpent) {
  start({.cost = 5});
  EXPECT_TRUE(loop_->call(0));
  EXPECT_THAT(done(), ElementsAre(Kind::kAllow, Kind::kEnd, Kind::kResult));
  EXPECT_EQ(result_->outcome, Outcome::kFailed);
  EXPECT_THAT(result_->text, HasSubstr("tells no usage"));

  loop_->begin(2, 0);
  loop_->usage("other", {});
  EXPECT_TRUE(loop_->call(0));
  done();
  EXPECT_EQ(result_->outcome, Outcome::kFailed);
  EXPECT_THAT(result_->text, HasSubstr("\"other\" is not in the price list"));
}

TEST_F(AgentLoopTest, AModelThatTellsNoUsageHasStepsToo) {
  start({.steps = 2});
  for (int i = 0; i < 2; ++i) {
    const auto refused = loop_->call(0);
    EXPECT_EQ(refused.has_value(), i == 1);
    if (!refused) loop_->answered();
  }
  loop_->text("So far.");
  loop_->reply_end(0);
  done();
  EXPECT_EQ(result_->outcome, Outcome::kSteps);
  EXPECT_EQ(result_->steps, 3u);
}

TEST_F(AgentLoopTest, AModelThatTellsNoUsageIsCutToo) {
  start({.steps = 1});
  int calls = 0;
  while (loop_->running() && calls < 1000) {
    loop_->call(0);
    ++calls;
  }
  EXPECT_LT(calls, 50);
  done();
  EXPECT_EQ(result_->outcome, Outcome::kSteps);
  EXPECT_TRUE(result_->cut);
}

TEST_F(AgentLoopTest, AFailureIsNoResult) {
  start({});
  EXPECT_FALSE(step(0, "Let me see."));
  loop_->failed("quota: nothing left");
  loop_->text("I am sorry.");
  loop_->reply_end(0);
  done();
  EXPECT_EQ(result_->outcome, Outcome::kFailed);
  EXPECT_EQ(result_->text, "quota: nothing left");
  EXPECT_TRUE(result_->pieces.empty());
}

TEST_F(AgentLoopTest, WhoFailsToConcludeHasReachedTheLimit) {
  start({.steps = 1});
  EXPECT_TRUE(step(0, "I begin."));
  loop_->failed("protocol: it calls all the same");
  loop_->text("I am sorry.");
  loop_->reply_end(0);
  done();
  EXPECT_EQ(result_->outcome, Outcome::kSteps);
  EXPECT_THAT(result_->pieces, ElementsAre("I begin."));
}

TEST_F(AgentLoopTest, WhatTheModelSaidBeforeItsLastCallsIsBetterThanNothing) {
  start({});
  EXPECT_FALSE(step(0, "It is five; I note it down."));
  loop_->usage("m", {});
  loop_->reply_end(0);
  done();
  EXPECT_THAT(result_->pieces, ElementsAre("It is five; I note it down."));
}

TEST_F(AgentLoopTest, NobodyWantsTheResult) {
  start({});
  EXPECT_FALSE(step(0));
  loop_->cancel(kSecond);
  EXPECT_THAT(done(), ElementsAre(Kind::kAllow, Kind::kEnd, Kind::kResult));
  EXPECT_EQ(result_->outcome, Outcome::kCancelled);
  loop_->cancel(kSecond);
  EXPECT_THAT(done(), ElementsAre());
  loop_->begin(2, 5 * kSecond);
  EXPECT_EQ(loop_->deadline(), 605 * kSecond);
}

TEST_F(AgentLoopTest, NoLimitOfTimeIsNone) {
  start({.time = 0});
  EXPECT_EQ(loop_->deadline(), kNever);
  loop_->timer(kNever - 1);
  EXPECT_THAT(done(), ElementsAre(Kind::kAllow));
}

TEST_F(AgentLoopTest, TextIsBounded) {
  start({});
  for (int i = 0; i < 100; ++i) loop_->text(std::string(1024, 'x'));
  loop_->reply_end(0);
  done();
  std::size_t size = 0;
  for (const auto& piece : result_->pieces) size += piece.size();
  EXPECT_EQ(size, AgentLoop::kMostText);
}

}  // namespace
