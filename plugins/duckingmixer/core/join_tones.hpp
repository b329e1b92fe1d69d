// What is heard when somebody comes or goes: a pair of short tones, rising or falling, without a
// click. Pure; one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace ducking {

class JoinTones {
 public:
  static constexpr float kLowHz = 660, kHighHz = 880;
  static constexpr float kAmplitude = 0.063096F;  // −24 dB of a full-scale sine
  static constexpr int kToneMs = 80;              // each of the two
  static constexpr int kEdgeMs = 10;              // half a cosine, in and out

  JoinTones(int rate, int channels) : rate_(rate), channels_(channels) {}

  // Several during the same pair are one; what comes while the other pair is heard follows it.
  void came() { rising_due_ = rising_due_ || playing_ != Pair::kRising; }
  void went() { falling_due_ = falling_due_ || playing_ != Pair::kFalling; }

  bool active() const { return playing_ != Pair::kNone || rising_due_ || falling_due_; }
  // The next samples, of all channels; silence behind the end.
  void render(std::span<float> block);

 private:
  enum class Pair { kNone, kRising, kFalling };
  void begin_next();
  float sample() const;

  const int rate_, channels_;
  Pair playing_ = Pair::kNone;
  bool rising_due_ = false, falling_due_ = false;
  std::int64_t at_ = 0;  // frames since the pair began
};

}  // namespace ducking
