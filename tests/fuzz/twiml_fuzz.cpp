// The answer of a voice webhook, as the simulator reads it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "simulate/io/twiml.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto result = jackfield::simulate::parse_twiml({reinterpret_cast<const char*>(data), size});
  if (result.error.empty() && result.stream.url.empty()) std::abort();
  for (const auto& [name, value] : result.stream.parameters)
    if (result.error.empty() && (name.empty() || name.size() + value.size() >= 500)) std::abort();
  return 0;
}
