// A conversation in virtual time: carries out the turn taker's actions as agentbrain does.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "turn_taker.hpp"

namespace agentbrain {

using Kind = Action::Kind;

constexpr Time ms(Time n) { return n * kMillisecond; }

class TurnTakerFixture : public testing::Test {
 protected:
  TurnTaker taker{TurnTaker::Config{}};
  std::vector<Action> log;
  bool heard = true;   // what the gate says when paused
  Time rest = kNever;  // and what is left of the reply
  Time t = 0;

  // Carries actions out as agentbrain does.
  void run() {
    for (auto actions = taker.take_actions(); !actions.empty(); actions = taker.take_actions()) {
      for (Action& action : actions) {
        const bool pause = action.kind == Kind::kPauseReply;
        log.push_back(std::move(action));
        if (pause) taker.paused(heard, t, rest);
      }
    }
  }
  void advance(Time by) {
    const Time until = t + by;
    while (taker.deadline() <= until) {
      t = std::max(t, taker.deadline());
      taker.timer(t);
      run();
    }
    t = until;
  }
  void start_speech(std::uint32_t id) {
    taker.speech_start(id, t, t);
    run();
  }
  void end_speech(std::uint32_t id) {
    taker.speech_end(id, t, t);
    run();
  }
  void text(const std::string& s) {
    taker.text(s, t);
    run();
  }
  void interim(const std::string& s) {
    taker.interim(s, t);
    run();
  }
  void end_turn(std::uint32_t id, bool not_understood = false) {
    taker.turn_end(id, not_understood, t);
    run();
  }
  void turn(std::uint32_t id, const std::string& words, Time length = ms(800)) {
    start_speech(id);
    advance(length);
    end_speech(id);
    if (!words.empty()) text(words);
    end_turn(id);
  }
  void audio() {
    taker.sentence(t);
    taker.reply_audio(t);
    run();
  }
  void finished(bool hang_up = false) {
    taker.reply_end(true, t);
    taker.reply_finished(hang_up, t);
    run();
  }
  void speak() {
    turn(1, "hello");
    audio();
    log.clear();
  }
  long count(Kind kind) const {
    return std::count_if(log.begin(), log.end(), [&](const Action& a) { return a.kind == kind; });
  }
  const Action* last(Kind kind) const {
    for (auto it = log.rbegin(); it != log.rend(); ++it) {
      if (it->kind == kind) return &*it;
    }
    return nullptr;
  }
};

}  // namespace agentbrain
