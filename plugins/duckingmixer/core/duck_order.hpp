// Who gives way to whom. Pure.
#pragma once

#include <cstdint>
#include <span>

namespace ducking {

enum class Duck : std::uint8_t {
  kAuto,      // gives way to whoever of those with kAuto is loudest
  kNever,     // is left alone, and nobody gives way to it
  kFollower,  // gives way to leaders of its own priority and higher ones
  kLeader,    // others give way to it; itself to leaders of higher priority
};

struct DuckSide {
  Duck duck = Duck::kAuto;
  int priority = 0;
  bool heard = false;  // present and not muted
  bool voice = false;
  float level = 0;         // RMS
  bool gives_way = false;  // the answer
};

class DuckOrder {
 public:
  static constexpr int kNobody = -1;

  // Decides `gives_way` of all; `threshold`: least level (RMS) of the loudest for which those with
  // kAuto give way. One call for each block of 10 ms; places in `sides` stay those of their inputs.
  void decide(std::span<DuckSide> sides, float threshold);
  // Who is loudest of those with kAuto; kNobody.
  int dominant() const { return dominant_; }
  // An input is gone, and its place may become another's.
  void forget(int place) {
    if (dominant_ == place) dominant_ = kNobody;
  }

 private:
  int dominant_ = kNobody;
};

}  // namespace ducking
