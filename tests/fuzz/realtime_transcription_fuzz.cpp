// Events of OpenAI's transcription sessions, one a line, while turns come and go.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "realtime_transcription.hpp"
#include "stt_turns.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const jackfield::SttFormat format{.mulaw = data[0] % 2 == 0, .rate = 8000};
  const openai::realtime::TranscriptionSettings settings{.model = "gpt-live-transcribe",
                                                         .secret = "key1"};
  run_stt_turns(std::make_unique<openai::realtime::RealtimeTranscription>(settings, format), format,
                {reinterpret_cast<const char*>(data + 1), size - 1});
  return 0;
}
