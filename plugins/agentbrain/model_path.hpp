// Where the Silero model lies on this machine.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "silero_vad.hpp"

namespace agentbrain {

// Loads `file`, or if that is empty silero_vad.onnx from the folder named by the environment
// variable JACKFIELD_MODELS or from the installed data. On failure: what was tried and what was
// wrong with it. Any thread.
std::variant<std::shared_ptr<const SileroModel>, std::string> find_silero_model(
    const std::string& file);

}  // namespace agentbrain
