// What a stage that works by itself is told to be, by the properties that its model has. Of the
// state changes.
#pragma once

#include <gst/gst.h>

#include <string>

namespace agentbrain {

// Sets the property `instructions` of the first element of the stage that has it. What was set
// there by others stays, unless `always`.
void give_instructions(GstElement* stage, const std::string& instructions, bool always);

// How long it waits for a model that thinks: sets `first-token-timeout` (ns) of the first element
// of the stage that has it, unless others set it or it waits longer by itself.
void give_patience(GstElement* stage, guint64 time);

}  // namespace agentbrain
