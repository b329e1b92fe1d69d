// An SttSession in virtual time: what it wants done, in short words and in order.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "stt_session.hpp"

namespace jackfield {

inline constexpr uint64_t kMs = 1'000'000;
inline constexpr uint64_t kSecond = 1000 * kMs;

class SttSessionFixture : public ::testing::Test {
 protected:
  // What tests tell differently, or not at all: interims and ends of connections.
  virtual void note(const SttSession::Action& action) = 0;

  void make(std::unique_ptr<SttService> service) {
    config_.backoff.jitter = 0;
    session_ = std::make_unique<SttSession>(config_, std::move(service),
                                            SttFormat{.mulaw = true, .rate = 8000});
    take(session_->start(now_));
  }
  void take(const std::vector<SttSession::Action>& actions) {
    for (const auto& action : actions) {
      note(action);
      if (std::holds_alternative<SttSession::Connect>(action)) did_.push_back("connect");
      if (const auto* send = std::get_if<SttSession::Send>(&action)) {
        if (send->message.binary) {
          sent_ += send->message.data;
        } else {
          did_.push_back(send->message.data);
        }
      }
      if (const auto* r = std::get_if<SttSession::Result>(&action)) {
        did_.push_back("turn " + std::to_string(r->turn_id) + ": " + r->text);
      }
      if (const auto* t = std::get_if<SttSession::ServiceTurn>(&action)) {
        did_.push_back(t->ended ? "said " + t->text : "speaks");
      }
      if (const auto* f = std::get_if<SttSession::Failure>(&action)) did_.push_back("!" + f->cause);
    }
  }
  // Audio of one byte's value, in steps of 20 ms.
  void hear(char value, uint64_t milliseconds) {
    const std::vector<uint8_t> piece(160, static_cast<uint8_t>(value));
    for (uint64_t i = 0; i < milliseconds; i += 20) {
      take(session_->audio(now_, media_, piece));
      now_ += 20 * kMs;
      media_ += 20 * kMs;
    }
  }
  void says(std::string_view text) { take(session_->message(now_, text, 0.0)); }
  std::vector<std::string> did() { return std::exchange(did_, {}); }

  SttSession::Config config_;
  std::unique_ptr<SttSession> session_;
  std::vector<std::string> did_;
  std::string sent_;
  uint64_t now_ = 100 * kSecond;
  uint64_t media_ = 5 * kSecond;
};

}  // namespace jackfield
