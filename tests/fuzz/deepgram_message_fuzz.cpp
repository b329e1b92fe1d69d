// Messages of Deepgram, one a line, in the middle of a turn.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "flux_protocol.hpp"
#include "nova_protocol.hpp"
#include "stt_turns.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::unique_ptr<jackfield::SttService> service;
  if (data[0] % 2 == 0) {
    service = std::make_unique<deepgram::NovaProtocol>();
  } else {
    service = std::make_unique<deepgram::FluxProtocol>();
  }
  run_stt_turns(std::move(service), {.mulaw = true, .rate = 8000},
                {reinterpret_cast<const char*>(data + 1), size - 1});
  return 0;
}
