// Model files. Any bytes give a model or a reason, and nothing is allocated by what they claim.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "onnx_reader.hpp"
#include "silero_vad.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read = agentbrain::read_onnx({data, size});
  if (const auto* error = std::get_if<agentbrain::OnnxError>(&read)) {
    if (error->text.empty() || error->offset > size) std::abort();
  } else {
    for (const auto& graph : std::get<0>(read)) {
      for (const auto& tensor : graph.tensors) {
        float sum = 0;
        for (std::size_t i = 0; i < tensor.size(); ++i) sum += tensor.at(i);
        if (graph.find(tensor.name) == nullptr && sum == 0) std::abort();
      }
    }
  }
  const auto model = agentbrain::SileroModel::parse({data, size});
  if (const auto* why = std::get_if<std::string>(&model)) {
    if (why->empty()) std::abort();
  }
  return 0;
}
