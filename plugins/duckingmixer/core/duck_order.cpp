#include "duck_order.hpp"

#include <algorithm>
#include <limits>

namespace ducking {
namespace {

// Who is dominant stays so until somebody is so much louder: 3 dB.
constexpr float kLouder = 1.4125F;

bool can_dominate(const DuckSide& side) {
  return side.duck == Duck::kAuto && side.heard && side.voice;
}

}  // namespace

void DuckOrder::decide(std::span<DuckSide> sides, float threshold) {
  constexpr int kNoLeader = std::numeric_limits<int>::min();
  int highest_leader = kNoLeader;
  int loudest = kNobody;
  for (std::size_t i = 0; i < sides.size(); ++i) {
    const DuckSide& side = sides[i];
    if (side.duck == Duck::kLeader && side.heard && side.voice)
      highest_leader = std::max(highest_leader, side.priority);
    if (can_dominate(side) &&
        (loudest == kNobody || side.level > sides[static_cast<std::size_t>(loudest)].level))
      loudest = static_cast<int>(i);
  }
  const bool stays = dominant_ != kNobody && static_cast<std::size_t>(dominant_) < sides.size() &&
                     can_dominate(sides[static_cast<std::size_t>(dominant_)]);
  if (!stays ||
      (loudest != kNobody && sides[static_cast<std::size_t>(loudest)].level >
                                 kLouder * sides[static_cast<std::size_t>(dominant_)].level))
    dominant_ = loudest;
  const bool speaks =
      dominant_ != kNobody && sides[static_cast<std::size_t>(dominant_)].level > threshold;
  for (std::size_t i = 0; i < sides.size(); ++i) {
    DuckSide& side = sides[i];
    switch (side.duck) {
      case Duck::kAuto:
        side.gives_way = speaks && static_cast<int>(i) != dominant_;
        break;
      case Duck::kNever:
        side.gives_way = false;
        break;
      case Duck::kFollower:
        side.gives_way = highest_leader != kNoLeader && highest_leader >= side.priority;
        break;
      case Duck::kLeader:
        side.gives_way = highest_leader > side.priority && highest_leader != kNoLeader;
        break;
    }
  }
}

}  // namespace ducking
