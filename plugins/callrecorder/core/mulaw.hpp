// G.711 mu-law to linear, as ITU-T G.711 defines it, scaled to 16 bits.
#pragma once

#include <cstdint>

namespace callrecorder {

// Any thread.
int16_t mulaw_to_linear(uint8_t code) noexcept;

}  // namespace callrecorder
