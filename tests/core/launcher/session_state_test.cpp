#include "scenario/core/session_state.hpp"

#include <gtest/gtest.h>

using jackfield::SessionState;
using Action = SessionState::Action;
using Phase = SessionState::Phase;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

SessionState running() {
  SessionState state;
  state.start_finished(true);
  state.playing();
  return state;
}

}  // namespace

TEST(SessionStateTest, RunsUntilTheEndOfTheStream) {
  SessionState state;
  EXPECT_EQ(state.phase(), Phase::kStarting);
  EXPECT_EQ(state.start_finished(true), Action::kNone);
  EXPECT_EQ(state.phase(), Phase::kRunning);
  EXPECT_FALSE(state.reached_running());
  state.playing();
  EXPECT_TRUE(state.reached_running());
  EXPECT_EQ(state.end_of_stream(), Action::kStop);
  EXPECT_EQ(state.phase(), Phase::kStopping);
  state.stopped();
  EXPECT_EQ(state.phase(), Phase::kDone);
  EXPECT_EQ(state.reason(), "end of stream");
  EXPECT_FALSE(state.failed());
}

TEST(SessionStateTest, AfterTheCallEndedTheStreamsMayFinish) {
  SessionState state = running();
  EXPECT_EQ(state.call_ended("hang-up", 10 * kSecond), Action::kNone);
  EXPECT_EQ(state.phase(), Phase::kEnding);
  EXPECT_EQ(state.deadline(), 15 * kSecond);
  EXPECT_EQ(state.tick(14 * kSecond), Action::kNone);
  EXPECT_EQ(state.end_of_stream(), Action::kStop);
  EXPECT_EQ(state.reason(), "hang-up");
  EXPECT_EQ(state.deadline(), std::nullopt);
}

TEST(SessionStateTest, StreamsThatDoNotFinishAreStopped) {
  SessionState state = running();
  state.call_ended("closed", 0);
  EXPECT_EQ(state.tick(5 * kSecond), Action::kStop);
  EXPECT_EQ(state.tick(6 * kSecond), Action::kNone);
}

TEST(SessionStateTest, AnErrorStopsAtOnceAndCounts) {
  SessionState state = running();
  EXPECT_EQ(state.error(), Action::kStop);
  EXPECT_TRUE(state.failed());
  EXPECT_EQ(state.reason(), "error");
  EXPECT_EQ(state.error(), Action::kNone);
}

TEST(SessionStateTest, AnErrorAfterTheCallEndedIsNoFailure) {
  SessionState state = running();
  state.call_ended("stop", 0);
  EXPECT_EQ(state.error(), Action::kStop);
  EXPECT_FALSE(state.failed());
  EXPECT_EQ(state.reason(), "stop");
}

TEST(SessionStateTest, OurEndSendsEosFirst) {
  SessionState state = running();
  EXPECT_EQ(state.end("drained", kSecond), Action::kSendEos);
  EXPECT_EQ(state.end("drained", kSecond), Action::kNone);
  EXPECT_EQ(state.tick(6 * kSecond), Action::kStop);
  EXPECT_EQ(state.reason(), "drained");
}

TEST(SessionStateTest, AbortStopsAtOnceAlsoWhileEnding) {
  SessionState state = running();
  state.end("drained", 0);
  EXPECT_EQ(state.abort("stopped"), Action::kStop);
  EXPECT_EQ(state.reason(), "drained");
}

TEST(SessionStateTest, WhatNeverRanIsStoppedWithoutEos) {
  SessionState state;
  EXPECT_EQ(state.start_finished(true), Action::kNone);  // and waits for data
  EXPECT_EQ(state.end("stopped", 0, kSecond), Action::kStop);
  EXPECT_EQ(state.reason(), "stopped");
  EXPECT_FALSE(state.failed());
}

TEST(SessionStateTest, AStopWaitsForTheStart) {
  SessionState state;
  EXPECT_EQ(state.abort("stopped"), Action::kNone);
  EXPECT_EQ(state.phase(), Phase::kStarting);
  EXPECT_EQ(state.start_finished(true), Action::kStop);
  EXPECT_EQ(state.reason(), "stopped");
}

TEST(SessionStateTest, AnErrorWhileStartingWaitsForTheStart) {
  SessionState state;
  EXPECT_EQ(state.error(), Action::kNone);
  EXPECT_EQ(state.start_finished(false), Action::kStop);
  EXPECT_TRUE(state.failed());
}

TEST(SessionStateTest, AFailedStartIsAFailure) {
  SessionState state;
  EXPECT_EQ(state.start_finished(false), Action::kStop);
  EXPECT_TRUE(state.failed());
  EXPECT_FALSE(state.reached_running());
  EXPECT_EQ(state.reason(), "error");
}

TEST(SessionStateTest, ACallThatEndsWhileStartingEnds) {
  SessionState state;
  EXPECT_EQ(state.call_ended("closed", 0), Action::kNone);
  EXPECT_EQ(state.start_finished(true), Action::kNone);
  EXPECT_EQ(state.phase(), Phase::kEnding);
  EXPECT_EQ(state.tick(5 * kSecond), Action::kStop);
}
