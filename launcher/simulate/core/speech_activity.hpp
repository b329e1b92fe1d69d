// Tells from energy when a voice speaks: for the line's own view of what the caller hears.
#pragma once

#include <cstdint>
#include <span>

#include "line_time.hpp"

namespace jackfield::simulate {

class SpeechActivity {
 public:
  struct Config {
    double threshold = -45;                   // dBFS (RMS of 10 ms)
    Samples onset = 160;                      // so much above the threshold starts a burst: 20 ms
    Samples hang_over = 200 * kSamplesPerMs;  // pauses shorter than this stay inside a burst
  };

  SpeechActivity() : SpeechActivity(Config{}) {}
  explicit SpeechActivity(const Config& config);

  // Time runs without holes; calls follow each other.
  void feed(std::span<const std::uint8_t> mulaw);
  void feed_silence(Samples count);

  Samples now() const { return now_; }
  bool speaking() const { return speaking_; }
  std::int64_t bursts() const { return bursts_; }
  // Of the running burst, or of the last one.
  Samples burst_begin() const { return burst_begin_; }
  Samples speech_end() const { return speech_end_; }
  // All samples above the threshold.
  Samples active() const { return active_; }

 private:
  void finish_frame();

  Config config_;
  double threshold_power_;
  Samples now_ = 0;
  Samples frame_fill_ = 0;
  double frame_energy_ = 0;
  Samples run_ = 0;  // loud samples in a row
  bool speaking_ = false;
  std::int64_t bursts_ = 0;
  Samples burst_begin_ = 0;
  Samples speech_end_ = 0;
  Samples active_ = 0;
};

}  // namespace jackfield::simulate
