// Linear samples of 16 bits as mu-law, as ITU-T G.711 defines it.
#pragma once

#include <cstdint>

namespace jackfield {

// Any thread.
uint8_t linear_to_mulaw(int16_t sample) noexcept;

}  // namespace jackfield
