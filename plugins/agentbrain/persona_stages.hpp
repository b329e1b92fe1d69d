// What an agent hands on to its stages: its persona, and who calls.
#pragma once

#include <gst/gst.h>

#include <optional>
#include <string>

#include "persona.hpp"

namespace agentbrain {

// Sets the properties that the elements of the stages have: `persona` (the file itself), `voice`
// and `language`, and whether the model may end the call. Says what is wrong, if anything. Stages
// in NULL or READY.
std::optional<std::string> give_persona(GstBin* agent, const std::string& file,
                                        const jackfield::Persona& persona);

// Sets the property `caller` of the elements of the stages that think, where there is one. Stages
// in any state; any thread.
void give_caller(GstBin* agent, const std::string& caller);

}  // namespace agentbrain
