// The gain of what has to give way: down in `attack`, there for `hold` behind the last cause, up
// again in `release`; straight lines in dB. One call for each block of 10 ms.
#pragma once

namespace ducking {

struct DuckCurve {
  float depth_db = -10.46F;  // the requirement's attenuation of 0.3
  float attack_ms = 30;
  float hold_ms = 300;
  float release_ms = 500;
};

class DuckGain {
 public:
  // `cause`: somebody speaks who goes first. The gain at the end of the block, dB, 0 or less.
  float next(const DuckCurve& curve, bool cause);
  float db() const { return db_; }

 private:
  float db_ = 0;
  float hold_left_ms_ = 0;
};

}  // namespace ducking
