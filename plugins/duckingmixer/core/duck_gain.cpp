#include "duck_gain.hpp"

#include <algorithm>

namespace ducking {
namespace {

constexpr float kBlockMs = 10;

// The way in dB of one block, where `depth` takes `time`.
float step(float depth_db, float time_ms) {
  return time_ms <= kBlockMs ? -depth_db : -depth_db * kBlockMs / time_ms;
}

}  // namespace

float DuckGain::next(const DuckCurve& curve, bool cause) {
  if (cause) hold_left_ms_ = curve.hold_ms + kBlockMs;
  if (hold_left_ms_ > 0) {
    hold_left_ms_ -= kBlockMs;
    // A depth that was made less leads up again.
    db_ = db_ > curve.depth_db
              ? std::max(db_ - step(curve.depth_db, curve.attack_ms), curve.depth_db)
              : std::min(db_ + step(curve.depth_db, curve.release_ms), curve.depth_db);
  } else {
    db_ = std::min(db_ + step(std::min(curve.depth_db, db_), curve.release_ms), 0.0F);
  }
  return db_;
}

}  // namespace ducking
