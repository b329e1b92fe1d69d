// Where speech begins and ends, by energy alone: for a pipeline in which nobody announces turns.
// Times are nanoseconds of running time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace localspeech {

struct EnergySegmenterConfig {
  double onset_ratio = 4.0;    // of amplitude, above the noise floor (12 dB)
  double least_level = 100.0;  // root mean square of samples that can be speech (-50 dB full scale)
  std::uint64_t onset = 60'000'000;       // speech this long begins a turn
  std::uint64_t hang_over = 700'000'000;  // silence this long ends it
};

class EnergySegmenter {
 public:
  enum class Kind { kStart, kEnd };
  struct Boundary {
    Kind kind;
    std::uint64_t time;  // of the first or behind the last sound, not of the decision
  };

  explicit EnergySegmenter(const EnergySegmenterConfig& config = {}) : config_(config) {}

  void reset() { *this = EnergySegmenter(config_); }
  // Judges samples captured at `time`, `duration` long (10 to 100 ms work well).
  std::optional<Boundary> feed(std::uint64_t time, std::uint64_t duration,
                               std::span<const std::int16_t> samples);
  bool speaking() const { return speaking_; }
  // Behind the last sound.
  std::uint64_t last_sound() const { return last_sound_; }

 private:
  EnergySegmenterConfig config_;
  double floor_ = -1.0;  // level of the noise; unknown until the first samples
  bool speaking_ = false;
  std::uint64_t loud_since_ = 0;
  std::uint64_t loud_ = 0;  // how long it has been loud without a break
  std::uint64_t last_sound_ = 0;
};

}  // namespace localspeech
