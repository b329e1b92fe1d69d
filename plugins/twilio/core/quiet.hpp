// Which audio nobody misses when it is left out.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace twilio {

// The loudest sample as µ-law writes its magnitude: 0 to 127, 16 steps for each 6 dB.
int peak_code(std::span<const uint8_t> mulaw) noexcept;

// Whether every sample is softer than -48 dB of full scale.
bool is_quiet(std::span<const uint8_t> mulaw) noexcept;

// Finds the pauses on a line that is never quiet: payloads hardly louder than the softest of the
// last two seconds. Of those at most every fourth is named, in case it is a tone and no noise.
class PauseFinder {
 public:
  bool is_pause(std::span<const uint8_t> mulaw) noexcept;
  void restart() noexcept { seen_ = 0; }

 private:
  static constexpr size_t kRemembered = 100;  // payloads
  static constexpr size_t kLeast = 50;        // before anything is told
  static constexpr size_t kEvery = 4;
  static constexpr int kMargin = 4;  // codes, 1.5 dB

  std::array<uint8_t, kRemembered> peaks_{};
  size_t seen_ = 0;
  size_t last_named_ = 0;
};

}  // namespace twilio
