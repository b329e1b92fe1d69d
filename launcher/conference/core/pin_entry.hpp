// The keys by which a caller chooses a room: '#' ends them, '*' takes them back. Pure: time is an
// argument, any steady clock in ns.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace jackfield::conference {

class PinEntry {
 public:
  static constexpr unsigned kTries = 3;
  static constexpr std::int64_t kPatience = 20'000'000'000;  // ns without a key: that try is over
  static constexpr std::size_t kMostKeys = 32;               // no name or PIN is longer

  enum class Verdict { kAgain, kGiveUp };

  explicit PinEntry(std::int64_t now) : deadline_(now + kPatience) {}

  // What was entered, when `key` ends it; "" may be meant. Letters (A to D) are no keys of ours.
  std::optional<std::string> press(char key, std::int64_t now);
  // It opens nothing.
  Verdict refused(std::int64_t now);
  // Call at deadline(): nothing, or the try is over.
  std::optional<Verdict> tick(std::int64_t now);
  std::int64_t deadline() const { return deadline_; }

 private:
  std::string keys_;
  unsigned tries_ = 0;
  std::int64_t deadline_;
};

}  // namespace jackfield::conference
