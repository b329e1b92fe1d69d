// The E-model of ITU-T G.107 in its short form for voice over packets: how much delay and loss harm
// a conversation, on the scale of R (0 to 93.2).
#pragma once

#include <algorithm>

namespace jitter {

// Mouth to ear without the jitter buffer, ms: 50 of path, a frame of 20, look-ahead of the
// codec 6.5.
constexpr double kPathMs = 50 + 20 + 6.5;

// Impairment by `delay_ms` mouth to ear (Cole and Rosenbluth's fit of G.107).
constexpr double kImpairmentPerMs = 0.024;
constexpr double kKneeMs = 177.3;
constexpr double kImpairmentBeyondKneePerMs = 0.11;
constexpr double delay_impairment(double delay_ms) {
  return kImpairmentPerMs * delay_ms +
         kImpairmentBeyondKneePerMs * std::max(0.0, delay_ms - kKneeMs);
}

// Impairment by `percent` of concealed audio: robustness of the concealment 25.1 (G.711 with PLC,
// G.113), bursts of 2.
constexpr double concealment_impairment(double percent) {
  return 95 * percent / (percent / 2 + 25.1);
}

// `added_ms` on top of the path, by the jitter buffer.
constexpr double rating(double added_ms, double concealed_percent) {
  return 93.2 - delay_impairment(kPathMs + added_ms) - concealment_impairment(concealed_percent);
}

}  // namespace jitter
