// The tool with which a language model ends the call.
#pragma once

#include "model_api.hpp"

namespace openai {

inline constexpr char kEndCallName[] = "end_call";
// What the model is told it came to, if it is ever asked again.
inline constexpr char kCallEnds[] = "The call ends when the caller has heard your words.";
inline constexpr char kCallGoesOn[] = "The caller interrupted: the call was not ended and goes on.";

// Why it cannot be added.
inline constexpr char kEndCallTaken[] =
    "\"end-call\" offers a tool \"end_call\": give yours another name";

Tool end_call_tool();

// Adds it. Throws std::invalid_argument when there is a tool of that name.
void add_end_call(std::vector<Tool>& tools);

}  // namespace openai
