// Scripts of simulated callers: any bytes give a script or an error with its place.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "simulate/core/caller_script.hpp"

using namespace jackfield::simulate;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ScriptResult result = parse_caller_script({reinterpret_cast<const char*>(data), size});
  if (!result.script) {
    if (result.error.line == 0 || result.error.column == 0 || result.error.text.empty())
      std::abort();
    return 0;
  }
  if (result.script->items.empty()) std::abort();
  for (const Step& step : order_steps(*result.script, size)) {
    const Utterance* utterance = utterance_of(step);
    if (utterance && utterance->files.empty()) std::abort();
  }
  return 0;
}
