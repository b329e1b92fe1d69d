// Does what goes out of an element come back into it, as where an agent has a seat?
#pragma once

#include <gst/gst.h>

namespace ducking {

// By the links between elements of the same bin. Takes object locks.
bool is_in_loop(GstElement* element);

}  // namespace ducking
