// Messages of ElevenLabs' live recognition, one a line, in the middle of a turn.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "scribe_protocol.hpp"
#include "stt_turns.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const jackfield::SttFormat format{.mulaw = true, .rate = 8000};
  const elevenlabs::ScribeSettings settings{.timestamps = (data[0] & 2) != 0,
                                            .find_turns = data[0] % 2 != 0};
  run_stt_turns(std::make_unique<elevenlabs::ScribeProtocol>(settings, format), format,
                {reinterpret_cast<const char*>(data + 1), size - 1});
  return 0;
}
