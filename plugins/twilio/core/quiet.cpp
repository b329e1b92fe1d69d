#include "quiet.hpp"

#include <algorithm>

namespace twilio {

int peak_code(std::span<const uint8_t> mulaw) noexcept {
  int peak = 0;
  for (const uint8_t code : mulaw) peak = std::max(peak, ~code & 0x7f);
  return peak;
}

// The lowest segment: |sample| <= 120 of 32767, -48.7 dB of full scale.
bool is_quiet(std::span<const uint8_t> mulaw) noexcept { return peak_code(mulaw) <= 15; }

bool PauseFinder::is_pause(std::span<const uint8_t> mulaw) noexcept {
  const int peak = peak_code(mulaw);
  peaks_[seen_++ % kRemembered] = static_cast<uint8_t>(peak);
  if (seen_ == 1) last_named_ = 0;
  if (peak <= 15) return true;
  if (seen_ < kLeast || seen_ - last_named_ < kEvery) return false;
  const auto end = peaks_.begin() + static_cast<std::ptrdiff_t>(std::min(seen_, kRemembered));
  if (peak > *std::min_element(peaks_.begin(), end) + kMargin) return false;
  last_named_ = seen_;
  return true;
}

}  // namespace twilio
