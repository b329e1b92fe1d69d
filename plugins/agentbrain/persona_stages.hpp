// Makes the stages of an agent those of a persona.
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

}  // namespace agentbrain
